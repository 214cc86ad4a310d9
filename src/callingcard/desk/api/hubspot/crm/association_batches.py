"""HubSpot's associations, many at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call
from callingcard.desk.api.hubspot.crm.schemas import EndsBatch, PairBatch, StartBatch
from callingcard.desk.api.hubspot.crm.shapes import (
    TYPE_IDS,
    batch_error,
    batch_reply,
    kind_of,
    label_of,
    type_name,
    type_number,
    type_objects,
    type_of,
)
from callingcard.desk.api.hubspot.envelope import bad_request, fault_of, nothing
from callingcard.desk.model.objects import Link, Ref
from callingcard.desk.service.crm.associations import default_type
from callingcard.desk.service.crm.linking import AssociationDesk, Pair
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

_Results = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AssociationBatches:
    """What HubSpot's clients do with many pairs; a bad one does not undo the others."""

    associations: AssociationDesk
    clock: Clock

    async def read(self, call: Call) -> Response:
        """Return what each of some things is associated with."""
        return await self._read(call, _shown)

    async def read_v3(self, call: Call) -> Response:
        """Return what each of some things is associated with, in the older words."""
        return await self._read(call, _shown_v3)

    async def create(self, call: Call) -> Response:
        """Associate pairs, each in the senses that its input lists."""
        began, pairs = rfc3339(self.clock.now()), await self._pairs(call)
        return await self._linked(pairs, began, _labelled)

    async def create_default(self, call: Call) -> Response:
        """Associate pairs without a label."""
        began, pairs = rfc3339(self.clock.now()), await self._pairs(call)
        plain = [Pair(pair.start, pair.end) for pair in pairs]
        return await self._linked(plain, began, both_ways, made=HTTPStatus.OK)

    async def create_v3(self, call: Call) -> Response:
        """Associate pairs by the older words for it."""
        began, pairs = rfc3339(self.clock.now()), await self._pairs(call)
        return await self._linked(pairs, began, _worded)

    async def archive(self, call: Call) -> Response:
        """End what ties each of some things to some others."""
        given = await call.body(EndsBatch)
        kinds = kind_of(call.path("start")), kind_of(call.path("end"))
        pairs = [
            Pair(Ref(kinds[0], str(one.start.id)), Ref(kinds[1], str(end.id)))
            for one in given.inputs
            for end in one.to
        ]
        await self.associations.unlink(pairs)
        return nothing()

    async def archive_v3(self, call: Call) -> Response:
        """End what ties each pair."""
        pairs = await self._pairs(call)
        await self.associations.unlink([Pair(pair.start, pair.end) for pair in pairs])
        return nothing()

    async def archive_labels(self, call: Call) -> Response:
        """End what ties each pair in the senses that its input lists, and no other."""
        pairs = await self._pairs(call)
        if not all(pair.type_ids for pair in pairs):
            raise bad_request("Every input needs the types that are to be ended")
        await self.associations.unlink(pairs)
        return nothing()

    async def _pairs(self, call: Call) -> list[Pair]:
        given = await call.body(PairBatch)
        start, end = kind_of(call.path("start")), kind_of(call.path("end"))
        default_type(start, end)
        pairs: list[Pair] = []
        for one in given.inputs:
            numbers = [each.association_type_id for each in one.types]
            word = None if one.type is None else type_number(start, end, one.type)
            numbers += [] if word is None else [word]
            ends = Ref(start, str(one.start.id)), Ref(end, str(one.to.id))
            pairs.append(Pair(*ends, tuple(numbers)))
        return pairs

    async def _read(
        self, call: Call, shown: Callable[[Ref, Sequence[Link]], dict[str, Any]]
    ) -> Response:
        began = rfc3339(self.clock.now())
        given = await call.body(StartBatch)
        start, end = kind_of(call.path("start")), kind_of(call.path("end"))
        default_type(start, end)
        starts = [Ref(start, str(one.id)) for one in given.inputs]
        found = await self.associations.links_of_many(starts, end)
        errors = [
            batch_error(
                f"No {end} is associated with {start} {ref.id}.",
                "OBJECT_NOT_FOUND",
                context={"fromObjectId": [ref.id]},
            )
            | {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
            for ref, links in found.items()
            if not links
        ]
        results = [shown(ref, links) for ref, links in found.items() if links]
        return batch_reply(results, errors, began=began, clock=self.clock)

    async def _linked(
        self,
        pairs: Sequence[Pair],
        began: str,
        shown: Callable[[Pair], _Results],
        *,
        made: HTTPStatus = HTTPStatus.CREATED,
    ) -> Response:
        problems = await self.associations.link_each(pairs)
        results: _Results = []
        errors: _Results = []
        for pair, problem in zip(pairs, problems, strict=True):
            if problem is None:
                results += shown(pair)
            else:
                fault = fault_of(problem)
                context = {"fromObjectId": [pair.start.id], "toObjectId": [pair.end.id]}
                category = fault.category or "OBJECT_NOT_FOUND"
                errors.append(batch_error(fault.message, category, context=context))
        return batch_reply(results, errors, began=began, clock=self.clock, made=made)


def _shown(start: Ref, links: Sequence[Link]) -> dict[str, Any]:
    ends = [(end, list(some)) for end, some in groupby(links, key=lambda link: link.end)]
    return {
        "from": {"id": start.id},
        "to": [
            {"toObjectId": end.id, "associationTypes": type_objects(some)}
            for end, some in ends
        ],
    }


def _shown_v3(start: Ref, links: Sequence[Link]) -> dict[str, Any]:
    ends = [{"id": link.end.id, "type": type_of(link)} for link in links]
    return {"from": {"id": start.id}, "to": ends}


def _labelled(pair: Pair) -> _Results:
    labels = [label_of(pair.start.type, pair.end.type, number) for number in pair.type_ids]
    return [
        {
            "fromObjectTypeId": TYPE_IDS[pair.start.type],
            "fromObjectId": pair.start.id,
            "toObjectTypeId": TYPE_IDS[pair.end.type],
            "toObjectId": pair.end.id,
            "labels": [label for label in labels if label is not None],
        }
    ]


def both_ways(pair: Pair) -> list[dict[str, Any]]:
    """Return both directions of an association without a label."""
    return [
        {
            "from": {"id": start.id},
            "to": {"id": end.id},
            "associationSpec": {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": default_type(start.type, end.type),
            },
        }
        for start, end in ((pair.start, pair.end), (pair.end, pair.start))
    ]


def _worded(pair: Pair) -> _Results:
    number = next(iter(pair.type_ids), default_type(pair.start.type, pair.end.type))
    word = type_name(pair.start.type, pair.end.type, number)
    return [{"from": {"id": pair.start.id}, "to": {"id": pair.end.id}, "type": word}]
