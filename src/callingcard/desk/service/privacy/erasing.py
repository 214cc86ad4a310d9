"""Forgets a person: everywhere, for good, also while they are chatting.

The desk's own rows go in one transaction, with the session that the person has open and
every token they showed. What is outside of the desk follows, step by step; an order that
is killed in between is taken up again where it was. What stays is a receipt of counts,
and the bare ids of what is gone, so that nothing which was on its way comes back.

Invariant: an order is finished only when every step is done, and then names nobody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from callingcard.desk.errors import ContactNotFound, ErasureNotFound, NobodyNamed
from callingcard.desk.model.audit import Deed, Who
from callingcard.desk.model.ids import ContactId, ConversationId
from callingcard.desk.model.privacy import Erasure, Name, Subject
from callingcard.desk.ports.privacy import Elsewhere, Scrubber
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.errors import CallingcardError
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import Unsealable
from callingcard.kit.email import NotAnAddress, canonical_email
from callingcard.kit.ids import random_id

RESUME_AFTER: Final = timedelta(minutes=1)
"""How long an order may lie before whoever tends the house goes on with it."""

_DESK: Final = "desk"
_AGAIN: Final = "again"
_SCRUB: Final = "scrub"

log = structlog.get_logger("callingcard.privacy")


@dataclass(frozen=True, slots=True)
class Reach:
    """What an erasure reaches beside the desk's own rows."""

    elsewhere: Sequence[Elsewhere] = ()
    scrubber: Scrubber | None = None
    """None in a program beside the server, which leaves the files to the server."""


class ErasingDesk:
    """Takes orders to forget somebody, and carries them out."""

    def __init__(
        self,
        units: Units,
        reach: Reach,
        *,
        clock: Clock,
        news: News,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        """Tell *news* of every session and conversation that ends by this."""
        self._units = units
        self._reach = reach
        self._clock = clock
        self._news = news
        self._new_id = new_id

    async def erase(
        self, *, by: Who, contact_id: ContactId | None = None, email: str | None = None
    ) -> Erasure:
        """Forget the contact, or whoever has this address; return the receipt.

        Somebody erased before has their earlier receipt. A step that cannot be done now
        is done later; ``finished_at`` tells. Raises NobodyNamed, and ContactNotFound for
        a contact that there never was.
        """
        subject = named(contact_id, email)
        async with self._units.writing() as unit:
            found = await unit.forgetting.gather(subject)
            if contact_id is not None and not await _is_there(unit, contact_id):
                return await self._earlier(unit, contact_id)
            await unit.forgetting.spend_tokens(found, lock=True)
            found = await unit.forgetting.gather(found, lock=True)
            erasure = await self._begun(unit, found, by)
        self._tell(found)
        log.info("erasure begun", erasure=erasure.id, by=by.id, kind=by.kind)
        return await self._go_on(erasure)

    async def receipt(self, erasure_id: str) -> Erasure:
        """Return the receipt of this erasure; raises ErasureNotFound."""
        async with self._units.reading() as unit:
            found = await unit.erasures.get(erasure_id)
        if found is None:
            raise ErasureNotFound("There is no such erasure.")
        return found

    async def resume(self, after: timedelta = RESUME_AFTER) -> int:
        """Go on with orders that nobody worked on for that long; return how many ended."""
        async with self._units.reading() as unit:
            waiting = await unit.erasures.unfinished(self._clock.now() - after)
        ended = 0
        for erasure_id in waiting:
            try:
                erasure = await self.receipt(erasure_id)
            except Unsealable:
                # It goes on once the key is back; the others need not wait for that.
                log.error("erasure is sealed under a server key that is gone", id=erasure_id)  # noqa: TRY400
                continue
            ended += (await self._go_on(erasure)).finished_at is not None
        return ended

    async def _earlier(self, unit: Unit, contact_id: ContactId) -> Erasure:
        erasure_id = await unit.forgetting.erasure_of(Name.CONTACT, contact_id)
        found = await unit.erasures.get(erasure_id) if erasure_id else None
        if found is None:
            raise ContactNotFound("There is no such contact.")
        return found

    async def _begun(self, unit: Unit, subject: Subject, by: Who) -> Erasure:
        """Delete what the desk has of *subject*, and write the order for the rest."""
        now = self._clock.now()
        # Also what was shown while we waited for the locks.
        await unit.forgetting.spend_tokens(subject, lock=False)
        counts = await unit.forgetting.forget(subject)
        erasure = Erasure(
            id=self._new_id(),
            by=by,
            started_at=now,
            touched_at=now,
            steps=(_DESK,),
            counts=counts,
            subject=subject,
        )
        await unit.erasures.save(erasure)
        await unit.forgetting.bury(erasure.id, subject, now)
        for name, kind in (
            (Name.CONVERSATION, "conversation.erased"),
            (Name.CONTACT, "contact.erased"),
        ):
            for place, one in enumerate(sorted(subject.of(name))):
                # In a line of its own: events in the line of what is gone go with it.
                told = {f"{name}_id": one}
                await unit.events.tell(kind, now, told, line="erased", place=place)
        detail = {"rows": sum(counts.values())}
        for one in sorted(subject.of(Name.CONTACT)):
            await unit.audit.append(Deed(by, "erased", "contact", one, now, detail))
        if not subject.of(Name.CONTACT):
            await unit.audit.append(Deed(by, "erased", "erasure", erasure.id, now, detail))
        return erasure

    def _tell(self, subject: Subject) -> None:
        for session in subject.of(Name.SESSION):
            self._news.notify(f"session:{session}")
        for conversation in subject.of(Name.CONVERSATION):
            self._news.notify(f"conversation:{conversation}")
        self._news.notify("feed")

    async def _go_on(self, erasure: Erasure) -> Erasure:
        """Do the steps that are left, each of which may be done twice."""
        for step in (*(other.name for other in self._reach.elsewhere), _AGAIN, _SCRUB):
            if step in erasure.steps:
                continue
            try:
                done, why = await self._step(step, erasure), "busy"
            except CallingcardError as error:
                done, why = None, error.code
            if done is None:
                log.info("erasure waits", erasure=erasure.id, step=step, why=why)
                return erasure
            erasure = done
        return erasure

    async def _step(self, step: str, erasure: Erasure) -> Erasure | None:
        """Do one step and write that down; None when it has to be done later."""
        if step == _SCRUB:
            return await self._scrubbed(erasure)
        if step == _AGAIN:
            return await self._swept(erasure)
        (other,) = (one for one in self._reach.elsewhere if one.name == step)
        gone = await other.forget(erasure.subject)
        return await self._saved(_counted(erasure, step, {step: gone}))

    async def _swept(self, erasure: Erasure) -> Erasure:
        """Delete what transactions wrote that were under way when the desk forgot."""
        async with self._units.writing() as unit:
            buried = await unit.forgetting.buried(erasure.id)
            late = await unit.forgetting.forget(buried)
            swept = replace(_counted(erasure, _AGAIN, late), touched_at=self._clock.now())
            await unit.erasures.save(swept)
            # Last, for what is in the feed before this is swept away with the rest.
            for one in sorted(buried.of(Name.CONVERSATION)):
                await unit.log.tell(ConversationId(one), swept.touched_at)
        self._tell(buried)
        return swept

    async def _scrubbed(self, erasure: Erasure) -> Erasure | None:
        """Let go of whom it was about, then of what the files still hold of that."""
        if self._reach.scrubber is None:
            return None
        erasure = await self._saved(replace(erasure, subject=Subject()))
        storage = await self._reach.scrubber.scrub()
        if storage is None:
            return None
        now = self._clock.now()
        steps = (*erasure.steps, _SCRUB)
        return await self._saved(
            replace(erasure, steps=steps, storage=storage, finished_at=now)
        )

    async def _saved(self, erasure: Erasure) -> Erasure:
        erasure = replace(erasure, touched_at=self._clock.now())
        async with self._units.writing() as unit:
            await unit.erasures.save(erasure)
        return erasure


def named(contact_id: str | None, email: str | None) -> Subject:
    """Return whom a request names, by exactly one of the two; raises NobodyNamed.

    >>> sorted(named(None, "Ada@Example.com").of(Name.EMAIL))
    ['ada@example.com']
    """
    if (contact_id is None) == (email is None):
        raise NobodyNamed("Name one person.", fields={"email": "give this or contactId"})
    if contact_id is not None:
        return Subject().with_(Name.CONTACT, contact_id)
    try:
        return Subject().with_(Name.EMAIL, canonical_email(email or ""))
    except NotAnAddress:
        raise NobodyNamed("Name one person.", fields={"email": "not an address"}) from None


async def _is_there(unit: Unit, contact_id: ContactId) -> bool:
    return await unit.contacts.get(contact_id) is not None


def _counted(erasure: Erasure, step: str, more: Mapping[str, int]) -> Erasure:
    """Return *erasure* with one step more done and its counts added."""
    counts = dict(erasure.counts)
    for section, number in more.items():
        counts[section] = counts.get(section, 0) + number
    return replace(erasure, steps=(*erasure.steps, step), counts=counts)
