"""The desk's JSON, as the widget and the agents' app see it: camelCase, times with a Z.

These models are the source of the front end's types, by way of OpenAPI.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from callingcard.desk.model.conversations import Entry, Priority
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.service.chat.messages import Answer, Posted
from callingcard.desk.service.chat.views import Overview
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


class PostMessage(Ask):
    """A message, and the sender's own id for it, so that a repeat is known."""

    client_message_id: Annotated[str, Field(min_length=1, max_length=64)]
    text: str


class PressedButton(Ask):
    """The value of the button that the visitor pressed."""

    value: Annotated[str, Field(min_length=1, max_length=4000)]

    def kept(self) -> Answer:
        """Return the answer as the desk keeps it."""
        return Answer(value=self.value)


class FilledForm(Ask):
    """What the visitor put into each field of a form, by the field's name."""

    values: Annotated[
        dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=4000)]],
        Field(min_length=1, max_length=50),
    ]

    def kept(self) -> Answer:
        """Return the answer as the desk keeps it."""
        return Answer(values=self.values)


class PostVisitorMessage(PostMessage):
    """A visitor's message: a text, or an answer to what a chatflow asked.

    An answer needs no text; then it is put into words for the agents.
    """

    text: str = ""
    answer: PressedButton | FilledForm | None = None
    page: str = ""
    """The URL on which the visitor is."""


class MarkRead(Ask):
    """How far somebody has read."""

    seq: Annotated[int, Field(ge=0)]


class ChangeConversation(Ask):
    """What agents can change of a conversation; what is absent stays."""

    status: Status | None = None
    archived: bool | None = None


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

    kind: Literal["visitor", "agent", "bot", "system"]
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
    data: dict[str, Any] | None = None
    """What a chatflow offers (`options`, or a `form`), or what was answered (`answer`).

    Of a line about a merge (`merge`): the other conversation.
    """

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
            data=None if entry.data is None else dict(entry.data),
        )


class EntriesAnswer(Wire):
    """Entries after a ``seq``, and the newest ``seq`` there is."""

    events: list[EntryOut]
    head: int


class QueueOut(Wire):
    """Where the visitor stands among those who wait for an agent."""

    position: int
    """From 1."""
    opens_at: Moment | None
    """When those who are waited for are back; None when they are here."""


class VisitorLive(Wire):
    """What is so now in a visitor's conversation, and is in no log."""

    conversation_id: str | None = None
    """Whose ``seq`` is counted; another one than before means: begin again from 0."""
    typing: list[str] = []
    """The names of the agents who type."""
    agent_read_seq: int = 0
    queue: QueueOut | None = None
    """None when nobody is waited for: nothing was asked yet, or an agent has it."""
    merged: list[str] = []
    """The conversations that go on in this one; what was said in them stands above."""


class EventsAnswer(EntriesAnswer):
    """Entries after a cursor; *reset* is there when the cursor named nothing kept."""

    reset: bool = False
    live: VisitorLive | None = None


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
    queued_at: Moment | None
    assigned_to: str | None
    team: str | None
    priority: Priority
    archived: bool
    merged_into: str | None
    """The conversation in which it goes on; then nothing can be written into this one."""
    merged_at: Moment | None
    """When it was last merged with another, either way; None when it never was."""
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
            queued_at=one.queued_at,
            assigned_to=one.assigned_to,
            team=one.team,
            priority=one.priority,
            archived=one.archived_at is not None,
            merged_into=one.merged_into,
            merged_at=one.merged_at,
            last_entry=None if view.last_entry is None else EntryOut.of(view.last_entry),
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class ConversationsAnswer(Wire):
    """A page of conversations, and the feed's head to go on from."""

    results: list[ConversationOut]
    next: str | None
    feed: int
