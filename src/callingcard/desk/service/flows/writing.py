"""What a chatflow leaves behind: lines in the log, and values of a contact."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from callingcard.desk.chatflows.talk import Ask, Finish, Say
from callingcard.desk.errors import ContactExists, InvalidProperties
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation, Entry
from callingcard.desk.model.ids import ContactId
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.crm.contacts import change
from callingcard.desk.service.crm.records import Stamp
from callingcard.desk.service.events import tell_entry
from callingcard.kit.ids import random_id

log = structlog.get_logger("callingcard.desk.flows")


class Writer:
    """Writes for chatflows, in the transaction of who calls."""

    def __init__(self, stamp: Stamp) -> None:
        """Date what is written by *stamp*."""
        self._stamp = stamp

    async def say(
        self, unit: Unit, conversation: Conversation, flow: str, says: Sequence[Say]
    ) -> Conversation:
        """Write what *flow* says into the locked *conversation*; return it as it is then."""
        if not says:
            return conversation
        now = self._stamp.clock.now()
        author = await self._author(unit, conversation, flow)
        # Who was answered, waits no longer: until a route or their next word.
        changed = replace(conversation, updated_at=now, sent_at=now, waiting_since=None)
        await unit.conversations.save(changed)
        for say in says:
            entry = await unit.log.append(
                Entry(
                    conversation_id=conversation.id,
                    seq=0,
                    id=random_id("m_"),
                    type="message",
                    author=author,
                    text=say.text,
                    created_at=now,
                    data=say.data,
                )
            )
            changed = replace(changed, head=entry.seq)
            await tell_entry(unit, changed, entry)
        return changed

    async def finish(
        self, unit: Unit, conversation: Conversation, flow: str, ask: Ask | None
    ) -> Conversation:
        """Close the conversation, if that is how the chatflow ends."""
        if not isinstance(ask, Finish) or not ask.close:
            return conversation
        now = self._stamp.clock.now()
        changed = replace(
            conversation, status="closed", waiting_since=None, queued_at=None, updated_at=now
        )
        await unit.conversations.save(changed)
        turn = Entry(
            conversation_id=conversation.id,
            seq=0,
            id=random_id("m_"),
            type="status",
            author=await self._author(unit, conversation, flow),
            text="Conversation closed",
            created_at=now,
            status="closed",
        )
        written = await unit.log.append(turn)
        await tell_entry(unit, changed, written)
        return replace(changed, head=written.seq)

    async def save(
        self, unit: Unit, contact_id: ContactId, changes: Mapping[str, str]
    ) -> None:
        """Keep what a proven visitor said; what the registry refuses stays in the talk."""
        contact = await unit.contacts.get(contact_id, lock=True)
        if contact is None or contact.archived:
            return
        for name, text in changes.items():
            try:
                given = {name.removeprefix("contact."): text}
                contact = await change(unit, contact, given, self._stamp)
            except (InvalidProperties, ContactExists) as error:
                log.warning("chatflow answer not saved", property=name, code=error.code)

    async def fill_in(
        self, unit: Unit, contact_id: ContactId, said: Mapping[str, str]
    ) -> None:
        """Keep what the desk does not know yet; an address has to be proved."""
        contact = await unit.contacts.get(contact_id)
        known: Mapping[str, str] = {} if contact is None else contact.properties
        missing = {
            name: text
            for name, text in said.items()
            if name != "contact.email" and not known.get(name.removeprefix("contact."))
        }
        if missing:
            await self.save(unit, contact_id, missing)

    async def _author(self, unit: Unit, conversation: Conversation, flow: str) -> Author:
        """Return who speaks: the inbox's own name for whoever answers."""
        inboxes = await unit.inboxes.all()
        name = next(
            (one.answered_by for one in inboxes if one.id == conversation.inbox_id), flow
        )
        return Author(AuthorKind.BOT, flow, name)
