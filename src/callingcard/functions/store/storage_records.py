"""Looks over everything that functions remember: for the app, for sweeping, for erasing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from callingcard.backends.database import Database
from callingcard.functions.model.storage import Entry, Place, Space, Usage
from callingcard.functions.ports.secrets import DataKeyGone
from callingcard.functions.store.storage import entry_of, leases, usages, values

_PLACE: Final = (values.c.function, values.c.namespace, values.c.key)


class SqlStorageRecords:
    """Looks over values and leases; implements ``StorageRecords``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spaces(self, function: str) -> Sequence[tuple[Space, Usage]]:
        """Return the namespaces of *function* that hold something, by name."""
        wanted = (
            select(usages)
            .where(usages.c.function == function, usages.c.entries > 0)
            .order_by(usages.c.namespace)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            (Space(row.function, row.namespace), Usage(row.entries, row.size)) for row in rows
        ]

    async def leased(self, space: Space, *, now: datetime) -> frozenset[str]:
        """Return the keys that a run holds the lease on."""
        wanted = select(leases.c.key).where(
            leases.c.function == space.function,
            leases.c.namespace == space.namespace,
            leases.c.until > now,
        )
        async with self._database.reading() as connection:
            return frozenset((await connection.execute(wanted)).scalars())

    async def expired(self, now: datetime, *, limit: int) -> Sequence[Space]:
        """Return namespaces with something to purge."""
        wanted = (
            select(values.c.function, values.c.namespace)
            .where(values.c.expires_at <= now)
            .distinct()
            .limit(limit)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [Space(row.function, row.namespace) for row in rows]

    async def drop_lapsed(self, before: datetime) -> int:
        """Remove the leases that lapsed before; return how many."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(leases).where(leases.c.until < before))
        return gone.rowcount

    async def mentioning(self, texts: Sequence[str]) -> Sequence[Place]:
        """Return at least every place whose key, as written and in lower case, has a text."""
        found: set[Place] = set()
        async with self._database.reading() as connection:
            for table in (values, leases):
                low = func.lower(table.c.key)
                rows = await connection.execute(
                    select(table.c.function, table.c.namespace, table.c.key).where(
                        or_(*(low.contains(text, autoescape=True) for text in texts))
                    )
                )
                found |= {Place(Space(r.function, r.namespace), r.key) for r in rows}
        return sorted(found, key=lambda p: (p.space.function, p.space.namespace, p.key))

    async def stale(self, newest: int, *, after: Place | None, limit: int) -> Sequence[Entry]:
        """Return entries under an older data key, in the order of their places."""
        wanted = select(values).where(values.c.data_key < newest)
        if after is not None:
            here = (after.space.function, after.space.namespace, after.key)
            wanted = wanted.where(tuple_(*_PLACE) > here)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.order_by(*_PLACE).limit(limit))).all()
        return [entry_of(row) for row in rows]

    async def reseal(self, changes: Sequence[tuple[Entry, Entry]]) -> int:
        """Replace the first of each pair by the second where it is unchanged; count them."""
        done = 0
        try:
            async with self._database.writing() as connection:
                for was, entry in changes:
                    change = (
                        update(values)
                        .where(
                            values.c.function == was.place.space.function,
                            values.c.namespace == was.place.space.namespace,
                            values.c.key == was.place.key,
                            values.c.data_key == was.data_key,
                            values.c.sealed == was.sealed,
                        )
                        .values(data_key=entry.data_key, sealed=entry.sealed)
                    )
                    done += (await connection.execute(change)).rowcount
        except IntegrityError:
            raise DataKeyGone from None
        return done

    async def clear(self, function: str) -> int:
        """Remove everything that *function* remembers; return how many entries."""
        mine = select(usages.c.namespace).where(usages.c.function == function)
        async with self._database.writing() as connection:
            await connection.execute(mine.order_by(usages.c.namespace).with_for_update())
            gone = await connection.execute(
                delete(values).where(values.c.function == function)
            )
            for table in (leases, usages):
                await connection.execute(delete(table).where(table.c.function == function))
        return gone.rowcount
