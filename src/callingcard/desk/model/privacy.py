"""Whom a request to export or to forget is about, and what came of it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from callingcard.desk.model.audit import Who
from callingcard.desk.model.ids import InboxId


class Name(StrEnum):
    """By what a row can be about a person."""

    CONTACT = "contact"
    CONVERSATION = "conversation"
    SESSION = "session"
    VISITOR = "visitor"
    EMAIL = "email"
    USER = "user"
    """The customer's own id of them."""
    LINE = "line"
    """The line of an event about their contact or a conversation of theirs."""


KEPT_AS_TOMBSTONES: Final = (Name.CONTACT, Name.CONVERSATION, Name.SESSION, Name.VISITOR)
"""Names that say nothing by themselves, and are remembered so that nothing comes back."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, by everything that rows know them by."""

    names: Mapping[Name, AbstractSet[str]] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )

    def of(self, name: Name) -> AbstractSet[str]:
        """Return what they are called by in this way; lines follow from the rest."""
        if name is not Name.LINE:
            return self.names.get(name, frozenset())
        contacts, conversations = self.of(Name.CONTACT), self.of(Name.CONVERSATION)
        lines = {f"contact {one}" for one in contacts}
        return lines | {f"conversation {one}" for one in conversations}

    def with_(self, name: Name, *more: str) -> "Subject":
        """Return the same person, also called by *more*.

        >>> one = Subject().with_(Name.CONTACT, "512")
        >>> sorted(one.with_(Name.CONVERSATION, "7").of(Name.LINE))
        ['contact 512', 'conversation 7']
        """
        return Subject({**self.names, name: frozenset(self.of(name)) | frozenset(more)})


class Storage(StrEnum):
    """What the database's own files still hold of rows that are gone."""

    OVERWRITTEN = "overwritten"
    """Nothing: the file was written anew."""
    CHECKPOINTED = "checkpointed"
    """Nothing of rows deleted now; of versions before an upgrade, what VACUUM removes."""
    AWAITS_VACUUM = "awaits_vacuum"
    """Dead rows, until PostgreSQL's VACUUM and the ageing out of its log and backups."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An order to forget somebody, how far it got, and the receipt it leaves.

    Invariant: when it is finished, it holds nothing of whom it was about.
    """

    id: str
    by: Who
    started_at: datetime
    touched_at: datetime
    finished_at: datetime | None = None
    steps: tuple[str, ...] = ()
    """The steps that are done, in their order."""
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """How many rows went, by what they were."""
    storage: Storage | None = None
    subject: Subject = field(default=Subject(), repr=False)
    """Whom it is about, sealed at rest; nobody once it is finished."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long one inbox keeps what was said in it."""

    inbox_id: InboxId
    keep_closed_days: int | None = None
    """Days after the last change of a closed conversation; None keeps it for good."""
    store_silent_visitors: bool = True
    """Whether visitors who never wrote may leave a session behind for longer than a day."""
