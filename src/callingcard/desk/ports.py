"""What the desk needs from the rest of the house.

``Units`` gives transactions; within one, a ``Unit`` holds the stores. Everything
read or written inside one ``writing()`` block is kept together or not at all.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from callingcard.desk.model import (
    Contact,
    ContactId,
    Conversation,
    ConversationId,
    Entry,
    FeedEvent,
    Inbox,
    InboxId,
    Session,
    SigningKey,
)
from callingcard.desk.search import Page, Query

Fact: TypeAlias = str | int | Sequence[str] | None
"""What an event says about one thing."""


class Contacts(Protocol):
    """The people whom the desk remembers."""

    async def add(self, contact: Contact) -> None:
        """Keep a new *contact*; raises ContactExists when its address is taken."""
        ...

    async def save(self, contact: Contact) -> None:
        """Keep the changed *contact*; raises ContactExists when its address is taken."""
        ...

    async def get(self, contact_id: ContactId, *, lock: bool = False) -> Contact | None:
        """Return the contact with this id, archived ones too.

        With *lock*, nobody else changes it until we are done.
        """
        ...

    async def by_email(self, email: str) -> Contact | None:
        """Return the contact, not archived, with this canonical address."""
        ...

    async def by_external_id(self, external_id: str) -> Contact | None:
        """Return the contact, not archived, that the customer's own id names."""
        ...

    async def search(self, query: Query) -> Page[Contact]:
        """Return the page of contacts that *query* asks for."""
        ...


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


class Sessions(Protocol):
    """The widget's sessions, and the tokens that may not be used again.

    Adding or saving a session also remembers the token that its visitor showed, so
    that signing out spends every token of the stay and not only the last.
    """

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    async def save(self, session: Session) -> None:
        """Keep the changed session."""
        ...

    async def get(self, session_id: str, *, lock: bool = False) -> Session | None:
        """Return the session unless it was signed out.

        The caller looks at its expiry. With *lock*, nobody else changes or ends it
        until we are done.
        """
        ...

    async def drop(self, session: Session) -> None:
        """End *session* alone; its tokens stay good."""
        ...

    async def revoke(self, session: Session) -> Sequence[Session]:
        """End *session* and every identified session of its browser; return those ended.

        Every token that was shown for them is spent.
        """
        ...

    async def spent(self, fingerprint: str) -> bool:
        """Say whether a token was signed out; nobody signs it out until we are done."""
        ...

    async def sweep(self, now: datetime) -> int:
        """Delete what ended before *now*; return how many rows went."""
        ...


class Inboxes(Protocol):
    """The inboxes, and the keys that sign for them."""

    async def all(self) -> Sequence[Inbox]:
        """Return every inbox."""
        ...

    async def named(self, name: str) -> Inbox | None:
        """Return the inbox with this name."""
        ...

    async def save(self, inbox: Inbox) -> None:
        """Keep a new or changed inbox."""
        ...

    async def keys(self, inbox_id: InboxId) -> Sequence[SigningKey]:
        """Return the inbox's keys that are not revoked, newest first."""
        ...

    async def add_key(self, key: SigningKey) -> None:
        """Keep a new signing key, its secret sealed."""
        ...

    async def revoke_key(self, kid: str, at: datetime) -> bool:
        """Revoke a key; False when there is none with this *kid*."""
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


class Events(Protocol):
    """What others are told of, once the transaction is kept."""

    async def tell(
        self, kind: str, at: datetime, data: Mapping[str, Fact], *, line: str, place: int = 0
    ) -> None:
        """Write down that something happened, at this *place* of its *line*."""
        ...


class Unit(Protocol):
    """One transaction over everything the desk keeps."""

    @property
    def contacts(self) -> Contacts: ...  # noqa: D102
    @property
    def conversations(self) -> Conversations: ...  # noqa: D102
    @property
    def log(self) -> Log: ...  # noqa: D102
    @property
    def sessions(self) -> Sessions: ...  # noqa: D102
    @property
    def inboxes(self) -> Inboxes: ...  # noqa: D102
    @property
    def events(self) -> Events: ...  # noqa: D102


class Units(Protocol):
    """Makes transactions."""

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction that is kept at its end, or undone by an exception."""
        ...


class News(Protocol):
    """Tells whoever waits that there is something new to read."""

    def notify(self, topic: str) -> None:
        """Wake who waits on *topic*: ``conversation:ID``, ``session:ID`` or ``feed``."""
        ...


class People(Protocol):
    """The agents, whom another room of the house knows."""

    async def name_of(self, user_id: str) -> str | None:
        """Return the name of the agent with this id, or None when there is none."""
        ...
