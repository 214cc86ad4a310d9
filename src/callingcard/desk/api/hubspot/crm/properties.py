"""HubSpot's properties: which there are, and new ones.

See https://developers.hubspot.com/docs/guides/api/crm/properties.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths
from callingcard.desk.api.hubspot.crm.property_batches import GroupEndpoints, PropertyBatches
from callingcard.desk.api.hubspot.crm.property_shapes import (
    options_of,
    shown,
    wanted_property,
)
from callingcard.desk.api.hubspot.crm.schemas import PropertyChange, PropertyInput
from callingcard.desk.api.hubspot.crm.shapes import kind_of
from callingcard.desk.api.hubspot.envelope import bad_request, nothing, reply
from callingcard.desk.service.crm.registry import PropertyDesk, Redefinition
from callingcard.kit.clock import Clock

READ: Final = ("crm.schemas.contacts.read",)
WRITE: Final = ("crm.schemas.contacts.write",)
BASES: Final = ("/crm/v3/properties/{kind}", "/crm/properties/2026-03/{kind}")


def property_paths(properties: PropertyDesk, clock: Clock) -> Paths:
    """Return the operations on the definitions of properties."""
    one = PropertyEndpoints(properties)
    many = PropertyBatches(properties, clock)
    groups = GroupEndpoints(properties.groups)
    table = {
        "": {"GET": Operation(one.list, READ), "POST": Operation(one.create, WRITE)},
        "/batch/create": {"POST": Operation(many.create, WRITE)},
        "/batch/read": {"POST": Operation(many.read, READ)},
        "/batch/archive": {"POST": Operation(many.archive, WRITE)},
        "/groups": {
            "GET": Operation(groups.list, READ),
            "POST": Operation(groups.create, WRITE),
        },
        "/groups/{name}": {
            "GET": Operation(groups.get, READ),
            "PATCH": Operation(groups.change, WRITE),
            "DELETE": Operation(groups.archive, WRITE),
        },
        "/{name}": {
            "GET": Operation(one.get, READ),
            "PATCH": Operation(one.change, WRITE),
            "DELETE": Operation(one.archive, WRITE),
        },
    }
    return {f"{base}{path}": methods for base in BASES for path, methods in table.items()}


@dataclass(frozen=True, slots=True)
class PropertyEndpoints:
    """What HubSpot's clients do with properties."""

    properties: PropertyDesk

    async def list(self, call: Call) -> Response:
        """Return every property of a kind of object; HubSpot has no pages here."""
        archived = call.yes("archived")
        kind = kind_of(call.path("kind"))
        found = await self.properties.list_properties(kind, archived=archived)
        return reply({"results": [shown(one) for one in found]})

    async def get(self, call: Call) -> Response:
        """Return one property."""
        kind, archived = kind_of(call.path("kind")), call.yes("archived")
        return reply(
            shown(await self.properties.get(kind, call.path("name"), archived=archived))
        )

    async def create(self, call: Call) -> Response:
        """Define a property."""
        wanted = wanted_property(await call.body(PropertyInput))
        made = await self.properties.create(kind_of(call.path("kind")), wanted)
        return reply(shown(made), HTTPStatus.CREATED)

    async def change(self, call: Call) -> Response:
        """Change what a property is called, or what it allows; never its type."""
        kind, name = kind_of(call.path("kind")), call.path("name")
        given = await call.body(PropertyChange)
        known = await self.properties.get(kind, name)
        if given.type not in {None, known.type}:
            raise bad_request("The type of a property cannot change")
        options = None if given.options is None else options_of(given.options)
        changes = Redefinition(
            label=given.label,
            group=given.group_name,
            description=given.description,
            field_type=given.field_type,
            options=options,
            visible_to_visitor=given.visible_to_visitor,
            hidden=given.hidden,
            display_order=given.display_order,
        )
        return reply(shown(await self.properties.change(kind, name, changes)))

    async def archive(self, call: Call) -> Response:
        """Archive a property."""
        await self.properties.archive(kind_of(call.path("kind")), call.path("name"))
        return nothing()
