"""A cache in this process's memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Final

from callingcard.backends.cache.contract import person_of
from callingcard.kit.clock import Clock, SystemClock, stopwatch

MAX_ENTRIES: Final = 10_000
_MANY_LEASES: Final = 1_000


class MemoryCache:
    """Keeps the values used last, in this process; safe among threads.

    *timer* counts the seconds of leases.
    """

    def __init__(
        self,
        *,
        max_entries: int = MAX_ENTRIES,
        clock: Clock | None = None,
        timer: Callable[[], float] = stopwatch,
    ) -> None:
        self._clock = clock or SystemClock()
        self._timer = timer
        self._max_entries = max_entries
        self._kept: OrderedDict[str, tuple[bytes, datetime | None]] = OrderedDict()
        self._people: dict[str, set[str]] = {}
        self._leases: dict[str, tuple[str, float]] = {}
        self._sweep_above = _MANY_LEASES
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many values are kept."""
        return len(self._kept)

    def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            value, expires_at = found
            if expires_at is not None and expires_at <= self._clock.now():
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return value

    def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key*, letting go of what was not used for longest."""
        with self._lock:
            self._keep(key, value, expires_at)

    def forget(self, person: str) -> None:
        """Drop every key of *person*, and end the leases on them."""
        with self._lock:
            for key in tuple(self._people.get(person, ())):
                self._drop(key)
            for key in [key for key in self._leases if person_of(key) == person]:
                del self._leases[key]

    def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        with self._lock:
            now = self._timer()
            held = self._leases.get(key)
            if held is not None and held[0] != owner and held[1] > now:
                return False
            self._leases[key] = (owner, now + seconds)
            if len(self._leases) > self._sweep_above:
                self._leases = {k: one for k, one in self._leases.items() if one[1] > now}
                self._sweep_above = max(_MANY_LEASES, 2 * len(self._leases))
            return True

    def fill(self, key: str, value: bytes, *, owner: str, expires_at: datetime | None) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        with self._lock:
            held = self._leases.get(key)
            if held is None or held[0] != owner or held[1] <= self._timer():
                return False
            del self._leases[key]
            self._keep(key, value, expires_at)
            return True

    def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        with self._lock:
            held = self._leases.get(key)
            if held is not None and held[0] == owner:
                del self._leases[key]

    def close(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
            self._people.clear()
            self._leases.clear()

    def _keep(self, key: str, value: bytes, expires_at: datetime | None) -> None:
        """Keep one value; the lock is held."""
        self._kept[key] = (value, expires_at)
        self._kept.move_to_end(key)
        self._people.setdefault(person_of(key), set()).add(key)
        while len(self._kept) > self._max_entries:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        """Forget one key; the lock is held."""
        del self._kept[key]
        keys = self._people[person_of(key)]
        keys.discard(key)
        if not keys:
            del self._people[person_of(key)]
