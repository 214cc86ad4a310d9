"""What the properties of a record were before, kept beside them in its row.

It is in the row, and not in a table of its own, so that whatever shows, moves or forgets
the record does the same to its past.

Invariant: the newest version of a property is its value; none is kept twice in a row.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.properties import Version

MAX_VERSIONS: Final = 20
"""How many values of one property are remembered, as by HubSpot for most objects."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

Kept = dict[str, list[list[Any]]]
"""By property, its values with their milliseconds since 1970, the newest first."""


class Histories:
    """Reads and continues the histories in the rows of one table."""

    def __init__(self, connection: AsyncConnection, table: Table) -> None:
        """Look and write through *connection*."""
        columns = table.c
        asked = select(columns.id, columns.properties, columns.history, columns.updated_at)
        self._connection = connection
        self._wanted = asked.where(columns.id.in_(bindparam("wanted", expanding=True)))
        self._keep = (
            update(table)
            .where(columns.id == bindparam("key"))
            .values(history=bindparam("kept"))
        )

    async def of(self, ids: Sequence[str]) -> dict[str, dict[str, tuple[Version, ...]]]:
        """Return what each property of each record was, the newest first."""
        return {
            record: {
                name: tuple(
                    Version(value, _EPOCH + at * _MILLISECOND) for value, at in versions
                )
                for name, versions in kept.items()
            }
            for record, kept in (await self._rows(ids)).items()
        }

    async def continued(
        self, record_id: str, properties: Mapping[str, str], at: datetime
    ) -> Kept:
        """Return the history of a record that has *properties* from *at* on."""
        kept = (await self._rows([record_id])).get(record_id, {})
        for name in kept.keys() | properties.keys():
            value, before = properties.get(name, ""), kept.get(name, [])
            if value != (before[0][0] if before else ""):
                kept[name] = [[value, _milliseconds(at)], *before][:MAX_VERSIONS]
        return kept

    async def forget(self, record_id: str, at: datetime) -> None:
        """Forget the values that a record was given at this moment and has no longer."""
        kept = (await self._rows([record_id])).get(record_id, {})
        moment = _milliseconds(at)
        left = {
            name: versions[:1] + [one for one in versions[1:] if one[1] != moment]
            for name, versions in kept.items()
        }
        await self._connection.execute(self._keep, {"key": record_id, "kept": left})

    async def _rows(self, ids: Sequence[str]) -> dict[str, Kept]:
        found = await self._connection.execute(self._wanted, {"wanted": list(ids)})
        return {row["id"]: _kept(row) for row in found.mappings()}


def begun(properties: Mapping[str, str], at: datetime) -> Kept:
    """Return the history of a record that is made with *properties*."""
    return {name: [[value, _milliseconds(at)]] for name, value in properties.items()}


def _kept(row: RowMapping) -> Kept:
    """Return the history in *row*; what is older than histories are counts from its end."""
    return begun(row["properties"], row["updated_at"]) | (row["history"] or {})


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND
