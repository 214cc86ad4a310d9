"""Turns whom a proof names into a contact that the desk remembers.

The address and names are only filled in when unknown, as HubSpot does: what an
agent wrote stays.
Properties that a customer signed are their own word about their own customer and
replace what was there.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from callingcard.desk.errors import ContactExists, InvalidProperties
from callingcard.desk.evidence import stronger
from callingcard.desk.model.contacts import Contact, Person
from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.objects import ObjectType
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.crm.properties import checked
from callingcard.desk.service.crm.registry import known_properties
from callingcard.desk.service.events import tell_changed, tell_known
from callingcard.desk.service.merged import survivor_of
from callingcard.errors import Conflict

Answer = TypeVar("Answer")


async def find_contact(unit: Unit, person: Person) -> Contact | None:
    """Return the contact whom *person* names: by the address first, then by the id.

    An address whose contact has another id of the customer's is not enough: two of the
    customer's users may share a mailbox, and neither is to read the other's chats.
    """
    found = await _by_email(unit, person.email) if person.email else None
    if person.external_id is None:
        return found
    if found is not None and found.external_id in {None, person.external_id}:
        return found
    return await _by_external_id(unit, person.external_id)


async def refresh_contact(
    unit: Unit,
    contact: Contact,
    person: Person,
    now: datetime,
    *,
    evidence: Evidence = Evidence.SIGNED,
) -> Contact:
    """Add what the proof says to *contact* and return it; written only when new."""
    properties = {**contact.properties, **await _fitting(unit, person.properties)}
    names = _names(person) if contact.email else await _free_names(unit, person)
    for name, value in names.items():
        if value and not properties.get(name):
            properties[name] = value
    external_id = contact.external_id
    if external_id is None and person.external_id:
        taken = await _by_external_id(unit, person.external_id)
        external_id = person.external_id if taken is None else None
    evidence = stronger(contact.evidence, evidence)
    known = (dict(contact.properties), contact.external_id, contact.evidence)
    if (properties, external_id, evidence) == known:
        return contact
    changed = replace(
        contact,
        properties=properties,
        external_id=external_id,
        evidence=evidence,
        updated_at=now,
    )
    await unit.contacts.save(changed)
    await tell_changed(unit, contact, changed)
    return changed


async def remember_contact(
    unit: Unit,
    person: Person,
    *,
    new_id: Callable[[], str],
    now: datetime,
    evidence: Evidence = Evidence.SIGNED,
) -> Contact:
    """Return the contact whom *person* names, made when the desk does not know them.

    Raises ContactExists when somebody else makes the same one in this moment; the
    caller then starts over.
    """
    found = await find_contact(unit, person)
    if found is not None:
        return await refresh_contact(unit, found, person, now, evidence=evidence)
    stated = await _fitting(unit, person.properties)
    known = {**stated, **await _free_names(unit, person)}
    contact = Contact(
        id=ContactId(new_id()),
        properties={name: value for name, value in known.items() if value},
        evidence=evidence,
        created_at=now,
        updated_at=now,
        external_id=person.external_id,
    )
    await unit.contacts.add(contact)
    await tell_known(unit, contact)
    return contact


async def contact_to_be(unit: Unit, person: Person, now: datetime) -> Contact:
    """Return the contact that *person* becomes when they write; it is not kept."""
    known = {**await _fitting(unit, person.properties), **_names(person)}
    return Contact(
        id=ContactId(""),
        properties={name: value for name, value in known.items() if value},
        evidence=Evidence.SIGNED,
        created_at=now,
        updated_at=now,
        external_id=person.external_id,
    )


async def _fitting(unit: Unit, stated: Mapping[str, str]) -> dict[str, str]:
    """Return what a token *stated* that fits the properties which there are now."""
    if not stated:
        return {}
    known = await known_properties(unit, ObjectType.CONTACTS)
    fitting: dict[str, str] = {}
    for name, value in stated.items():
        with suppress(InvalidProperties):
            fitting.update(checked({name: value}, known))
    return fitting


async def _by_email(unit: Unit, email: str) -> Contact | None:
    """Return the contact with this address, be it one that a merge brought them."""
    found = await unit.contacts.by_email(email)
    return found or await _survivor(unit, await unit.merges.holder_of("email", email))


async def _by_external_id(unit: Unit, external_id: str) -> Contact | None:
    """Return the contact that the customer's id names, be it one that a merge brought."""
    found = await unit.contacts.by_external_id(external_id)
    return found or await _survivor(
        unit, await unit.merges.holder_of("external_id", external_id)
    )


async def _survivor(unit: Unit, contact_id: ContactId | None) -> Contact | None:
    found = None if contact_id is None else await unit.contacts.get(contact_id)
    return None if found is None or found.archived else found


async def _free_names(unit: Unit, person: Person) -> dict[str, str]:
    """Return the names of *person*, without an address that is another contact's.

    Raises ContactExists for an address that is this person's own contact's: it was made
    after we looked for it.
    """
    holder = await _by_email(unit, person.email) if person.email else None
    if holder is None:
        return _names(person)
    if person.external_id is None or holder.external_id in {None, person.external_id}:
        raise ContactExists(holder.id)
    return _names(replace(person, email=None))


def _names(person: Person) -> dict[str, str]:
    return {
        "email": person.email or "",
        "firstname": person.first_name,
        "lastname": person.last_name,
    }


async def current_conversation(unit: Unit, session: Session) -> Conversation | None:
    """Return the conversation that *session* may see, if there is one yet.

    A contact's second tab was opened before the first one's message made the
    conversation, so it is looked for each time until the session has its own.

    Invariant: a conversation that belongs to a contact is only shown to a session
    of that contact.
    """
    if session.conversation_id is not None:
        conversation = await unit.conversations.get(session.conversation_id)
        if conversation is not None:
            conversation = await survivor_of(unit, conversation)
        if conversation is None or conversation.contact_id not in {None, session.contact_id}:
            return None
        return conversation
    if session.proven is None:
        return None
    contact_id = session.contact_id
    if contact_id is None:
        contact = await find_contact(unit, session.proven)
        contact_id = None if contact is None else contact.id
    if contact_id is None:
        return None
    return await unit.conversations.latest_of(contact_id, session.inbox_id)


async def once_more(attempt: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return what *attempt* does; when it meets a Conflict, what it does the second time.

    Two first visits of one person both find that the desk does not know them. The
    database refuses the second contact, and starting over then finds the first.
    """
    try:
        return await attempt()
    except Conflict:
        return await attempt()
