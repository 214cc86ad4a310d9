"""What the desk tells others of: conversations, messages, contacts.

Each is written down in the transaction in which it happens. It names things by id and
holds no more of a person than their message, which whoever is told could not do without.

Invariant: events of one conversation have one line, and are told in its order.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import AuthorKind, Conversation, Entry, Note
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.chat import Fact
from callingcard.desk.ports.units import Unit

_TURNS: Final = {"open": "conversation.reopened", "closed": "conversation.closed"}


async def tell_begun(unit: Unit, conversation: Conversation) -> None:
    """Tell that a conversation began."""
    facts = _facts(conversation)
    at = conversation.created_at
    await unit.events.tell("conversation.created", at, facts, line=_line_of(conversation.id))


async def tell_entry(unit: Unit, conversation: Conversation, entry: Entry) -> None:
    """Tell that something was written into a conversation's log."""
    facts = _facts(conversation)
    if entry.type == "status":
        kind = _TURNS[entry.status or "open"]
        facts |= {"by": entry.author.kind.value}
    else:
        received = entry.author.kind is AuthorKind.VISITOR
        kind = "message.received" if received else "message.sent"
        facts |= {"message_id": entry.id, "seq": entry.seq, "text": entry.text}
        facts |= {} if received else {"agent_id": entry.author.id}
    line = _line_of(conversation.id)
    await unit.events.tell(kind, entry.created_at, facts, line=line, place=entry.seq)


async def tell_noted(unit: Unit, conversation: Conversation, note: Note) -> None:
    """Tell that agents said something among themselves; not what."""
    facts = _facts(conversation) | {"message_id": note.id, "message_type": "COMMENT"}
    line = _line_of(conversation.id)
    at, place = note.created_at, note.after_seq
    await unit.events.tell("conversation.noted", at, facts, line=line, place=place)


async def tell_assigned(unit: Unit, conversation: Conversation, at: datetime) -> None:
    """Tell whose conversation it is now."""
    facts = _facts(conversation) | {"assigned_to": conversation.assigned_to}
    line = _line_of(conversation.id)
    place = conversation.head
    await unit.events.tell("conversation.assigned", at, facts, line=line, place=place)


async def tell_shelved(unit: Unit, conversation: Conversation, at: datetime) -> None:
    """Tell that a conversation was put away, or taken out again."""
    away = conversation.archived_at is not None
    kind = "conversation.archived" if away else "conversation.restored"
    line = _line_of(conversation.id)
    facts = _facts(conversation)
    await unit.events.tell(kind, at, facts, line=line, place=conversation.head)


async def tell_merged(
    unit: Unit, conversation: Conversation, survivor: Conversation, at: datetime
) -> None:
    """Tell that a conversation goes on in *survivor*, or by itself again."""
    kind = (
        "conversation.unmerged" if conversation.merged_into is None else "conversation.merged"
    )
    facts = _facts(conversation) | {"survivor_id": survivor.id}
    line = _line_of(conversation.id)
    await unit.events.tell(kind, at, facts, line=line, place=conversation.head)


async def tell_known(unit: Unit, contact: Contact) -> None:
    """Tell that the desk has a new contact."""
    data: dict[str, Fact] = {"contact_id": contact.id, "evidence": contact.evidence.value}
    await unit.events.tell("contact.created", contact.created_at, data, line=_line(contact))


async def tell_changed(unit: Unit, before: Contact, after: Contact) -> None:
    """Tell which properties of a contact changed; not to what."""
    names: Collection[str] = before.properties.keys() | after.properties.keys()
    changed = sorted(
        name for name in names if before.properties.get(name) != after.properties.get(name)
    )
    data: dict[str, Fact] = {"contact_id": after.id, "changed": changed}
    await unit.events.tell("contact.changed", after.updated_at, data, line=_line(after))


def _facts(conversation: Conversation) -> dict[str, Fact]:
    return {
        "conversation_id": conversation.id,
        "inbox_id": conversation.inbox_id,
        "contact_id": conversation.contact_id,
        "evidence": conversation.evidence.value,
    }


def _line_of(conversation: ConversationId) -> str:
    return f"conversation {conversation}"


def _line(contact: Contact) -> str:
    return f"contact {contact.id}"
