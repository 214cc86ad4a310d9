"""A cache in two tables of a PostgreSQL database, which the processes of many hosts share.

The tables are made at the first use, since the library runs without the server and its
migrations. They are unlogged: after a crash of PostgreSQL they are empty, which costs
calls and never a wrong answer. Leases are measured by PostgreSQL's clock.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg import AsyncConnection, IsolationLevel, waiting
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict

from callingcard.backends.cache.contract import SLACK, SWEEP_EVERY, micros, person_of
from callingcard.backends.cache.remote import Patience, Reads
from callingcard.errors import ConfigError
from callingcard.kit.clock import Clock, SystemClock

_CONNECTIONS: Final = 4
_LOST: Final = (psycopg.OperationalError, psycopg.InterfaceError)
_ADVISORY_LOCK: Final = 0x63617264  # "card"
_TABLES: Final[tuple[LiteralString, ...]] = (
    """create unlogged table if not exists token_cache (
      key text primary key, person text not null, value bytea not null, expires_at bigint)""",
    "create index if not exists token_cache_by_person on token_cache (person)",
    "create index if not exists token_cache_by_end on token_cache (expires_at)",
    """create unlogged table if not exists token_leases (
      key text primary key, person text not null, owner text not null,
      ends timestamptz not null)""",
    "create index if not exists token_leases_by_person on token_leases (person)",
)
# Not to_regclass: what it answered before the lock is remembered after it.
_SEEN: Final = """
select count(*) from pg_catalog.pg_class
where relname in ('token_cache', 'token_leases') and pg_catalog.pg_table_is_visible(oid)
"""
_READ: Final = "select key, value, expires_at from token_cache where key = any(%s)"
_PUT: Final = """
insert into token_cache (key, person, value, expires_at)
values (%(key)s, %(person)s, %(value)s, %(end)s)
on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at
returning true
"""
_FILL: Final = """
with ended as (
  delete from token_leases
  where key = %(key)s and owner = %(owner)s and ends > clock_timestamp()
  returning key, person
)
insert into token_cache (key, person, value, expires_at)
select key, person, %(value)s, %(end)s::bigint from ended
on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at
returning true
"""
_LEASE: Final = """
insert into token_leases (key, person, owner, ends)
values (%(key)s, %(person)s, %(owner)s, clock_timestamp() + %(length)s)
on conflict (key) do update set owner = excluded.owner, ends = excluded.ends
where token_leases.owner = excluded.owner or token_leases.ends <= clock_timestamp()
returning true
"""

T = TypeVar("T")


class _Connection(AsyncConnection[tuple[Any, ...]]):
    """A connection that is dropped when somebody gives up waiting for it.

    The driver would ask the server to cancel, and wait for seconds for one that hangs.
    """

    async def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        try:
            return await waiting.wait_async(gen, self.pgconn.socket, *args, **kwargs)
        except asyncio.CancelledError:
            self.pgconn.finish()
            raise


class AsyncPostgresCache:
    """Keeps values in the database at *url*, for the tasks of one event loop.

    Its methods raise CacheUnavailable when PostgreSQL gives no answer in a second.
    Raises ConfigError for a URL that cannot be read.
    """

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        try:
            conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            raise ConfigError(
                "The cache's URL is not one that PostgreSQL understands.",
                hint="Write it like postgresql://user:password@host/database.",
            ) from None
        self._url = url
        self._clock = clock or SystemClock()
        self._patience = Patience(lost=_LOST, failed=(psycopg.Error,))
        self._reads = Reads(self._read)
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._idle: list[_Connection] = []
        self._kept = 0

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        return await self._reads.get(key)

    async def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key*; now and then remove everything that has ended."""
        await self._keep(_PUT, key, value, expires_at)

    async def forget(self, person: str) -> None:
        """Drop every key of *person*, and end the leases on them."""

        async def drop(connection: _Connection) -> None:
            # Two statements: the second sees what a fill that the first waited for kept.
            async with connection.transaction():
                await connection.execute(
                    "delete from token_leases where person = %s", (person,)
                )
                await connection.execute(
                    "delete from token_cache where person = %s", (person,)
                )

        await self._run(drop, insist=True)

    async def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        length = timedelta(seconds=seconds)
        asked = {"key": key, "person": person_of(key), "owner": owner, "length": length}
        return bool(await self._rows(_LEASE, asked))

    async def fill(
        self, key: str, value: bytes, *, owner: str, expires_at: datetime | None
    ) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        return await self._keep(_FILL, key, value, expires_at, owner=owner)

    async def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        ended = "delete from token_leases where key = %s and owner = %s returning true"
        await self._rows(ended, (key, owner))

    async def close(self) -> None:
        """Let go of connections."""
        await self._reads.close()
        self._drop_idle()

    async def _keep(
        self,
        statement: LiteralString,
        key: str,
        value: bytes,
        expires_at: datetime | None,
        **more: str,
    ) -> bool:
        """Keep one value as *statement* says; say whether it did."""
        end = None if expires_at is None else micros(expires_at)
        asked = {"key": key, "person": person_of(key), "value": value, "end": end, **more}
        kept = bool(await self._rows(statement, asked))
        self._kept += 1
        if self._kept % SWEEP_EVERY == 1:
            ended = micros(self._clock.now() - SLACK)
            old = "delete from token_cache where expires_at <= %s returning true"
            await self._rows(old, (ended,))
            dead = "delete from token_leases where ends <= clock_timestamp() returning true"
            await self._rows(dead, ())
        return kept

    async def _read(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return what is kept under *keys* and has not ended."""
        rows = await self._rows(_READ, (list(keys),))
        now = micros(self._clock.now())
        return {key: bytes(value) for key, value, end in rows if end is None or end > now}

    async def _rows(
        self, statement: LiteralString, asked: Mapping[str, Any] | Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """Return the rows that *statement* gives."""

        async def fetch(connection: _Connection) -> list[tuple[Any, ...]]:
            return await (await connection.execute(statement, asked)).fetchall()

        return await self._run(fetch)

    async def _run(
        self, work: Callable[[_Connection], Awaitable[T]], *, insist: bool = False
    ) -> T:
        """Do *work* on a connection; raises CacheUnavailable."""

        async def attempt() -> T:
            async with self._slots:
                while True:
                    is_new = not self._idle
                    try:
                        async with self._connection() as connection:
                            return await work(connection)
                    except _LOST:
                        if is_new:
                            raise
                        # One that lay idle while PostgreSQL restarted: so did the others.
                        self._drop_idle()

        return await self._patience.wait(attempt, insist=insist)

    def _drop_idle(self) -> None:
        """Let go of the connections that nobody uses."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.pgconn.finish()

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[_Connection]:
        """Have a connection alone, and drop it after any fault."""
        connection = self._idle.pop() if self._idle else await self._connect()
        try:
            yield connection
        except BaseException:
            connection.pgconn.finish()
            raise
        self._idle.append(connection)

    async def _connect(self) -> _Connection:
        """Connect, and make the tables unless they are there."""
        # Nothing is prepared, so that a pooler between us and PostgreSQL does no harm.
        connection = await _Connection.connect(
            self._url, autocommit=True, prepare_threshold=None
        )
        try:
            await connection.set_isolation_level(IsolationLevel.READ_COMMITTED)
            await _make_tables(connection)
        except BaseException:
            connection.pgconn.finish()
            raise
        return connection


async def _make_tables(connection: _Connection) -> None:
    """Make the tables unless they are there, which a role that may not make any can see."""
    if await _has_tables(connection):
        return
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(%s)", (_ADVISORY_LOCK,))
        # Another process may have made them meanwhile; to try again would lock them all.
        if not await _has_tables(connection):
            for statement in _TABLES:
                await connection.execute(statement)


async def _has_tables(connection: _Connection) -> bool:
    """Say whether both tables are there."""
    found = await connection.execute(_SEEN)
    return await found.fetchone() == (2,)
