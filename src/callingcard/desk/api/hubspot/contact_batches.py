"""HubSpot's contacts, many at once.

A batch whose inputs all worked answers 200 or 201; one with a refusal answers 207
and tells of each, because the others are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call
from callingcard.desk.api.hubspot.envelope import (
    fault_of,
    invalid_properties,
    nothing,
    reply,
)
from callingcard.desk.api.hubspot.objects import contact_object, key_of
from callingcard.desk.api.hubspot.schemas import (
    ChangeBatch,
    CreateBatch,
    KeyBatch,
    ReadBatch,
    as_text,
)
from callingcard.desk.errors import ContactNotFound, InvalidProperties
from callingcard.desk.service.crm.contact_batches import (
    Change,
    ContactBatches,
    Done,
    Outcome,
    Refused,
)
from callingcard.desk.service.crm.contacts import Key
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

_NO_OBJECTS: Final = (
    "Could not get some CONTACT objects, they may be deleted or not exist. "
    "Check that ids are valid."
)


@dataclass(frozen=True, slots=True)
class BatchEndpoints:
    """What HubSpot's clients do with many contacts."""

    batches: ContactBatches
    clock: Clock

    async def read(self, call: Call) -> Response:
        """Return the contacts with these ids or addresses."""
        wanted = await call.body(ReadBatch)
        began = rfc3339(self.clock.now())
        keys = [key_of(item.id, wanted.id_property) for item in wanted.inputs]
        outcomes = await self.batches.read(keys, archived=call.yes("archived"))
        asked = [wanted.properties] * len(keys)
        return self._answer(_Batch(outcomes, began, keys=keys, asked=asked))

    async def create(self, call: Call) -> Response:
        """Make contacts."""
        wanted = await call.body(CreateBatch)
        began = rfc3339(self.clock.now())
        given = [as_text(item.properties) for item in wanted.inputs]
        outcomes = await self.batches.create(given)
        return self._answer(_Batch(outcomes, began, given=given, made=HTTPStatus.CREATED))

    async def update(self, call: Call) -> Response:
        """Change contacts that are there."""
        began = rfc3339(self.clock.now())
        changes = _changes(await call.body(ChangeBatch))
        return self._answer(_of_changes(await self.batches.update(changes), began, changes))

    async def upsert(self, call: Call) -> Response:
        """Change contacts that are there, and make those that are not."""
        began = rfc3339(self.clock.now())
        changes = _changes(await call.body(ChangeBatch))
        batch = _of_changes(await self.batches.upsert(changes), began, changes)
        return self._answer(batch, tell_new=True)

    async def archive(self, call: Call) -> Response:
        """Archive contacts."""
        wanted = await call.body(KeyBatch)
        await self.batches.archive([Key(item.id) for item in wanted.inputs])
        return nothing()

    def _answer(self, batch: "_Batch", *, tell_new: bool = False) -> Response:
        """Return HubSpot's reply to a batch."""
        body: dict[str, Any] = {
            "status": "COMPLETE",
            "results": batch.results(tell_new=tell_new),
            "startedAt": batch.began,
            "completedAt": rfc3339(self.clock.now()),
        }
        errors = batch.errors()
        if not errors:
            return reply(body, batch.made)
        return reply(
            {**body, "numErrors": len(errors), "errors": errors}, HTTPStatus.MULTI_STATUS
        )


@dataclass(frozen=True, slots=True)
class _Batch:
    """The outcomes of a batch, beside what was asked."""

    outcomes: Sequence[Outcome]
    began: str
    keys: Sequence[Key] = ()
    given: Sequence[Mapping[str, str]] = ()
    asked: Sequence[Sequence[str]] = ()
    made: HTTPStatus = HTTPStatus.OK

    def results(self, *, tell_new: bool) -> list[dict[str, Any]]:
        """Return what worked, in the order it was asked for."""
        shown = self.asked or [list(properties) for properties in self.given]
        return [
            contact_object(outcome.contact, names) | ({"new": outcome.new} if tell_new else {})
            for outcome, names in zip(self.outcomes, shown, strict=True)
            if isinstance(outcome, Done)
        ]

    def errors(self) -> list[dict[str, Any]]:
        """Return what did not; all that was not found is one error, as by HubSpot."""
        refused = [outcome for outcome in self.outcomes if isinstance(outcome, Refused)]
        lost = [one for one in refused if isinstance(one.error, ContactNotFound)]
        others = [one for one in refused if not isinstance(one.error, ContactNotFound)]
        errors = [self._error(one) for one in others]
        if lost:
            ids = [self.keys[one.position].value for one in lost]
            errors.append(_error(_NO_OBJECTS, "OBJECT_NOT_FOUND", context={"ids": ids}))
        return errors

    def _error(self, refused: Refused) -> dict[str, Any]:
        if isinstance(refused.error, InvalidProperties):
            fault = invalid_properties(refused.error, self.given[refused.position])
        else:
            fault = fault_of(refused.error)
        details: list[Any] = fault.members.get("errors", [])
        return _error(fault.message, fault.category or "", errors=details)


def _error(
    message: str,
    category: str,
    *,
    context: Mapping[str, Any] | None = None,
    errors: Sequence[Any] = (),
) -> dict[str, Any]:
    """Return one error of a batch; official clients refuse it without every member."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "errors": list(errors),
        "context": dict(context or {}),
        "links": {},
    }


def _changes(wanted: ChangeBatch) -> list[Change]:
    return [
        Change(key_of(item.id, item.id_property), as_text(item.properties))
        for item in wanted.inputs
    ]


def _of_changes(outcomes: Sequence[Outcome], began: str, changes: Sequence[Change]) -> _Batch:
    return _Batch(
        outcomes,
        began,
        keys=[change.key for change in changes],
        given=[change.properties for change in changes],
    )
