"""Keeping contacts, companies and deals; and whom this room asks for help."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from callingcard.desk.model.audit import Who
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.objects import CrmObject, Link, ObjectType, Owner, Ref
from callingcard.desk.model.properties import Property, PropertyGroup, Version
from callingcard.desk.search import Page, Query
from callingcard.kit.actor import Actor

Histories: TypeAlias = Mapping[str, Mapping[str, Sequence[Version]]]
"""By the id of a record and the name of a property: its values, the newest first."""


class Contacts(Protocol):
    """The people whom the desk remembers."""

    async def add(self, contact: Contact) -> None:
        """Keep a new *contact*; raises ContactExists when its address is taken."""
        ...

    async def save(self, contact: Contact) -> None:
        """Keep the changed *contact*; raises ContactExists when its address is taken."""
        ...

    async def get(self, contact_id: ContactId, *, lock: bool = False) -> Contact | None:
        """Return the contact with this id, archived ones too.

        With *lock*, nobody else changes it until we are done.
        """
        ...

    async def by_email(self, email: str) -> Contact | None:
        """Return the contact, not archived, with this canonical address."""
        ...

    async def by_external_id(self, external_id: str) -> Contact | None:
        """Return the contact, not archived, that the customer's own id names."""
        ...

    async def search(self, query: Query) -> Page[Contact]:
        """Return the page of contacts that *query* asks for."""
        ...

    async def history(self, ids: Sequence[str]) -> Histories:
        """Return what the properties of some contacts were, the newest first."""
        ...

    async def forget_versions(self, contact_id: ContactId, at: datetime) -> None:
        """Forget the values that a contact was given at this moment and has no longer."""
        ...


class Objects(Protocol):
    """The companies, or the deals."""

    async def add(self, found: CrmObject) -> None:
        """Keep a new one."""
        ...

    async def save(self, found: CrmObject) -> None:
        """Keep a changed one."""
        ...

    async def get(self, object_id: str, *, lock: bool = False) -> CrmObject | None:
        """Return the one with this id, archived ones too.

        With *lock*, nobody else changes it until we are done.
        """
        ...

    async def search(self, query: Query) -> Page[CrmObject]:
        """Return the page that *query* asks for."""
        ...

    async def history(self, ids: Sequence[str]) -> Histories:
        """Return what the properties of some of them were, the newest first."""
        ...

    async def remove(self, object_id: str) -> None:
        """Forget one for good."""
        ...


class Associations(Protocol):
    """What is associated with what."""

    async def add(self, links: Sequence[Link]) -> None:
        """Keep *links*; those that are kept already stay as they are."""
        ...

    async def remove(self, links: Sequence[Link]) -> None:
        """Forget *links*; unknown ones are no error."""
        ...

    async def of(self, starts: Sequence[Ref], to_type: ObjectType | None = None) -> list[Link]:
        """Return the links from *starts*, in the order of the ends' ids."""
        ...

    async def forget(self, ref: Ref) -> None:
        """Forget every link from and to *ref*."""
        ...


class Properties(Protocol):
    """The definitions of properties that are not as they are built in."""

    async def all(self, object_type: ObjectType) -> Sequence[Property]:
        """Return every definition for *object_type*, archived ones too."""
        ...

    async def put(self, object_type: ObjectType, definition: Property) -> None:
        """Keep *definition* in place of what had its name."""
        ...

    async def groups(self, object_type: ObjectType) -> Sequence[PropertyGroup]:
        """Return the groups that were defined for *object_type*."""
        ...

    async def put_group(self, object_type: ObjectType, group: PropertyGroup) -> None:
        """Keep *group* in place of what had its name."""
        ...

    async def drop_group(self, object_type: ObjectType, name: str) -> None:
        """Forget a group; an unknown one is no error."""
        ...


class Owners(Protocol):
    """The agents, whom another room of the house knows."""

    async def all(self) -> Sequence[Owner]:
        """Return everybody who can own something, disabled people as archived."""
        ...


class Merger(Protocol):
    """Makes one contact of two."""

    async def merge(self, survivor_id: ContactId, other_id: ContactId, *, by: Who) -> object:
        """Let the survivor take over what the other has.

        *by* is who asked. Raises ContactNotFound, and Conflict
        when the two are one already.
        """
        ...


class Eraser(Protocol):
    """Forgets a person for good."""

    async def erase(self, contact_id: ContactId, by: Actor) -> object:
        """Erase the contact and all that hangs on them; raises ContactNotFound."""
        ...
