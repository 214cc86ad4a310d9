"""Statements that are short are executed where they are asked for, and take no thread.

aiosqlite does everything in a thread of the connection's own. The way there and back costs
more than most statements do, and under load each way waits for the interpreter's lock; a
visitor's message takes some twenty statements. So what is short for sure, or proves to be,
is done where it is asked: a look at a few rows, one row written. What may take long goes to
the thread: waiting for the write lock, the commit with its way to the disk, statements over
many rows.

Invariant: nobody touches a ``sqlite3`` object while its connection's thread works.
"""

import enum
import re
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar, cast

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.util import await_

_LOOK_SECONDS: Final = 0.001
"""How long a look may hold the others up before it starts over in the thread."""
_LOOKED_AT_EVERY: Final = 1000
"""After how many of SQLite's steps (a few for each row) a look's time is taken."""

_LOCK: Final = "begin immediate"
BUSY_MS: Final = 10_000
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


class ShortWayConnection(aiosqlite.Connection):
    """An aiosqlite connection that does what is short without its thread."""

    BEGIN: ClassVar = _LOCK
    _is_quick_to_undo: ClassVar = False

    def __init__(self, path: Path) -> None:
        """Open the file at *path* when awaited; the process may end although it is open."""
        super().__init__(
            lambda: sqlite3.connect(path, check_same_thread=False), iter_chunk_size=64
        )
        self._thread.daemon = True
        # Counted by one thread each: taken together, neither can lose a count.
        self._asked, self._done = 0, 0

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
            self._conn.execute(f"pragma busy_timeout = {BUSY_MS}")

    def undone(self) -> bool:
        """Undo the transaction if that takes no time, as when there is none; say whether."""
        if not (self.is_free and (self._is_quick_to_undo or not self._conn.in_transaction)):
            return False
        if self._conn.in_transaction:
            self._conn.rollback()
        return True

    async def do(self, work: Callable[[sqlite3.Connection], object], way: Way) -> None:
        """Do *work* here if nobody has to wait for it, else in the thread."""
        if not self.tried(work, way):
            await self.in_thread(work)

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


def driver_of(connection: Connection) -> ShortWayConnection:
    """Return what is beneath SQLAlchemy's *connection*."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, ShortWayConnection):
        raise TypeError("a connection of another driver")
    return driver


class ReadingConnection(ShortWayConnection):
    """A connection that changes nothing, so that ending a transaction takes no time."""

    BEGIN = "begin"
    _is_quick_to_undo = True


class ShortWayCursor(AsyncAdapt_aiosqlite_cursor):
    """What SQLAlchemy executes with: at once if that is short, and with every row kept."""

    __slots__ = ("_about", "_driver", "_last_row_id", "_row_count")
    _awaitable_cursor_close = False

    def __init__(self, adapted: "AdaptedConnection") -> None:
        """Be made, which asks nothing of the database yet."""
        self._driver = adapted.driver
        self._soft_closed_memoized = {}
        self._rows = deque()
        self._about: Any = None
        self._row_count = -1
        self._last_row_id: int | None = None

    @property
    def description(self) -> Any:
        """The columns; None for a statement without rows."""
        return self._about

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""
        return self._row_count

    @property
    def lastrowid(self) -> Any:
        """The number of the row that was inserted last."""
        return self._last_row_id

    @property
    def arraysize(self) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """How many rows ``fetchmany`` gives that is not told how many."""
        return 1

    def execute(self, operation: str, parameters: Any = None) -> None:
        """Execute one statement, here if it is short, and have all of its rows."""
        given = () if parameters is None else parameters

        def work(connection: sqlite3.Connection) -> None:
            self._keep(connection, lambda cursor: cursor.execute(operation, given))

        await_(self._driver.do(work, way_of(operation)))

    def executemany(self, operation: str, seq_of_parameters: Iterable[Any]) -> None:
        """Execute one statement for each of some parameters."""

        def work(connection: sqlite3.Connection) -> None:
            self._keep(
                connection, lambda cursor: cursor.executemany(operation, seq_of_parameters)
            )

        await_(self._driver.in_thread(work))

    def close(self) -> None:
        """Forget the rows; the real cursor is closed."""
        self._rows.clear()

    def _keep(
        self, connection: sqlite3.Connection, work: Callable[[sqlite3.Cursor], object]
    ) -> None:
        """Do *work* with a cursor, and keep what it gives."""
        with closing(connection.cursor()) as cursor:
            work(cursor)
            if cursor.description is not None:
                self._rows = deque(cursor.fetchall())
            self._about = cursor.description
            self._row_count, self._last_row_id = cursor.rowcount, cursor.lastrowid


class AdaptedConnection(AsyncAdapt_aiosqlite_connection):
    """What SQLAlchemy sees of a connection."""

    __slots__ = ()
    _cursor_cls = ShortWayCursor

    @property
    def driver(self) -> ShortWayConnection:
        """The connection beneath."""
        return cast("ShortWayConnection", self._connection)

    def begin(self) -> None:
        """Begin a transaction, which takes the write lock if it is for that."""
        sql = self.driver.BEGIN
        await_(self.driver.do(lambda sqlite: sqlite.execute(sql), way_of(sql)))

    def rollback(self) -> None:
        """Undo the transaction, here if that takes no time."""
        if not self.driver.undone():
            super().rollback()


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    """aiosqlite, whose connections are made by the engine's ``async_creator``."""

    def connect(self, *arguments: Any, **options: Any) -> AdaptedConnection:
        """Open a connection."""
        opened = options.pop("async_creator_fn")(*arguments, **options)
        return AdaptedConnection(self, await_(opened))


class ShortWayDialect(SQLiteDialect_aiosqlite):
    """SQLAlchemy's SQLite over aiosqlite, in all but where a statement is executed."""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> _Driver:
        """Return the driver."""
        return _Driver(aiosqlite, sqlite3)

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin a transaction, for which no listener is needed: that would slow all down."""
        dbapi_connection.begin()


registry.register("sqlite.short_way", __name__, ShortWayDialect.__name__)
