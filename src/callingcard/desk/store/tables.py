"""The desk's tables; only the store beside it and the migrations see them.

Invariant: (conversation_id, seq) is the order of a conversation, and
(conversation_id, author, client_message_id) is what makes a repeated post one
message: the database is the judge of both.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from callingcard.backends.database import Moment, new_metadata

metadata = new_metadata()

inboxes = Table(
    "desk_inboxes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("answered_by", String(200), nullable=False),
    Column("welcome", Text, nullable=False),
)

signing_keys = Table(
    "desk_signing_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("inbox_id", String(32), nullable=False, index=True),
    Column("algorithm", String(16), nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

contacts = Table(
    "desk_contacts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(254)),
    Column("external_id", String(200)),
    Column("evidence", String(16), nullable=False),
    Column("properties", JSON, nullable=False),
    Column("folded", JSON, nullable=False),
    Column("words", Text, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(
        "uq_desk_contacts_email",
        "email",
        unique=True,
        sqlite_where=text("archived = 0"),
        postgresql_where=text("not archived"),
    ),
    Index(
        "uq_desk_contacts_external_id",
        "external_id",
        unique=True,
        sqlite_where=text("archived = 0"),
        postgresql_where=text("not archived"),
    ),
    Index("ix_desk_contacts_created_at", "created_at"),
)

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
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_desk_conversations_status_updated_at", "status", "updated_at"),
    Index("ix_desk_conversations_updated_at", "updated_at"),
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
    Column("status", String(8)),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("conversation_id", "author_id", "client_message_id"),
)

feed = Table(
    "desk_feed",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("conversation_id", String(32), nullable=False),
    Column("entry_seq", Integer),
    Column("created_at", Moment, nullable=False),
)

counters = Table(
    "desk_counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
)

sessions = Table(
    "desk_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("inbox_id", String(32), nullable=False),
    Column("browser", String(64), nullable=False, index=True),
    Column("evidence", String(16), nullable=False),
    Column("person", JSON),
    Column("contact_id", String(32), index=True),
    Column("conversation_id", String(32)),
    Column("signed_by", String(100)),
    Column("signed_until", Moment),
    Column("fingerprint", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

shown_tokens = Table(
    "desk_shown_tokens",
    metadata,
    Column("session_id", String(64), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)

spent_tokens = Table(
    "desk_spent_tokens",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
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
