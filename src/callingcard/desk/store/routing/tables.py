"""The tables of routing. Teams, hours and the plan are small documents, read whole."""

from sqlalchemy import JSON, Boolean, Column, Index, String, Table

from callingcard.backends.database import Moment
from callingcard.desk.store.metadata import metadata

PLAN = "plan"
"""The name of the one row of ``desk_routing``, which stands for the queue's lock too."""

routing = Table(
    "desk_routing",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("document", JSON, nullable=False),
)

teams = Table(
    "desk_teams",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("document", JSON, nullable=False),
)

hours = Table(
    "desk_hours",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("document", JSON, nullable=False),
)

presences = Table(
    "desk_presences",
    metadata,
    Column("agent_id", String(32), primary_key=True),
    Column("is_online", Boolean, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

turns = Table(
    "desk_turns",
    metadata,
    Column("agent_id", String(32), primary_key=True),
    Column("team", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)

decisions = Table(
    "desk_routing_decisions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", String(32), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("step", String(16), nullable=False),
    Column("team", String(64)),
    Column("priority", String(8), nullable=False),
    Column("agent_id", String(32)),
    Column("rule", String(100)),
    Column("by", String(32), nullable=False),
    Column("trace", JSON, nullable=False),
    Index("ix_desk_routing_decisions_conversation_id_at", "conversation_id", "at"),
)
