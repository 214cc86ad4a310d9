"""Every table that holds something of a person, and by what columns it knows them.

What is exported and what is forgotten is this list and nothing else, so a table that is
not in it would be kept for ever. A test fails when a table of the desk has a column that
names a person and is missing here.

Invariant: a holding comes after those whose rows lead to it, and rows are locked in the
order of this list: sessions, contacts, conversations, as everybody else does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Table

from callingcard.desk.model.privacy import Name
from callingcard.desk.store.metadata import metadata


@dataclass(frozen=True, slots=True)
class Holding:
    """A table with rows about people."""

    section: str
    """What it is called in an export and on a receipt."""
    of: str
    """The table."""
    known_by: Mapping[str, Name]
    """Its columns that name a person; ``person.email`` is a member of a JSON column."""
    leads: tuple[str, ...] = ()
    """Those of them that a row of theirs adds to what they are known by."""
    unless: str | None = None
    """A column that, when it is set, keeps a row from leading anywhere."""
    only: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What other columns hold in rows where the column names a person at all."""
    hides: frozenset[str] = field(default=frozenset())
    """Columns that are secrets, or of no use to who asks; left out of an export."""

    @property
    def table(self) -> Table:
        """The table as it is declared."""
        return metadata.tables[self.of]

    def column(self, name: str) -> ColumnElement[Any]:
        """Return a column, or the text of a member of a JSON column."""
        column, _, member = name.partition(".")
        found = self.table.c[column]
        return found[member].as_string() if member else found


HOLDINGS: Final = (
    Holding(
        "sessions",
        "desk_sessions",
        {
            "id": Name.SESSION,
            "contact_id": Name.CONTACT,
            "conversation_id": Name.CONVERSATION,
            "person.email": Name.EMAIL,
        },
        leads=("id", "conversation_id"),
        hides=frozenset({"id", "browser", "fingerprint"}),
    ),
    Holding(
        "contacts",
        "desk_contacts",
        {"id": Name.CONTACT, "email": Name.EMAIL, "external_id": Name.USER},
        leads=("id", "email", "external_id"),
        hides=frozenset({"folded", "words"}),
    ),
    Holding(
        "merges",
        "desk_merges",
        {
            "survivor_id": Name.CONTACT,
            "other_id": Name.CONTACT,
            "email": Name.EMAIL,
            "external_id": Name.USER,
        },
        leads=("survivor_id", "other_id", "email", "external_id"),
        unless="undone_at",
    ),
    Holding(
        "conversations",
        "desk_conversations",
        {"id": Name.CONVERSATION, "contact_id": Name.CONTACT, "visitor_id": Name.VISITOR},
        leads=("id", "visitor_id"),
    ),
    Holding("entries", "desk_entries", {"conversation_id": Name.CONVERSATION}),
    Holding("notes", "desk_notes", {"conversation_id": Name.CONVERSATION}),
    Holding("routing", "desk_routing_decisions", {"conversation_id": Name.CONVERSATION}),
    Holding("flow_runs", "desk_chatflow_runs", {"conversation_id": Name.CONVERSATION}),
    Holding("signs", "desk_signs", {"conversation_id": Name.CONVERSATION}),
    Holding("feed", "desk_feed", {"conversation_id": Name.CONVERSATION}),
    Holding("events", "desk_events", {"line": Name.LINE}),
    Holding("webhook_events", "desk_webhook_events", {"line": Name.LINE}),
    Holding(
        "associations",
        "desk_associations",
        {"from_id": Name.CONTACT},
        only={"from_type": "contacts"},
    ),
    Holding(
        "associated_with",
        "desk_associations",
        {"to_id": Name.CONTACT},
        only={"to_type": "contacts"},
    ),
    Holding(
        "codes",
        "desk_codes",
        {"session_id": Name.SESSION, "email": Name.EMAIL},
        hides=frozenset({"session_id", "code_hash"}),
    ),
    Holding(
        "shown_tokens",
        "desk_shown_tokens",
        {"session_id": Name.SESSION},
        hides=frozenset({"session_id", "fingerprint"}),
    ),
)

KEPT: Final[Mapping[str, str]] = MappingProxyType({})
"""Tables with a column that looks as if it named a person, and why they are kept."""
