"""SQLite as the database of one process: a pool of readers and a single writer.

Versions before 3.51.3 can corrupt a file when two connections checkpoint at the
same moment (https://sqlite.org/wal.html#walresetbug), hence: only the server's
writer checkpoints, the command line's connections never do, and there is no mmap.

aiosqlite does everything in a thread of the connection's own. The way there and back costs
more than most statements do, and under load each way waits for the interpreter's lock; a
visitor's message takes some twenty statements. So what is short for sure, or proves to be,
is done where it is asked: a look at a few rows, one row written. What may take long goes to
the thread: waiting for the write lock, the commit with its way to the disk, statements over
many rows.

Invariant: nobody touches a ``sqlite3`` object while its connection's thread works.
"""

import asyncio
import enum
import re
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self, TypeVar, cast

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from callingcard.backends.database import Database, Engine
from callingcard.errors import ConfigError

_READERS = 4
_LOOK_SECONDS: Final = 0.001
"""How long a look may hold the others up before it starts over in the thread."""
_LOOKED_AT_EVERY: Final = 1000
"""After how many of SQLite's steps (a few for each row) a look's time is taken."""

_LOCK: Final = "begin immediate"
_BUSY_MS: Final = 10_000
"""How long a statement waits for another process that writes."""

_LOOK: Final = re.compile(r"\s*select\b", re.IGNORECASE)
_OF_ONE_ROW: Final = re.compile(
    r"\s*(?:insert into \w+ \([^()]*\) values \([^()]*\)(?! *,)"
    r"|update (\w+) set .* where \1\.id = \?(?: returning [^()]*)?$"
    r"|begin$)",
    re.IGNORECASE | re.DOTALL,
)
"""What touches one row, whatever is in the tables; and the beginning that takes no lock."""


class Way(enum.Enum):
    """Where a statement is executed."""

    HERE = "here"
    LOOK = "here, unless that takes long"
    LOCK = "here, unless another process writes"
    THREAD = "in the thread"


@lru_cache(1000)
def way_of(sql: str) -> Way:
    """Return where a statement is executed.

    >>> way_of("select name from desk_inboxes")
    <Way.LOOK: 'here, unless that takes long'>
    >>> way_of("UPDATE desk_inboxes SET name=? WHERE desk_inboxes.id = ?")
    <Way.HERE: 'here'>
    >>> way_of("DELETE FROM desk_feed WHERE desk_feed.seq <= ?")
    <Way.THREAD: 'in the thread'>
    """
    if _LOOK.match(sql):
        return Way.LOOK
    if sql == _LOCK:
        return Way.LOCK
    return Way.HERE if _OF_ONE_ROW.match(sql) else Way.THREAD


Row = TypeVar("Row")


def open_sqlite(path: Path, *, owner: bool) -> Database:
    """Open the file at *path*, making its folder when absent.

    *owner* is the server, which keeps the file tidy; anyone else (a command run
    beside it) leaves the write-ahead log alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    url = f"sqlite+aiosqlite:///{path}"
    look, write = _connecting(path, ReadingConnection), _connecting(path, ShortWayConnection)
    if owner:
        reader = create_async_engine(
            url, async_creator=look, pool_size=_READERS, max_overflow=_READERS
        )
    else:
        reader = create_async_engine(url, async_creator=look, poolclass=NullPool)
    writer = create_async_engine(url, async_creator=write, pool_size=1, max_overflow=0)
    _prepare(reader, write=False, checkpoint=False)
    _prepare(writer, write=True, checkpoint=owner)
    return Database(
        engine=Engine.SQLITE,
        reader=reader,
        writer=writer,
        where=str(path),
        line=asyncio.Lock(),
    )


def _prepare(engine: AsyncEngine, *, write: bool, checkpoint: bool) -> None:
    """Set every new connection up, and decide how a transaction begins."""
    pragmas = [
        f"busy_timeout = {_BUSY_MS}",  # first: the next one may have to wait
        "journal_mode = wal",
        "synchronous = full",  # acknowledged means on the disk
        "foreign_keys = on",
        "mmap_size = 0",
        "secure_delete = on",  # what was erased is not left in free pages
        f"wal_autocheckpoint = {1000 if checkpoint else 0}",
    ]
    if not write:
        pragmas.append("query_only = on")

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"pragma {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        sql = _LOCK if write else "begin"
        raw: ShortWayConnection = connection.connection.driver_connection
        if not raw.tried(lambda sqlite: sqlite.execute(sql), way_of(sql)):
            connection.exec_driver_sql(sql)


def backup_sqlite(path: Path, target: Path) -> int:
    """Copy the database at *path* into *target* as one file; return its size.

    ``vacuum into`` reads one settled state and disturbs no writer.
    """
    if not path.exists():
        raise ConfigError(f"there is no database at {path}", hint="Check data_dir.")
    if target.exists():
        raise ConfigError(f"{target} is already there", hint="Name a new file.")
    with closing(_read_only(path)) as connection:
        connection.execute("vacuum into ?", (str(target),))
    return target.stat().st_size


def restore_sqlite(source: Path, path: Path, *, force: bool) -> None:
    """Put the whole and checked copy *source* in the place of *path*."""
    if not source.exists():
        raise ConfigError(f"there is no backup at {source}", hint="Check the path.")
    _check_whole(source)
    if path.exists() and not force:
        raise ConfigError(
            f"there is a database at {path}",
            hint="Stop the server, then use --force; the old database is kept beside.",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".restoring")
    shutil.copyfile(source, draft)
    for suffix in ("", "-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(path.with_name(f"{path.name}{suffix}.before-restore"))
    draft.rename(path)


def _check_whole(source: Path) -> None:
    """Refuse a file that is no database, or a damaged one."""
    try:
        with closing(_read_only(source)) as connection:
            rows = connection.execute("pragma quick_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"{source} is not a database") from error
    if rows != [("ok",)]:
        raise ConfigError(f"{source} is damaged", hint="Use an older backup.")


def _read_only(path: Path) -> sqlite3.Connection:
    """Open a file that must not change."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


class ShortWayCursor:
    """What SQLAlchemy asks of a cursor: it executes, and has every row at once."""

    arraysize = 1

    def __init__(self, connection: "ShortWayConnection") -> None:
        """Execute on *connection*, which has the thread."""
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Be made, which takes nothing."""
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> "ShortWayCursor":
        """Execute one statement, here if it is short, and have all of its rows."""

        def work(connection: sqlite3.Connection) -> None:
            self._keep(connection, lambda cursor: cursor.execute(sql, parameters))

        if not self._connection.tried(work, way_of(sql)):
            await self._connection.in_thread(work)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> "ShortWayCursor":
        """Execute one statement for each of some parameters."""

        def work(connection: sqlite3.Connection) -> None:
            self._keep(connection, lambda cursor: cursor.executemany(sql, parameters))

        await self._connection.in_thread(work)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows, which are here already."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Forget the rows; the real cursor is closed."""
        self._rows = ()

    def _keep(
        self, connection: sqlite3.Connection, work: Callable[[sqlite3.Cursor], object]
    ) -> None:
        """Do *work* with a cursor, and keep what it gives."""
        with closing(connection.cursor()) as cursor:
            work(cursor)
            if cursor.description is not None:
                self._rows = cursor.fetchall()
            self.description = cursor.description
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid


class ShortWayConnection(aiosqlite.Connection):
    """An aiosqlite connection that does what is short without its thread."""

    _is_quick_to_undo = False

    def __init__(self, path: Path) -> None:
        """Open the file at *path* when awaited; the process may end although it is open."""
        super().__init__(
            lambda: sqlite3.connect(path, check_same_thread=False), iter_chunk_size=64
        )
        self._thread.daemon = True
        # Counted by one thread each: taken together, neither can lose a count.
        self._asked, self._done = 0, 0

    def cursor(self) -> ShortWayCursor:  # type: ignore[override]
        """Return a cursor; nothing is asked of the database yet."""
        return ShortWayCursor(self)

    @property
    def is_free(self) -> bool:
        """Whether the connection is open and its thread has nothing to do.

        Who is cancelled leaves the thread at work.
        """
        return self._running and self._connection is not None and self._asked == self._done

    def tried(self, work: Callable[[sqlite3.Connection], object], way: Way) -> bool:
        """Do *work* here if nobody has to wait for it; say whether it is done."""
        if way is Way.THREAD or not self.is_free:
            return False
        try:
            if way is Way.LOCK:
                self._at_once(work)
            elif way is Way.LOOK:
                self._in_time(work)
            else:
                work(self._conn)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in {sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY}:
                return False
            raise
        return True

    def _in_time(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Do *work*; raises OperationalError with SQLITE_INTERRUPT when it takes long."""
        until = time.perf_counter() + _LOOK_SECONDS
        self._conn.set_progress_handler(lambda: time.perf_counter() > until, _LOOKED_AT_EVERY)
        try:
            work(self._conn)
        finally:
            # In the thread, each question would wait for the interpreter's lock.
            self._conn.set_progress_handler(None, 0)

    def _at_once(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Do *work*; raises OperationalError with SQLITE_BUSY instead of waiting."""
        self._conn.execute("pragma busy_timeout = 0")
        try:
            work(self._conn)
        finally:
            self._conn.execute(f"pragma busy_timeout = {_BUSY_MS}")

    async def rollback(self) -> None:
        """Undo the transaction; most often it is over already, and there is none."""
        if not (self.is_free and (self._is_quick_to_undo or not self._conn.in_transaction)):
            await super().rollback()
        elif self._conn.in_transaction:
            self._conn.rollback()

    async def in_thread(self, work: Callable[[sqlite3.Connection], Row]) -> Row:
        """Return what *work* makes of the real connection, in its thread."""
        asked = cast("Callable[..., Awaitable[Row]]", self._execute)
        return await asked(work, self._conn)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do what aiosqlite does, and know when the thread is done with it."""
        self._asked += 1

        def counted() -> Any:
            try:
                return fn(*args, **kwargs)
            finally:
                self._done += 1

        execute = cast("Callable[..., Awaitable[Any]]", super()._execute)
        return await execute(counted)


class ReadingConnection(ShortWayConnection):
    """A connection that changes nothing, so that ending a transaction takes no time."""

    _is_quick_to_undo = True


def _connecting(
    path: Path, kind: Callable[[Path], ShortWayConnection]
) -> Callable[..., ShortWayConnection]:
    """Return what SQLAlchemy calls for another connection to the file at *path*."""

    def connect(*_: Any, **__: Any) -> ShortWayConnection:
        return kind(path)

    return connect
