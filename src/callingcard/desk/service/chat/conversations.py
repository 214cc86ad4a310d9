"""What is said in a conversation: posting, closing, reading, exactly once.

Invariants: a message that was acknowledged is in the log exactly once, however
often it is sent; a visitor writes only into the conversation of their session,
which no input of theirs can name; read marks only move forward.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from callingcard.desk.errors import ConversationNotFound, TooManyMessages
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation, Entry
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.chat import Assigning
from callingcard.desk.ports.talks import Talks
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.routing.waiting import closed, reopened
from callingcard.desk.search import Page, Query
from callingcard.desk.service.chat.beginning import alive
from callingcard.desk.service.chat.choosing import VisitorConversations
from callingcard.desk.service.chat.history import History
from callingcard.desk.service.chat.listing import Listing
from callingcard.desk.service.chat.merging import ConversationMerging
from callingcard.desk.service.chat.messages import (
    MAX_AGENT_TEXT,
    MAX_VISITOR_TEXT,
    Answer,
    Posted,
    Status,
    checked,
    message_line,
    offering,
    status_line,
)
from callingcard.desk.service.chat.notes import NoteDesk, note_assignment
from callingcard.desk.service.chat.posting import SYSTEM, VisitorPosting
from callingcard.desk.service.chat.presence import PresenceDesk
from callingcard.desk.service.chat.shelving import ShelvingDesk
from callingcard.desk.service.chat.views import Overview, overviews
from callingcard.desk.service.events import tell_entry
from callingcard.desk.service.merged import require_unmerged
from callingcard.desk.service.visitors.joining import (
    current_conversation,
    once_more,
)
from callingcard.kit.clock import Clock
from callingcard.kit.pace import Pace

_BURST: Final = 30
_SPAN: Final = timedelta(seconds=10)


class ConversationDesk:
    """Everything that changes or shows a conversation."""

    def __init__(
        self,
        units: Units,
        *,
        clock: Clock,
        ids: Callable[[], str],
        news: News,
        assigning: Assigning | None = None,
        talks: Talks | None = None,
    ) -> None:
        """Tell *news*, after each commit, which conversation has something new.

        *assigning* is told of what may change whose conversation it is; *talks* takes
        part until a person does.
        """
        self._units = units
        self._clock = clock
        self._news = news
        self._pace = Pace(_BURST, _SPAN)
        self._assigning = assigning
        self._talks = talks
        self._posting = VisitorPosting(units, clock=clock, ids=ids, talks=talks)
        self.notes = NoteDesk(units, clock=clock, news=news)
        self.history = History(units)
        self.listing = Listing(units)
        self.presence = PresenceDesk(units, clock=clock, news=news)
        self.of_visitors = VisitorConversations(units, clock=clock, ids=ids, news=news)
        self.shelves = ShelvingDesk(units, clock=clock, news=news)
        self.merging = ConversationMerging(
            units, clock=clock, news=news, assigning=assigning, talks=talks
        )

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
        self,
        session: Session,
        *,
        text: str,
        client_message_id: str,
        answer: Answer | None = None,
        page: str = "",
    ) -> Posted:
        """Post into the session's conversation, which the first message makes.

        *page* is the URL on which the visitor is. When the message ``needs_follow_up``,
        call that once the visitor has been answered. Raises Invalid, TooManyMessages and
        SessionEnded.
        """
        message = checked(text, client_message_id, most=MAX_VISITOR_TEXT, answer=answer)
        wait = self._pace.wait(session.id, self._clock.now())
        if wait is not None:
            raise TooManyMessages("too many messages at once", retry_after=wait)
        posted = await once_more(lambda: self._posting.post(session.id, message, page=page))
        self._tell(posted.entry.conversation_id)
        self._news.notify(f"session:{session.id}")
        return posted

    async def follow_up(self, conversation_id: ConversationId) -> None:
        """Do what a visitor's message asks for: call functions, give it to an agent.

        That may take seconds. If the process dies meanwhile, the next beat does it.
        """
        if self._assigning is not None:
            await self._assigning.message_arrived(conversation_id)
        if self._talks is not None:
            await self._talks.settle(conversation_id)

    async def post_as_agent(
        self,
        conversation_id: ConversationId,
        *,
        actor_id: str,
        name: str,
        text: str,
        client_message_id: str,
        options: Sequence[tuple[str, str]] = (),
    ) -> Posted:
        """Post an agent's message.

        Raises Invalid, ConversationNotFound, and ConversationMerged for one that goes on
        elsewhere.

        *options* are labels and values of buttons, with which the visitor may answer.

        *actor_id* is the agent's bare id, without HubSpot's ``A-``. Who answers has
        read what is there, and nobody waits any more.
        """
        message = offering(checked(text, client_message_id, most=MAX_AGENT_TEXT), options)
        author = Author(AuthorKind.AGENT, actor_id, name)
        async with self._units.writing() as unit:
            conversation = await _found(unit, conversation_id, lock=True)
            earlier = await unit.log.posted(conversation_id, actor_id, client_message_id)
            if earlier is not None:
                return Posted(earlier, repeated=True)
            require_unmerged(conversation)
            now = self._clock.now()
            changed = replace(
                conversation,
                waiting_since=None,
                updated_at=now,
                sent_at=now,
                agent_read_seq=conversation.head + 1,
            )
            line = message_line(conversation_id, author, message, now)
            entry = await unit.log.append(line, keeping=changed)
            await tell_entry(unit, changed, entry)
            await self._stop(unit, conversation_id)
        self._tell(conversation_id)
        return Posted(entry, repeated=False)

    async def set_status(
        self, conversation_id: ConversationId, status: Status, *, actor: Author
    ) -> Conversation:
        """Close or reopen, with a line in the log; nothing when it is so already.

        Raises ConversationNotFound and ConversationMerged.
        """
        async with self._units.writing() as unit:
            conversation = await _found(unit, conversation_id, lock=True)
            if conversation.status == status:
                return conversation
            require_unmerged(conversation)
            now = self._clock.now()
            moved = closed(conversation) if status == "closed" else reopened(conversation, now)
            changed = replace(moved, status=status, waiting_since=None, updated_at=now)
            await unit.conversations.save(changed)
            entry = await unit.log.append(status_line(conversation_id, actor, status, now))
            await tell_entry(unit, changed, entry)
            await note_assignment(unit, conversation, changed, by=SYSTEM, at=now)
            if status == "closed":
                await self._stop(unit, conversation_id)
        self._tell(conversation_id)
        if self._assigning is not None:
            await self._assigning.settle()
        return replace(changed, head=entry.seq)

    async def read_by_visitor(self, session: Session, seq: int) -> None:
        """Move the visitor's read mark forward to *seq*; raises SessionEnded."""
        async with self._units.writing() as unit:
            own = await alive(unit, session.id, self._clock.now(), lock=True)
            seen = await current_conversation(unit, own)
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

    async def _stop(self, unit: Unit, conversation_id: ConversationId) -> None:
        if self._talks is not None:
            await self._talks.stop(unit, conversation_id)

    async def _mark(self, unit: Unit, conversation: Conversation) -> None:
        await unit.conversations.save(conversation)
        await unit.log.tell(conversation.id, self._clock.now())


async def _found(
    unit: Unit, conversation_id: ConversationId, *, lock: bool = False
) -> Conversation:
    conversation = await unit.conversations.get(conversation_id, lock=lock)
    if conversation is None:
        raise ConversationNotFound("there is no conversation with this id")
    return conversation
