"""Two contacts who turned out to be one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId

NameKind = Literal["email", "external_id"]
"""What a contact is found by: an address, or the customer's own id."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a merge may change of its survivor."""

    properties: Mapping[str, str] = field(repr=False)
    external_id: str | None = field(repr=False)
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Moved:
    """What undoing a merge needs: the survivor before and after, and what moved to it."""

    before: Snapshot
    after: Snapshot
    conversations: Sequence[ConversationId]
    belongings: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """The names of other things that moved, by the room that keeps them."""


@dataclass(frozen=True, slots=True)
class Merge:
    """*other_id* is found as *survivor_id* from *at* on, until it is undone.

    The other contact is only archived: its row is as it was.
    """

    id: str
    survivor_id: ContactId
    other_id: ContactId
    by: str
    """Who did: ``agent 700``, ``key 3``, or ``session`` for a proof that named both."""
    at: datetime
    email: str | None = field(repr=False)
    """The other's address, which leads to the survivor now."""
    external_id: str | None = field(repr=False)
    """The customer's own id of the other, likewise."""
    moved: Moved | None
    """None once it is too late to undo."""
    undone_at: datetime | None = None
    undone_by: str | None = None
