"""What a visitor says: kept exactly once, in the conversation of their session.

Invariant: no input of a visitor names the conversation that they write into.
"""

from collections.abc import Callable
from dataclasses import replace

from callingcard.desk.evidence import stronger
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.talks import Talks
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.routing.waiting import reopened
from callingcard.desk.service.chat.beginning import alive, own_conversation
from callingcard.desk.service.chat.messages import (
    Message,
    Posted,
    message_line,
    status_line,
)
from callingcard.desk.service.chat.notes import note_assignment
from callingcard.desk.service.chat.views import contact_of, display_name
from callingcard.desk.service.events import tell_entry
from callingcard.kit.clock import Clock

SYSTEM = Author(AuthorKind.SYSTEM, "routing", "Routing")
"""Who takes a conversation from its agent when it is closed or opened again."""


class VisitorPosting:
    """Keeps what visitors write, and lets what answers by itself answer."""

    def __init__(
        self, units: Units, *, clock: Clock, ids: Callable[[], str], talks: Talks | None
    ) -> None:
        self._units = units
        self._clock = clock
        self._new_id = ids
        self._talks = talks

    async def post(self, session_id: str, message: Message, *, page: str) -> Posted:
        """Keep *message*; raises SessionEnded."""
        async with self._units.writing() as unit:
            now = self._clock.now()
            session = await alive(unit, session_id, now, lock=True)
            conversation = await own_conversation(unit, session, new_id=self._new_id, now=now)
            earlier = await unit.log.posted(
                conversation.id, conversation.visitor_id, message.client_message_id
            )
            if earlier is None and conversation.merged_at and conversation.contact_id:
                # It may have been kept while the two were merged, or before they were.
                earlier = await unit.conversation_merges.posted(
                    conversation.contact_id, message.client_message_id, message.text
                )
            if earlier is not None:
                return Posted(earlier, repeated=True)
            return await self._said(unit, session, conversation, message, page=page)

    async def _said(
        self,
        unit: Unit,
        session: Session,
        conversation: Conversation,
        message: Message,
        *,
        page: str,
    ) -> Posted:
        """Write a new message down, with what comes before and after it."""
        now = self._clock.now()
        contact = await contact_of(unit, conversation)
        author = Author(
            AuthorKind.VISITOR,
            conversation.visitor_id,
            display_name(contact, conversation.visitor_id),
        )
        believed = replace(
            conversation,
            evidence=stronger(conversation.evidence, session.evidence),
            signed_by=session.signed_by or conversation.signed_by,
            signed_until=session.signed_until or conversation.signed_until,
        )
        if self._talks is not None and believed.head == 0:
            believed = await self._talks.begin(unit, believed, page=page)
        was_closed = believed.status == "closed"
        changed = replace(
            reopened(believed, now) if was_closed else believed,
            status="open",
            waiting_since=believed.waiting_since or now,
            updated_at=now,
            received_at=now,
            archived_at=None,
            visitor_read_seq=believed.head + (2 if was_closed else 1),
        )
        if was_closed:
            await unit.conversations.save(changed)
            turn = await unit.log.append(status_line(changed.id, author, "open", now))
            await tell_entry(unit, changed, turn)
            await note_assignment(unit, believed, changed, by=SYSTEM, at=now)
        line = message_line(changed.id, author, message, now)
        entry = await unit.log.append(line, keeping=changed)
        await tell_entry(unit, changed, entry)
        is_heard = self._talks is not None and await self._talks.heard(
            unit, replace(changed, head=entry.seq), entry
        )
        has_place = changed.queued_at is not None or changed.assigned_to is not None
        return Posted(entry, repeated=False, needs_follow_up=is_heard or has_place)
