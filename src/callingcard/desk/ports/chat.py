"""Keeping what is said, and telling of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from callingcard.desk.model.conversations import Conversation, Entry, FeedEvent
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId
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


class Log(Protocol):
    """The logs: one per conversation, and the agents' feed over all of them."""

    async def append(self, entry: Entry) -> Entry:
        """Write *entry* with the next ``seq`` of its conversation, and into the feed.

        The given ``seq`` is ignored; the entry is returned with its own.
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

    async def latest(
        self, conversation_ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Entry]:
        """Return the newest entry of each conversation that has one."""
        ...

    async def tell(self, conversation_id: ConversationId, at: datetime) -> int:
        """Write into the feed that the conversation itself changed; return the ``seq``."""
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
