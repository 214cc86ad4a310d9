"""Who may call us: API keys, and the people who answer chats or run the product.

Invariant: nothing here holds a secret. A key, a session and a sign-in link are
known by their hash, which is of no use to whoever reads it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, NewType

from callingcard.kit.actor import Actor, Role, Scope

KeyId = NewType("KeyId", str)
UserId = NewType("UserId", str)

KeyStyle = Literal["secret", "publishable", "pat"]
"""How a key looks and where it may be kept: on a server, in a page, or on a
server that expects the shape of a HubSpot private app's token."""

SESSION_LIFE: Final = timedelta(days=30)
"""How long a session lasts at most, used or not."""

SESSION_IDLE: Final = timedelta(days=7)
"""How long a session lasts without being used."""

TICKET_LIFE: Final = timedelta(minutes=5)
"""How long a sign-in link works, if it is not used before."""

TOUCH_EVERY: Final = timedelta(minutes=1)
"""How exactly we remember when a key or a session was last used."""

_RANK: Final = {Role.OWNER: 2, Role.OPERATOR: 1, Role.AGENT: 0}

_ORIGIN: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?\Z"
)
_DEFAULT_PORTS: Final = {("http", "80"), ("https", "443")}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that another program shows us."""

    id: KeyId
    name: str
    hint: str
    """The first characters, for people to tell their keys apart."""
    scopes: frozenset[Scope]
    site: str | None
    """The only site that the key is for, or None when it is for all."""
    origins: tuple[str, ...]
    """The pages that may use it; a key with origins is publishable, others are secret."""
    created_at: datetime
    functions: tuple[str, ...] = ()
    """The only functions that it may call; none named means all."""
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def publishable(self) -> bool:
        """Whether the key may be seen by anyone, being bound to pages instead."""
        return bool(self.origins)

    def actor(self) -> Actor:
        """Return who calls us when this key is shown."""
        return Actor(
            "key",
            self.id,
            self.name,
            self.scopes,
            site=self.site,
            functions=frozenset(self.functions),
        )


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in to the agents' app."""

    id: UserId
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None

    def actor(self) -> Actor:
        """Return who calls us when this person is signed in."""
        return Actor("agent", self.id, self.name, role=self.role)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A person, and the hash that their password must match."""

    user: User
    password_hash: str | None = field(repr=False)
    """None when they have no password and sign in by link only."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which a person is signed in."""

    id: str
    """The hash of the secret that the browser keeps."""
    user_id: UserId
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime

    def alive(self, now: datetime) -> bool:
        """Say whether the session still counts at *now*."""
        return now < self.expires_at and now - self.last_seen_at < SESSION_IDLE


def includes(role: Role | None, needed: Role) -> bool:
    """Say whether *role* may do what *needed* may do.

    >>> includes(Role.OWNER, Role.AGENT), includes(Role.AGENT, Role.OPERATOR)
    (True, False)
    >>> includes(None, Role.AGENT)
    False
    """
    return role is not None and _RANK[role] >= _RANK[needed]


def origin_problem(origin: str) -> str | None:
    """Say why *origin* can never equal what a browser sends, or None when it can.

    Origins are compared as text, so anything but the browser's own way to write
    one would quietly never match; a wildcard or ``null`` would match too much.

    >>> origin_problem("https://shop.example")
    >>> origin_problem("https://shop.example/")
    'write it as a browser does: https://shop.example or http://127.0.0.1:8401'
    >>> origin_problem("https://shop.example:443")
    'leave out the port that the scheme implies'
    """
    found = _ORIGIN.match(origin)
    if found is None:
        return "write it as a browser does: https://shop.example or http://127.0.0.1:8401"
    if (found["scheme"], found["port"]) in _DEFAULT_PORTS:
        return "leave out the port that the scheme implies"
    return None
