"""Merging contacts, for agents and programs: which survives is theirs to say.

Nothing is merged here because two things look alike: somebody decides, and for 30 days
can take it back.
"""

from collections.abc import Callable, Sequence

from callingcard.desk.errors import ContactNotFound, MergeNotFound
from callingcard.desk.model.audit import Deed, Who
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.merging import Merge
from callingcard.desk.ports.belongings import Belongings
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.service.merging.joining import Act, Touched, join, merge_id
from callingcard.desk.service.merging.parting import UNDO_FOR, part
from callingcard.kit.clock import Clock


class MergingDesk:
    """Merges contacts and undoes it; each method is one transaction."""

    def __init__(
        self,
        units: Units,
        *,
        clock: Clock,
        ids: Callable[[], str],
        news: News,
        belongings: Sequence[Belongings] = (),
    ) -> None:
        """Move *belongings* with their contact; tell *news* whose chat changed hands."""
        self._units = units
        self._clock = clock
        self._new_id = ids
        self._news = news
        self._belongings = belongings

    async def merge(self, survivor_id: ContactId, other_id: ContactId, *, by: Who) -> Merge:
        """Let *other_id* be found as *survivor_id*; raises SameContact, ContactNotFound.

        Visitors who chat as the other one go on, as the survivor.
        """
        async with self._units.writing() as unit:
            touched = await join(
                unit,
                survivor_id,
                other_id,
                Act(str(by), self._clock.now(), merge_id(self._new_id)),
                belongings=self._belongings,
            )
            await self._write_down(unit, "merged", touched.merge, by)
        return self._told(touched)

    async def undo(self, merge_id: str, *, by: Who) -> Merge:
        """Make two contacts of them again; raises MergeNotFound, MergeFinal, ContactExists.

        A later merge of the same survivor has to be undone before.
        """
        async with self._units.writing() as unit:
            merge = await unit.merges.get(merge_id)
            if merge is None:
                raise MergeNotFound("there is no merge with this id")
            touched = await part(
                unit, merge, by=str(by), now=self._clock.now(), belongings=self._belongings
            )
            await self._write_down(unit, "unmerged", touched.merge, by)
        return self._told(touched)

    async def of_contact(self, contact_id: ContactId) -> Sequence[Merge]:
        """Return the contact's merges, the newest first; raises ContactNotFound."""
        async with self._units.reading() as unit:
            if await unit.contacts.get(contact_id) is None:
                raise ContactNotFound("There is no such contact.")
            return await unit.merges.of_contact(contact_id)

    async def sweep(self) -> int:
        """Forget what undoing old merges would have needed; return how many."""
        async with self._units.writing() as unit:
            return await unit.merges.settle(self._clock.now() - UNDO_FOR)

    async def _write_down(self, unit: Unit, action: str, merge: Merge, by: Who) -> None:
        """Note in the audit log who did it."""
        detail = {"other": merge.other_id}
        now = self._clock.now()
        await unit.audit.append(Deed(by, action, "contact", merge.survivor_id, now, detail))

    def _told(self, touched: Touched) -> Merge:
        for session in touched.sessions:
            self._news.notify(f"session:{session.id}")
        for talk in touched.conversations:
            self._news.notify(f"conversation:{talk}")
        self._news.notify("feed")
        return touched.merge
