"""What agents see of a conversation in one glance."""

from collections.abc import Sequence
from dataclasses import dataclass

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import Conversation, Entry
from callingcard.desk.ports.units import Unit

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Overview:
    """A conversation with its visitor's name, its newest entry and what is unread."""

    conversation: Conversation
    inbox: str
    visitor_name: str
    visitor_email: str | None
    last_entry: Entry | None
    unread: int


def display_name(contact: Contact | None, visitor_id: str) -> str:
    """Return what to call a visitor: their name, their address, or a number.

    >>> display_name(None, "28251234")
    'Visitor 1234'
    """
    if contact is not None:
        name = f"{contact.first_name} {contact.last_name}".strip()
        if name:
            return name
        if contact.email:
            return contact.email.rpartition("@")[0]
    return f"Visitor {visitor_id[-_DIGITS:]}"


async def contact_of(unit: Unit, conversation: Conversation) -> Contact | None:
    """Return the contact of *conversation*, when it has one."""
    if conversation.contact_id is None:
        return None
    return await unit.contacts.get(conversation.contact_id)


async def overviews(unit: Unit, conversations: Sequence[Conversation]) -> list[Overview]:
    """Return *conversations* as agents see them, in the same order."""
    ids = [one.id for one in conversations]
    latest = await unit.log.latest(ids)
    unread = await unit.conversations.unread(ids)
    inboxes = {inbox.id: inbox.name for inbox in await unit.inboxes.all()}
    people = {one.contact_id: await contact_of(unit, one) for one in conversations}
    return [
        Overview(
            conversation=one,
            inbox=inboxes.get(one.inbox_id, ""),
            visitor_name=display_name(people[one.contact_id], one.visitor_id),
            visitor_email=_email(people[one.contact_id]),
            last_entry=latest.get(one.id),
            unread=unread.get(one.id, 0),
        )
        for one in conversations
    ]


def _email(contact: Contact | None) -> str | None:
    return None if contact is None else contact.email
