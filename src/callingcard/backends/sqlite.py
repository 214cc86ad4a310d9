"""SQLite as the database of one process: a pool of readers and a single writer.

Versions before 3.51.3 can corrupt a file when two connections checkpoint at the
same moment (https://sqlite.org/wal.html#walresetbug), hence: only the server's
writer checkpoints, the command line's connections never do, and there is no mmap.

aiosqlite's own cursor crosses over to its thread four times for a statement: to make the
cursor, to execute, to fetch, to close. Each way costs more than most statements do, and
a visitor's message takes some twenty of them; SQLAlchemy fetches every row at once
anyway. So cursors here cross over once.

Invariant: outside its connection's thread, nobody touches a ``sqlite3`` object.
"""

import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from callingcard.backends.database import Database, Engine
from callingcard.errors import ConfigError

_READERS = 4

Row = TypeVar("Row")


def open_sqlite(path: Path, *, owner: bool) -> Database:
    """Open the file at *path*, making its folder when absent.

    *owner* is the server, which keeps the file tidy; anyone else (a command run
    beside it) leaves the write-ahead log alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    url, connect = f"sqlite+aiosqlite:///{path}", _connecting(path)
    if owner:
        reader = create_async_engine(
            url, async_creator=connect, pool_size=_READERS, max_overflow=_READERS
        )
    else:
        reader = create_async_engine(url, async_creator=connect, poolclass=NullPool)
    writer = create_async_engine(url, async_creator=connect, pool_size=1, max_overflow=0)
    _prepare(reader, write=False, checkpoint=False)
    _prepare(writer, write=True, checkpoint=owner)
    return Database(engine=Engine.SQLITE, reader=reader, writer=writer, where=str(path))


def _prepare(engine: AsyncEngine, *, write: bool, checkpoint: bool) -> None:
    """Set every new connection up, and decide how a transaction begins."""
    pragmas = [
        "busy_timeout = 10000",  # first: the next one may have to wait
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
        connection.exec_driver_sql("begin immediate" if write else "begin")


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


class OneTripCursor:
    """What SQLAlchemy asks of a cursor, in one trip to the thread."""

    arraysize = 1

    def __init__(self, connection: "OneTripConnection") -> None:
        """Execute on *connection*, which has the thread."""
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Be made, which takes nothing."""
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> "OneTripCursor":
        """Execute one statement, and have all of its rows."""
        return await self._run(lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> "OneTripCursor":
        """Execute one statement for each of some parameters."""
        return await self._run(lambda cursor: cursor.executemany(sql, parameters))

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows, which are here already."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Forget the rows; the real cursor was closed in its thread."""
        self._rows = ()

    async def _run(self, work: Callable[[sqlite3.Cursor], object]) -> "OneTripCursor":
        def there(connection: sqlite3.Connection) -> None:
            cursor = connection.cursor()
            try:
                work(cursor)
                if cursor.description is not None:
                    self._rows = cursor.fetchall()
                self.description = cursor.description
                self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        await self._connection.in_thread(there)
        return self


class OneTripConnection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors travel once."""

    def cursor(self) -> OneTripCursor:  # type: ignore[override]
        """Return a cursor; nothing is asked of the thread yet."""
        return OneTripCursor(self)

    def outlives_nobody(self) -> None:
        """Let the process end although the thread is there, as SQLAlchemy does."""
        self._thread.daemon = True

    async def in_thread(self, work: Callable[[sqlite3.Connection], Row]) -> Row:
        """Return what *work* makes of the real connection, in its thread."""
        asked = cast("Callable[..., Awaitable[Row]]", self._execute)
        return await asked(work, self._conn)


def _connecting(path: Path) -> Callable[..., OneTripConnection]:
    """Return what SQLAlchemy calls for another connection to the file at *path*."""

    def connect(*_: Any, **__: Any) -> OneTripConnection:
        connection = OneTripConnection(lambda: sqlite3.connect(path), iter_chunk_size=64)
        connection.outlives_nobody()
        return connection

    return connect
