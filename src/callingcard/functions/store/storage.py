"""What functions remember, and the leases on it.

Each namespace has a row that says how much it holds. Whoever changes the namespace has
that row locked until the end, so changes are made one after the other; on SQLite they
are anyway.

Invariant: the row of a namespace is right after every transaction.
"""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    and_,
    bindparam,
    delete,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database, Engine, Moment
from callingcard.functions.model.storage import (
    MAX_KEY_BYTES,
    Entry,
    KeyRange,
    Lease,
    Place,
    Space,
    Usage,
)
from callingcard.functions.model.values import RunId
from callingcard.functions.ports.secrets import DataKeyGone
from callingcard.functions.store.metadata import metadata
from callingcard.functions.store.secrets import data_keys

_NAME: Final = 63
_KEY: Final = String(MAX_KEY_BYTES).with_variant(
    String(MAX_KEY_BYTES, collation="C"), "postgresql"
)
"""Keys are ASCII and are compared byte by byte, on PostgreSQL only if told to."""

_PURGED_AT_ONCE: Final = 500

values: Final = Table(
    "functions_storage",
    metadata,
    Column("function", String(_NAME), primary_key=True),
    Column("namespace", String(_NAME), primary_key=True),
    Column("key", _KEY, primary_key=True),
    Column("data_key", Integer, ForeignKey(data_keys.c.number), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("expires_at", Moment),
    Index("ix_functions_storage_expires_at", "expires_at"),
)

usages: Final = Table(
    "functions_storage_usage",
    metadata,
    Column("function", String(_NAME), primary_key=True),
    Column("namespace", String(_NAME), primary_key=True),
    Column("entries", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)

leases: Final = Table(
    "functions_leases",
    metadata,
    Column("function", String(_NAME), primary_key=True),
    Column("namespace", String(_NAME), primary_key=True),
    Column("key", _KEY, primary_key=True),
    Column("id", String(40), nullable=False),
    Column("run", String(64), nullable=False, index=True),
    Column("until", Moment, nullable=False),
)

_F, _N, _K = (bindparam(name, type_=String()) for name in "fnk")
_AN_ENTRY: Final = and_(values.c.function == _F, values.c.namespace == _N, values.c.key == _K)
_A_LEASE: Final = and_(leases.c.function == _F, leases.c.namespace == _N, leases.c.key == _K)
_A_USAGE: Final = and_(usages.c.function == _F, usages.c.namespace == _N)

_ENTRY: Final = select(values).where(_AN_ENTRY)
_LEASE: Final = select(leases).where(_A_LEASE)
_DROP_ENTRY: Final = delete(values).where(_AN_ENTRY)
_DROP_LEASE: Final = delete(leases).where(_A_LEASE)
_LOCK: Final = select(usages.c.entries, usages.c.size).where(_A_USAGE).with_for_update()
_ONE: Final = select(literal(1).label("one")).subquery("one")
_LOOK: Final = select(
    values, leases.c.id.label("lease_id"), leases.c.run, leases.c.until
).select_from(_ONE.outerjoin(values, _AN_ENTRY).outerjoin(leases, _A_LEASE))
_LIVE: Final = (
    select(values)
    .where(
        values.c.function == _F,
        values.c.namespace == _N,
        or_(
            values.c.key == bindparam("exact"),
            and_(values.c.key >= bindparam("first"), values.c.key < bindparam("end")),
        ),
        values.c.key > bindparam("after"),
        or_(values.c.expires_at.is_(None), values.c.expires_at > bindparam("now")),
    )
    .order_by(values.c.key)
    .limit(bindparam("most"))
)
_EXTEND: Final = (
    update(leases)
    .where(
        leases.c.run.in_(bindparam("runs", expanding=True)), leases.c.until > bindparam("now")
    )
    .values(until=bindparam("later", type_=Moment))
)
_RELEASE: Final = (
    delete(leases)
    .where(leases.c.run == bindparam("whose"))
    .returning(leases.c.function, leases.c.namespace, leases.c.key)
)


def _upsert(engine: Engine, table: Table) -> Any:
    """Return the statement that keeps a row in place of the one with its key."""
    dialect = sqlite if engine is Engine.SQLITE else postgresql
    made = dialect.insert(table)
    rest = {c.name: made.excluded[c.name] for c in table.columns if not c.primary_key}
    return made.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)


_UPSERTS: Final = {
    engine: {table.name: _upsert(engine, table) for table in (values, usages, leases)}
    for engine in Engine
}


class SqlStorage:
    """Keeps values and leases; implements ``StorageStore`` and ``LeaseStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def changing(self, space: Space) -> AsyncGenerator["SqlChanges"]:
        """Open a transaction alone in *space*; raises DataKeyGone at its end."""
        try:
            async with self._database.writing() as connection:
                changes = SqlChanges(connection, self._database.engine, space)
                await changes.begin()
                yield changes
                await changes.finish()
        except IntegrityError:
            # The only one there can be: a value under a data key that was removed.
            raise DataKeyGone from None

    async def look(self, place: Place) -> tuple[Entry | None, Lease | None]:
        """Return what is in *place*, expired or lapsed too."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_LOOK, _where(place))).one()
        entry = None if row.data_key is None else _entry(place, row)
        lease = (
            None if row.lease_id is None else Lease(place, row.lease_id, row.run, row.until)
        )
        return entry, lease

    async def entries(
        self, space: Space, keys: KeyRange, *, now: datetime, limit: int, after: str = ""
    ) -> Sequence[Entry]:
        """Return live entries in the order of their keys."""
        asked = {
            "f": space.function,
            "n": space.namespace,
            "exact": keys.exact,
            "first": keys.first,
            "end": keys.end,
            "after": after,
            "now": now,
            "most": limit,
        }
        async with self._database.reading() as connection:
            rows = (await connection.execute(_LIVE, asked)).all()
        return [_entry(Place(space, row.key), row) for row in rows]

    async def extend(self, runs: Collection[RunId], *, now: datetime, until: datetime) -> None:
        """Let the leases of these runs that have not lapsed end at *until*."""
        asked = {"runs": list(runs), "now": now, "later": until}
        async with self._database.writing() as connection:
            await connection.execute(_EXTEND, asked)

    async def release(self, run: RunId) -> Sequence[Place]:
        """End every lease of *run*; return where they were."""
        async with self._database.writing() as connection:
            rows = (await connection.execute(_RELEASE, {"whose": run})).all()
        return [Place(Space(row.function, row.namespace), row.key) for row in rows]


class SqlChanges:
    """One transaction in one namespace; implements ``Changes``."""

    def __init__(self, connection: AsyncConnection, engine: Engine, space: Space) -> None:
        self._connection = connection
        self._upserts = _UPSERTS[engine]
        self._engine = engine
        self._space = space
        self._usage = self._found = Usage()
        self._known: dict[str, Entry | None] = {}

    async def begin(self) -> None:
        """Have the namespace to ourselves, and learn what it holds."""
        asked = {"f": self._space.function, "n": self._space.namespace}
        row = (await self._connection.execute(_LOCK, asked)).first()
        if row is None and self._engine is Engine.POSTGRES:
            first = {"function": self._space.function, "namespace": self._space.namespace}
            none = postgresql.insert(usages).values(**first, entries=0, size=0)
            await self._connection.execute(none.on_conflict_do_nothing())
            row = (await self._connection.execute(_LOCK, asked)).first()
        if row is not None:
            self._usage = self._found = Usage(row.entries, row.size)

    async def finish(self) -> None:
        """Write down what the namespace holds now."""
        if self._usage != self._found:
            await self._keep(
                usages,
                function=self._space.function,
                namespace=self._space.namespace,
                entries=self._usage.entries,
                size=self._usage.size,
            )

    async def usage(self) -> Usage:
        """Return how much the namespace holds, expired entries too."""
        return self._usage

    async def get(self, key: str) -> Entry | None:
        """Return the entry under *key*, an expired one too."""
        if key not in self._known:
            place = Place(self._space, key)
            row = (await self._connection.execute(_ENTRY, _where(place))).first()
            self._known[key] = None if row is None else _entry(place, row)
        return self._known[key]

    async def put(self, entry: Entry) -> None:
        """Keep *entry* in place of what is there."""
        old = await self.get(entry.place.key)
        await self._keep(
            values,
            function=self._space.function,
            namespace=self._space.namespace,
            key=entry.place.key,
            data_key=entry.data_key,
            sealed=entry.sealed,
            size=entry.size,
            expires_at=entry.expires_at,
        )
        self._known[entry.place.key] = entry
        self._grow(old is None, entry.size - (old.size if old else 0))

    async def delete(self, key: str) -> bool:
        """Remove the entry under *key*; say whether there was one."""
        old = await self.get(key)
        if old is None:
            return False
        await self._connection.execute(_DROP_ENTRY, _where(old.place))
        self._known[key] = None
        self._grow(-1, -old.size)
        return True

    async def purge(self, now: datetime) -> int:
        """Remove what has expired, a batch of it; return how many."""
        here = and_(
            values.c.function == self._space.function,
            values.c.namespace == self._space.namespace,
        )
        expired = (
            select(values.c.key, values.c.size)
            .where(here, values.c.expires_at <= now)
            .limit(_PURGED_AT_ONCE)
        )
        rows = (await self._connection.execute(expired)).all()
        if rows:
            keys = [row.key for row in rows]
            await self._connection.execute(delete(values).where(here, values.c.key.in_(keys)))
            self._known.clear()
            self._grow(-len(rows), -sum(row.size for row in rows))
        return len(rows)

    async def lease(self, key: str) -> Lease | None:
        """Return the lease on *key*, a lapsed one too."""
        place = Place(self._space, key)
        row = (await self._connection.execute(_LEASE, _where(place))).first()
        return None if row is None else Lease(place, row.id, row.run, row.until)

    async def hold(self, lease: Lease) -> None:
        """Keep *lease* in place of what is there."""
        await self._keep(
            leases,
            function=self._space.function,
            namespace=self._space.namespace,
            key=lease.place.key,
            id=lease.id,
            run=lease.run,
            until=lease.until,
        )

    async def free(self, key: str) -> None:
        """End the lease on *key*, whoever holds it."""
        await self._connection.execute(_DROP_LEASE, _where(Place(self._space, key)))

    async def _keep(self, table: Table, **row: object) -> None:
        await self._connection.execute(self._upserts[table.name], row)

    def _grow(self, entries: int, size: int) -> None:
        """Count what was added or, below zero, removed."""
        self._usage = Usage(self._usage.entries + entries, self._usage.size + size)


def entry_of(row: Row[Any]) -> Entry:
    """Return the entry in a whole *row* of ``values``."""
    return _entry(Place(Space(row.function, row.namespace), row.key), row)


def _entry(place: Place, row: Row[Any]) -> Entry:
    return Entry(place, row.data_key, row.sealed, row.size, row.expires_at)


def _where(place: Place) -> dict[str, str]:
    return {"f": place.space.function, "n": place.space.namespace, "k": place.key}
