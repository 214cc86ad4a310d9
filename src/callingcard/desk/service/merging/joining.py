"""Makes one contact of two, within somebody's transaction.

The survivor keeps what it has; the other fills the gaps, gives its conversations and
sessions, and is archived as it was. Its names lead to the survivor from then on.

Invariant: sessions are locked first, then contacts by their ids, then conversations, as
posting a message does: two that want the same rows wait, and none waits in a circle.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from callingcard.desk.errors import ContactNotFound, SameContact
from callingcard.desk.evidence import stronger
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.ids import ContactId, ConversationId
from callingcard.desk.model.merging import Merge, Moved, Snapshot
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.belongings import Belongings
from callingcard.desk.ports.units import Unit

ADDITIONAL: Final = "hs_additional_emails"
"""The property that holds a survivor's further addresses, as HubSpot writes them.

https://developers.hubspot.com/docs/guides/api/crm/objects/contacts
"""


@dataclass(frozen=True, slots=True)
class Act:
    """Who merges, when, and the number of that merge."""

    by: str
    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Touched:
    """Whom to tell, once the transaction is kept."""

    merge: Merge
    sessions: Sequence[Session]
    conversations: Sequence[ConversationId]


def merge_id(new_id: Callable[[], str]) -> str:
    """Return the id of a new merge; ids rise, so the later of two has the greater one."""
    return f"mrg_{new_id()}"


async def join(
    unit: Unit,
    survivor_id: ContactId,
    other_id: ContactId,
    act: Act,
    *,
    belongings: Sequence[Belongings] = (),
) -> Touched:
    """Merge *other_id* into *survivor_id*; raises SameContact or ContactNotFound."""
    if survivor_id == other_id:
        raise SameContact("a contact cannot be merged with itself", hint="Name two contacts.")
    sessions = await unit.sessions.of_contact(other_id, lock=True)
    survivor, other = await locked(unit, survivor_id, other_id)
    if survivor.archived or other.archived:
        raise ContactNotFound("There is no such contact.")
    merged = joined(survivor, other, act.at)
    await unit.contacts.save(replace(other, archived=True, updated_at=act.at))
    await unit.contacts.save(merged)
    talks = await unit.merges.move_conversations(of=other_id, to=survivor_id)
    moved = {
        room.name: await room.move(unit, of=other_id, to=survivor_id) for room in belongings
    }
    for session in sessions:
        await unit.sessions.save(replace(session, contact_id=survivor_id))
    merge = Merge(
        id=act.id,
        survivor_id=survivor_id,
        other_id=other_id,
        by=act.by,
        at=act.at,
        email=other.email,
        external_id=other.external_id,
        moved=Moved(snapshot(survivor), snapshot(merged), talks, moved),
    )
    await unit.merges.add(merge)
    await tell(unit, "contact.merged", merge, talks, act.at)
    return Touched(merge, sessions, talks)


async def locked(unit: Unit, *contact_ids: ContactId) -> tuple[Contact, ...]:
    """Return contacts that nobody else changes until we are done; raises ContactNotFound."""
    found: dict[ContactId, Contact] = {}
    for contact_id in sorted(contact_ids):
        contact = await unit.contacts.get(contact_id, lock=True)
        if contact is None:
            raise ContactNotFound("There is no such contact.")
        found[contact_id] = contact
    return tuple(found[contact_id] for contact_id in contact_ids)


def joined(survivor: Contact, other: Contact, now: datetime) -> Contact:
    """Return *survivor* with what only *other* has."""
    properties = {**other.properties, **survivor.properties}
    email = properties.get("email")
    further = sorted((addresses(survivor) | addresses(other)) - {email})
    if further:
        properties[ADDITIONAL] = ";".join(further)
    return replace(
        survivor,
        properties=properties,
        external_id=survivor.external_id or other.external_id,
        evidence=stronger(survivor.evidence, other.evidence),
        updated_at=now,
    )


def addresses(contact: Contact) -> set[str]:
    """Return every address of *contact*: their own, and those that merges brought."""
    further = contact.properties.get(ADDITIONAL, "").split(";")
    return {address for address in (contact.email or "", *further) if address}


def snapshot(contact: Contact) -> Snapshot:
    """Return what a merge may change of *contact*."""
    return Snapshot(
        properties=contact.properties,
        external_id=contact.external_id,
        evidence=contact.evidence,
    )


async def tell(
    unit: Unit, kind: str, merge: Merge, talks: Sequence[ConversationId], now: datetime
) -> None:
    """Tell others of *merge*, and agents that its conversations changed hands."""
    facts = {
        "contact_id": merge.survivor_id,
        "merged_ids": [merge.other_id],
        "merge_id": merge.id,
    }
    await unit.events.tell(kind, now, facts, line=f"contact {merge.survivor_id}")
    for talk in talks:
        await unit.log.tell(talk, now)
