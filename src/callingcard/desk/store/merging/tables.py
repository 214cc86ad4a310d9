"""The table of merges."""

from sqlalchemy import JSON, CheckConstraint, Column, String, Table

from callingcard.backends.database import Moment
from callingcard.desk.store.metadata import metadata

merges = Table(
    "desk_merges",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("survivor_id", String(32), nullable=False, index=True),
    Column("other_id", String(32), nullable=False, index=True),
    Column("made_by", String(100), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("email", String(254), index=True),
    Column("external_id", String(200), index=True),
    Column("moved", JSON(none_as_null=True)),
    Column("undone_at", Moment),
    Column("undone_by", String(100)),
    CheckConstraint("survivor_id <> other_id", name="not_itself"),
)
