"""HubSpot's contacts, companies and deals, many at once.

A batch whose inputs all worked answers 200 or 201; one with a refusal answers 207
and tells of each, because the others are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call
from callingcard.desk.api.hubspot.crm.records import add_history
from callingcard.desk.api.hubspot.crm.schemas import (
    ChangeBatch,
    CreateBatch,
    KeyBatch,
    ReadBatch,
)
from callingcard.desk.api.hubspot.crm.shapes import (
    Shaper,
    batch_error,
    batch_reply,
    key_of,
    ties_of,
)
from callingcard.desk.api.hubspot.envelope import (
    fault_of,
    invalid_properties,
    nothing,
)
from callingcard.desk.api.hubspot.schemas import as_text
from callingcard.desk.errors import ContactNotFound, InvalidProperties, ObjectNotFound
from callingcard.desk.service.crm.batches import (
    Change,
    Done,
    Outcome,
    RecordBatches,
    Refused,
)
from callingcard.desk.service.crm.records import Key, RecordDesk, RecordType
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339


@dataclass(frozen=True, slots=True)
class BatchEndpoints(Generic[RecordType]):
    """What HubSpot's clients do with many records."""

    desk: RecordDesk[RecordType]
    batches: RecordBatches[RecordType]
    clock: Clock

    async def read(self, call: Call) -> Response:
        """Return the records with these ids or addresses."""
        wanted = await call.body(ReadBatch)
        began = rfc3339(self.clock.now())
        kind = self.desk.type
        keys = [key_of(kind, item.id, wanted.id_property) for item in wanted.inputs]
        outcomes = await self.batches.read(keys, archived=call.yes("archived"))
        past = wanted.properties_with_history
        asked = [(*wanted.properties, *past)] * len(keys)
        batch = _Batch(outcomes, began, keys=keys, asked=asked)
        return await self._answer(batch, past=past)

    async def create(self, call: Call) -> Response:
        """Make records."""
        wanted = await call.body(CreateBatch)
        began = rfc3339(self.clock.now())
        given = [as_text(item.properties) for item in wanted.inputs]
        changes = [
            Change(
                Key(properties.get("email", ""), "email"),
                properties,
                ties_of(self.desk.type, item.associations),
            )
            for properties, item in zip(given, wanted.inputs, strict=True)
        ]
        outcomes = await self.batches.create(changes)
        return await self._answer(
            _Batch(outcomes, began, given=given, made=HTTPStatus.CREATED)
        )

    async def update(self, call: Call) -> Response:
        """Change records that are there."""
        began = rfc3339(self.clock.now())
        changes = self._changes(await call.body(ChangeBatch))
        outcomes = await self.batches.update(changes)
        return await self._answer(_of_changes(outcomes, began, changes))

    async def upsert(self, call: Call) -> Response:
        """Change records that are there, and make those that are not."""
        began = rfc3339(self.clock.now())
        changes = self._changes(await call.body(ChangeBatch))
        batch = _of_changes(await self.batches.upsert(changes), began, changes)
        return await self._answer(batch, tell_new=True)

    async def archive(self, call: Call) -> Response:
        """Archive records."""
        wanted = await call.body(KeyBatch)
        await self.batches.archive([Key(item.id) for item in wanted.inputs])
        return nothing()

    async def _answer(
        self,
        batch: "_Batch[RecordType]",
        *,
        tell_new: bool = False,
        past: Sequence[str] = (),
    ) -> Response:
        """Return HubSpot's reply to a batch."""
        shaper = Shaper(self.desk.type, await self.desk.properties())
        results = batch.results(shaper, tell_new=tell_new)
        await add_history(self.desk, shaper, results, past)
        errors = batch.errors(self.desk.type.singular.upper())
        return batch_reply(
            results, errors, began=batch.began, clock=self.clock, made=batch.made
        )

    def _changes(self, wanted: ChangeBatch) -> list[Change]:
        return [
            Change(key_of(self.desk.type, item.id, item.id_property), as_text(item.properties))
            for item in wanted.inputs
        ]


@dataclass(frozen=True, slots=True)
class _Batch(Generic[RecordType]):
    """The outcomes of a batch, beside what was asked."""

    outcomes: Sequence[Outcome[RecordType]]
    began: str
    keys: Sequence[Key] = ()
    given: Sequence[Mapping[str, str]] = ()
    asked: Sequence[Sequence[str]] = ()
    made: HTTPStatus = HTTPStatus.OK

    def results(self, shaper: Shaper, *, tell_new: bool) -> list[dict[str, Any]]:
        """Return what worked, in the order it was asked for."""
        shown = self.asked or [list(properties) for properties in self.given]
        return [
            shaper.record(outcome.record, names) | ({"new": outcome.new} if tell_new else {})
            for outcome, names in zip(self.outcomes, shown, strict=True)
            if isinstance(outcome, Done)
        ]

    def errors(self, word: str) -> list[dict[str, Any]]:
        """Return what did not; all that was not found is one error, as by HubSpot."""
        refused = [outcome for outcome in self.outcomes if isinstance(outcome, Refused)]
        lost = [one for one in refused if _is_lost(one)]
        errors = [self._error(one) for one in refused if not _is_lost(one)]
        if lost:
            ids = [self.keys[one.position].value for one in lost]
            message = (
                f"Could not get some {word} objects, they may be deleted or not exist. "
                "Check that ids are valid."
            )
            errors.append(batch_error(message, "OBJECT_NOT_FOUND", context={"ids": ids}))
        return errors

    def _error(self, refused: Refused) -> dict[str, Any]:
        if isinstance(refused.error, InvalidProperties):
            fault = invalid_properties(refused.error, self.given[refused.position])
        else:
            fault = fault_of(refused.error)
        details: list[Any] = fault.members.get("errors", [])
        return batch_error(fault.message, fault.category or "", errors=details)


def _is_lost(refused: Refused) -> bool:
    return isinstance(refused.error, (ContactNotFound, ObjectNotFound))


def _of_changes(
    outcomes: Sequence[Outcome[RecordType]], began: str, changes: Sequence[Change]
) -> _Batch[RecordType]:
    return _Batch(
        outcomes,
        began,
        keys=[change.key for change in changes],
        given=[change.properties for change in changes],
    )
