"""The tables of conversations.

Invariant: (conversation_id, seq) is the order of a conversation, and
(conversation_id, author, client_message_id) is what makes a repeated post one
message: the database is the judge of both.
"""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text, UniqueConstraint

from callingcard.backends.database import Moment
from callingcard.desk.store.metadata import metadata

conversations = Table(
    "desk_conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("inbox_id", String(32), nullable=False),
    Column("visitor_id", String(32), nullable=False, index=True),
    Column("contact_id", String(32), index=True),
    Column("evidence", String(16), nullable=False),
    Column("signed_by", String(100)),
    Column("signed_until", Moment),
    Column("status", String(8), nullable=False),
    Column("head", Integer, nullable=False),
    Column("agent_read_seq", Integer, nullable=False),
    Column("visitor_read_seq", Integer, nullable=False),
    Column("waiting_since", Moment),
    Column("assigned_to", String(32)),
    Column("team", String(64)),
    Column("priority", String(8), nullable=False, server_default="normal"),
    Column("queued_at", Moment),
    Column("received_at", Moment),
    Column("sent_at", Moment),
    Column("said_at", Moment),
    Column("archived_at", Moment),
    Column("merged_into", String(32), index=True),
    Column("merged_at", Moment),
    Column("before_merge", JSON(none_as_null=True)),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_desk_conversations_status_updated_at", "status", "updated_at"),
    Index("ix_desk_conversations_team_queued_at", "team", "queued_at"),
    Index("ix_desk_conversations_assigned_to_status", "assigned_to", "status"),
    Index("ix_desk_conversations_updated_at", "updated_at"),
    Index("ix_desk_conversations_said_at", "said_at"),
)

entries = Table(
    "desk_entries",
    metadata,
    Column("conversation_id", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("type", String(16), nullable=False),
    Column("author_kind", String(16), nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("author_name", String(300), nullable=False),
    Column("client_message_id", String(64)),
    Column("text", Text, nullable=False),
    Column("words", Text, nullable=False, server_default=""),
    Column("status", String(8)),
    Column("data", JSON(none_as_null=True)),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("conversation_id", "author_id", "client_message_id"),
)

feed = Table(
    "desk_feed",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("conversation_id", String(32), nullable=False),
    Column("entry_seq", Integer),
    Column("note_id", String(40)),
    Column("created_at", Moment, nullable=False),
)

notes = Table(
    "desk_notes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("author_kind", String(16), nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("author_name", String(300), nullable=False),
    Column("text", Text, nullable=False),
    Column("words", Text, nullable=False, server_default=""),
    Column("after_seq", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("assigned_from", String(32)),
    Column("assigned_to", String(32)),
    Column("client_note_id", String(64)),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("conversation_id", "author_id", "client_note_id"),
    Index("ix_desk_notes_conversation_id_place", "conversation_id", "place"),
)

signs = Table(
    "desk_signs",
    metadata,
    Column("conversation_id", String(32), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("author_id", String(64), primary_key=True),
    Column("author_kind", String(16), nullable=False),
    Column("author_name", String(300), nullable=False),
    Column("until", Moment, nullable=False, index=True),
)

counters = Table(
    "desk_counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
)

events = Table(
    "desk_events",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("line", String(64), nullable=False),
    Column("data", JSON, nullable=False),
)
