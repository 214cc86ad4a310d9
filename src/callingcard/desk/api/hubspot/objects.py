"""How contacts, conversations and messages look to HubSpot's clients."""

import html
from collections.abc import Iterable
from typing import Any, Final

from callingcard.desk.api.hubspot.envelope import bad_request
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation, Entry
from callingcard.desk.service.crm.contacts import Key
from callingcard.desk.service.crm.properties import PROPERTIES
from callingcard.kit.codec import rfc3339

CHANNEL: Final = "1000"
"""HubSpot's number for live chat."""
SYSTEM: Final = "S-hubspot"
"""HubSpot's name for what nobody in particular wrote."""
OPAQUE: Final = "CHANNEL_SPECIFIC_OPAQUE_ID"
DEFAULTS: Final = (
    "createdate",
    "email",
    "firstname",
    "hs_object_id",
    "lastmodifieddate",
    "lastname",
)
"""What is in an answer even when nobody asks."""


def contact_object(contact: Contact, asked: Iterable[str] = ()) -> dict[str, Any]:
    """Return *contact* as HubSpot's JSON, with the properties *asked* for.

    What is known and unset is null; what does not exist is left out.
    """
    values: dict[str, str] = {
        **contact.properties,
        "hs_object_id": contact.id,
        "createdate": rfc3339(contact.created_at),
        "lastmodifieddate": rfc3339(contact.updated_at),
    }
    names = {name.lower() for name in asked}.intersection(PROPERTIES).union(DEFAULTS)
    found: dict[str, Any] = {
        "id": contact.id,
        "properties": {name: values.get(name) for name in sorted(names)},
        "createdAt": rfc3339(contact.created_at),
        "updatedAt": rfc3339(contact.updated_at),
        "archived": contact.archived,
    }
    if contact.archived:
        found["archivedAt"] = rfc3339(contact.updated_at)
    return found


def key_of(value: str, id_property: str | None) -> Key:
    """Return the key that *value* of *id_property* is.

    >>> key_of("512", None).by, key_of("ada@example.com", "email").by
    ('id', 'email')
    """
    match id_property:
        case None | "hs_object_id":
            return Key(value)
        case "email":
            return Key(value, "email")
        case _:
            raise bad_request("Invalid idProperty: it must be email or hs_object_id")


def visitor_of(conversation: Conversation) -> str:
    """Return the actor id of the conversation's visitor: a contact's, if they are one."""
    return f"V-{conversation.contact_id or conversation.visitor_id}"


def thread_object(conversation: Conversation) -> dict[str, Any]:
    """Return *conversation* as HubSpot's thread.

    HubSpot has a contact on every thread; an unknown visitor stands in for one.
    """
    thread: dict[str, Any] = {
        "id": conversation.id,
        "createdAt": rfc3339(conversation.created_at),
        "status": conversation.status.upper(),
        "originalChannelId": CHANNEL,
        "originalChannelAccountId": conversation.inbox_id,
        "inboxId": conversation.inbox_id,
        "associatedContactId": conversation.contact_id or conversation.visitor_id,
        "spam": False,
        "archived": False,
    }
    if conversation.head:
        thread["latestMessageTimestamp"] = rfc3339(conversation.updated_at)
    if conversation.status == "closed":
        thread["closedAt"] = rfc3339(conversation.updated_at)
    return thread


def message_object(conversation: Conversation, entry: Entry) -> dict[str, Any]:
    """Return *entry* as HubSpot's message, or as its change of status."""
    common: dict[str, Any] = {
        "id": entry.id,
        "conversationsThreadId": conversation.id,
        "createdAt": rfc3339(entry.created_at),
        "createdBy": _actor(conversation, entry.author),
        "client": _client(entry.author),
        "senders": [_sender(conversation, entry.author)],
        "recipients": _recipients(conversation, entry.author),
        "archived": False,
    }
    if entry.type == "status":
        status = (entry.status or "open").upper()
        return {**common, "type": "THREAD_STATUS_CHANGE", "newStatus": status}
    return {
        **common,
        "text": entry.text,
        "richText": f"<div>{html.escape(entry.text, quote=False)}</div>",
        "attachments": [],
        "truncationStatus": "NOT_TRUNCATED",
        "status": {"statusType": _status(conversation, entry)},
        "direction": "INCOMING" if entry.author.kind is AuthorKind.VISITOR else "OUTGOING",
        "channelId": CHANNEL,
        "channelAccountId": conversation.inbox_id,
        "type": "MESSAGE",
    }


def _actor(conversation: Conversation, author: Author) -> str:
    """Return the actor id of *author*."""
    match author.kind:
        case AuthorKind.VISITOR:
            return visitor_of(conversation)
        case AuthorKind.AGENT:
            return f"A-{author.id}"
        case AuthorKind.SYSTEM:
            return SYSTEM


def _client(author: Author) -> dict[str, Any]:
    return {"clientType": "HUBSPOT" if author.kind is AuthorKind.AGENT else "SYSTEM"}


def _sender(conversation: Conversation, author: Author) -> dict[str, Any]:
    sender: dict[str, Any] = {"actorId": _actor(conversation, author), "name": author.name}
    if author.kind is AuthorKind.VISITOR:
        sender["deliveryIdentifier"] = _delivery(conversation)
    return sender


def _recipients(conversation: Conversation, author: Author) -> list[dict[str, Any]]:
    if author.kind is AuthorKind.VISITOR:
        return []
    return [
        {
            "actorId": visitor_of(conversation),
            "deliveryIdentifier": _delivery(conversation),
        }
    ]


def _delivery(conversation: Conversation) -> dict[str, str]:
    return {"type": OPAQUE, "value": conversation.visitor_id}


def _status(conversation: Conversation, entry: Entry) -> str:
    if entry.author.kind is AuthorKind.VISITOR:
        return "RECEIVED"
    return "READ" if entry.seq <= conversation.visitor_read_seq else "SENT"
