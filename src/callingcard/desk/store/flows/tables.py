"""The tables of chatflows. Documents and states are small and always read whole."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from callingcard.backends.database import Moment
from callingcard.desk.store.metadata import metadata

chatflows = Table(
    "desk_chatflows",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("inbox", String(64), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", JSON(none_as_null=True)),
    Column("draft", JSON(none_as_null=True)),
    Column("updated_at", Moment, nullable=False),
)

versions = Table(
    "desk_chatflow_versions",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("published_by", String(100), nullable=False),
)

runs = Table(
    "desk_chatflow_runs",
    metadata,
    Column("conversation_id", String(32), primary_key=True),
    Column("flow", String(64), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("waits", String(16), nullable=False),
    Column("due_at", Moment),
    Column("page", Text, nullable=False),
    Column("state", JSON, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_desk_chatflow_runs_due_at", "due_at"),
)
