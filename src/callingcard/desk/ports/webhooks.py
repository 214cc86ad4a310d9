"""Keeping endpoints, subscriptions and deliveries, and sending them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callingcard.desk.model.webhooks import Delivery, Endpoint, Subscription
from callingcard.desk.ports.chat import DeskEvent


class Endpoints(Protocol):
    """Where events are sent, each with its secret sealed, and what each wants."""

    async def save(self, endpoint: Endpoint) -> None:
        """Keep a new or changed endpoint."""
        ...

    async def get(self, endpoint_id: str, *, lock: bool = False) -> Endpoint | None:
        """Return the endpoint; with *lock*, nobody else changes it until we are done."""
        ...

    async def all(self) -> Sequence[Endpoint]:
        """Return every endpoint, the oldest first."""
        ...

    async def drop(self, endpoint_id: str) -> bool:
        """Delete the endpoint with all that belongs to it; False when there is none."""
        ...

    async def subscribe(self, subscription: Subscription) -> None:
        """Keep a new or changed subscription."""
        ...

    async def subscriptions(self, endpoint_id: str | None = None) -> Sequence[Subscription]:
        """Return the subscriptions of one endpoint, or all, the oldest first."""
        ...

    async def unsubscribe(self, endpoint_id: str, subscription_id: str) -> bool:
        """Delete a subscription; False when the endpoint has none of this id."""
        ...


class Deliveries(Protocol):
    """Events that were copied for webhooks, and the deliveries they became."""

    async def events(self, limit: int) -> Sequence[DeskEvent]:
        """Return events that have not become deliveries yet, the oldest first."""
        ...

    async def spread(self, event_ids: Sequence[str], deliveries: Sequence[Delivery]) -> None:
        """Keep *deliveries* unless they are there already, and forget the events."""
        ...

    async def due(self, now: datetime) -> Mapping[str, int]:
        """Return which endpoints have deliveries to send now, and how many are on the way.

        The number counts requests that are under way, from every process.
        """
        ...

    async def take(
        self, endpoint_id: str, batch_id: str, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[Delivery]:
        """Lend deliveries that are due, each to nobody else before *until*."""
        ...

    async def renew(self, batch_id: str, until: datetime) -> bool:
        """Lend a batch for longer; False when it is not ours any more."""
        ...

    async def settle(self, batch_id: str, delivery: Delivery) -> bool:
        """Keep how a delivery of the batch went; False when it is not ours any more."""
        ...


class DeliveryLog(Protocol):
    """How deliveries went; people look here."""

    async def newest(
        self, endpoint_id: str, *, limit: int, delivery_id: str | None = None
    ) -> Sequence[Delivery]:
        """Return an endpoint's deliveries, the newest first, or the one of this id."""
        ...

    async def revive(self, endpoint_id: str, delivery_id: str, now: datetime) -> None:
        """Make a delivery wait again as if it had never been tried."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Forget deliveries of what happened before then; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """How one request went: the *status* of its answer, or the *problem* that came instead."""

    status: int | None
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the receiver has it."""
        success, redirect = 200, 300
        return self.status is not None and success <= self.status < redirect


class WebhookSender(Protocol):
    """Brings a signed body to an address that somebody else chose."""

    def refusal(self, url: str) -> str | None:
        """Say why *url* may not be called, or None when it may."""
        ...

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """POST *body* once, within five seconds; never raises for what others do wrong."""
        ...
