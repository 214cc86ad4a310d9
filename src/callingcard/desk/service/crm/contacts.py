"""Contacts: what they have that companies and deals have not.

A contact has an address that is theirs alone, or several after two contacts were
merged; and a contact that was archived holds its address no longer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from callingcard.desk.errors import ContactExists, ContactNotFound
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.objects import ObjectType, Ref
from callingcard.desk.ports.crm import Histories
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.search import Filter, Operator, Page, Query, Sort
from callingcard.desk.service.crm.properties import checked, merged, require_a_name
from callingcard.desk.service.crm.records import Key, RecordDesk, Stamp, is_id
from callingcard.desk.service.crm.registry import known_properties
from callingcard.desk.service.crm.telling import tell_deleted
from callingcard.desk.service.events import tell_changed, tell_known
from callingcard.errors import NotFound
from callingcard.kit.clock import Clock
from callingcard.kit.email import NotAnAddress, canonical_email


class ContactDesk(RecordDesk[Contact]):
    """Keeps contacts; each method is one transaction."""

    def __init__(self, units: Units, clock: Clock, ids: Callable[[], str]) -> None:
        """Keep contacts in *units*; *ids* makes numbers for the new ones."""
        super().__init__(units, clock, ids, shelf=ContactShelf())


class ContactShelf:
    """What is particular to contacts: ``records.Shelf``."""

    type = ObjectType.CONTACTS

    def missing(self) -> NotFound:
        """Return the error that says there is no such contact."""
        return ContactNotFound("There is no such contact.")

    async def find(self, unit: Unit, key: Key, *, archived: bool = False) -> Contact | None:
        """Return the contact that *key* names, or None."""
        return await find(unit, key, archived=archived)

    async def find_to_change(self, unit: Unit, key: Key) -> Contact | None:
        """Return the contact that *key* names, locked against other changes, or None."""
        return await find_to_change(unit, key)

    async def make(self, unit: Unit, properties: Mapping[str, str], stamp: Stamp) -> Contact:
        """Add a contact; raises InvalidProperties or ContactExists."""
        return await make(unit, properties, stamp)

    async def change(
        self, unit: Unit, found: Contact, changes: Mapping[str, str], stamp: Stamp
    ) -> Contact:
        """Make *changes* to a contact that is locked, and return it."""
        return await change(unit, found, changes, stamp)

    async def put_away(self, unit: Unit, key: Key, stamp: Stamp) -> None:
        """Archive the contact that *key* names, if there is one."""
        await put_away(unit, key, stamp)

    async def search(self, unit: Unit, query: Query) -> Page[Contact]:
        """Return the page of contacts that *query* asks for."""
        return await unit.contacts.search(query)

    async def history(self, unit: Unit, ids: Sequence[str]) -> Histories:
        """Return what the properties of some contacts were, the newest first."""
        return await unit.contacts.history(ids)


async def find(unit: Unit, key: Key, *, archived: bool = False) -> Contact | None:
    """Return the contact that *key* names, or None.

    One that was merged into another is found as that other, as by HubSpot.
    """
    if key.by == "id":
        return await _by_id(unit, key.value, archived=archived)
    try:
        address = canonical_email(key.value)
    except NotAnAddress:
        return None  # nobody has an address that is none
    if not archived:
        return await unit.contacts.by_email(address) or await _by_other_name(unit, address)
    wanted = Filter("email", Operator.EQ, (address,))
    latest = Sort("lastmodifieddate", descending=True)
    query = Query(groups=((wanted,),), sorts=(latest,), limit=1, archived=True)
    return next(iter((await unit.contacts.search(query)).items), None)


async def find_to_change(unit: Unit, key: Key) -> Contact | None:
    """Return the contact that *key* names, locked against other changes, or None."""
    found = await find(unit, key)
    if found is None:
        return None
    locked = await unit.contacts.get(found.id, lock=True)
    gone = locked is None or locked.archived
    # While we waited for the lock, the address may have gone to somebody else.
    moved = locked is not None and key.by == "email" and locked.email != found.email
    return None if gone or moved else locked


async def make(unit: Unit, properties: Mapping[str, str], stamp: Stamp) -> Contact:
    """Add a contact with *properties*; raises InvalidProperties or ContactExists.

    Nobody has proved to be this contact yet, so the evidence is only a claim.
    """
    known = await known_properties(unit, ObjectType.CONTACTS)
    kept = merged({}, checked(properties, known))
    require_a_name(kept)
    now = stamp.clock.now()
    contact = Contact(
        id=ContactId(stamp.new_id()),
        properties=kept,
        evidence=Evidence.CLAIMED,
        created_at=now,
        updated_at=now,
    )
    await _require_own_address(unit, contact)
    await unit.contacts.add(contact)
    await tell_known(unit, contact)
    return contact


async def change(
    unit: Unit, contact: Contact, changes: Mapping[str, str], stamp: Stamp
) -> Contact:
    """Make *changes* to a *contact* that is locked, and return it."""
    known = await known_properties(unit, ObjectType.CONTACTS)
    properties = merged(contact.properties, checked(changes, known))
    require_a_name(properties)
    if properties == dict(contact.properties):
        return contact
    changed = replace(contact, properties=properties, updated_at=stamp.clock.now())
    if changed.email != contact.email:
        await _require_own_address(unit, changed)
    await unit.contacts.save(changed)
    await tell_changed(unit, contact, changed)
    return changed


async def put_away(unit: Unit, key: Key, stamp: Stamp) -> None:
    """Archive the contact that *key* names, if there is one.

    The id of a contact that was merged into another names nobody here: a caller who
    does not know of the merge must not take the other one away.
    """
    found = await find_to_change(unit, key)
    if found is None or (key.by == "id" and found.id != key.value):
        return
    gone = replace(found, archived=True, updated_at=stamp.clock.now())
    await unit.contacts.save(gone)
    await unit.associations.forget(Ref(ObjectType.CONTACTS, gone.id))
    await tell_deleted(unit, gone)


async def _by_id(unit: Unit, contact_id: str, *, archived: bool) -> Contact | None:
    if not is_id(contact_id):
        return None
    found = await unit.contacts.get(ContactId(contact_id))
    if found is not None and found.archived and not archived:
        found = await unit.contacts.get(await unit.merges.survivor_of(found.id))
    return None if found is None or found.archived != archived else found


async def _by_other_name(unit: Unit, address: str) -> Contact | None:
    """Return the contact that *address* leads to since two were merged."""
    holder = await unit.merges.holder_of("email", address)
    found = None if holder is None else await unit.contacts.get(holder)
    return None if found is None or found.archived else found


async def _require_own_address(unit: Unit, contact: Contact) -> None:
    """Raise ContactExists when another contact has the address since a merge."""
    holder = await _by_other_name(unit, contact.email) if contact.email else None
    if holder is not None and holder.id != contact.id:
        raise ContactExists(holder.id)
