"""What is said, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId


class Priority(StrEnum):
    """How soon a conversation is to be taken, from last to first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with one visitor, and how far each side has read."""

    id: ConversationId
    inbox_id: InboxId
    visitor_id: str
    """The visitor's number in HubSpot's words (``V-…``) while there is no contact."""
    contact_id: ContactId | None
    evidence: Evidence
    signed_by: str | None
    signed_until: datetime | None
    status: Literal["open", "closed"]
    head: int
    """The ``seq`` of the newest entry; 0 when there is none."""
    agent_read_seq: int
    visitor_read_seq: int
    waiting_since: datetime | None
    created_at: datetime
    updated_at: datetime
    assigned_to: str | None = None
    """The bare id of the agent whose conversation it is."""
    team: str | None = None
    priority: Priority = Priority.NORMAL
    queued_at: datetime | None = None
    """Since when it waits for an agent of its team; None when it does not."""
    received_at: datetime | None = None
    """When the visitor's newest message came."""
    sent_at: datetime | None = None
    """When our newest message went."""
    archived_at: datetime | None = None
    """Since when nobody works with it; its visitor's next message brings it back."""
    merged_into: ConversationId | None = None
    """The conversation in which it goes on; None when it goes on by itself."""
    merged_at: datetime | None = None
    """When it was last merged with another, either way; an undone merge counts, too."""

    @property
    def said_at(self) -> datetime | None:
        """When the newest message was written, by whomever."""
        return max(filter(None, (self.received_at, self.sent_at)), default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a conversation is open, whose it is, and who waits for whom in it."""

    status: Literal["open", "closed"]
    assigned_to: str | None
    team: str | None
    priority: Priority
    queued_at: datetime | None
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class Unmerging:
    """What undoing a merge needs: how both conversations stood before it."""

    merged: Standing
    survivor: Standing


class AuthorKind(StrEnum):
    """Who wrote an entry."""

    VISITOR = "visitor"
    AGENT = "agent"
    BOT = "bot"
    """A chatflow."""
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote an entry: an id within its kind, and the name at that time."""

    kind: AuthorKind
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a conversation's log: a message, or a change of its status.

    Invariant: ``seq`` counts 1, 2, 3 … within a conversation, without a gap.
    """

    conversation_id: ConversationId
    seq: int
    id: str
    type: Literal["message", "status"]
    author: Author
    text: str
    created_at: datetime
    client_message_id: str | None = None
    status: Literal["open", "closed"] | None = None
    data: Mapping[str, Any] | None = None
    """What a chatflow shows beside its text: ``options`` or a ``form``; or what was chosen."""


class NoteKind(StrEnum):
    """What a note is about."""

    COMMENT = "comment"
    ASSIGNMENT = "assignment"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a conversation that is for agents only.

    Invariant: a note has no ``seq`` and is no entry: no visitor's stream can show it or
    show that there is one.
    """

    conversation_id: ConversationId
    id: str
    kind: NoteKind
    author: Author
    text: str
    created_at: datetime
    after_seq: int
    """The ``seq`` of the entry that it came after."""
    assigned_from: str | None = None
    assigned_to: str | None = None
    place: int = 0
    """Its ``seq`` in the agents' feed: of two notes, the later one has the greater."""
    client_note_id: str | None = None
    """The author's own id for it, so that a repeat is known."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One line of the agents' log over all conversations: an entry, a note, or a change.

    *entry* and *note* are None when the conversation itself changed: linked, read, made.
    """

    seq: int
    conversation_id: ConversationId
    entry: Entry | None
    note: Note | None = None
