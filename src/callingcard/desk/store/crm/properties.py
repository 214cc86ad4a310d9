"""The definitions of properties, in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.objects import ObjectType
from callingcard.desk.model.properties import Option, Property, PropertyGroup, PropertyType
from callingcard.desk.store.crm.tables import properties, property_groups


class SqlProperties:
    """Keeps ``ports.Properties`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Look and write through *connection*."""
        self._connection = connection

    async def all(self, object_type: ObjectType) -> Sequence[Property]:
        """Return every definition for *object_type*, archived ones too."""
        asked = select(properties).where(properties.c.object_type == object_type.value)
        rows = await self._connection.execute(asked.order_by(properties.c.name))
        return [_property(row) for row in rows.mappings()]

    async def put(self, object_type: ObjectType, definition: Property) -> None:
        """Keep *definition* in place of what had its name."""
        same = and_(
            properties.c.object_type == object_type.value,
            properties.c.name == definition.name,
        )
        await self._connection.execute(delete(properties).where(same))
        await self._connection.execute(insert(properties), _values(object_type, definition))

    async def groups(self, object_type: ObjectType) -> Sequence[PropertyGroup]:
        """Return the groups that were defined for *object_type*."""
        columns = property_groups.c
        asked = select(columns.name, columns.label, columns.display_order)
        mine = columns.object_type == object_type.value
        rows = await self._connection.execute(asked.where(mine).order_by(columns.name))
        return [PropertyGroup(**row) for row in rows.mappings()]

    async def put_group(self, object_type: ObjectType, group: PropertyGroup) -> None:
        """Keep *group* in place of what had its name."""
        await self.drop_group(object_type, group.name)
        row = {"object_type": object_type.value, **asdict(group)}
        await self._connection.execute(insert(property_groups), row)

    async def drop_group(self, object_type: ObjectType, name: str) -> None:
        """Forget a group; an unknown one is no error."""
        columns = property_groups.c
        same = and_(columns.object_type == object_type.value, columns.name == name)
        await self._connection.execute(delete(property_groups).where(same))


def _values(object_type: ObjectType, definition: Property) -> dict[str, Any]:
    return {
        "object_type": object_type.value,
        "name": definition.name,
        "label": definition.label,
        "type": definition.type.value,
        "field_type": definition.field_type,
        "group_name": definition.group,
        "description": definition.description,
        "options": [asdict(option) for option in definition.options],
        "visible_to_visitor": definition.visible_to_visitor,
        "hidden": definition.hidden,
        "display_order": definition.display_order,
        "archived": definition.archived,
        "created_at": definition.created_at,
        "updated_at": definition.updated_at,
    }


def _property(row: Mapping[Any, Any]) -> Property:
    return Property(
        name=row["name"],
        label=row["label"],
        type=PropertyType(row["type"]),
        field_type=row["field_type"],
        group=row["group_name"],
        description=row["description"],
        options=tuple(Option(**option) for option in row["options"]),
        visible_to_visitor=row["visible_to_visitor"],
        hidden=row["hidden"],
        display_order=row["display_order"],
        archived=row["archived"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
