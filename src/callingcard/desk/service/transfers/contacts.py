"""Many contacts in and out as CSV, in steps small enough that others are not kept waiting.

Each step of an import is a transaction of its own: what was told to be done stays done,
whatever becomes of the rest.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from callingcard.desk.errors import InvalidProperties
from callingcard.desk.model.audit import Deed, who_of
from callingcard.desk.model.contacts import Contact
from callingcard.desk.ports.units import Units
from callingcard.desk.service.crm.batches import Change, Done, Outcome, Refused
from callingcard.desk.service.crm.contact_batches import ContactBatches
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.crm.records import Key
from callingcard.desk.service.transfers.spreadsheets import Row, rows_of, written
from callingcard.errors import RequestError
from callingcard.kit.actor import Actor
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

STEP: Final = 100
PAGE: Final = 200
_STAMPS: Final = ("hs_object_id", "createdate", "lastmodifieddate")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken, and why; its values are not repeated."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: counts of rows from its beginning, refusals since the last."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    refused: int = 0
    refusals: tuple[RefusedRow, ...] = ()
    finished: bool = False


class ContactTransfers:
    """Takes contacts in, and gives them out."""

    def __init__(
        self, units: Units, clock: Clock, *, contacts: ContactDesk, batches: ContactBatches
    ) -> None:
        """Write down in *units* who took everybody out."""
        self._units = units
        self._clock = clock
        self._contacts = contacts
        self._batches = batches

    async def take_in(self, text: str, by: Actor) -> AsyncGenerator[Progress]:
        """Make or change a contact for each row of *text*; tell how far it is.

        A row with an address that is known changes that contact; empty cells change
        nothing. Raises BadSpreadsheet before anything is done, or where the file ends
        to be CSV.
        """
        rows = rows_of(text, await self._contacts.properties())
        progress = Progress()
        while step := list(islice(rows, STEP)):
            progress = await self._step(step, progress)
            yield progress
        await self._write_down("imported", by, progress.created + progress.changed)
        yield Progress(
            progress.rows, progress.created, progress.changed, progress.refused, finished=True
        )

    async def give_out(self, by: Actor) -> AsyncGenerator[str]:
        """Return every contact as lines of CSV, after one that names the properties."""
        known = await self._contacts.properties()
        names = [*_STAMPS, *(name for name in known if name not in _STAMPS)]
        await self._write_down("exported", by, (await self._contacts.list_records()).total)
        yield written(names)
        after: str | None = None
        while True:
            page = await self._contacts.list_records(after=after, limit=PAGE)
            if page.items:
                yield "".join(_line(contact, names) for contact in page.items)
                after = page.items[-1].id
            if page.next_offset is None:
                return

    async def _step(self, rows: list[Row], before: Progress) -> Progress:
        """Take *rows* in, those with an address by it, and count them."""
        named: list[tuple[Row, Change]] = []
        others: list[tuple[Row, Change]] = []
        refusals: list[RefusedRow] = []
        for row in rows:
            if row.properties is None:
                refusals.append(RefusedRow(row.line, "It has another number of cells."))
                continue
            email = row.properties.get("email")
            change = Change(Key(email or "", "email"), row.properties)
            (named if email else others).append((row, change))
        outcomes = await self._batches.upsert([change for _row, change in named])
        outcomes = [*outcomes, *await self._batches.create([one for _row, one in others])]
        for (row, _change), outcome in zip([*named, *others], outcomes, strict=True):
            if isinstance(outcome, Refused):
                refusals.append(RefusedRow(row.line, _reason(outcome.error)))
        created = sum(_is_new(outcome) for outcome in outcomes)
        kept = len(rows) - len(refusals)
        return Progress(
            rows=before.rows + len(rows),
            created=before.created + created,
            changed=before.changed + kept - created,
            refused=before.refused + len(refusals),
            refusals=tuple(sorted(refusals, key=lambda one: one.line)),
        )

    async def _write_down(self, action: str, by: Actor, count: int) -> None:
        deed = Deed(who_of(by), action, "contact", "all", self._clock.now(), {"count": count})
        async with self._units.writing() as unit:
            await unit.audit.append(deed)


def _is_new(outcome: Outcome[Contact]) -> bool:
    return isinstance(outcome, Done) and outcome.new


def _reason(error: RequestError) -> str:
    """Return why a row was refused, naming properties but not their values."""
    if isinstance(error, InvalidProperties):
        return "; ".join(f"{one.name[:100]}: {one.reason}" for one in error.problems)
    return error.message


def _line(contact: Contact, names: list[str]) -> str:
    stamps = (contact.id, rfc3339(contact.created_at), rfc3339(contact.updated_at))
    values = {**contact.properties, **dict(zip(_STAMPS, stamps, strict=True))}
    return written(values.get(name, "") for name in names)
