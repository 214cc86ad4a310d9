"""The tables of the audit log, of erasures, and of how long inboxes keep things.

Invariant: none of them holds what a person said or is called, but for the sealed subject
of an erasure that goes on.
"""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, String, Table

from callingcard.backends.database import Moment
from callingcard.desk.store.metadata import metadata

audit = Table(
    "desk_audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("who_kind", String(8), nullable=False),
    Column("who_id", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("thing_id", String(64), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_desk_audit_kind_thing_id_seq", "kind", "thing_id", "seq"),
    Index("ix_desk_audit_who_id_seq", "who_id", "seq"),
)

audit_head = Table(
    "desk_audit_head",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

erasures = Table(
    "desk_erasures",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("by_kind", String(8), nullable=False),
    Column("by_id", String(64), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("steps", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("storage", String(16)),
    Column("sealed_subject", LargeBinary),
    Index("ix_desk_erasures_finished_at_touched_at", "finished_at", "touched_at"),
)

tombstones = Table(
    "desk_tombstones",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("thing_id", String(64), primary_key=True),
    Column("erasure_id", String(40), nullable=False, index=True),
    Column("at", Moment, nullable=False),
)

retention = Table(
    "desk_retention",
    metadata,
    Column("inbox_id", String(32), primary_key=True),
    Column("keep_closed_days", Integer),
    Column("store_silent_visitors", Boolean, nullable=False),
)
