"""Contacts in the database, and HubSpot's filters over them as SQL.

Next to the properties lie two columns for looking things up, so that the two
engines never have to agree on what lower case or a word is: ``folded`` holds each
value folded, and its words under the name with a ``.words`` behind it; ``words``
holds what people search by.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import cycle
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    collate,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.errors import ContactExists
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.search import (
    Filter,
    Operator,
    Page,
    Query,
    Sort,
    fold,
    parse_moment,
    token_pattern,
    tokens,
)
from callingcard.desk.store.crm.tables import contacts

_SEARCHED: Final = ("firstname", "lastname", "email", "company")
_MOMENTS: Final[Mapping[str, ColumnElement[Any]]] = {
    "createdate": contacts.c.created_at,
    "lastmodifieddate": contacts.c.updated_at,
}
_NUMBERS: Final[Mapping[str, ColumnElement[Any]]] = {
    "hs_object_id": cast(contacts.c.id, BigInteger),
}
_MILLISECOND: Final = timedelta(milliseconds=1)

_BY_ID: Final = select(contacts).where(contacts.c.id == bindparam("wanted"))
_BY_ID_LOCKED: Final = _BY_ID.with_for_update()
_BY_EMAIL: Final = select(contacts).where(
    contacts.c.email == bindparam("wanted"), contacts.c.archived == false()
)
_BY_EXTERNAL_ID: Final = select(contacts).where(
    contacts.c.external_id == bindparam("wanted"), contacts.c.archived == false()
)
_SAVE: Final = update(contacts).where(contacts.c.id == bindparam("key"))

_Test = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]
_TESTS: Final[Mapping[Operator, _Test]] = {
    Operator.EQ: lambda column, value: column == value,
    Operator.NEQ: lambda column, value: column != value,
    Operator.LT: lambda column, value: column < value,
    Operator.LTE: lambda column, value: column <= value,
    Operator.GT: lambda column, value: column > value,
    Operator.GTE: lambda column, value: column >= value,
}
_STEPS: Final[Mapping[Operator, tuple[Operator, ...]]] = {
    Operator.IN: (Operator.EQ,),
    Operator.NOT_IN: (Operator.NEQ,),
    Operator.BETWEEN: (Operator.GTE, Operator.LTE),
}
"""The comparisons that an operator over several values is made of."""


class SqlContacts:
    """Keeps ``ports.Contacts`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Look and write through *connection*; its dialect decides how text is ordered."""
        self._connection = connection
        postgres = connection.dialect.name == "postgresql"
        self._byte_order = "C" if postgres else "BINARY"

    async def add(self, contact: Contact) -> None:
        """Keep a new *contact*; raises ContactExists when its address is taken."""
        await self._write(contact, insert(contacts), _values(contact))

    async def save(self, contact: Contact) -> None:
        """Keep the changed *contact*; raises ContactExists when its address is taken."""
        await self._write(contact, _SAVE, {"key": contact.id, **_values(contact)})

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
        asked = select(contacts).where(self._where(query))
        counted = select(func.count()).select_from(contacts).where(self._where(query))
        total = (await self._connection.execute(counted)).scalar_one()
        paged = self._ordered(asked, query.sorts).limit(query.limit).offset(query.offset)
        rows = await self._connection.execute(paged)
        found = [_contact(row) for row in rows.mappings()]
        end = query.offset + len(found)
        return Page(found, total, end if found and end < total else None)

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

    def _where(self, query: Query) -> ColumnElement[bool]:
        """Return the whole condition of *query*."""
        words = [
            contacts.c.words.contains(word, autoescape=True)
            for word in fold(query.text.replace("\0", " ")).split()
        ]
        alternatives = [and_(*map(self._condition, group)) for group in query.groups]
        groups = or_(*alternatives) if alternatives else true()
        archived = true() if query.archived else false()
        return and_(contacts.c.archived == archived, groups, *words)

    def _condition(self, asked: Filter) -> ColumnElement[bool]:
        """Return one filter as SQL; what is not known compares to nothing."""
        column, values = self._operands(asked)
        match asked.operator:
            case Operator.HAS_PROPERTY:
                return column.is_not(None)
            case Operator.NOT_HAS_PROPERTY:
                return column.is_(None)
            case Operator.CONTAINS_TOKEN:
                return self._has_words(asked)
            case Operator.NOT_CONTAINS_TOKEN:
                return and_(column.is_not(None), not_(self._has_words(asked)))
            case operator:
                steps = zip(cycle(_STEPS.get(operator, (operator,))), values, strict=False)
                tests = [self._compare(column, step, value) for step, value in steps]
                return or_(*tests) if operator is Operator.IN else and_(*tests)

    def _operands(self, asked: Filter) -> tuple[ColumnElement[Any], list[Any]]:
        """Return the column of a filter, and its values as that column holds them."""
        if asked.property in _MOMENTS:
            return _MOMENTS[asked.property], [parse_moment(value) for value in asked.values]
        if asked.property in _NUMBERS:
            return _NUMBERS[asked.property], [int(value) for value in asked.values]
        return self._text(asked.property), [fold(value) for value in asked.values]

    def _compare(
        self, column: ColumnElement[Any], operator: Operator, value: Any
    ) -> ColumnElement[bool]:
        """Compare *column* with *value*; a time counts as the whole millisecond it is in."""
        if all(column is not moment for moment in _MOMENTS.values()):
            return _TESTS[operator](column, value)
        after = value + _MILLISECOND
        match operator:
            case Operator.EQ:
                return and_(column >= value, column < after)
            case Operator.NEQ:
                return or_(column < value, column >= after)
            case Operator.LTE:
                return column < after
            case Operator.GT:
                return column >= after
            case _:
                return _TESTS[operator](column, value)

    def _has_words(self, asked: Filter) -> ColumnElement[bool]:
        """Return the test for a run of whole words, ``*`` standing for anything."""
        pattern = token_pattern(asked.values[0])
        if pattern is None:
            return false()
        return contacts.c.folded[f"{asked.property}.words"].as_string().like(pattern)

    def _text(self, name: str) -> ColumnElement[Any]:
        """Return a folded property, ordered by its bytes on every engine."""
        return collate(contacts.c.folded[name].as_string(), self._byte_order)

    def _ordered(self, asked: Select[Any], sorts: tuple[Sort, ...]) -> Select[Any]:
        """Put *asked* in order, the unknown last; the id makes every order total."""
        for sort in sorts:
            known = _MOMENTS.get(sort.property)
            if known is None:
                known = _NUMBERS.get(sort.property)
            column = self._text(sort.property) if known is None else known
            order = column.desc() if sort.descending else column.asc()
            asked = asked.order_by(column.is_(None), order)
        return asked.order_by(_NUMBERS["hs_object_id"])


def _values(contact: Contact) -> dict[str, Any]:
    """Return the row of *contact*, with what it is looked up by."""
    properties = {name: value for name, value in contact.properties.items() if value}
    folded = {name: fold(value) for name, value in properties.items()}
    words = {f"{name}.words": tokens(value) for name, value in properties.items()}
    return {
        "id": contact.id,
        "email": contact.email,
        "external_id": contact.external_id,
        "evidence": contact.evidence.value,
        "properties": properties,
        "folded": {**folded, **words},
        "words": fold(" ".join(properties.get(name, "") for name in _SEARCHED)),
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
