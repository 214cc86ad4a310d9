"""What happened at the desk, in the words of HubSpot's webhooks.

https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide

Invariant: one event of ours has the same ``eventId`` in every attempt and for every
subscription; a receiver that remembers it counts nothing twice.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from callingcard.desk.model.webhooks import Delivery, Subscription
from callingcard.desk.ports.chat import DeskEvent, Fact

PORTAL: Final = 1
"""The account's number in HubSpot's words; there is one account here."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAFE_BITS: Final = 53
"""How large a number JavaScript can hold exactly."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event in HubSpot's words, before it is known who hears of it."""

    event_type: str
    object_id: str
    extra: Mapping[str, Any]
    property_name: str | None = None


def told_of(event: DeskEvent) -> list[Told]:
    """Return what HubSpot would tell of *event*; nothing of what it has no word for."""
    shape = _SHAPES.get(event.kind)
    return [] if shape is None else shape(event.data)


def wants(subscription: Subscription, told: Told) -> bool:
    """Say whether *subscription* is to hear of *told*."""
    return (
        subscription.active
        and subscription.event_type == told.event_type
        and subscription.property_name in {None, told.property_name}
    )


def delivery_of(event: DeskEvent, told: Told, to: Subscription) -> Delivery:
    """Return the delivery of *told* to a subscription; the same again for the same event."""
    number = _number(f"{event.id} {told.object_id} {told.property_name}")
    body: dict[str, Any] = {
        "eventId": number,
        "subscriptionId": whole(to.id),
        "portalId": PORTAL,
        "appId": whole(to.endpoint_id),
        "occurredAt": (event.at - _EPOCH) // timedelta(milliseconds=1),
        "subscriptionType": told.event_type,
        "objectId": whole(told.object_id),
        **told.extra,
    }
    return Delivery(
        id=f"{number}-{to.id}",
        endpoint_id=to.endpoint_id,
        subscription_id=to.id,
        event_type=told.event_type,
        event=body,
        occurred_at=event.at,
        due_at=event.at,
    )


def milliseconds(at: datetime) -> str:
    """Return *at* as HubSpot writes a time into a header.

    >>> milliseconds(_EPOCH + timedelta(seconds=2))
    '2000'
    """
    return str((at - _EPOCH) // timedelta(milliseconds=1))


def whole(text: str) -> int | str:
    """Return an id as the number that HubSpot writes; what is none stays text."""
    return int(text) if text.isascii() and text.isdecimal() else text


def attempted(delivery: Delivery) -> dict[str, Any]:
    """Return the event of *delivery* as it is sent this time."""
    return {**delivery.event, "attemptNumber": max(0, delivery.attempts - 1)}


def _number(text: str) -> int:
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _SAFE_BITS)


def _text(value: Fact) -> str:
    return "" if value is None else str(value)


def _conversation(
    event_type: str, name: str | None = None, value: str = "", **extra: Any
) -> Callable[[Mapping[str, Fact]], list[Told]]:
    """Return the shape of something that happened to a conversation."""
    if name is not None:
        extra |= {"propertyName": name, "propertyValue": value}

    def shape(data: Mapping[str, Fact]) -> list[Told]:
        return [Told(event_type, _text(data.get("conversation_id")), extra, name)]

    return shape


def _message(data: Mapping[str, Fact]) -> list[Told]:
    extra = {
        "messageId": _text(data.get("message_id")),
        "messageType": _text(data.get("message_type")) or "MESSAGE",
        "changeFlag": "NEW_MESSAGE",
    }
    return [Told("conversation.newMessage", _text(data.get("conversation_id")), extra)]


def _assigned(data: Mapping[str, Fact]) -> list[Told]:
    return _conversation(
        "conversation.propertyChange", "assignedTo", _text(data.get("assigned_to"))
    )(data)


def _contact(event_type: str, **extra: Any) -> Callable[[Mapping[str, Fact]], list[Told]]:
    """Return the shape of something that happened to a contact."""

    def shape(data: Mapping[str, Fact]) -> list[Told]:
        return [
            Told(event_type, _text(data.get("contact_id")), {**extra, "changeSource": "CRM"})
        ]

    return shape


def _changed(data: Mapping[str, Fact]) -> list[Told]:
    """Return one event a property; its value is looked up when it is sent."""
    names = data.get("changed")
    if names is None or isinstance(names, (str, int)):
        return []
    contact = _text(data.get("contact_id"))
    return [
        Told(
            "contact.propertyChange",
            contact,
            {"propertyName": name, "changeSource": "CRM"},
            name,
        )
        for name in names
    ]


def _merged(data: Mapping[str, Fact]) -> list[Told]:
    survivor = _text(data.get("contact_id"))
    merged = data.get("merged_ids")
    others = merged if isinstance(merged, (list, tuple)) else ()
    extra = {
        "primaryObjectId": whole(survivor),
        "mergedObjectIds": [whole(str(one)) for one in others],
        "newObjectId": whole(survivor),
        "changeFlag": "MERGED",
        "changeSource": "CRM",
    }
    return [Told("contact.merge", survivor, extra)]


def _associated(data: Mapping[str, Fact]) -> list[Told]:
    contact = _text(data.get("contact_id"))
    extra = {
        "associationType": _text(data.get("association")),
        "fromObjectId": whole(contact),
        "toObjectId": whole(_text(data.get("to_id"))),
        "associationRemoved": bool(data.get("removed")),
        "changeSource": "CRM",
    }
    return [Told("contact.associationChange", contact, extra)]


_CHANGE: Final = "conversation.propertyChange"
_SHAPES: Final[Mapping[str, Callable[[Mapping[str, Fact]], list[Told]]]] = {
    "conversation.created": _conversation("conversation.creation", changeFlag="NEW"),
    "conversation.closed": _conversation(_CHANGE, "status", "CLOSED"),
    "conversation.reopened": _conversation(_CHANGE, "status", "OPEN"),
    "conversation.assigned": _assigned,
    "conversation.archived": _conversation("conversation.deletion", changeFlag="DELETED"),
    "conversation.restored": _conversation(_CHANGE, "isArchived", "false"),
    "conversation.erased": _conversation("conversation.privacyDeletion"),
    "conversation.noted": _message,
    "message.received": _message,
    "message.sent": _message,
    "contact.created": _contact("contact.creation", changeFlag="NEW"),
    "contact.changed": _changed,
    "contact.deleted": _contact("contact.deletion", changeFlag="DELETED"),
    "contact.restored": _contact("contact.restore", changeFlag="RESTORED"),
    "contact.erased": _contact("contact.privacyDeletion"),
    "contact.merged": _merged,
    "contact.associated": _associated,
}
