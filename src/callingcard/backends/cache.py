"""Caches of sealed values by key: in memory, or in a SQLite file of their own.

A key is ``PERSON.DETAIL``; ``forget(PERSON)`` drops all of one person's. What is
kept is small, sealed by others, and may be lost without harm.

Invariant: nothing is returned after its end, and what has ended is removed by itself.
"""

import asyncio
import sqlite3
import threading
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from callingcard.errors import ConfigError
from callingcard.kit.clock import Clock, SystemClock

MAX_ENTRIES: Final = 10_000
_SWEEP_EVERY: Final = 256  # puts
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEMA: Final = """
create table if not exists sealed_values (
  key text primary key, value blob not null, expires_at integer
) without rowid;
create index if not exists sealed_values_by_end on sealed_values (expires_at);
"""


class Cache(Protocol):
    """Keeps bytes by key for a while."""

    def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None."""
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


class MemoryCache:
    """Keeps the values used last, in this process; safe among threads."""

    def __init__(self, *, max_entries: int = MAX_ENTRIES, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._max_entries = max_entries
        self._kept: OrderedDict[str, tuple[bytes, datetime | None]] = OrderedDict()
        self._people: dict[str, set[str]] = {}
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
            self._kept[key] = (value, expires_at)
            self._kept.move_to_end(key)
            self._people.setdefault(_person(key), set()).add(key)
            while len(self._kept) > self._max_entries:
                self._drop(next(iter(self._kept)))

    def forget(self, person: str) -> None:
        """Drop every key of *person*."""
        with self._lock:
            for key in tuple(self._people.get(person, ())):
                self._drop(key)

    def close(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
            self._people.clear()

    def _drop(self, key: str) -> None:
        """Forget one key; the lock is held."""
        del self._kept[key]
        keys = self._people[_person(key)]
        keys.discard(key)
        if not keys:
            del self._people[_person(key)]


class SqliteCache:
    """Keeps values in the file *path*, across restarts and between processes.

    Raises ConfigError when the file cannot be opened as what it should be.
    """

    def __init__(self, path: Path, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._puts = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                path, timeout=5, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except sqlite3.Error:
                self._connection.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                "The token cache cannot be opened.",
                hint=f"Is its file a writable SQLite database? ({type(error).__name__})",
            ) from error

    def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        with self._lock:
            row = self._connection.execute(
                "select value from sealed_values where key = ?"
                " and (expires_at is null or expires_at > ?)",
                (key, self._now()),
            ).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key*; now and then remove everything that has ended."""
        end = None if expires_at is None else _micros(expires_at)
        with self._lock:
            self._connection.execute(
                "insert into sealed_values values (?, ?, ?) on conflict (key)"
                " do update set value = excluded.value, expires_at = excluded.expires_at",
                (key, value, end),
            )
            self._puts += 1
            if self._puts % _SWEEP_EVERY == 1:
                self._connection.execute(
                    "delete from sealed_values where expires_at <= ?", (self._now(),)
                )

    def forget(self, person: str) -> None:
        """Drop every key of *person*, and overwrite where they were."""
        with self._lock:
            self._connection.execute(
                "delete from sealed_values where key >= ? and key < ?",
                (f"{person}.", f"{person}/"),  # the slash follows the dot in ASCII
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _prepare(self) -> None:
        """Set up the connection: the wait for others first, as what follows may need it."""
        for pragma in ("busy_timeout = 5000", "journal_mode = wal", "synchronous = normal"):
            self._connection.execute(f"pragma {pragma}")
        self._connection.execute("pragma secure_delete = on")
        self._connection.executescript(_SCHEMA)

    def _now(self) -> int:
        return _micros(self._clock.now())


class AsyncCache:
    """A Cache for those who must not block: what may touch a disk runs in a thread."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._instant = isinstance(cache, MemoryCache)

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None."""
        if self._instant:
            return self._cache.get(key)
        return await asyncio.to_thread(self._cache.get, key)

    async def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key* until *expires_at*."""
        if self._instant:
            self._cache.put(key, value, expires_at=expires_at)
        else:
            await asyncio.to_thread(self._cache.put, key, value, expires_at=expires_at)

    async def forget(self, person: str) -> None:
        """Drop every key of *person*."""
        if self._instant:
            self._cache.forget(person)
        else:
            await asyncio.to_thread(self._cache.forget, person)

    async def close(self) -> None:
        """Let go of files and connections."""
        await asyncio.to_thread(self._cache.close)


def open_cache(url: str, *, clock: Clock | None = None) -> Cache:
    """Open the cache that *url* names; raises ConfigError for one that is not known.

    >>> len(open_cache("memory"))
    0
    """
    if url == "memory":
        return MemoryCache(clock=clock)
    path = url.removeprefix("sqlite:///")
    if path not in {url, ""}:
        return SqliteCache(Path(path), clock=clock)
    raise ConfigError(
        "The cache's URL names no cache that is known here.",
        hint="Use memory or sqlite:///FILE.",
    )


def _person(key: str) -> str:
    """Return whose *key* it is."""
    return key.partition(".")[0]


def _micros(moment: datetime) -> int:
    """Return *moment* as the file stores it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
