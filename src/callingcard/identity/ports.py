"""What identity needs from others: a platform, a cache, and somebody who makes calls."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, runtime_checkable

from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Presented, Visitor
from callingcard.kit.wire import Reply, Request


class Platform(Protocol):
    """A chat platform that we vouch to; see ``CallingPlatform`` and ``SigningPlatform``.

    One whose widget makes something that has to go into the token names it in a class
    attribute ``page_properties``, a tuple of names: these properties alone may come from
    the page.
    """

    name: ClassVar[str]
    """The name in the settings and in every answer."""
    needs_email: ClassVar[bool]
    """Whether the platform knows people by their address and nothing else."""
    guide: ClassVar[Guide]
    """How to set it up, switch on enforcement, hand over and log out."""

    def secret_material(self) -> bytes:
        """Return the platform's own secret; cached tokens are sealed under a key of it."""
        ...

    def version(self) -> Mapping[str, str]:
        """Return the settings, not secret, that decide what a token is good for."""
        ...

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what the page passes to the platform's widget."""
        ...


@runtime_checkable
class CallingPlatform(Platform, Protocol):
    """A platform that makes the token itself, when called."""

    quota: ClassVar[tuple[int, timedelta]]
    """How many calls in how long we allow ourselves: less than the platform allows."""

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


@runtime_checkable
class KeyPublishing(Protocol):
    """A platform that checks our signatures with public keys it fetches from us."""

    def jwks(self) -> Mapping[str, Any]:
        """Return the public keys as a JSON Web Key Set."""
        ...


class Proof(Protocol):
    """Says whom a request proves to be signed in; ``proofs`` has one file for each kind."""

    kind: ClassVar[str]

    async def visitor(self, given: Presented, now: datetime) -> Visitor | None:
        """Return whom *given* proves at *now*; None when nobody is signed in.

        Raises ProofInvalid or ProofExpired, or PlatformUnavailable when the keys that
        would tell cannot be had.
        """
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


@runtime_checkable
class SharedTokenCache(TokenCache, Protocol):
    """A TokenCache that several processes share, and agree through on who renews.

    A lease is the only right to fill a key. It ends by itself, so a dead owner
    delays nobody for long; ``forget`` ends it too, so that what was asked for before
    a visitor signed out is not put back after.
    """

    def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        ...

    def fill(self, key: str, value: bytes, *, owner: str, expires_at: datetime | None) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        ...

    def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
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


@runtime_checkable
class AsyncSharedTokenCache(AsyncTokenCache, Protocol):
    """A SharedTokenCache that may wait."""

    async def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        ...

    async def fill(
        self, key: str, value: bytes, *, owner: str, expires_at: datetime | None
    ) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        ...

    async def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        ...


class AsyncUpstream(Protocol):
    """Makes calls to other companies, without blocking."""

    async def send(self, request: Request) -> Reply:
        """Return the reply, of whatever status; raises UpstreamError when there is none."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
