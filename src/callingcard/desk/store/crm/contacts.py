"""Contacts in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Select, bindparam, false, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.errors import ContactExists
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.properties import Version
from callingcard.desk.search import Page, Query
from callingcard.desk.store.crm.history import Histories, begun
from callingcard.desk.store.crm.searching import Searching, looked_up_by
from callingcard.desk.store.crm.tables import contacts

_SEARCHED: Final = ("firstname", "lastname", "email", "company")

_ROW: Final = [column for column in contacts.c if column is not contacts.c.history]
"""A row without what it was before, which only who asks for it needs."""
_BY_ID: Final = select(*_ROW).where(contacts.c.id == bindparam("wanted"))
_BY_ID_LOCKED: Final = _BY_ID.with_for_update()
_BY_EMAIL: Final = select(*_ROW).where(
    contacts.c.email == bindparam("wanted"), contacts.c.archived == false()
)
_BY_EXTERNAL_ID: Final = select(*_ROW).where(
    contacts.c.external_id == bindparam("wanted"), contacts.c.archived == false()
)
_SAVE: Final = update(contacts).where(contacts.c.id == bindparam("key"))


class SqlContacts:
    """Keeps ``ports.Contacts`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Look and write through *connection*."""
        self._connection = connection

    @cached_property
    def _searching(self) -> Searching:  # most transactions search for nothing
        return Searching(self._connection, contacts)

    @cached_property
    def _histories(self) -> Histories:
        return Histories(self._connection, contacts)

    async def add(self, contact: Contact) -> None:
        """Keep a new *contact*; raises ContactExists when its address is taken."""
        values = _values(contact)
        history = begun(values["properties"], contact.updated_at)
        await self._write(contact, insert(contacts), {**values, "history": history})

    async def save(self, contact: Contact) -> None:
        """Keep the changed *contact*; raises ContactExists when its address is taken."""
        values = _values(contact)
        history = await self._histories.continued(
            contact.id, values["properties"], contact.updated_at
        )
        await self._write(contact, _SAVE, {"key": contact.id, **values, "history": history})

    async def get(self, contact_id: ContactId, *, lock: bool = False) -> Contact | None:
        """Return the contact with this id, archived ones too."""
        return await self._one(_BY_ID_LOCKED if lock else _BY_ID, contact_id)

    async def by_email(self, email: str) -> Contact | None:
        """Return the contact, not archived, with this canonical address."""
        return await self._one(_BY_EMAIL, email)

    async def by_external_id(self, external_id: str) -> Contact | None:
        """Return the contact, not archived, that the customer's own id names."""
        return await self._one(_BY_EXTERNAL_ID, external_id)

    async def search(self, query: Query) -> Page[Contact]:
        """Return the page of contacts that *query* asks for, the oldest first."""
        page = await self._searching.page(query)
        return Page([_contact(row) for row in page.items], page.total, page.next_offset)

    async def history(
        self, ids: Sequence[str]
    ) -> Mapping[str, Mapping[str, Sequence[Version]]]:
        """Return what the properties of some contacts were, the newest first."""
        return await self._histories.of(ids)

    async def forget_versions(self, contact_id: ContactId, at: datetime) -> None:
        """Forget the values that a contact was given at this moment and has no longer."""
        await self._histories.forget(contact_id, at)

    async def _one(self, statement: Select[Any], wanted: str) -> Contact | None:
        row = (
            (await self._connection.execute(statement, {"wanted": wanted})).mappings().first()
        )
        return None if row is None else _contact(row)

    async def _write(
        self, contact: Contact, statement: Any, values: Mapping[str, Any]
    ) -> None:
        """Write one row; the database is the judge of whether its address is free.

        The savepoint keeps the transaction alive after a refusal, so that one bad
        contact of a batch does not undo the others.
        """
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(statement, values)
        except IntegrityError as refused:
            other = await self._holder(contact)
            if other is None:
                raise
            raise ContactExists(other.id) from refused

    async def _holder(self, contact: Contact) -> Contact | None:
        """Return the other contact that has this one's address or outside id."""
        found = await self.by_email(contact.email) if contact.email else None
        if (found is None or found.id == contact.id) and contact.external_id is not None:
            found = await self.by_external_id(contact.external_id)
        return None if found is None or found.id == contact.id else found


def _values(contact: Contact) -> dict[str, Any]:
    """Return the row of *contact*, with what it is looked up by."""
    properties = {name: value for name, value in contact.properties.items() if value}
    return {
        "id": contact.id,
        "email": contact.email,
        "external_id": contact.external_id,
        "evidence": contact.evidence.value,
        "properties": properties,
        **looked_up_by(properties, _SEARCHED),
        "archived": contact.archived,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }


def _contact(row: Mapping[Any, Any]) -> Contact:
    """Return the contact that a row holds."""
    return Contact(
        id=ContactId(row["id"]),
        properties=row["properties"],
        evidence=Evidence(row["evidence"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        external_id=row["external_id"],
        archived=row["archived"],
    )
