"""Deliveries as rows, lent to one sender at a time.

Invariant: no two senders hold one delivery: only the one whose update finds it free gets
it, and what it says afterwards counts only while the delivery still names its batch.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    delete,
    distinct,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Moment
from callingcard.desk.model.webhooks import Delivery, DeliveryState
from callingcard.desk.ports.chat import DeskEvent
from callingcard.desk.store.webhooks.tables import deliveries, endpoints, events

_NOW: Final = bindparam("now", type_=Moment)
_EVENTS: Final = select(events).order_by(events.c.id).limit(bindparam("most", type_=Integer))
_FREE: Final = and_(
    deliveries.c.state == DeliveryState.WAITING.value,
    deliveries.c.due_at <= _NOW,
    or_(deliveries.c.lent_until.is_(None), deliveries.c.lent_until <= _NOW),
)
_DUE: Final = (
    select(deliveries.c.endpoint_id)
    .distinct()
    .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
    .where(_FREE, endpoints.c.disabled_at.is_(None))
)
_UNDER_WAY: Final = (
    select(
        deliveries.c.endpoint_id, func.count(distinct(deliveries.c.batch)).label("requests")
    )
    .where(
        deliveries.c.state == DeliveryState.WAITING.value,
        deliveries.c.lent_until > _NOW,
    )
    .group_by(deliveries.c.endpoint_id)
)
_NEXT: Final = (
    select(deliveries.c.id)
    .where(deliveries.c.endpoint_id == bindparam("endpoint"), _FREE)
    .order_by(deliveries.c.due_at, deliveries.c.id)
    .limit(bindparam("most", type_=Integer))
)
_TAKE: Final = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)), _FREE)
    .values(
        attempts=deliveries.c.attempts + 1,
        batch=bindparam("mine"),
        lent_until=bindparam("until", type_=Moment),
    )
)
_OURS: Final = (
    select(deliveries)
    .where(deliveries.c.batch == bindparam("mine"))
    .order_by(deliveries.c.occurred_at, deliveries.c.id)
)


class SqlDeliveries:
    """Keeps ``ports.Deliveries`` and ``DeliveryLog`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def events(self, limit: int) -> Sequence[DeskEvent]:
        """Return events that have not become deliveries yet, the oldest first."""
        rows = await self._connection.execute(_EVENTS, {"most": limit})
        return [DeskEvent(**dict(row)) for row in rows.mappings()]

    async def spread(self, event_ids: Sequence[str], deliveries: Sequence[Delivery]) -> None:
        """Keep *deliveries* unless they are there already, and forget the events."""
        for delivery in deliveries:
            await self._add(delivery)
        await self._connection.execute(delete(events).where(events.c.id.in_(event_ids)))

    async def due(self, now: datetime) -> Mapping[str, int]:
        """Return which endpoints have deliveries to send now, and how many are on the way."""
        due = (await self._connection.execute(_DUE, {"now": now})).scalars().all()
        if not due:
            return {}
        rows = await self._connection.execute(_UNDER_WAY, {"now": now})
        under_way = {row.endpoint_id: row.requests for row in rows}
        return {endpoint: under_way.get(endpoint, 0) for endpoint in sorted(due)}

    async def take(
        self, endpoint_id: str, batch_id: str, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[Delivery]:
        """Lend deliveries that are due, each to nobody else before *until*."""
        asked = {"endpoint": endpoint_id, "now": now, "most": limit}
        ids = (await self._connection.execute(_NEXT, asked)).scalars().all()
        if not ids:
            return ()
        taking = {"ids": list(ids), "now": now, "mine": batch_id, "until": until}
        await self._connection.execute(_TAKE, taking)
        rows = await self._connection.execute(_OURS, {"mine": batch_id})
        return [_delivery(row) for row in rows.mappings()]

    async def renew(self, batch_id: str, until: datetime) -> bool:
        """Lend a batch for longer; False when it is not ours any more."""
        longer = (
            update(deliveries)
            .where(
                deliveries.c.batch == batch_id,
                deliveries.c.state == DeliveryState.WAITING.value,
            )
            .values(lent_until=until)
        )
        return (await self._connection.execute(longer)).rowcount > 0

    async def settle(self, batch_id: str, delivery: Delivery) -> bool:
        """Keep how a delivery of the batch went; False when it is not ours any more."""
        settled = (
            update(deliveries)
            .where(deliveries.c.id == delivery.id, deliveries.c.batch == batch_id)
            .values(
                state=delivery.state.value,
                due_at=delivery.due_at,
                batch=None,
                lent_until=None,
                last_status=delivery.last_status,
                last_problem=delivery.last_problem,
                ended_at=delivery.ended_at,
            )
        )
        return (await self._connection.execute(settled)).rowcount > 0

    async def newest(
        self, endpoint_id: str, *, limit: int, delivery_id: str | None = None
    ) -> Sequence[Delivery]:
        """Return an endpoint's deliveries, the newest first, or the one of this id."""
        asked = select(deliveries).where(deliveries.c.endpoint_id == endpoint_id)
        if delivery_id is not None:
            asked = asked.where(deliveries.c.id == delivery_id)
        order = asked.order_by(deliveries.c.occurred_at.desc(), deliveries.c.id.desc())
        rows = await self._connection.execute(order.limit(limit))
        return [_delivery(row) for row in rows.mappings()]

    async def sweep(self, before: datetime) -> int:
        """Forget deliveries of what happened before then; return how many."""
        old = delete(deliveries).where(deliveries.c.occurred_at < before)
        return (await self._connection.execute(old)).rowcount

    async def revive(self, endpoint_id: str, delivery_id: str, now: datetime) -> None:
        """Make a delivery wait again as if it had never been tried."""
        again = update(deliveries).where(
            deliveries.c.id == delivery_id, deliveries.c.endpoint_id == endpoint_id
        )
        await self._connection.execute(
            again.values(
                state=DeliveryState.WAITING.value,
                due_at=now,
                attempts=0,
                batch=None,
                lent_until=None,
                ended_at=None,
            )
        )

    async def _add(self, delivery: Delivery) -> None:
        is_postgres = self._connection.dialect.name == "postgresql"
        adding = (postgresql.insert if is_postgres else sqlite.insert)(deliveries)
        row = {
            "id": delivery.id,
            "endpoint_id": delivery.endpoint_id,
            "subscription_id": delivery.subscription_id,
            "event_type": delivery.event_type,
            "event": dict(delivery.event),
            "occurred_at": delivery.occurred_at,
            "due_at": delivery.due_at,
            "state": delivery.state.value,
            "attempts": delivery.attempts,
        }
        await self._connection.execute(adding.values(row).on_conflict_do_nothing())


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    """Return the delivery that a row holds."""
    fields = dict(row)
    del fields["batch"], fields["lent_until"]
    fields["state"] = DeliveryState(fields["state"])
    return Delivery(**fields)
