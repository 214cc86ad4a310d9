"""What the shop must be told to start."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings:
    """Where the desk is, how to call it, and what the shop's own session needs."""

    desk_url: str
    """The desk as browsers reach it, such as ``http://127.0.0.1:8400``."""

    access_token: str = field(repr=False)
    """The desk key with which the shop's backend asks for tokens."""

    session_secret: str = field(repr=False)
    """Signs the shop's own session cookie."""

    port: int
    """Part of the cookie's name: cookies do not tell two ports of one host apart."""

    agent_link: Callable[[], Awaitable[str]]
    """Makes a one-time address that opens the agents' app signed in."""

    inbox: str = "web"
    """The inbox of the desk whose chat widget the pages show."""
