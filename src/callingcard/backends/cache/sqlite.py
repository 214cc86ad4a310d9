"""A cache in a SQLite file of its own, which several processes may share.

Versions before 3.51.3 can corrupt a file when two connections write or checkpoint at
the same moment (https://sqlite.org/wal.html#walresetbug). So whoever writes first locks
``FILE.lock``. The operating system ends that lock with the process, and with those forked
from it meanwhile, as a fork shares it (https://man7.org/linux/man-pages/man2/flock.2.html).
Readers never wait for it. Once a writer waited for it in vain, others go on at once for a
moment, save those who forget: a sign-out must really be tried.

Leases are measured by the machine's monotonic clock, which all its processes share; one
that seems to end later than it could have been given for is from before a restart.

Invariant: one connection at a time writes, checkpoints, opens or closes the file.
"""

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from callingcard.backends.cache.contract import (
    CALL_SECONDS,
    SWEEP_EVERY,
    CacheUnavailable,
    micros,
)
from callingcard.backends.cache.rest import Rest
from callingcard.errors import ConfigError
from callingcard.kit.clock import Clock, SystemClock, stopwatch

_POLL_SECONDS: Final = 0.002
_SCHEMA: Final = """
create table if not exists sealed_values (
  key text primary key, value blob not null, expires_at integer
) without rowid;
create index if not exists sealed_values_by_end on sealed_values (expires_at);
create table if not exists sealed_leases (
  key text primary key, owner text not null, ends real not null, seconds real not null
) without rowid;
"""
_KEEP: Final = """
insert into sealed_values values (:key, :value, :end)
on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at
"""
_LEASE: Final = """
insert into sealed_leases values (:key, :owner, :now + :seconds, :seconds)
on conflict (key) do update
set owner = excluded.owner, ends = excluded.ends, seconds = excluded.seconds
where owner = excluded.owner or ends <= :now or ends - seconds > :now
"""
_END: Final = """
delete from sealed_leases
where key = :key and owner = :owner and ends > :now and ends - seconds <= :now
"""


@dataclass(eq=False, slots=True)
class _Hold:
    """The file as one process has it open, once *connection* is there.

    Threads lock *writing* before they take the process's turn among processes, and *using*
    while they have the connection. A fork may copy locks that are held, and closing a
    connection that it copied would disturb who opened it: so each process has its own.
    """

    writing: threading.Lock = field(default_factory=threading.Lock)
    using: threading.Lock = field(default_factory=threading.Lock)
    connection: sqlite3.Connection | None = None


class SqliteCache:
    """Keeps values in the file *path*, across restarts and between processes.

    *timer* counts the seconds of leases. A process that was forked opens the file
    anew. Raises ConfigError when the file cannot be opened as what it should be.
    """

    def __init__(
        self, path: Path, *, clock: Clock | None = None, timer: Callable[[], float] = stopwatch
    ) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._timer = timer
        self._kept = 0
        self._reads = Rest(timer)
        self._writes = Rest(timer)
        self._holds: dict[int, _Hold] = {}
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._ready()
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                "The token cache cannot be opened.",
                hint=f"Is its file a writable SQLite database? ({type(error).__name__})",
            ) from error

    def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        with self._reading() as connection:
            row = connection.execute(
                "select value from sealed_values where key = ?"
                " and (expires_at is null or expires_at > ?)",
                (key, micros(self._clock.now())),
            ).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key*; now and then remove everything that has ended."""
        with self._writing() as connection:
            self._keep(connection, key, value, expires_at)

    def forget(self, person: str) -> None:
        """Drop every key and lease of *person*, and overwrite where they were."""
        span = (f"{person}.", f"{person}/")  # the slash follows the dot in ASCII
        with self._writing(insist=True) as connection:
            connection.execute("delete from sealed_leases where key >= ? and key < ?", span)
            connection.execute("delete from sealed_values where key >= ? and key < ?", span)
            connection.execute("commit")
            # What was forgotten is in the log still, and a power cut could bring it back.
            connection.execute("pragma wal_checkpoint(truncate)").fetchall()

    def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        with self._writing() as connection:
            asked = {"key": key, "owner": owner, "seconds": seconds, "now": self._timer()}
            return connection.execute(_LEASE, asked).rowcount == 1

    def fill(self, key: str, value: bytes, *, owner: str, expires_at: datetime | None) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        with self._writing() as connection:
            ended = connection.execute(
                _END, {"key": key, "owner": owner, "now": self._timer()}
            ).rowcount
            if ended == 1:
                self._keep(connection, key, value, expires_at)
            return ended == 1

    def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        with self._writing() as connection:
            connection.execute(
                "delete from sealed_leases where key = ? and owner = ?", (key, owner)
            )

    def close(self) -> None:
        """Close the file."""
        self._closed = True
        hold = self._hold()
        with ExitStack() as stack:
            with suppress(OSError):  # without its turn rather than not at all
                stack.enter_context(self._turn(hold))
            with hold.using:
                if hold.connection is not None:
                    hold.connection.close()
                    hold.connection = None

    def _keep(
        self,
        connection: sqlite3.Connection,
        key: str,
        value: bytes,
        expires_at: datetime | None,
    ) -> None:
        """Keep one value, inside a transaction."""
        end = None if expires_at is None else micros(expires_at)
        connection.execute(_KEEP, {"key": key, "value": value, "end": end})
        self._kept += 1
        if self._kept % SWEEP_EVERY == 1:
            now = micros(self._clock.now())
            connection.execute("delete from sealed_values where expires_at <= ?", (now,))
            connection.execute(
                "delete from sealed_leases where ends <= :now or ends - seconds > :now",
                {"now": self._timer()},
            )

    @contextmanager
    def _reading(self) -> Generator[sqlite3.Connection]:
        """Have the connection alone; raises CacheUnavailable."""
        self._reads.check()
        with _failing(self._reads), _alone(self._ready()) as connection:
            yield connection

    @contextmanager
    def _writing(self, *, insist: bool = False) -> Generator[sqlite3.Connection]:
        """Have the file alone for one transaction: whole at the end, undone by a fault.

        Raises CacheUnavailable. Who insists tries even while others go on at once.
        """
        if not insist:
            self._writes.check()
        with _failing(self._writes):
            hold = self._ready()
            with self._turn(hold), _alone(hold) as connection:
                connection.execute("begin immediate")
                try:
                    yield connection
                    if connection.in_transaction:
                        connection.execute("commit")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("rollback")
                    raise

    @contextmanager
    def _turn(self, hold: _Hold) -> Generator[None]:
        """Wait for all others that write; raises TimeoutError when that takes too long."""
        end = time.monotonic() + CALL_SECONDS
        if not hold.writing.acquire(timeout=CALL_SECONDS):
            raise TimeoutError
        try:
            with _locked(self._path.with_name(f"{self._path.name}.lock"), until=end):
                yield
        finally:
            hold.writing.release()

    def _hold(self) -> _Hold:
        """Return what this process has."""
        return self._holds.setdefault(os.getpid(), _Hold())

    def _ready(self) -> _Hold:
        """Return what this process has, opened unless it is."""
        if self._closed:
            raise CacheUnavailable("Closed")
        hold = self._hold()
        if hold.connection is None:
            with self._turn(hold), hold.using:
                if hold.connection is None and not self._closed:
                    hold.connection = _connected(self._path)
        return hold


def _connected(path: Path) -> sqlite3.Connection:
    """Connect; the wait for others is set first, as what follows may have to wait."""
    connection = sqlite3.connect(
        path, timeout=CALL_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        wait = f"busy_timeout = {int(CALL_SECONDS * 1000)}"
        for pragma in (wait, "journal_mode = wal", "synchronous = normal"):
            connection.execute(f"pragma {pragma}")
        connection.execute("pragma secure_delete = on")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _alone(hold: _Hold) -> Generator[sqlite3.Connection]:
    """Have the connection that is open; raises TimeoutError when others do not let go."""
    if not hold.using.acquire(timeout=CALL_SECONDS):
        raise TimeoutError
    try:
        if hold.connection is None:
            raise CacheUnavailable("Closed")
        yield hold.connection
    finally:
        hold.using.release()


@contextmanager
def _locked(path: Path, *, until: float) -> Generator[None]:
    """Have the lock among processes; raises TimeoutError when it is not free in time."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError from None
                time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # a fork meanwhile may keep it open
    finally:
        os.close(descriptor)


@contextmanager
def _failing(rest: Rest) -> Generator[None]:
    """Turn faults of the file into CacheUnavailable; *rest* begins after a wait in vain."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        if isinstance(error, TimeoutError) or code in {
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        }:
            rest.begin()
        raise CacheUnavailable(type(error).__name__) from error
