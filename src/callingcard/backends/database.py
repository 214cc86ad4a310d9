"""One database, read by many and written by one at a time.

``Database`` offers two kinds of connection. ``reading()`` sees a settled state;
``writing()`` is one transaction that is committed at its end or undone by an
exception. On SQLite the writer is a single connection that opens with BEGIN
IMMEDIATE, so that writers queue instead of failing.

Invariant: one request, or one step of a job, is one ``writing()`` block.
"""

import enum
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from callingcard.errors import UpstreamError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names for constraints: SQLite can only change the ones that have a name."""


def new_metadata() -> MetaData:
    """Return the metadata of one context; each has its own, so that keys cannot cross."""
    return MetaData(naming_convention=NAMING)


class Moment(TypeDecorator[datetime]):
    """A time, kept as whole microseconds in UTC: exact and equal on every engine."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware time into microseconds."""
        if value is None:
            return None
        # Raises OverflowError for what could be written and never be read again.
        return (value.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn microseconds back into an aware time."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class DatabaseBusy(UpstreamError):
    """Every connection to the database was in use for longer than anybody should wait."""

    code = "database.busy"

    def __init__(self) -> None:
        """Nothing was begun, so that whoever asked may ask again."""
        super().__init__(
            "More is asked of the database than it can do at the moment.",
            retryable=True,
            hint="Try again soon. If this goes on, give the database more processor time.",
        )


class Engine(enum.Enum):
    """Which database it is, for the few statements that differ."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


@dataclass(frozen=True, slots=True)
class Database:
    """An open database; made by ``backends.choose.open_database``."""

    engine: Engine
    reader: AsyncEngine
    writer: AsyncEngine
    where: str
    """The file or the host, for people to read; never a password."""
    transactions: Callable[[], AbstractAsyncContextManager[AsyncConnection]] | None = None
    """How a transaction that writes is opened; None: as the *writer* does it by itself."""

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """Open a connection that only reads; raises DatabaseBusy."""
        try:
            async with self.reader.connect() as connection:
                yield connection
        except PoolTimeout as error:
            raise DatabaseBusy from error

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """Open one transaction: committed at the end, undone by an exception.

        Raises DatabaseBusy.
        """
        try:
            async with (self.transactions or self.writer.begin)() as connection:
                yield connection
        except PoolTimeout as error:
            raise DatabaseBusy from error

    async def ping(self) -> str | None:
        """Return what is wrong with the database, or None when it answers."""
        try:
            async with self.reading() as connection:
                await connection.execute(text("select 1"))
        except (DatabaseBusy, DBAPIError, OSError) as error:
            return type(error).__name__
        return None

    async def version(self) -> str:
        """Return the engine's own version, such as ``3.51.3``."""
        asked = (
            "select sqlite_version()"
            if self.engine is Engine.SQLITE
            else "show server_version"
        )
        async with self.reading() as connection:
            return str((await connection.execute(text(asked))).scalar_one())

    async def close(self) -> None:
        """Give back every connection."""
        await self.reader.dispose()
        await self.writer.dispose()
