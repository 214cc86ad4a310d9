"""Where functions' values and leases are, and how those who wait for one are woken.

Invariant: everything that changes a namespace does so within ``changing``, one after the
other, so that what was read there is true until it is written.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from callingcard.functions.model.storage import (
    Entry,
    KeyRange,
    Lease,
    Place,
    Space,
    Usage,
)
from callingcard.functions.model.values import RunId


class Changes(Protocol):
    """One transaction in one namespace, alone in it."""

    async def usage(self) -> Usage:
        """Return how much the namespace holds, expired entries too."""
        ...

    async def get(self, key: str) -> Entry | None:
        """Return the entry under *key*, an expired one too."""
        ...

    async def put(self, entry: Entry) -> None:
        """Keep *entry* in place of what is there."""
        ...

    async def delete(self, key: str) -> bool:
        """Remove the entry under *key*; say whether there was one."""
        ...

    async def purge(self, now: datetime) -> int:
        """Remove what has expired, a batch of it; return how many."""
        ...

    async def lease(self, key: str) -> Lease | None:
        """Return the lease on *key*, a lapsed one too."""
        ...

    async def hold(self, lease: Lease) -> None:
        """Keep *lease* in place of what is there."""
        ...

    async def free(self, key: str) -> None:
        """End the lease on *key*, whoever holds it."""
        ...


class StorageStore(Protocol):
    """Keeps what functions remember."""

    def changing(self, space: Space) -> AbstractAsyncContextManager[Changes]:
        """Open a transaction alone in *space*: kept at its end, undone by an exception.

        Raises DataKeyGone.
        """
        ...

    async def look(self, place: Place) -> tuple[Entry | None, Lease | None]:
        """Return what is in *place*, expired or lapsed too, without waiting for writers."""
        ...

    async def entries(
        self, space: Space, keys: KeyRange, *, now: datetime, limit: int, after: str = ""
    ) -> Sequence[Entry]:
        """Return live entries in the order of their keys."""
        ...


class LeaseStore(Protocol):
    """Keeps the leases of runs alive."""

    async def extend(self, runs: Collection[RunId], *, now: datetime, until: datetime) -> None:
        """Let the leases of these runs that have not lapsed end at *until*."""
        ...

    async def release(self, run: RunId) -> Sequence[Place]:
        """End every lease of *run*; return where they were."""
        ...


class StorageRecords(Protocol):
    """Looks over everything that functions remember, for those who look after it."""

    async def spaces(self, function: str) -> Sequence[tuple[Space, Usage]]:
        """Return the namespaces of *function* that hold something, by name."""
        ...

    async def leased(self, space: Space, *, now: datetime) -> frozenset[str]:
        """Return the keys that a run holds the lease on."""
        ...

    async def expired(self, now: datetime, *, limit: int) -> Sequence[Space]:
        """Return namespaces with something to purge."""
        ...

    async def drop_lapsed(self, before: datetime) -> int:
        """Remove the leases that lapsed before; return how many."""
        ...

    async def mentioning(self, texts: Sequence[str]) -> Sequence[Place]:
        """Return at least every place whose key, as written and in lower case, has a text."""
        ...

    async def stale(self, newest: int, *, after: Place | None, limit: int) -> Sequence[Entry]:
        """Return entries under an older data key, in the order of their places."""
        ...

    async def reseal(self, changes: Sequence[tuple[Entry, Entry]]) -> int:
        """Replace the first of each pair by the second where it is unchanged; count them.

        Raises DataKeyGone.
        """
        ...

    async def clear(self, function: str) -> int:
        """Remove everything that *function* remembers; return how many entries."""
        ...


class Ear(Protocol):
    """Waits for news."""

    async def wait(self, at_most: timedelta) -> object:
        """Return at the next news or after *at_most*."""
        ...


class News(Protocol):
    """Wakes up who waits, here and on other nodes; ``backends.bus.Bus`` does."""

    def notify(self, topic: str) -> None:
        """Wake everyone who waits on *topic*."""
        ...

    def listen(self, *topics: str) -> AbstractContextManager[Ear]:
        """Start listening; news from now on are not missed."""
        ...
