"""HubSpot's properties, many at once, and the groups they are in."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call
from callingcard.desk.api.hubspot.crm.property_shapes import shown, wanted_property
from callingcard.desk.api.hubspot.crm.schemas import (
    GroupChange,
    GroupInput,
    NameBatch,
    PropertyBatch,
)
from callingcard.desk.api.hubspot.crm.shapes import batch_error, batch_reply, kind_of
from callingcard.desk.api.hubspot.envelope import fault_of, nothing, reply
from callingcard.desk.model.properties import PropertyGroup
from callingcard.desk.service.crm.registry import GroupDesk, PropertyDesk
from callingcard.errors import RequestError
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

_Results = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PropertyBatches:
    """What HubSpot's clients do with many properties; a bad one does not undo the others."""

    properties: PropertyDesk
    clock: Clock

    async def create(self, call: Call) -> Response:
        """Define properties."""
        began, kind = rfc3339(self.clock.now()), kind_of(call.path("kind"))
        results: _Results = []
        errors: _Results = []
        for given in (await call.body(PropertyBatch)).inputs:
            try:
                made = await self.properties.create(kind, wanted_property(given))
                results.append(shown(made))
            except RequestError as error:
                errors.append(_error(given.name, error))
        return batch_reply(
            results, errors, began=began, clock=self.clock, made=HTTPStatus.CREATED
        )

    async def read(self, call: Call) -> Response:
        """Return the properties with these names."""
        began, kind = rfc3339(self.clock.now()), kind_of(call.path("kind"))
        wanted = await call.body(NameBatch)
        results: _Results = []
        errors: _Results = []
        for item in wanted.inputs:
            try:
                found = await self.properties.get(kind, item.name, archived=wanted.archived)
                results.append(shown(found))
            except RequestError as error:
                errors.append(_error(item.name, error))
        return batch_reply(results, errors, began=began, clock=self.clock)

    async def archive(self, call: Call) -> Response:
        """Archive properties; unknown ones are as good as archived."""
        wanted = await call.body(NameBatch)
        names = [item.name for item in wanted.inputs]
        await self.properties.archive_all(kind_of(call.path("kind")), names)
        return nothing()


@dataclass(frozen=True, slots=True)
class GroupEndpoints:
    """What HubSpot's clients do with groups of properties."""

    groups: GroupDesk

    async def list(self, call: Call) -> Response:
        """Return every group of a kind of object."""
        found = await self.groups.list_groups(kind_of(call.path("kind")))
        return reply({"results": [_group(one) for one in found]})

    async def get(self, call: Call) -> Response:
        """Return one group."""
        found = await self.groups.get(kind_of(call.path("kind")), call.path("name"))
        return reply(_group(found))

    async def create(self, call: Call) -> Response:
        """Define a group."""
        given = await call.body(GroupInput)
        wanted = PropertyGroup(given.name, given.label, given.display_order)
        made = await self.groups.create(kind_of(call.path("kind")), wanted)
        return reply(_group(made), HTTPStatus.CREATED)

    async def change(self, call: Call) -> Response:
        """Give a group another label or place."""
        given = await call.body(GroupChange)
        changed = await self.groups.change(
            kind_of(call.path("kind")),
            call.path("name"),
            label=given.label,
            display_order=given.display_order,
        )
        return reply(_group(changed))

    async def archive(self, call: Call) -> Response:
        """Archive a group that has no properties."""
        await self.groups.remove(kind_of(call.path("kind")), call.path("name"))
        return nothing()


def _group(one: PropertyGroup) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label,
        "displayOrder": one.display_order,
        "archived": False,
    }


def _error(name: str, error: RequestError) -> dict[str, Any]:
    fault = fault_of(error)
    category = fault.category or "OBJECT_NOT_FOUND"
    return batch_error(fault.message, category, context={"name": [name]})
