"""The desk's JSON, as the widget and the agents' app see it: camelCase, times with a Z.

These models are the source of the front end's types, by way of OpenAPI.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from callingcard.desk.evidence import is_proven
from callingcard.desk.model.conversations import Entry
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.service.chat.conversations import Posted
from callingcard.desk.service.chat.following import FeedItem
from callingcard.desk.service.chat.views import Overview
from callingcard.desk.service.visitors.sessions import Opened
from callingcard.kit.codec import rfc3339

Moment = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Status = Literal["open", "closed"]


class Wire(BaseModel):
    """Base of what goes out."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )


class Ask(BaseModel):
    """Base of what comes in: exactly these members, of exactly these types."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)


class OpenSession(Ask):
    """What the widget opens a session with."""

    email: str | None = None
    token: str | None = None
    browser: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] | None = None


class PostMessage(Ask):
    """A message, and the sender's own id for it, so that a repeat is known."""

    client_message_id: Annotated[str, Field(min_length=1, max_length=64)]
    text: str


class MarkRead(Ask):
    """How far somebody has read."""

    seq: Annotated[int, Field(ge=0)]


class ChangeConversation(Ask):
    """What agents can change of a conversation."""

    status: Status


class SessionContact(Wire):
    """What a browser may know of its visitor's contact."""

    first_name: str


class SessionConversation(Wire):
    """The visitor's conversation and how far they have read."""

    id: str
    head: int
    read_seq: int


class SessionInbox(Wire):
    """The inbox as visitors see it."""

    name: str
    answered_by: str


class SessionChatflow(Wire):
    """How the chat begins."""

    welcome: str


class SessionAnswer(Wire):
    """A session, and what its visitor may see at once."""

    session: str
    evidence: Evidence
    contact: SessionContact | None
    conversation: SessionConversation | None
    inbox: SessionInbox
    chatflow: SessionChatflow
    signed_by: str | None
    signed_until: Moment | None

    @classmethod
    def of(cls, opened: Opened) -> "SessionAnswer":
        """Write *opened* down; what the CRM knows only for who proved who they are."""
        session, conversation = opened.session, opened.conversation
        known = opened.first_name is not None and is_proven(session.evidence)
        return cls(
            session=opened.secret,
            evidence=session.evidence,
            contact=SessionContact(first_name=opened.first_name or "") if known else None,
            conversation=None
            if conversation is None
            else SessionConversation(
                id=conversation.id,
                head=conversation.head,
                read_seq=conversation.visitor_read_seq,
            ),
            inbox=SessionInbox(name=opened.inbox.title, answered_by=opened.inbox.answered_by),
            chatflow=SessionChatflow(welcome=opened.welcome),
            signed_by=session.signed_by,
            signed_until=session.signed_until,
        )


class PostedAnswer(Wire):
    """Where a message stands in its conversation."""

    conversation_id: str
    seq: int
    created_at: Moment

    @classmethod
    def of(cls, posted: Posted) -> "PostedAnswer":
        """Write *posted* down; a repeat has the answer of the first time."""
        entry = posted.entry
        return cls(
            conversation_id=entry.conversation_id, seq=entry.seq, created_at=entry.created_at
        )


class AuthorOut(Wire):
    """Who wrote an entry."""

    kind: Literal["visitor", "agent", "system"]
    id: str
    name: str


class EntryOut(Wire):
    """One line of a conversation."""

    seq: int
    id: str
    type: Literal["message", "status"]
    client_message_id: str | None
    author: AuthorOut
    text: str
    status: Status | None
    created_at: Moment

    @classmethod
    def of(cls, entry: Entry) -> "EntryOut":
        """Write *entry* down; its text is as it was sent and never HTML."""
        author = entry.author
        return cls(
            seq=entry.seq,
            id=entry.id,
            type=entry.type,
            client_message_id=entry.client_message_id,
            author=AuthorOut(kind=author.kind.value, id=author.id, name=author.name),
            text=entry.text,
            status=entry.status,
            created_at=entry.created_at,
        )


class EntriesAnswer(Wire):
    """Entries after a ``seq``, and the newest ``seq`` there is."""

    events: list[EntryOut]
    head: int


class EventsAnswer(EntriesAnswer):
    """Entries after a cursor; *reset* is there when the cursor named nothing kept."""

    reset: bool = False


class VisitorOut(Wire):
    """What agents call the visitor."""

    name: str
    email: str | None


class ConversationOut(Wire):
    """A conversation as agents see it."""

    id: str
    status: Status
    evidence: Evidence
    signed_by: str | None
    signed_until: Moment | None
    visitor: VisitorOut
    contact_id: str | None
    inbox: str
    head: int
    agent_read_seq: int
    visitor_read_seq: int
    unread: int
    waiting_since: Moment | None
    last_entry: EntryOut | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, view: Overview) -> "ConversationOut":
        """Write *view* down."""
        one = view.conversation
        return cls(
            id=one.id,
            status=one.status,
            evidence=one.evidence,
            signed_by=one.signed_by,
            signed_until=one.signed_until,
            visitor=VisitorOut(name=view.visitor_name, email=view.visitor_email),
            contact_id=one.contact_id,
            inbox=view.inbox,
            head=one.head,
            agent_read_seq=one.agent_read_seq,
            visitor_read_seq=one.visitor_read_seq,
            unread=view.unread,
            waiting_since=one.waiting_since,
            last_entry=None if view.last_entry is None else EntryOut.of(view.last_entry),
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class ConversationsAnswer(Wire):
    """A page of conversations, and the feed's head to go on from."""

    results: list[ConversationOut]
    next: str | None
    feed: int


class EntryEvent(Wire):
    """An ``entry`` event of the feed: something was said somewhere."""

    event: Literal["entry"] = "entry"
    feed_seq: int
    conversation_id: str
    entry: EntryOut


class ConversationEvent(Wire):
    """A ``conversation`` event of the feed: one was made, linked or read."""

    event: Literal["conversation"] = "conversation"
    feed_seq: int
    conversation: ConversationOut


FeedEvent = Annotated[EntryEvent | ConversationEvent, Field(discriminator="event")]


def feed_event(item: FeedItem) -> EntryEvent | ConversationEvent:
    """Write *item* down: its entry, or else the conversation as it is now."""
    if item.entry is not None:
        return EntryEvent(
            feed_seq=item.seq,
            conversation_id=item.entry.conversation_id,
            entry=EntryOut.of(item.entry),
        )
    return ConversationEvent(feed_seq=item.seq, conversation=ConversationOut.of(item.changed))


class FeedAnswer(Wire):
    """Agents' events after a cursor."""

    events: list[FeedEvent]
    head: int
    reset: bool = False
