"""What is said, and by whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId


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


class AuthorKind(StrEnum):
    """Who wrote an entry."""

    VISITOR = "visitor"
    AGENT = "agent"
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


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One line of the agents' log over all conversations: an entry, or a change.

    *entry* is None when the conversation itself changed: linked, read, made.
    """

    seq: int
    conversation_id: ConversationId
    entry: Entry | None
