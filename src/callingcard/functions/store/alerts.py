"""Groups of failures, channels and deliveries, as rows.

Invariant: a channel's URL is sealed and bound to its row; nothing else here is secret.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Moment
from callingcard.functions.model.alerts import Channel, Delivery, Group, GroupState
from callingcard.functions.store.metadata import metadata
from callingcard.kit.crypto import Sealer, Unsealable

groups: Final = Table(
    "functions_alert_groups",
    metadata,
    Column("fingerprint", String(100), primary_key=True),
    Column("subject", String(120), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("title", String(500), nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False, index=True),
    Column("count", Integer, nullable=False),
    Column("streak", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("muted_until", Moment),
    Column("last_run", String(64)),
    Column("last_version", String(64)),
)

channels: Final = Table(
    "functions_alert_channels",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("sealed_url", LargeBinary, nullable=False),
)

deliveries: Final = Table(
    "functions_alert_deliveries",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("subject", String(300), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("problem", String(300)),
    Column("attempts", Integer, nullable=False),
    Column("digest", Boolean, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("about_channel", Boolean, nullable=False),
    Index("ix_functions_alert_deliveries_channel_at", "channel", "at"),
)


class SqlGroups:
    """Keeps ``ports.alerts.Groups`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(self, new: Group) -> Group:
        """Return the group of this fingerprint, which is *new* when there was none."""
        is_postgres = self._connection.dialect.name == "postgresql"
        adding = (postgresql.insert if is_postgres else sqlite.insert)(groups)
        await self._connection.execute(adding.values(asdict(new)).on_conflict_do_nothing())
        return await self.get(new.fingerprint) or new

    async def get(self, fingerprint: str) -> Group | None:
        """Return the group; nobody else changes it until we are done."""
        wanted = select(groups).where(groups.c.fingerprint == fingerprint).with_for_update()
        row = (await self._connection.execute(wanted)).mappings().first()
        return None if row is None else _group(row)

    async def save(self, group: Group) -> None:
        """Keep a changed group."""
        changing = update(groups).where(groups.c.fingerprint == group.fingerprint)
        await self._connection.execute(changing.values(asdict(group)))

    async def newest(self, limit: int) -> Sequence[Group]:
        """Return groups, the one that failed last first."""
        order = select(groups).order_by(groups.c.last_at.desc(), groups.c.fingerprint)
        rows = await self._connection.execute(order.limit(limit))
        return [_group(row) for row in rows.mappings()]

    async def alerted(self, subject: str | None = None) -> Sequence[Group]:
        """Return the groups that somebody was alerted of and that have not recovered."""
        wanted = select(groups).where(groups.c.state == GroupState.ALERTED.value)
        if subject is not None:
            wanted = wanted.where(groups.c.subject == subject)
        found = await self._connection.execute(wanted.order_by(groups.c.fingerprint))
        return [_group(row) for row in found.mappings()]

    async def sweep(self, before: datetime) -> int:
        """Forget groups that last failed before then, unless they are muted for good."""
        kept = (groups.c.state == GroupState.MUTED.value) & groups.c.muted_until.is_(None)
        old = delete(groups).where(groups.c.last_at < before, ~kept)
        return (await self._connection.execute(old)).rowcount


class SqlChannels:
    """Keeps ``ports.alerts.Channels`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def all(self) -> Sequence[Channel]:
        """Return every channel that was added, by name."""
        order = select(channels).order_by(channels.c.name, channels.c.id)
        return [
            Channel(row.id, row.name, row.kind, from_settings=False)
            for row in await self._connection.execute(order)
        ]

    async def add(self, channel: Channel, url: str) -> None:
        """Keep a channel, its URL sealed."""
        sealed = self._sealer.seal(url.encode(), place=_place(channel.id))
        row = {
            "id": channel.id,
            "name": channel.name,
            "kind": channel.kind,
            "sealed_url": sealed,
        }
        await self._connection.execute(insert(channels).values(row))

    async def url(self, channel: str) -> str | None:
        """Return where it leads; None when it is gone, or cannot be opened any more."""
        wanted = select(channels.c.sealed_url).where(channels.c.id == channel)
        sealed = (await self._connection.execute(wanted)).scalar()
        if sealed is None:
            return None
        try:
            return self._sealer.open(sealed, place=_place(channel)).decode()
        except Unsealable:
            return None

    async def drop(self, channel: str) -> bool:
        """Remove it; say whether there was one."""
        gone = await self._connection.execute(delete(channels).where(channels.c.id == channel))
        return gone.rowcount > 0


class SqlDeliveries:
    """Keeps ``ports.alerts.Deliveries`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, delivery: str, *, lock: bool = False) -> Delivery | None:
        """Return the delivery; with *lock*, nobody else changes it until we are done."""
        wanted = select(deliveries).where(deliveries.c.id == delivery)
        wanted = wanted.with_for_update() if lock else wanted
        row = (await self._connection.execute(wanted)).mappings().first()
        return None if row is None else _delivery(row)

    async def put(self, delivery: Delivery) -> None:
        """Keep a new or changed delivery."""
        values = asdict(delivery)
        is_postgres = self._connection.dialect.name == "postgresql"
        adding = (postgresql.insert if is_postgres else sqlite.insert)(deliveries)
        await self._connection.execute(
            adding.values(values).on_conflict_do_update(
                index_elements=[deliveries.c.id], set_=values
            )
        )

    async def newest(self, limit: int) -> Sequence[Delivery]:
        """Return deliveries, newest first."""
        order = select(deliveries).order_by(deliveries.c.at.desc(), deliveries.c.id)
        rows = await self._connection.execute(order.limit(limit))
        return [_delivery(row) for row in rows.mappings()]

    async def latest_of(self) -> Sequence[Delivery]:
        """Return the newest delivery of each channel that was tried at least once."""
        tried = deliveries.c.attempts > 0
        newest = (
            select(deliveries.c.channel, func.max(deliveries.c.at).label("at"))
            .where(tried)
            .group_by(deliveries.c.channel)
            .subquery()
        )
        matches = (deliveries.c.channel == newest.c.channel) & (deliveries.c.at == newest.c.at)
        found = select(deliveries).join(newest, matches).where(tried)
        rows = await self._connection.execute(found)
        return [_delivery(row) for row in rows.mappings()]

    async def since(self, channel: str, at: datetime) -> int:
        """Return how many messages the channel got since *at*, digests aside."""
        wanted = select(func.count()).where(
            deliveries.c.channel == channel, deliveries.c.at > at, ~deliveries.c.digest
        )
        return (await self._connection.execute(wanted)).scalar_one()

    async def sweep(self, before: datetime) -> int:
        """Forget deliveries from before then; return how many."""
        old = delete(deliveries).where(deliveries.c.at < before)
        return (await self._connection.execute(old)).rowcount


def _place(channel: str) -> str:
    return f"functions_alert_channels {channel}"


def _group(row: RowMapping) -> Group:
    values: dict[str, Any] = {**row, "state": GroupState(row["state"])}
    return Group(**values)


def _delivery(row: RowMapping) -> Delivery:
    values: dict[str, Any] = {**row}
    return Delivery(**values)
