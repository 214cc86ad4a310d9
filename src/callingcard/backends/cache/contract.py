"""What every cache of sealed values promises, and how it says that it cannot.

A key is ``PERSON.DETAIL``; ``forget(PERSON)`` drops all of one person's. What is
kept is small, sealed by others, and may be lost without harm. A lease is the only
right to ``fill`` a key; it ends by itself, and ``forget`` ends it too.

Whether a value has ended is read from the injected clock. How long a lease lasts is
measured by the store, so that a wall clock that jumps keeps no dead lease alive.

Invariant: nothing is returned after its end, and what has ended is removed by itself.
Invariant: after ``forget`` no lease that was given before it can fill.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from callingcard.errors import UpstreamError

CALL_SECONDS: Final = 1.0
"""How long one call to a store may take before we go on without it."""

SWEEP_EVERY: Final = 256
"""After how many values kept a store that does not expire by itself is swept."""

SLACK: Final = timedelta(minutes=1)
"""How long after its end a shared store keeps a value, since clocks of hosts differ."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class CacheUnavailable(UpstreamError):
    """The shared token cache is down, slow or full; tokens can be had without it."""

    code = "cache.unavailable"

    def __init__(self, reason: str) -> None:
        """Name *reason*, the kind of the fault: never its text, which may quote a URL."""
        super().__init__(
            f"The token cache gave no answer ({reason}).",
            retryable=True,
            hint="Check that the store named by cache.url runs, has room and lets us in.",
        )


class Cache(Protocol):
    """Keeps bytes by key for a while."""

    def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        ...

    def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key* until *expires_at*."""
        ...

    def forget(self, person: str) -> None:
        """Drop every key of *person*, and end the leases on them."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class SharedCache(Cache, Protocol):
    """A Cache that its users also agree through on who fills a key."""

    def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        ...

    def fill(self, key: str, value: bytes, *, owner: str, expires_at: datetime | None) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        ...

    def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        ...


class AwaitedCache(Protocol):
    """A SharedCache whose every method may wait."""

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        ...

    async def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key* until *expires_at*."""
        ...

    async def forget(self, person: str) -> None:
        """Drop every key of *person*, and end the leases on them."""
        ...

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

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


def person_of(key: str) -> str:
    """Return whose *key* it is.

    >>> person_of("ada.1")
    'ada'
    """
    return key.partition(".")[0]


def micros(moment: datetime) -> int:
    """Return *moment* as stores keep it: whole microseconds since 1970.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment - _EPOCH) // timedelta(microseconds=1)
