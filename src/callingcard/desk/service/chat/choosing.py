"""A visitor's conversations: those of before, and another one beside them.

Only who proved who they are has more than one; everybody else has the one of their session.

Invariant: a visitor reads and chooses only what belongs to the contact they proved to be, in
the inbox they are in; of anything else they do not learn that it exists.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from callingcard.desk.errors import ConversationNotFound, NotIdentified
from callingcard.desk.model.conversations import Conversation, Entry
from callingcard.desk.model.ids import ContactId, ConversationId
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.search import Filter, Operator, Query, Sort
from callingcard.desk.service.chat.beginning import alive, begin
from callingcard.desk.service.merged import survivor_of
from callingcard.desk.service.visitors.joining import (
    current_conversation,
    find_contact,
    once_more,
    remember_contact,
)
from callingcard.kit.clock import Clock

MOST: Final = 50
"""How many of a visitor's conversations are listed, the newest first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation, and the newest message in it."""

    conversation: Conversation
    latest: Entry | None
    is_current: bool
    """Whether the session writes into it."""


class VisitorConversations:
    """Lists, chooses and begins conversations for a visitor.

    One that was merged is not listed: what was said in it is shown in the one in which it
    goes on.
    """

    def __init__(
        self, units: Units, *, clock: Clock, ids: Callable[[], str], news: News
    ) -> None:
        """Tell *news* when a session's conversation is another one."""
        self._units = units
        self._clock = clock
        self._new_id = ids
        self._news = news

    async def all(self, session: Session) -> Sequence[Listed]:
        """Return the session's conversations, the newest activity first."""
        async with self._units.reading() as unit:
            own = await alive(unit, session.id, self._clock.now())
            contact_id = await _contact_of(unit, own)
            current = await current_conversation(unit, own)
            if contact_id is None:
                return await _listed(unit, [] if current is None else [current], current)
            wanted = (
                Filter("contact_id", Operator.EQ, (contact_id,)),
                Filter("inbox_id", Operator.EQ, (own.inbox_id,)),
                Filter("merged_into", Operator.NOT_HAS_PROPERTY),
            )
            order = (Sort("updated_at", descending=True),)
            page = await unit.conversations.search(Query((wanted,), order, limit=MOST))
            return await _listed(unit, page.items, current)

    async def choose(self, session: Session, conversation_id: ConversationId) -> Conversation:
        """Go on in this conversation, or where it goes on since it was merged.

        Raises ConversationNotFound for another's.
        """
        async with self._units.writing() as unit:
            own = await alive(unit, session.id, self._clock.now(), lock=True)
            wanted = await readable(unit, own, conversation_id)
            conversation = await survivor_of(unit, wanted)
            if conversation is None:
                raise ConversationNotFound("there is no conversation with this id")
            await unit.sessions.save(replace(own, conversation_id=conversation.id))
        self._news.notify(f"session:{session.id}")
        return conversation

    async def begin(self, session: Session) -> Conversation:
        """Go on in a new conversation; one that is empty still is taken for it.

        Raises NotIdentified for who did not prove who they are.
        """
        begun = await once_more(lambda: self._begin(session.id))
        self._news.notify(f"session:{session.id}")
        self._news.notify("feed")
        return begun

    async def _begin(self, session_id: str) -> Conversation:
        async with self._units.writing() as unit:
            now = self._clock.now()
            own = await alive(unit, session_id, now, lock=True)
            if own.proven is None:
                raise NotIdentified(
                    "only a visitor who proved who they are has several conversations",
                    hint="Open the session with an identification token.",
                )
            contact = await remember_contact(unit, own.proven, new_id=self._new_id, now=now)
            latest = await unit.conversations.latest_of(contact.id, own.inbox_id, lock=True)
            empty = latest is not None and latest.head == 0 and latest.status == "open"
            joined = replace(own, contact_id=contact.id)
            if latest is None or not empty:
                latest = await begin(unit, joined, new_id=self._new_id, now=now)
            await unit.sessions.save(replace(joined, conversation_id=latest.id))
            return latest


async def _listed(
    unit: Unit, conversations: Sequence[Conversation], current: Conversation | None
) -> Sequence[Listed]:
    latest = await unit.log.said_last([one.id for one in conversations])
    own = None if current is None else current.id
    return [Listed(one, latest.get(one.id), one.id == own) for one in conversations]


async def readable(
    unit: Unit, session: Session, conversation_id: ConversationId
) -> Conversation:
    """Return the conversation if the session may read it; raises ConversationNotFound."""
    current = await current_conversation(unit, session)
    if current is not None and current.id == conversation_id:
        return current
    contact_id = await _contact_of(unit, session)
    found = await unit.conversations.get(conversation_id)
    if (
        found is None
        or contact_id is None
        or found.contact_id != contact_id
        or found.inbox_id != session.inbox_id
    ):
        raise ConversationNotFound("there is no conversation with this id")
    return found


async def _contact_of(unit: Unit, session: Session) -> ContactId | None:
    """Return the contact that the session's visitor proved to be."""
    if session.proven is None:
        return None
    if session.contact_id is not None:
        return session.contact_id
    contact = await find_contact(unit, session.proven)
    return None if contact is None else contact.id
