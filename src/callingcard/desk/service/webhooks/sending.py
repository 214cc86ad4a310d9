"""Brings events to endpoints: in batches, signed, again and again until they arrive.

What happened was copied in the transaction in which it happened. ``spread`` makes of each
copy one delivery a subscription; a worker then asks for ``due`` batches and performs them.
A receiver that fails is tried ten more times within a day, and one from which nothing was
heard for three days is disabled, which is an event of its own.

Invariant: a delivery ends only when its receiver has it, or when it was given up and the
log says so; whoever dies in between, another sender takes it up.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.webhooks import Batch, Delivery, DeliveryState, Endpoint
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.ports.webhooks import Sent, WebhookSender
from callingcard.desk.service.webhooks.shapes import (
    attempted,
    delivery_of,
    milliseconds,
    told_of,
    wants,
)
from callingcard.desk.service.webhooks.signing import signed_headers
from callingcard.kit.clock import Clock
from callingcard.kit.ids import random_id

BATCH: Final = 99
"""HubSpot sends fewer than a hundred events in one request."""

LOAN: Final = timedelta(seconds=30)
"""How long a sender may be silent before another takes its batch up."""

WAITS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 420, 540)
)
"""How long to wait before each retry: ten of them, within a day."""

DISABLED_AFTER: Final = timedelta(days=3)
KEPT: Final = timedelta(days=7)
"""How long the log of deliveries goes back."""

_RANDOM: Final = secrets.SystemRandom()
_AT_ONCE: Final = 100
_JITTER: Final = 0.2
_PROPERTY_CHANGE: Final = "contact.propertyChange"


class WebhookSending:
    """Hands out batches that are due and sends them; a worker asks it."""

    def __init__(
        self,
        units: Units,
        sender: WebhookSender,
        *,
        clock: Clock,
        random: Callable[[], float] = _RANDOM.random,
    ) -> None:
        """Send by *sender*; *random* between 0 and 1 spreads retries out."""
        self._units = units
        self._sender = sender
        self._clock = clock
        self._random = random

    async def spread(self) -> int:
        """Make deliveries of what happened; return how many events there were."""
        total = 0
        while True:
            async with self._units.reading() as unit:
                happened = await unit.deliveries.events(_AT_ONCE)
            if not happened:
                return total
            async with self._units.writing() as unit:
                endpoints = await unit.webhooks.all()
                open_ids = {one.id for one in endpoints if one.disabled_at is None}
                subscriptions = [
                    one
                    for one in await unit.webhooks.subscriptions()
                    if one.endpoint_id in open_ids
                ]
                made = [
                    delivery_of(event, told, subscription)
                    for event in happened
                    for told in told_of(event)
                    for subscription in subscriptions
                    if wants(subscription, told)
                ]
                await unit.deliveries.spread([event.id for event in happened], made)
            total += len(happened)

    async def due(self, limit: int) -> Sequence[Batch]:
        """Return batches to send now; they are the caller's until the loan is over."""
        now = self._clock.now()
        async with self._units.reading() as unit:
            waiting = await unit.deliveries.due(now)
        batches: list[Batch] = []
        for endpoint_id, under_way in waiting.items():
            async with self._units.writing() as unit:
                endpoint = await unit.webhooks.get(endpoint_id, lock=True)
                if endpoint is None or endpoint.disabled_at is not None:
                    continue
                room = min(endpoint.max_concurrent - under_way, limit - len(batches))
                batches += await _taken(unit, endpoint, now=now, room=room)
        return batches

    async def perform(self, job: Batch) -> None:
        """Send a batch once and note how it went."""
        body = await self._body(job)
        endpoint = job.endpoint
        headers = {
            "Content-Type": "application/json",
            **signed_headers(
                endpoint.secret,
                endpoint.url,
                body,
                timestamp=milliseconds(self._clock.now()),
                older=endpoint.signature,
            ),
        }
        await self._settle(job, await self._sender.send(endpoint.url, headers, body))

    async def stumbled(self, job: Batch) -> bool:
        """Try a batch again later, after a fault of ours; it is never forgotten for one."""
        await self._settle(job, Sent(None, "a fault on our side"), blame=False)
        return True

    async def renew(self, job: Batch) -> bool:
        """Keep a batch for longer; False when another has taken it up."""
        async with self._units.writing() as unit:
            return await unit.deliveries.renew(job.id, self._clock.now() + LOAN)

    async def sweep(self) -> int:
        """Forget deliveries of long ago; return how many."""
        async with self._units.writing() as unit:
            return await unit.delivery_log.sweep(self._clock.now() - KEPT)

    async def _body(self, batch: Batch) -> bytes:
        """Return the events of *batch* as JSON, with the values that properties have now."""
        told: list[dict[str, Any]] = []
        async with self._units.reading() as unit:
            for delivery in batch.deliveries:
                event = attempted(delivery)
                if delivery.event_type == _PROPERTY_CHANGE:
                    event["propertyValue"] = await _value(unit, delivery.event)
                told.append(event)
        return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()

    async def _settle(self, batch: Batch, sent: Sent, *, blame: bool = True) -> None:
        """Keep how *batch* went; *blame* the endpoint for a failure, or ourselves."""
        now = self._clock.now()
        async with self._units.writing() as unit:
            # The endpoint first, as in ``due``: two senders never wait for each other.
            endpoint = await unit.webhooks.get(batch.endpoint.id, lock=True)
            for delivery in batch.deliveries:
                await unit.deliveries.settle(batch.id, self._after(delivery, sent, now))
            if endpoint is not None and (sent.ok or blame):
                await self._judge(unit, endpoint, ok=sent.ok, now=now)

    def _after(self, delivery: Delivery, sent: Sent, now: datetime) -> Delivery:
        """Return *delivery* as it is after an attempt."""
        known = replace(delivery, last_status=sent.status, last_problem=_problem(sent))
        if sent.ok:
            return replace(known, state=DeliveryState.DELIVERED, ended_at=now)
        if delivery.attempts > len(WAITS):
            return replace(known, state=DeliveryState.FAILED, ended_at=now)
        wait = WAITS[max(0, delivery.attempts - 1)] * (1 - _JITTER * self._random())
        return replace(known, due_at=now + wait)

    async def _judge(self, unit: Unit, endpoint: Endpoint, *, ok: bool, now: datetime) -> None:
        """Remember since when *endpoint* fails, and disable it when that is too long."""
        if ok:
            if endpoint.failing_since is not None:
                await unit.webhooks.save(replace(endpoint, failing_since=None))
            return
        since = endpoint.failing_since or now
        too_long = now - since >= DISABLED_AFTER and endpoint.disabled_at is None
        disabled_at = now if too_long else endpoint.disabled_at
        await unit.webhooks.save(
            replace(endpoint, failing_since=since, disabled_at=disabled_at)
        )
        if too_long:
            data = {"webhook_id": endpoint.id}
            line = f"webhook {endpoint.id}"
            await unit.events.tell("webhook.disabled", now, data, line=line)


async def _taken(unit: Unit, endpoint: Endpoint, *, now: datetime, room: int) -> list[Batch]:
    """Return at most *room* batches for *endpoint*, lent to us."""
    batches: list[Batch] = []
    while len(batches) < room:
        key = random_id("b_")
        taken = await unit.deliveries.take(
            endpoint.id, key, now=now, until=now + LOAN, limit=BATCH
        )
        if not taken:
            break
        batches.append(Batch(key, endpoint, taken))
    return batches


async def _value(unit: Unit, event: Mapping[str, Any]) -> str:
    """Return the property of a contact that *event* is about, as it is now."""
    contact = await unit.contacts.get(ContactId(str(event["objectId"])))
    if contact is None:
        return ""
    return contact.properties.get(str(event["propertyName"]), "")


def _problem(sent: Sent) -> str | None:
    """Return why an attempt failed, for the log."""
    if sent.ok:
        return None
    return sent.problem or f"the answer was {sent.status}"
