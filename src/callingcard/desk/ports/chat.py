"""Keeping what is said, and what is beside it: agents' notes, and who types or looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from callingcard.desk.model.conversations import (
    Author,
    Conversation,
    Entry,
    FeedEvent,
    Note,
    Unmerging,
)
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId
from callingcard.desk.model.signs import Sign, SignKind
from callingcard.desk.search import Page, Query

Fact: TypeAlias = str | int | Sequence[str] | None
"""What an event says about one thing."""


class Conversations(Protocol):
    """Conversations and their gapless logs."""

    async def add(self, conversation: Conversation) -> None:
        """Keep a new conversation."""
        ...

    async def save(self, conversation: Conversation) -> None:
        """Keep the changed conversation; its ``head`` is the log's and is not written."""
        ...

    async def get(
        self, conversation_id: ConversationId, *, lock: bool = False
    ) -> Conversation | None:
        """Return the conversation; with *lock*, nobody else changes it until we are done."""
        ...

    async def latest_of(
        self, contact_id: ContactId, inbox_id: InboxId, *, lock: bool = False
    ) -> Conversation | None:
        """Return the contact's conversation with the newest activity in the inbox.

        With *lock*, nobody else starts one for the contact until we are done.
        """
        ...

    async def search(self, query: Query) -> Page[Conversation]:
        """Return the page of conversations that *query* asks for."""
        ...

    async def adopt(self, visitor_id: str, contact_id: ContactId) -> None:
        """Give an anonymous visitor's conversations to the contact they proved to be."""
        ...

    async def unread(
        self, conversation_ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, int]:
        """Return how many of the visitor's messages no agent has read, where there are any."""
        ...


class ConversationMerges(Protocol):
    """Which conversations go on in which, and what taking that back needs."""

    async def remember(self, conversation_id: ConversationId, undo: Unmerging) -> None:
        """Keep what undoing the merge of this conversation needs."""
        ...

    async def remembered(self, conversation_id: ConversationId) -> Unmerging | None:
        """Return what was kept when this conversation was merged."""
        ...

    async def into(self, conversation_id: ConversationId) -> Sequence[Conversation]:
        """Return what was merged into this conversation itself, the oldest first."""
        ...

    async def posted(
        self, contact_id: ContactId, client_message_id: str, text: str
    ) -> Entry | None:
        """Return *text* as the contact posted it under this id, in any conversation.

        Ids are only unique within a conversation, so another text is another message.
        """
        ...

    async def torn(
        self, contact_id: ContactId, leaving: Sequence[ConversationId]
    ) -> ConversationId | None:
        """Return one of the contact's that is merged with one of *leaving*, or leaves it."""
        ...


class Log(Protocol):
    """The logs: one per conversation, and the agents' feed over all of them."""

    async def append(self, entry: Entry, *, keeping: Conversation | None = None) -> Entry:
        """Write *entry* with the next ``seq`` of its conversation, and into the feed.

        The given ``seq`` is ignored; the entry is returned with its own. *keeping* is the
        conversation as *entry* changes it, which is kept as well.
        """
        ...

    async def posted(
        self, conversation_id: ConversationId, author: str, client_message_id: str
    ) -> Entry | None:
        """Return the entry that *author* already posted under *client_message_id*."""
        ...

    async def entries(
        self, conversation_id: ConversationId, *, after: int, limit: int
    ) -> Sequence[Entry]:
        """Return entries with a ``seq`` greater than *after*, oldest first."""
        ...

    async def one(self, conversation_id: ConversationId, entry_id: str) -> Entry | None:
        """Return one entry of a conversation."""
        ...

    async def latest(
        self, conversation_ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Entry]:
        """Return the newest entry of each conversation that has one."""
        ...

    async def said_last(
        self, conversation_ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Entry]:
        """Return the newest message of each conversation that has one."""
        ...

    async def tell(
        self, conversation_id: ConversationId, at: datetime, *, note_id: str | None = None
    ) -> int:
        """Write into the feed that the conversation changed, or got a note.

        Returns the feed's ``seq``.
        """
        ...

    async def feed(self, *, after: int, limit: int) -> Sequence[FeedEvent]:
        """Return the agents' events with a ``seq`` greater than *after*, oldest first."""
        ...

    async def feed_span(self) -> tuple[int, int]:
        """Return the ``seq`` of the feed's oldest kept event and its head; (0, 0) if empty."""
        ...

    async def trim_feed(self, keep: int) -> int:
        """Delete the feed's oldest events but the newest *keep*; return how many went."""
        ...


class Notes(Protocol):
    """Comments and assignments, which no visitor sees."""

    async def add(self, note: Note) -> None:
        """Keep a new note."""
        ...

    async def noted(
        self, conversation_id: ConversationId, author_id: str, client_note_id: str
    ) -> Note | None:
        """Return the note that this author already wrote under *client_note_id*."""
        ...

    async def of(
        self,
        conversation_id: ConversationId,
        *,
        seq: int,
        behind: Note | None = None,
        limit: int,
        newest_first: bool = False,
    ) -> Sequence[Note]:
        """Return a conversation's notes by their place.

        They begin behind the note *behind*, or else with those that came after the entry
        *seq*; *newest_first*, with those that came before it.
        """
        ...

    async def get(self, conversation_id: ConversationId, note_id: str) -> Note | None:
        """Return one note of a conversation."""
        ...


class Signs(Protocol):
    """Who types and who looks, for a few seconds each."""

    async def show(self, sign: Sign) -> bool:
        """Keep *sign*; True when it is new, and not only renewed."""
        ...

    async def hide(
        self, conversation_id: ConversationId, kind: SignKind, author_id: str
    ) -> bool:
        """Forget a sign; False when there was none."""
        ...

    async def of(
        self, now: datetime, conversation_id: ConversationId | None = None
    ) -> Sequence[Sign]:
        """Return the signs of a conversation, or of all, that are good still."""
        ...

    async def sweep(self, now: datetime) -> int:
        """Forget what is over; return how many."""
        ...


class Finds(Protocol):
    """What was said, by the words in it."""

    async def entries(self, patterns: Sequence[str], limit: int) -> Sequence[Entry]:
        """Return messages with every pattern in their words, the newest first."""
        ...

    async def notes(self, patterns: Sequence[str], limit: int) -> Sequence[Note]:
        """Return comments with every pattern in their words, the newest first."""
        ...


class Assigning(Protocol):
    """Whose conversation it is, which another room decides."""

    async def assign(
        self, conversation_id: ConversationId, agent_id: str, *, by: Author
    ) -> Conversation:
        """Give a conversation to an agent."""
        ...

    async def unassign(self, conversation_id: ConversationId, *, by: Author) -> Conversation:
        """Take a conversation from its agent."""
        ...

    async def settle(self) -> object:
        """Give waiting conversations to agents, since there may be room."""
        ...

    async def message_arrived(self, conversation_id: ConversationId) -> object:
        """Take note, after the commit, that a visitor wrote."""
        ...


class Events(Protocol):
    """What others are told of, once the transaction is kept."""

    async def tell(
        self, kind: str, at: datetime, data: Mapping[str, Fact], *, line: str, place: int = 0
    ) -> None:
        """Write down that something happened, at this *place* of its *line*."""
        ...


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """Something that happened in the desk, for others to be told."""

    id: str
    kind: str
    """Such as ``message.received``: a word for what, and one for what became of it."""
    at: datetime
    data: Mapping[str, Fact] = field(repr=False)
    line: str
    """Events of one line are told in their order."""
