"""Webhooks: where others are told what happens at the desk, and how each telling went.

An *endpoint* is what HubSpot calls an app: a URL with a secret, and subscriptions that say
which kinds of event it wants. A *delivery* is one event on its way to one subscription.

Invariant: a delivery names things by id and holds no text and no value of a person; those
are looked up when it is sent, so that what was erased is not told any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

EVENT_TYPES: Final = (
    "contact.creation",
    "contact.deletion",
    "contact.merge",
    "contact.restore",
    "contact.propertyChange",
    "contact.privacyDeletion",
    "contact.associationChange",
    "conversation.creation",
    "conversation.deletion",
    "conversation.privacyDeletion",
    "conversation.propertyChange",
    "conversation.newMessage",
)
"""What can be subscribed to, in HubSpot's words:
https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide"""

Signature = Literal["v1", "v2"]
"""What ``X-HubSpot-Signature`` holds, beside version 3, which is always sent."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are sent, and how it went lately."""

    id: str
    """The ``appId``."""
    url: str = field(repr=False)
    secret: str = field(repr=False)
    """What our signatures are made with; HubSpot's *client secret*."""
    created_at: datetime
    updated_at: datetime
    max_concurrent: int = 10
    """How many requests may be under way at once."""
    signature: Signature = "v1"
    failing_since: datetime | None = None
    """Since when nothing arrives; None when the newest attempt did."""
    disabled_at: datetime | None = None
    """Since when nothing is sent any more, because nothing arrived for too long."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A kind of event that an endpoint wants to hear of."""

    id: str
    endpoint_id: str
    event_type: str
    property_name: str | None
    """Which property's changes; None means every property."""
    active: bool
    created_at: datetime
    updated_at: datetime


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up; it can be sent again by hand."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one subscription."""

    id: str
    endpoint_id: str
    subscription_id: str
    event_type: str
    event: Mapping[str, Any] = field(repr=False)
    """HubSpot's event without what is only known when it is sent."""
    occurred_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    last_status: int | None = None
    """The HTTP status of the newest attempt; None when no answer came."""
    last_problem: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries to one endpoint that are sent in one request, and lent to one sender."""

    id: str
    endpoint: Endpoint
    deliveries: Sequence[Delivery]
    kind: str = "webhook"
