"""The tables of contacts, companies and deals."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text, text

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
    Column("history", JSON, nullable=False, server_default="{}"),
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

objects = Table(
    "desk_objects",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("properties", JSON, nullable=False),
    Column("folded", JSON, nullable=False),
    Column("words", Text, nullable=False),
    Column("history", JSON, nullable=False, server_default="{}"),
    Column("archived", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_desk_objects_type", "type", "archived", "created_at"),
)
"""Companies and deals."""

associations = Table(
    "desk_associations",
    metadata,
    Column("from_type", String(16), primary_key=True),
    Column("from_id", String(32), primary_key=True),
    Column("to_type", String(16), primary_key=True),
    Column("to_id", String(32), primary_key=True),
    Column("type_id", Integer, primary_key=True, autoincrement=False),
)
"""What is associated with what, each association once in either direction."""

properties = Table(
    "desk_properties",
    metadata,
    Column("object_type", String(16), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("label", String(250), nullable=False),
    Column("type", String(16), nullable=False),
    Column("field_type", String(32), nullable=False),
    Column("group_name", String(100), nullable=False),
    Column("description", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("visible_to_visitor", Boolean, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("display_order", Integer, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
"""The properties that operators defined, and the built-in ones that they changed."""

property_groups = Table(
    "desk_property_groups",
    metadata,
    Column("object_type", String(16), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("label", String(250), nullable=False),
    Column("display_order", Integer, nullable=False),
)
"""The groups of properties that operators defined, or gave another label."""
