"""Keeping contacts."""

from typing import Protocol

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.ids import ContactId
from callingcard.desk.search import Page, Query


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
