"""HubSpot's associations, in its newer API (v4) and its older one (v3).

See https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v4 and
https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths
from callingcard.desk.api.hubspot.crm.association_batches import AssociationBatches, both_ways
from callingcard.desk.api.hubspot.crm.schemas import TypeBatch
from callingcard.desk.api.hubspot.crm.shapes import (
    TYPE_IDS,
    kind_of,
    label_of,
    type_name,
    type_number,
    type_objects,
    type_of,
)
from callingcard.desk.api.hubspot.envelope import bad_request, nothing, reply
from callingcard.desk.model.objects import Link, ObjectType, Ref
from callingcard.desk.service.crm.associations import PRIMARY, default_type
from callingcard.desk.service.crm.linking import AssociationDesk, Pair
from callingcard.desk.service.crm.records import is_id
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

READ: Final = ("crm.objects.contacts.read",)
WRITE: Final = ("crm.objects.contacts.write",)
MAX_PAGE: Final = 500


def association_paths(associations: AssociationDesk, clock: Clock) -> Paths:
    """Return the operations on what belongs together."""
    one = AssociationEndpoints(associations, clock)
    many = AssociationBatches(associations, clock)
    v3 = "/crm/v3/objects/{start}/{id}/associations/{end}"
    batches = "/crm/v3/associations/{start}/{end}/batch"
    return {
        **_newer("/crm/v4/objects", "/crm/v4/associations", one, many),
        **_newer("/crm/objects/2026-03", "/crm/associations/2026-03", one, many),
        v3: {"GET": Operation(one.list_v3, READ)},
        f"{v3}/{{end_id}}/{{type}}": {
            "PUT": Operation(one.link_v3, WRITE),
            "DELETE": Operation(one.unlink, WRITE),
        },
        "/crm/v3/associations/{start}/{end}/types": {"GET": Operation(types, READ)},
        f"{batches}/read": {"POST": Operation(many.read_v3, READ)},
        f"{batches}/create": {"POST": Operation(many.create_v3, WRITE)},
        f"{batches}/archive": {"POST": Operation(many.archive_v3, WRITE)},
    }


def _newer(
    objects: str, pairs: str, one: "AssociationEndpoints", many: AssociationBatches
) -> Paths:
    """Return the operations of version 4, which has one address more since 2026."""
    ends = f"{objects}/{{start}}/{{id}}/associations"
    kinds = f"{pairs}/{{start}}/{{end}}"
    return {
        f"{ends}/{{end}}": {"GET": Operation(one.list, READ)},
        f"{ends}/{{end}}/{{end_id}}": {
            "PUT": Operation(one.label, WRITE),
            "DELETE": Operation(one.unlink, WRITE),
        },
        f"{ends}/default/{{end}}/{{end_id}}": {"PUT": Operation(one.link, WRITE)},
        f"{kinds}/labels": {"GET": Operation(labels, READ)},
        f"{kinds}/batch/read": {"POST": Operation(many.read, READ)},
        f"{kinds}/batch/create": {"POST": Operation(many.create, WRITE)},
        f"{kinds}/batch/archive": {"POST": Operation(many.archive, WRITE)},
        f"{kinds}/batch/labels/archive": {"POST": Operation(many.archive_labels, WRITE)},
        f"{kinds}/batch/associate/default": {"POST": Operation(many.create_default, WRITE)},
    }


@dataclass(frozen=True, slots=True)
class AssociationEndpoints:
    """What HubSpot's clients do with one pair, or with all that one thing has."""

    associations: AssociationDesk
    clock: Clock

    async def list(self, call: Call) -> Response:
        """Return what a thing is associated with, and in which sense."""
        found = await self._links(call)
        ends = [list(links) for _end, links in groupby(found, key=lambda link: link.end)]
        limit = call.whole("limit", default=MAX_PAGE, most=MAX_PAGE)
        after = call.text("after") or "0"
        if not is_id(after):
            raise bad_request("Invalid after: it must be the one that a page gave")
        left = [links for links in ends if int(links[0].end.id) > int(after)]
        body: dict[str, Any] = {
            "results": [
                {"toObjectId": links[0].end.id, "associationTypes": type_objects(links)}
                for links in left[:limit]
            ]
        }
        if len(left) > limit:
            body["paging"] = call.next_page(left[limit - 1][0].end.id)
        return reply(body)

    async def list_v3(self, call: Call) -> Response:
        """Return what a thing is associated with, in the older words."""
        found = await self._links(call)
        results = [{"id": link.end.id, "type": type_of(link)} for link in found]
        return reply({"results": results})

    async def label(self, call: Call) -> Response:
        """Associate two things in the senses that the body lists."""
        given = await call.items(TypeBatch)
        start, end = _ends(call)
        numbers = tuple(each.association_type_id for each in given.items)
        await self.associations.link(Pair(start, end, numbers))
        found = [label_of(start.type, end.type, number) for number in numbers]
        body = {
            "fromObjectTypeId": TYPE_IDS[start.type],
            "fromObjectId": start.id,
            "toObjectTypeId": TYPE_IDS[end.type],
            "toObjectId": end.id,
            "labels": [label for label in found if label is not None],
        }
        return reply(body, HTTPStatus.CREATED)

    async def link(self, call: Call) -> Response:
        """Associate two things without a label, and tell of both directions."""
        start, end = _ends(call)
        began = rfc3339(self.clock.now())
        await self.associations.link(Pair(start, end))
        body = {
            "status": "COMPLETE",
            "results": both_ways(Pair(start, end)),
            "startedAt": began,
            "completedAt": rfc3339(self.clock.now()),
        }
        return reply(body)

    async def link_v3(self, call: Call) -> Response:
        """Associate two things by the older word for it."""
        start, end = _ends(call)
        number = type_number(start.type, end.type, call.path("type"))
        numbers = () if number is None else (number,)
        await self.associations.link(Pair(start, end, numbers))
        return await self.list_v3(call)

    async def unlink(self, call: Call) -> Response:
        """End what ties two things."""
        start, end = _ends(call)
        await self.associations.unlink([Pair(start, end)])
        return nothing()

    async def _links(self, call: Call) -> Sequence[Link]:
        start = Ref(kind_of(call.path("start")), call.path("id"))
        return await self.associations.links_of(start, kind_of(call.path("end")))


async def labels(call: Call) -> Response:
    """Return the senses in which two kinds can be associated."""
    start, end = kind_of(call.path("start")), kind_of(call.path("end"))
    results = [
        {
            "category": "HUBSPOT_DEFINED",
            "typeId": number,
            "label": label_of(start, end, number),
        }
        for number in _numbers(start, end)
    ]
    return reply({"results": results})


async def types(call: Call) -> Response:
    """Return the same in the older words."""
    start, end = kind_of(call.path("start")), kind_of(call.path("end"))
    results = [
        {"id": str(number), "name": type_name(start, end, number)}
        for number in _numbers(start, end)
    ]
    return reply({"results": results})


def _numbers(start: ObjectType, end: ObjectType) -> list[int]:
    default, primary = default_type(start, end), PRIMARY.get((start, end))
    return [default] if primary is None else [primary, default]


def _ends(call: Call) -> tuple[Ref, Ref]:
    return (
        Ref(kind_of(call.path("start")), call.path("id")),
        Ref(kind_of(call.path("end")), call.path("end_id")),
    )
