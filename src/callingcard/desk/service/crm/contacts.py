"""Contacts as agents and HubSpot's clients keep them: one at a time, and in lists.

A contact that was archived is out of every list and holds its address no longer,
but can still be read by who asks for the archived ones.

Invariant: a change is read and written under the contact's lock, so that two
changes of different properties at the same moment are both kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from callingcard.desk.errors import ContactNotFound
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.search import Filter, Operator, Page, Query, Sort
from callingcard.desk.service.crm.properties import checked, merged, require_a_name
from callingcard.desk.service.events import tell_changed, tell_known
from callingcard.kit.clock import Clock
from callingcard.kit.email import NotAnAddress, canonical_email

_MAX_ID_LENGTH: Final = 18


@dataclass(frozen=True, slots=True)
class Key:
    """What a contact is asked for by: its id, or its address."""

    value: str
    by: Literal["id", "email"] = "id"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a new contact takes its id and its time from."""

    clock: Clock
    new_id: Callable[[], str]


class ContactDesk:
    """Keeps contacts; each method is one transaction."""

    def __init__(self, units: Units, clock: Clock, ids: Callable[[], str]) -> None:
        """Keep contacts in *units*; *ids* makes numbers for the new ones."""
        self._units = units
        self._stamp = Stamp(clock, ids)

    async def create(self, properties: Mapping[str, str]) -> Contact:
        """Keep a new contact; raises InvalidProperties or ContactExists."""
        async with self._units.writing() as unit:
            return await make(unit, properties, self._stamp)

    async def get(self, key: Key, *, archived: bool = False) -> Contact:
        """Return the contact; raises ContactNotFound.

        *archived* asks among the archived ones instead, as HubSpot does.
        """
        async with self._units.reading() as unit:
            found = await find(unit, key, archived=archived)
        if found is None:
            raise ContactNotFound("There is no such contact.")
        return found

    async def update(self, key: Key, changes: Mapping[str, str]) -> Contact:
        """Change some properties; an empty text clears one.

        Raises ContactNotFound, InvalidProperties, or ContactExists for an address
        that another contact has.
        """
        async with self._units.writing() as unit:
            found = await find_to_change(unit, key)
            if found is None:
                raise ContactNotFound("There is no such contact.")
            return await change(unit, found, changes, self._stamp)

    async def archive(self, key: Key) -> None:
        """Archive the contact; nothing happens when there is none."""
        async with self._units.writing() as unit:
            await put_away(unit, key, self._stamp)

    async def search(self, query: Query) -> Page[Contact]:
        """Return the page of contacts that *query* asks for."""
        async with self._units.reading() as unit:
            return await unit.contacts.search(query)

    async def list_contacts(
        self,
        *,
        after: str | None = None,
        limit: int = 50,
        text: str = "",
        archived: bool = False,
        newest_first: bool = False,
    ) -> Page[Contact]:
        """Return a page of contacts in the order they were made.

        *after* is the id of the last contact of the page before, so that a contact
        made or archived in between moves no other onto two pages or off all of them.
        """
        beyond = Operator.LT if newest_first else Operator.GT
        known = after is not None and is_id(after)
        start = ((Filter("hs_object_id", beyond, (str(after),)),),) if known else ()
        order = (Sort("hs_object_id", descending=newest_first),)
        return await self.search(
            Query(groups=start, sorts=order, text=text, limit=limit, archived=archived)
        )


def is_id(text: str) -> bool:
    """Say whether *text* could be the id of a contact: a decimal number.

    >>> is_id("512"), is_id("ada@example.com"), is_id("9" * 40)
    (True, False, False)
    """
    return text.isascii() and text.isdecimal() and len(text) <= _MAX_ID_LENGTH


async def find(unit: Unit, key: Key, *, archived: bool = False) -> Contact | None:
    """Return the contact that *key* names, or None."""
    if key.by == "id":
        found = await unit.contacts.get(ContactId(key.value)) if is_id(key.value) else None
        return None if found is None or found.archived != archived else found
    try:
        address = canonical_email(key.value)
    except NotAnAddress:
        return None  # nobody has an address that is none
    if not archived:
        return await unit.contacts.by_email(address)
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
    kept = merged({}, checked(properties))
    require_a_name(kept)
    now = stamp.clock.now()
    contact = Contact(
        id=ContactId(stamp.new_id()),
        properties=kept,
        evidence=Evidence.CLAIMED,
        created_at=now,
        updated_at=now,
    )
    await unit.contacts.add(contact)
    await tell_known(unit, contact)
    return contact


async def change(
    unit: Unit, contact: Contact, changes: Mapping[str, str], stamp: Stamp
) -> Contact:
    """Make *changes* to a *contact* that is locked, and return it."""
    properties = merged(contact.properties, checked(changes))
    require_a_name(properties)
    if properties == dict(contact.properties):
        return contact
    changed = replace(contact, properties=properties, updated_at=stamp.clock.now())
    await unit.contacts.save(changed)
    await tell_changed(unit, contact, changed)
    return changed


async def put_away(unit: Unit, key: Key, stamp: Stamp) -> None:
    """Archive the contact that *key* names, if there is one."""
    found = await find_to_change(unit, key)
    if found is not None:
        await unit.contacts.save(replace(found, archived=True, updated_at=stamp.clock.now()))
