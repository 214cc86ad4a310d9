"""The tables of inboxes, their keys, and sessions."""

from sqlalchemy import JSON, Column, LargeBinary, String, Table, Text

from callingcard.backends.database import Moment
from callingcard.desk.store.metadata import metadata

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
