"""The tables of contacts."""

from sqlalchemy import JSON, Boolean, Column, Index, String, Table, Text, text

from callingcard.backends.database import Moment
from callingcard.desk.store.metadata import metadata

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
