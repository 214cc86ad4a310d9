"""How conversations, messages and notes look to HubSpot's clients."""

import html
from typing import Any, Final

from callingcard.desk.api.hubspot.objects import CHANNEL, OPAQUE, SYSTEM
from callingcard.desk.model.conversations import (
    Author,
    AuthorKind,
    Conversation,
    Entry,
    Note,
    NoteKind,
)
from callingcard.kit.codec import rfc3339

_CLIENTS: Final = {
    AuthorKind.VISITOR: "SYSTEM",
    AuthorKind.AGENT: "HUBSPOT",
    AuthorKind.BOT: "SYSTEM",
    AuthorKind.SYSTEM: "SYSTEM",
}


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
        "archived": conversation.archived_at is not None,
    }
    if conversation.head:
        said_at = conversation.said_at or conversation.updated_at
        thread["latestMessageTimestamp"] = rfc3339(said_at)
    if conversation.received_at is not None:
        thread["latestMessageReceivedTimestamp"] = rfc3339(conversation.received_at)
    if conversation.sent_at is not None:
        thread["latestMessageSentTimestamp"] = rfc3339(conversation.sent_at)
    if conversation.assigned_to is not None:
        thread["assignedTo"] = f"A-{conversation.assigned_to}"
    if conversation.status == "closed":
        thread["closedAt"] = rfc3339(conversation.updated_at)
    return thread


def line_object(conversation: Conversation, line: Entry | Note) -> dict[str, Any]:
    """Return a line of a conversation as the kind of message that HubSpot has for it."""
    common: dict[str, Any] = {
        "id": line.id,
        "conversationsThreadId": conversation.id,
        "createdAt": rfc3339(line.created_at),
        "createdBy": _actor(conversation, line),
        "client": _client(line),
        "senders": [_sender(conversation, line)],
        "recipients": [] if isinstance(line, Note) else _recipients(conversation, line.author),
        "archived": False,
    }
    if isinstance(line, Note):
        return {**common, **_note(line)}
    if line.type == "status":
        status = (line.status or "open").upper()
        return {**common, "type": "THREAD_STATUS_CHANGE", "newStatus": status}
    return {
        **common,
        **_text(line.text),
        "attachments": _attachments(line),
        "truncationStatus": "NOT_TRUNCATED",
        "status": {"statusType": _status(conversation, line)},
        "direction": "INCOMING" if line.author.kind is AuthorKind.VISITOR else "OUTGOING",
        "channelId": CHANNEL,
        "channelAccountId": conversation.inbox_id,
        "type": "MESSAGE",
    }


def content_object(line: Entry | Note) -> dict[str, Any]:
    """Return the whole text of a message; here it is never cut short."""
    return _text(line.text)


def _attachments(entry: Entry) -> list[dict[str, Any]]:
    """Return the buttons under a message as HubSpot's quick replies."""
    options = (entry.data or {}).get("options")
    if not options:
        return []
    replies = [{**option, "valueType": "TEXT"} for option in options]
    return [{"type": "QUICK_REPLIES", "quickReplies": replies}]


def _note(note: Note) -> dict[str, Any]:
    """Return what a comment or an assignment says."""
    if note.kind is NoteKind.COMMENT:
        return {**_text(note.text), "attachments": [], "type": "COMMENT"}
    said: dict[str, Any] = {"type": "ASSIGNMENT"}
    for name, agent in (
        ("assignedFrom", note.assigned_from),
        ("assignedTo", note.assigned_to),
    ):
        if agent is not None:
            said[name] = f"A-{agent}"
    return said


def _text(text: str) -> dict[str, Any]:
    return {"text": text, "richText": f"<div>{html.escape(text, quote=False)}</div>"}


def _is_program(line: Entry | Note) -> bool:
    """Say whether a program wrote a comment; HubSpot names the program itself then."""
    is_comment = isinstance(line, Note) and line.kind is NoteKind.COMMENT
    return is_comment and line.author.kind is AuthorKind.SYSTEM


def _actor(conversation: Conversation, line: Entry | Note) -> str:
    """Return the actor id of a line's author."""
    author = line.author
    match author.kind:
        case AuthorKind.VISITOR:
            return visitor_of(conversation)
        case AuthorKind.AGENT:
            return f"A-{author.id}"
        case AuthorKind.BOT:
            return f"B-{author.id}"
        case AuthorKind.SYSTEM:
            return f"I-{author.id}" if _is_program(line) else SYSTEM


def _client(line: Entry | Note) -> dict[str, Any]:
    kind = "INTEGRATION" if _is_program(line) else _CLIENTS[line.author.kind]
    return {"clientType": kind}


def _sender(conversation: Conversation, line: Entry | Note) -> dict[str, Any]:
    sender: dict[str, Any] = {
        "actorId": _actor(conversation, line),
        "name": line.author.name,
    }
    if line.author.kind is AuthorKind.VISITOR:
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
