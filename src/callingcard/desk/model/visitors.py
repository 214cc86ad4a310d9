"""Where visitors arrive, how long they stay, and who vouches for them."""

from dataclasses import dataclass, field
from datetime import datetime

from callingcard.desk.model.contacts import Person
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId


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
class SigningKey:
    """A key with which a customer signs their visitors' tokens for one inbox."""

    kid: str
    inbox_id: InboxId
    algorithm: str
    created_at: datetime
    secret: bytes = field(repr=False)
    revoked_at: datetime | None = None
