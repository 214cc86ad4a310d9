"""What the desk is about: contacts, and what is said with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, NewType

ContactId = NewType("ContactId", str)
ConversationId = NewType("ConversationId", str)
InboxId = NewType("InboxId", str)


class Evidence(StrEnum):
    """How well we know who a visitor is, from not at all to vouched for."""

    ANONYMOUS = "anonymous"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Inbox:
    """A place where conversations arrive, with its own widget."""

    id: InboxId
    name: str
    """The name in URLs, such as ``web``."""
    title: str
    """The name that visitors see in the widget's head."""
    answered_by: str
    welcome: str
    """The greeting; ``{first_name}`` stands for the visitor's name, or for ``there``."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A visitor whom the desk remembers.

    *properties* are HubSpot's: lower-case names and text values, the address and the
    names (``email``, ``firstname``, ``lastname``) among them.
    """

    id: ContactId
    properties: Mapping[str, str]
    evidence: Evidence
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    archived: bool = False

    @property
    def email(self) -> str | None:
        """The canonical address, if there is one."""
        return self.properties.get("email") or None

    @property
    def first_name(self) -> str:
        """The given name, or nothing."""
        return self.properties.get("firstname", "")

    @property
    def last_name(self) -> str:
        """The family name, or nothing."""
        return self.properties.get("lastname", "")


@dataclass(frozen=True, slots=True)
class Person:
    """Who a proof says the visitor is; the desk may not know them yet."""

    email: str | None
    external_id: str | None = None
    first_name: str = ""
    last_name: str = ""
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Proof:
    """A token that was checked: whom it names, who signed it, and until when."""

    person: Person
    signed_by: str
    """The key's name for people, such as ``key 2026-11`` or ``the desk``."""
    expires_at: datetime
    fingerprint: str
    """A hash of the token, to know it again after its session was signed out."""
    claimed: bool = False
    """Whether its issuer itself says that nobody proved the address."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's stay in one inbox: opaque, revocable, for one visitor."""

    id: str
    """The hash of the secret that the browser holds."""
    inbox_id: InboxId
    browser: str
    evidence: Evidence
    person: Person | None
    contact_id: ContactId | None
    conversation_id: ConversationId | None
    signed_by: str | None
    signed_until: datetime | None
    fingerprint: str | None
    created_at: datetime
    expires_at: datetime

    @property
    def proven(self) -> Person | None:
        """Who the visitor proved to be: *person*, unless that is a mere claim."""
        is_claim = self.evidence in {Evidence.ANONYMOUS, Evidence.CLAIMED}
        return None if is_claim else self.person


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


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with which a customer signs their visitors' tokens for one inbox."""

    kid: str
    inbox_id: InboxId
    algorithm: str
    created_at: datetime
    secret: bytes = field(repr=False)
    revoked_at: datetime | None = None
