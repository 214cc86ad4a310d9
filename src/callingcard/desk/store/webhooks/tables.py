"""The tables of webhooks.

Invariant: a delivery's id is made of its event and its subscription, so that an event that
is spread twice is delivered once.
"""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, String, Table

from callingcard.backends.database import Moment
from callingcard.desk.store.metadata import metadata

endpoints = Table(
    "desk_webhook_endpoints",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("url", String(2000), nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("max_concurrent", Integer, nullable=False),
    Column("signature", String(4), nullable=False),
    Column("failing_since", Moment),
    Column("disabled_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

subscriptions = Table(
    "desk_webhook_subscriptions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("endpoint_id", String(32), nullable=False, index=True),
    Column("event_type", String(40), nullable=False),
    Column("property_name", String(100)),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

events = Table(
    "desk_webhook_events",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("line", String(64), nullable=False),
    Column("data", JSON, nullable=False),
)

deliveries = Table(
    "desk_webhook_deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("endpoint_id", String(32), nullable=False),
    Column("subscription_id", String(32), nullable=False),
    Column("event_type", String(40), nullable=False),
    Column("event", JSON, nullable=False),
    Column("occurred_at", Moment, nullable=False, index=True),
    Column("due_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("batch", String(40), index=True),
    Column("lent_until", Moment),
    Column("last_status", Integer),
    Column("last_problem", String(300)),
    Column("ended_at", Moment),
    Index("ix_desk_webhook_deliveries_endpoint_id_state", "endpoint_id", "state", "due_at"),
)
