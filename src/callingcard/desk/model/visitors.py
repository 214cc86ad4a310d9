"""Where visitors arrive, how long they stay, and who vouches for them."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from callingcard.desk.model.contacts import Person
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId

_SHOWN = 4


class Identify(StrEnum):
    """What an inbox does with a proof of who its visitor is."""

    OFF = "off"
    """Nothing: everybody is anonymous."""
    OPTIONAL = "optional"
    """Who brings one is known; who does not may write all the same."""
    REQUIRED = "required"
    """Who brings none is asked for one, and may not write where it is *enforced*."""


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
    identification: Identify = Identify.OPTIONAL
    enforced: bool = False
    """Whether a required proof is insisted on, or only asked for while a site is set up."""
    props: tuple[str, ...] | None = None
    """The properties that tokens may state; None means the usual ones."""

    @property
    def refuses_unproven(self) -> bool:
        """Whether only visitors who proved who they are may write."""
        return refuses_unproven(self.identification, enforced=self.enforced)


def refuses_unproven(identification: Identify, *, enforced: bool) -> bool:
    """Say whether only visitors who proved who they are may write in such an inbox."""
    return enforced and identification is Identify.REQUIRED


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody proved: whom a token names and who signed it, or whose mail they read."""

    person: Person
    evidence: Evidence = Evidence.SIGNED
    """``claimed`` when a token's issuer itself says that nobody proved the address."""
    signed_by: str | None = None
    """The key's name for people, such as ``key 2026-11`` or ``the desk``."""
    expires_at: datetime | None = None
    """When the token ends."""
    fingerprint: str | None = None
    """A hash of the token, to know it again after its session was signed out."""
    kid: str | None = None
    """The customer's key that signed it; None for the desk's own."""

    @property
    def claimed(self) -> bool:
        """Whether it proves nothing, and only tells one visitor from another."""
        return self.evidence is Evidence.CLAIMED


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


class Admitted(NamedTuple):
    """A session, and what its inbox asks of those who prove nothing."""

    session: Session
    refuses_unproven: bool


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with which a customer signs their visitors' tokens for one inbox."""

    kid: str
    inbox_id: InboxId
    algorithm: str
    created_at: datetime
    secret: bytes = field(repr=False)
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """When it last signed a visitor in, to the minute."""

    @property
    def masked(self) -> str:
        """Enough to tell this key from another: a secret's end, a public key's hash.

        >>> from datetime import UTC
        >>> when = datetime(2030, 1, 1, tzinfo=UTC)
        >>> SigningKey("a", InboxId("1"), "HS256", when, b"k" * 40 + b"end1").masked
        '…end1'
        """
        if self.algorithm == "HS256":
            return "…" + self.secret[-_SHOWN:].decode(errors="replace")
        return "SHA256:" + hashlib.sha256(self.secret).hexdigest()[: 4 * _SHOWN]


class Watched(NamedTuple):
    """What a session was told of, to find out whether it is still so."""

    session_id: str
    conversation_id: ConversationId | None
    """The session's conversation, if it has one."""
    head: int
    agent_read_seq: int

    def told_one_more(self) -> "Watched":
        """Return what it is when one more entry was told."""
        return self._replace(head=self.head + 1)


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code that was sent to an address, for one session alone."""

    id: str
    session_id: str
    email: str = field(repr=False)
    code_hash: str = field(repr=False)
    tries: int
    created_at: datetime
    expires_at: datetime
