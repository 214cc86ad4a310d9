"""Companies and deals in the database, and what is associated with what."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.objects import CrmObject, Link, ObjectType, Ref
from callingcard.desk.model.properties import Version
from callingcard.desk.search import Page, Query
from callingcard.desk.store.crm.history import Histories, begun
from callingcard.desk.store.crm.searching import Searching, looked_up_by
from callingcard.desk.store.crm.tables import associations, objects

_SEARCHED: Final = {
    ObjectType.COMPANIES: ("name", "domain", "phone", "website"),
    ObjectType.DEALS: ("dealname", "description"),
}
"""Where people's words are looked for, as in HubSpot's search."""
_ROW: Final = [column for column in objects.c if column is not objects.c.history]
_ONE: Final = select(*_ROW).where(
    objects.c.id == bindparam("wanted"), objects.c.type == bindparam("kind")
)
_ONE_LOCKED: Final = _ONE.with_for_update()
_SAVE: Final = update(objects).where(objects.c.id == bindparam("key"))


class SqlObjects:
    """Keeps ``ports.Objects`` of one kind in one connection's transaction."""

    def __init__(self, connection: AsyncConnection, kind: ObjectType) -> None:
        """Keep things of *kind* through *connection*."""
        self._connection = connection
        self._kind = kind

    @cached_property
    def _searching(self) -> Searching:  # most transactions search for nothing
        return Searching(self._connection, objects, objects.c.type == self._kind.value)

    @cached_property
    def _histories(self) -> Histories:
        return Histories(self._connection, objects)

    async def add(self, found: CrmObject) -> None:
        """Keep a new one."""
        values = self._values(found)
        history = begun(values["properties"], found.updated_at)
        await self._connection.execute(insert(objects), {**values, "history": history})

    async def save(self, found: CrmObject) -> None:
        """Keep a changed one."""
        values = self._values(found)
        history = await self._histories.continued(
            found.id, values["properties"], found.updated_at
        )
        changed = {"key": found.id, **values, "history": history}
        await self._connection.execute(_SAVE, changed)

    async def get(self, object_id: str, *, lock: bool = False) -> CrmObject | None:
        """Return the one with this id, archived ones too."""
        asked = {"wanted": object_id, "kind": self._kind.value}
        rows = await self._connection.execute(_ONE_LOCKED if lock else _ONE, asked)
        row = rows.mappings().first()
        return None if row is None else _object(row)

    async def search(self, query: Query) -> Page[CrmObject]:
        """Return the page that *query* asks for, the oldest first."""
        page = await self._searching.page(query)
        return Page([_object(row) for row in page.items], page.total, page.next_offset)

    async def history(
        self, ids: Sequence[str]
    ) -> Mapping[str, Mapping[str, Sequence[Version]]]:
        """Return what the properties of some of them were, the newest first."""
        return await self._histories.of(ids)

    async def remove(self, object_id: str) -> None:
        """Forget one for good."""
        mine = and_(objects.c.id == object_id, objects.c.type == self._kind.value)
        await self._connection.execute(delete(objects).where(mine))

    def _values(self, found: CrmObject) -> dict[str, Any]:
        properties = {name: value for name, value in found.properties.items() if value}
        return {
            "id": found.id,
            "type": self._kind.value,
            "properties": properties,
            **looked_up_by(properties, _SEARCHED[self._kind]),
            "archived": found.archived,
            "created_at": found.created_at,
            "updated_at": found.updated_at,
        }


class SqlAssociations:
    """Keeps ``ports.Associations`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Look and write through *connection*."""
        self._connection = connection

    async def add(self, links: Sequence[Link]) -> None:
        """Keep *links*; those that are kept already stay as they are."""
        known = set(await self.of([link.start for link in links]))
        new = [_row(link) for link in dict.fromkeys(links) if link not in known]
        if new:
            await self._connection.execute(insert(associations), new)

    async def remove(self, links: Sequence[Link]) -> None:
        """Forget *links*; unknown ones are no error."""
        columns = associations.c
        for link in links:
            row = _row(link)
            one = and_(*(columns[name] == value for name, value in row.items()))
            await self._connection.execute(delete(associations).where(one))

    async def of(self, starts: Sequence[Ref], to_type: ObjectType | None = None) -> list[Link]:
        """Return the links from *starts*, in the order of the ends' ids."""
        if not starts:
            return []
        columns = associations.c
        wanted = [(ref.type.value, ref.id) for ref in starts]
        asked = select(associations).where(
            tuple_(columns.from_type, columns.from_id).in_(wanted)
        )
        if to_type is not None:
            asked = asked.where(columns.to_type == to_type.value)
        rows = await self._connection.execute(asked)
        found = [_link(row) for row in rows.mappings()]
        return sorted(found, key=lambda link: (len(link.end.id), link.end.id, link.type_id))

    async def forget(self, ref: Ref) -> None:
        """Forget every link from and to *ref*."""
        columns = associations.c
        here = and_(columns.from_type == ref.type.value, columns.from_id == ref.id)
        there = and_(columns.to_type == ref.type.value, columns.to_id == ref.id)
        await self._connection.execute(delete(associations).where(or_(here, there)))


def _object(row: Mapping[Any, Any]) -> CrmObject:
    return CrmObject(
        id=row["id"],
        properties=row["properties"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        archived=row["archived"],
    )


def _row(link: Link) -> dict[str, Any]:
    return {
        "from_type": link.start.type.value,
        "from_id": link.start.id,
        "to_type": link.end.type.value,
        "to_id": link.end.id,
        "type_id": link.type_id,
    }


def _link(row: Mapping[Any, Any]) -> Link:
    return Link(
        start=Ref(ObjectType(row["from_type"]), row["from_id"]),
        end=Ref(ObjectType(row["to_type"]), row["to_id"]),
        type_id=row["type_id"],
    )
