"""What is said in a conversation: posting, closing, reading, exactly once.

Invariants: a message that was acknowledged is in the log exactly once, however
often it is sent; a visitor writes only into the conversation of their session,
which no input of theirs can name; read marks only move forward.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from callingcard.desk.errors import ConversationNotFound, SessionEnded, TooManyMessages
from callingcard.desk.evidence import stronger
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation, Entry
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.search import Page, Query
from callingcard.desk.service.chat.views import Overview, contact_of, display_name, overviews
from callingcard.desk.service.events import tell_begun, tell_entry
from callingcard.desk.service.visitors.joining import (
    current_conversation,
    once_more,
    remember_contact,
)
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock
from callingcard.kit.ids import random_id
from callingcard.kit.pace import Pace

Status = Literal["open", "closed"]

MAX_VISITOR_TEXT: Final = 4000
MAX_AGENT_TEXT: Final = 10_000
MAX_CLIENT_MESSAGE_ID: Final = 64
_BURST: Final = 30
_SPAN: Final = timedelta(seconds=10)
_STATUS_TEXT: Final = {"open": "Conversation reopened", "closed": "Conversation closed"}


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that is kept; *repeated* when it had been posted before."""

    entry: Entry
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Message:
    """A message that may be kept: its text fits and can be stored."""

    text: str
    client_message_id: str


class ConversationDesk:
    """Everything that changes or shows a conversation."""

    def __init__(
        self, units: Units, *, clock: Clock, ids: Callable[[], str], news: News
    ) -> None:
        """Tell *news*, after each commit, which conversation has something new."""
        self._units = units
        self._clock = clock
        self._news = news
        self._new_id = ids
        self._pace = Pace(_BURST, _SPAN)

    async def list_conversations(self, query: Query) -> Page[Conversation]:
        """Return a page; filters on status, inbox_id, contact_id, id, updated_at."""
        async with self._units.reading() as unit:
            return await unit.conversations.search(query)

    async def get(self, conversation_id: ConversationId) -> Conversation:
        """Return the conversation; raises ConversationNotFound."""
        async with self._units.reading() as unit:
            return await _found(unit, conversation_id)

    async def overview(self, conversation_id: ConversationId) -> Overview:
        """Return the conversation as agents see it; raises ConversationNotFound."""
        async with self._units.reading() as unit:
            return (await overviews(unit, [await _found(unit, conversation_id)]))[0]

    async def entries(
        self, conversation_id: ConversationId, *, after: int = 0, limit: int = 200
    ) -> Sequence[Entry]:
        """Return entries with a seq greater than *after*, oldest first."""
        async with self._units.reading() as unit:
            await _found(unit, conversation_id)
            return await unit.log.entries(conversation_id, after=after, limit=limit)

    async def post_as_visitor(
        self, session: Session, *, text: str, client_message_id: str
    ) -> Posted:
        """Post into the session's conversation, which the first message makes.

        Raises Invalid, TooManyMessages and SessionEnded.
        """
        message = _checked(text, client_message_id, most=MAX_VISITOR_TEXT)
        wait = self._pace.wait(session.id, self._clock.now())
        if wait is not None:
            raise TooManyMessages("too many messages at once", retry_after=wait)
        posted = await once_more(lambda: self._post_as_visitor(session.id, message))
        self._tell(posted.entry.conversation_id)
        self._news.notify(f"session:{session.id}")
        return posted

    async def post_as_agent(
        self,
        conversation_id: ConversationId,
        *,
        actor_id: str,
        name: str,
        text: str,
        client_message_id: str,
    ) -> Posted:
        """Post an agent's message; raises Invalid and ConversationNotFound.

        *actor_id* is the agent's bare id, without HubSpot's ``A-``. Who answers has
        read what is there, and nobody waits any more.
        """
        message = _checked(text, client_message_id, most=MAX_AGENT_TEXT)
        author = Author(AuthorKind.AGENT, actor_id, name)
        async with self._units.writing() as unit:
            conversation = await _found(unit, conversation_id, lock=True)
            earlier = await unit.log.posted(conversation_id, actor_id, client_message_id)
            if earlier is not None:
                return Posted(earlier, repeated=True)
            now = self._clock.now()
            changed = replace(
                conversation,
                waiting_since=None,
                updated_at=now,
                agent_read_seq=conversation.head + 1,
            )
            await unit.conversations.save(changed)
            entry = await unit.log.append(_message(conversation_id, author, message, now))
            await tell_entry(unit, changed, entry)
        self._tell(conversation_id)
        return Posted(entry, repeated=False)

    async def set_status(
        self, conversation_id: ConversationId, status: Status, *, actor: Author
    ) -> Conversation:
        """Close or reopen, with a line in the log; nothing when it is so already."""
        async with self._units.writing() as unit:
            conversation = await _found(unit, conversation_id, lock=True)
            if conversation.status == status:
                return conversation
            now = self._clock.now()
            changed = replace(conversation, status=status, waiting_since=None, updated_at=now)
            await unit.conversations.save(changed)
            entry = await unit.log.append(_turn(conversation_id, actor, status, now))
            await tell_entry(unit, changed, entry)
        self._tell(conversation_id)
        return replace(changed, head=entry.seq)

    async def read_by_visitor(self, session: Session, seq: int) -> None:
        """Move the visitor's read mark forward to *seq*; raises SessionEnded."""
        async with self._units.writing() as unit:
            alive = await self._alive(unit, session.id)
            seen = await current_conversation(unit, alive)
            if seen is None:
                return
            conversation = await _found(unit, seen.id, lock=True)
            mark = min(seq, conversation.head)
            if mark <= conversation.visitor_read_seq:
                return
            await self._mark(unit, replace(conversation, visitor_read_seq=mark))
        self._tell(conversation.id)

    async def read_by_agent(self, conversation_id: ConversationId, seq: int) -> None:
        """Move the agents' read mark forward to *seq*; raises ConversationNotFound."""
        async with self._units.writing() as unit:
            conversation = await _found(unit, conversation_id, lock=True)
            mark = min(seq, conversation.head)
            if mark <= conversation.agent_read_seq:
                return
            await self._mark(unit, replace(conversation, agent_read_seq=mark))
        self._tell(conversation_id)

    def _tell(self, conversation_id: ConversationId) -> None:
        self._news.notify(f"conversation:{conversation_id}")
        self._news.notify("feed")

    async def _mark(self, unit: Unit, conversation: Conversation) -> None:
        await unit.conversations.save(conversation)
        await unit.log.tell(conversation.id, self._clock.now())

    async def _alive(self, unit: Unit, session_id: str) -> Session:
        """Return the session as it is now, and keep it from ending until we are done."""
        session = await unit.sessions.get(session_id, lock=True)
        if session is None or session.expires_at <= self._clock.now():
            raise SessionEnded("this session is over", hint="Open a new session.")
        return session

    async def _post_as_visitor(self, session_id: str, message: _Message) -> Posted:
        async with self._units.writing() as unit:
            session = await self._alive(unit, session_id)
            conversation = await self._conversation(unit, session)
            earlier = await unit.log.posted(
                conversation.id, conversation.visitor_id, message.client_message_id
            )
            if earlier is not None:
                return Posted(earlier, repeated=True)
            contact = await contact_of(unit, conversation)
            author = Author(
                AuthorKind.VISITOR,
                conversation.visitor_id,
                display_name(contact, conversation.visitor_id),
            )
            now = self._clock.now()
            reopens = conversation.status == "closed"
            changed = replace(
                conversation,
                status="open",
                waiting_since=conversation.waiting_since or now,
                updated_at=now,
                evidence=stronger(conversation.evidence, session.evidence),
                signed_by=session.signed_by or conversation.signed_by,
                signed_until=session.signed_until or conversation.signed_until,
                visitor_read_seq=conversation.head + (2 if reopens else 1),
            )
            await unit.conversations.save(changed)
            if reopens:
                turn = await unit.log.append(_turn(conversation.id, author, "open", now))
                await tell_entry(unit, changed, turn)
            entry = await unit.log.append(_message(conversation.id, author, message, now))
            await tell_entry(unit, changed, entry)
        return Posted(entry, repeated=False)

    async def _conversation(self, unit: Unit, session: Session) -> Conversation:
        """Return the session's conversation, locked; made when there is none.

        The chat begins here, so this is also where an identified visitor becomes a
        contact, if they are not one yet.
        """
        if session.conversation_id is not None:
            return await self._own(unit, session, session.conversation_id)
        contact_id = session.contact_id
        if contact_id is None and session.proven is not None:
            contact = await remember_contact(
                unit, session.proven, new_id=self._new_id, now=self._clock.now()
            )
            contact_id = contact.id
        latest: Conversation | None = None
        if contact_id is not None:
            latest = await unit.conversations.latest_of(
                contact_id, session.inbox_id, lock=True
            )
        joined = replace(session, contact_id=contact_id)
        if latest is None:
            latest = self._begun(joined)
            await unit.conversations.add(latest)
            await unit.log.tell(latest.id, latest.created_at)
            await tell_begun(unit, latest)
        await unit.sessions.save(replace(joined, conversation_id=latest.id))
        return await self._own(unit, joined, latest.id)

    async def _own(
        self, unit: Unit, session: Session, conversation_id: ConversationId
    ) -> Conversation:
        """Return the conversation, locked, if it is still this session's to write into."""
        conversation = await unit.conversations.get(conversation_id, lock=True)
        if conversation is None or conversation.contact_id not in {None, session.contact_id}:
            raise SessionEnded(
                "this session's conversation is gone", hint="Open a new session."
            )
        return conversation

    def _begun(self, session: Session) -> Conversation:
        """Return a new conversation, empty, for *session*."""
        now = self._clock.now()
        return Conversation(
            id=ConversationId(self._new_id()),
            inbox_id=session.inbox_id,
            visitor_id=self._new_id(),
            contact_id=session.contact_id,
            evidence=session.evidence,
            signed_by=session.signed_by,
            signed_until=session.signed_until,
            status="open",
            head=0,
            agent_read_seq=0,
            visitor_read_seq=0,
            waiting_since=None,
            created_at=now,
            updated_at=now,
        )


async def _found(
    unit: Unit, conversation_id: ConversationId, *, lock: bool = False
) -> Conversation:
    conversation = await unit.conversations.get(conversation_id, lock=lock)
    if conversation is None:
        raise ConversationNotFound("there is no conversation with this id")
    return conversation


def _checked(text: str, client_message_id: str, *, most: int) -> _Message:
    """Return the message as it will be kept, or raise Invalid."""
    # A NUL cannot be stored in PostgreSQL; HTML replaces it with the same sign.
    kept = text.strip().replace("\0", "\N{REPLACEMENT CHARACTER}")
    fields: dict[str, str] = {}
    if not kept:
        fields["text"] = "there is nothing in it"
    elif len(kept) > most:
        fields["text"] = f"longer than {most} characters"
    elif any("\ud800" <= character <= "\udfff" for character in kept):
        fields["text"] = "not text"
    if not (
        0 < len(client_message_id) <= MAX_CLIENT_MESSAGE_ID
        and client_message_id.isascii()
        and client_message_id.isprintable()
    ):
        fields["clientMessageId"] = f"1 to {MAX_CLIENT_MESSAGE_ID} plain characters"
    if fields:
        raise Invalid("this message cannot be sent", fields=fields)
    return _Message(kept, client_message_id)


def _message(
    conversation_id: ConversationId, author: Author, message: _Message, now: datetime
) -> Entry:
    """Return the entry of a message, before the log gives it its number."""
    return Entry(
        conversation_id=conversation_id,
        seq=0,
        id=random_id("m_"),
        type="message",
        author=author,
        text=message.text,
        created_at=now,
        client_message_id=message.client_message_id,
    )


def _turn(
    conversation_id: ConversationId, author: Author, status: Status, now: datetime
) -> Entry:
    """Return the entry that tells of closing or reopening."""
    return Entry(
        conversation_id=conversation_id,
        seq=0,
        id=random_id("m_"),
        type="status",
        author=author,
        text=_STATUS_TEXT[status],
        created_at=now,
        status=status,
    )
