"""What identity needs from others: a platform, a cache, and somebody who makes calls."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from callingcard.identity.model import IdentityToken, Visitor
from callingcard.kit.wire import Reply, Request


class Platform(Protocol):
    """A chat platform that we vouch to; see ``CallingPlatform`` and ``SigningPlatform``."""

    name: ClassVar[str]
    """The name in the settings and in every answer."""
    needs_email: ClassVar[bool]
    """Whether the platform knows people by their address and nothing else."""

    def secret_material(self) -> bytes:
        """Return the platform's own secret; cached tokens are sealed under a key of it."""
        ...

    def version(self) -> Mapping[str, str]:
        """Return the settings, not secret, that decide what a token is good for."""
        ...

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, str]:
        """Return what the page passes to the platform's widget."""
        ...


@runtime_checkable
class CallingPlatform(Platform, Protocol):
    """A platform that makes the token itself, when called."""

    def request(self, visitor: Visitor) -> Request:
        """Return the call that makes a token for *visitor*."""
        ...

    def read(self, reply: Reply, *, asked_at: datetime) -> IdentityToken:
        """Return the token in *reply*; raises PlatformRefused or PlatformUnavailable."""
        ...


@runtime_checkable
class SigningPlatform(Platform, Protocol):
    """A platform that checks a signature of ours: no call, so no cache either."""

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*."""
        ...


class TokenCache(Protocol):
    """Keeps sealed tokens by key; a key is ``PERSON.DETAIL``."""

    def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or expired."""
        ...

    def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key* until *expires_at*."""
        ...

    def forget(self, person: str) -> None:
        """Drop every key of *person*."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class AsyncTokenCache(Protocol):
    """A TokenCache that may wait."""

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or expired."""
        ...

    async def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key* until *expires_at*."""
        ...

    async def forget(self, person: str) -> None:
        """Drop every key of *person*."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


class Upstream(Protocol):
    """Makes calls to other companies."""

    def send(self, request: Request) -> Reply:
        """Return the reply, of whatever status; raises UpstreamError when there is none."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class AsyncUpstream(Protocol):
    """An Upstream that waits without blocking."""

    async def send(self, request: Request) -> Reply:
        """Return the reply, of whatever status; raises UpstreamError when there is none."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
