"""Writes down who looked at whom, shows it, and finds where the log was tampered with.

Invariant: what cannot be written down is not shown: ``viewed`` raises before the answer.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from callingcard.desk.model.audit import (
    START,
    AuditFilter,
    AuditRow,
    Deed,
    Head,
    Verdict,
    Who,
    who_of,
)
from callingcard.desk.ports.units import Units
from callingcard.kit.actor import Actor
from callingcard.kit.clock import Clock

DEBOUNCE: Final = timedelta(minutes=5)
"""How long a further look of the same agent at the same thing is the same look."""

_REMEMBERED: Final = 10_000
_BATCH: Final = 500

Viewable = Literal["contact", "conversation"]


class AuditDesk:
    """Keeps the audit log."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock
        self._seen: OrderedDict[tuple[Who, str, str], datetime] = OrderedDict()

    async def viewed(self, actor: Actor, kind: Viewable, thing_id: str) -> None:
        """Write down that *actor* looks at this contact or conversation.

        Call it once the thing was found and before it is shown. The log is asked only
        when this process has not written the same look down within five minutes.
        """
        who, now = who_of(actor), self._clock.now()
        key = (who, kind, thing_id)
        since = now - DEBOUNCE
        seen = self._seen.get(key)
        if seen is not None and seen > since:
            return
        deed = Deed(who, "viewed", kind, thing_id, now)
        async with self._units.writing() as unit:
            await unit.audit.append_unless_since(deed, since)
        self._seen[key] = now
        self._seen.move_to_end(key)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    async def record(self, deed: Deed) -> AuditRow:
        """Write *deed* down in a transaction of its own.

        Who changes something appends to ``unit.audit`` in the transaction of the change.
        """
        async with self._units.writing() as unit:
            return await unit.audit.append(deed)

    async def page(
        self, wanted: AuditFilter, *, before: int | None = None, limit: int = 50
    ) -> Sequence[AuditRow]:
        """Return rows, the newest first, that come before the row numbered *before*."""
        async with self._units.reading() as unit:
            return await unit.audit.page(wanted, before=before, limit=limit)

    async def verify(self, noted: Head | None = None) -> Verdict:
        """Look at the whole chain, and whether the head *noted* earlier is still in it.

        Without a note of a head, a chain whose end was cut off, head and all, looks whole.
        """
        async with self._units.reading() as unit:
            head = await unit.audit.head()
        last, rows = Head(0, START), 0
        while last.seq < head.seq:
            async with self._units.reading() as unit:
                found = await unit.audit.chain(after=last.seq, limit=_BATCH)
            for row in found:
                follows = row.seq == last.seq + 1 and row.previous == last.hash
                changed = noted is not None and row.seq == noted.seq and row.hash != noted.hash
                if changed or not follows or not row.is_true:
                    return Verdict(rows, head, broken_at=last.seq + 1)
                last, rows = Head(row.seq, row.hash), rows + 1
                if last.seq == head.seq:
                    break
            if not found:
                break
        cut = noted is not None and noted.seq > last.seq
        whole = last == head and not cut
        return Verdict(rows, head, broken_at=None if whole else last.seq + 1)
