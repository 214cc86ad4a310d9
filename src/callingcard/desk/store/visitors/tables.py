"""The tables of inboxes, their keys, sessions and one-time codes."""

from sqlalchemy import JSON, Boolean, Column, Integer, LargeBinary, String, Table, Text, text

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
    Column("identification", String(8), nullable=False, server_default="optional"),
    Column("enforced", Boolean, nullable=False, server_default=text("false")),
    Column("props", JSON(none_as_null=True)),
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
    Column("last_used_at", Moment),
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

codes = Table(
    "desk_codes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("session_id", String(64), nullable=False, index=True),
    Column("email", String(254), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)
