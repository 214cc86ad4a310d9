"""One thing with properties at a time: what contacts, companies and deals have alike.

What is archived is out of every list, and can still be read by who asks for it. How
one kind differs from another is its ``Shelf``.

Invariant: a change is read and written under the record's lock, so that two changes
of different properties at the same moment are both kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, Protocol, TypeVar

from callingcard.desk.errors import BadAssociation
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.objects import CrmObject, Link, ObjectType, Ref
from callingcard.desk.model.properties import Property
from callingcard.desk.ports.crm import Histories
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.search import Filter, Kind, Operator, Page, Query, Sort
from callingcard.desk.service.crm.associations import allowed_types, associate
from callingcard.desk.service.crm.presence import is_there
from callingcard.desk.service.crm.properties import kinds_of
from callingcard.desk.service.crm.registry import known_properties
from callingcard.errors import NotFound
from callingcard.kit.clock import Clock

_MAX_ID_LENGTH: Final = 18
RecordType = TypeVar("RecordType", Contact, CrmObject)


@dataclass(frozen=True, slots=True)
class Key:
    """What a record is asked for by: its id, or a contact's address."""

    value: str
    by: Literal["id", "email"] = "id"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a new record takes its id and its time from."""

    clock: Clock
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Tie:
    """What a new record is to be associated with; HubSpot's numbers say in which sense."""

    end: Ref
    type_ids: tuple[int, ...] = ()


class Shelf(Protocol[RecordType]):
    """What is particular to one kind of record."""

    @property
    def type(self) -> ObjectType:
        """The kind."""
        ...

    def missing(self) -> NotFound:
        """Return the error that says there is no such record."""
        ...

    async def find(self, unit: Unit, key: Key, *, archived: bool = False) -> RecordType | None:
        """Return the record that *key* names, or None."""
        ...

    async def find_to_change(self, unit: Unit, key: Key) -> RecordType | None:
        """Return the record that *key* names, locked against other changes, or None."""
        ...

    async def make(
        self, unit: Unit, properties: Mapping[str, str], stamp: Stamp
    ) -> RecordType:
        """Add a record with *properties*; raises InvalidProperties or Conflict."""
        ...

    async def change(
        self, unit: Unit, found: RecordType, changes: Mapping[str, str], stamp: Stamp
    ) -> RecordType:
        """Make *changes* to a record that is locked, and return it."""
        ...

    async def put_away(self, unit: Unit, key: Key, stamp: Stamp) -> None:
        """Archive the record that *key* names, if there is one."""
        ...

    async def search(self, unit: Unit, query: Query) -> Page[RecordType]:
        """Return the page of records that *query* asks for."""
        ...

    async def history(self, unit: Unit, ids: Sequence[str]) -> Histories:
        """Return what the properties of some records were, the newest first."""
        ...


class RecordDesk(Generic[RecordType]):
    """Keeps records of one kind; each method is one transaction."""

    def __init__(
        self,
        units: Units,
        clock: Clock,
        ids: Callable[[], str],
        *,
        shelf: Shelf[RecordType],
    ) -> None:
        """Keep what is on *shelf* in *units*; *ids* makes numbers for the new ones."""
        self._units = units
        self._stamp = Stamp(clock, ids)
        self._shelf = shelf

    @property
    def type(self) -> ObjectType:
        """The kind of the records."""
        return self._shelf.type

    async def create(
        self, properties: Mapping[str, str], ties: Sequence[Tie] = ()
    ) -> RecordType:
        """Keep a new record; raises InvalidProperties, BadAssociation or ContactExists."""
        async with self._units.writing() as unit:
            await check_ties(unit, self.type, ties)
            made = await self._shelf.make(unit, properties, self._stamp)
            await tie(unit, Ref(self.type, made.id), ties, self._stamp)
            return made

    async def get(self, key: Key, *, archived: bool = False) -> RecordType:
        """Return the record; raises NotFound.

        *archived* asks among the archived ones instead, as HubSpot does.
        """
        async with self._units.reading() as unit:
            found = await self._shelf.find(unit, key, archived=archived)
        if found is None:
            raise self._shelf.missing()
        return found

    async def update(self, key: Key, changes: Mapping[str, str]) -> RecordType:
        """Change some properties; an empty text clears one.

        Raises NotFound, InvalidProperties, or ContactExists for an address that
        another contact has.
        """
        async with self._units.writing() as unit:
            found = await self._shelf.find_to_change(unit, key)
            if found is None:
                raise self._shelf.missing()
            return await self._shelf.change(unit, found, changes, self._stamp)

    async def archive(self, key: Key) -> None:
        """Archive the record; nothing happens when there is none."""
        async with self._units.writing() as unit:
            await self._shelf.put_away(unit, key, self._stamp)

    async def search(self, query: Query) -> Page[RecordType]:
        """Return the page of records that *query* asks for."""
        async with self._units.reading() as unit:
            return await self._shelf.search(unit, query)

    async def list_records(
        self,
        *,
        after: str | None = None,
        limit: int = 50,
        text: str = "",
        archived: bool = False,
        newest_first: bool = False,
    ) -> Page[RecordType]:
        """Return a page of records in the order they were made.

        *after* is the id of the last record of the page before, so that one made or
        archived in between moves no other onto two pages or off all of them.
        """
        beyond = Operator.LT if newest_first else Operator.GT
        known = after is not None and is_id(after)
        start = ((Filter("hs_object_id", beyond, (str(after),)),),) if known else ()
        order = (Sort("hs_object_id", descending=newest_first),)
        return await self.search(
            Query(groups=start, sorts=order, text=text, limit=limit, archived=archived)
        )

    async def properties(self) -> dict[str, Property]:
        """Return the properties that the records can have, by name."""
        async with self._units.reading() as unit:
            return await known_properties(unit, self.type)

    async def kinds(self) -> dict[str, Kind]:
        """Return how each property is compared in a search."""
        return kinds_of(await self.properties())

    async def history_of(self, ids: Sequence[str]) -> Histories:
        """Return what the properties of the records with *ids* were, the newest first."""
        async with self._units.reading() as unit:
            return await self._shelf.history(unit, ids)

    async def links_of(
        self, ids: Sequence[str], to_types: Sequence[ObjectType]
    ) -> dict[str, list[Link]]:
        """Return the links of the records with *ids* to things of *to_types*, by id."""
        async with self._units.reading() as unit:
            starts = [Ref(self.type, one) for one in ids] if to_types else []
            links = await unit.associations.of(starts)
        found: dict[str, list[Link]] = {one: [] for one in ids}
        for link in links:
            if link.end.type in to_types:
                found[link.start.id].append(link)
        return found


def is_id(text: str) -> bool:
    """Say whether *text* could be the id of a record: a decimal number.

    >>> is_id("512"), is_id("ada@example.com"), is_id("9" * 40)
    (True, False, False)
    """
    return text.isascii() and text.isdecimal() and len(text) <= _MAX_ID_LENGTH


async def check_ties(unit: Unit, start: ObjectType, ties: Sequence[Tie]) -> None:
    """Raise BadAssociation unless a new record of *start* can have all of *ties*."""
    for one in ties:
        allowed_types(start, one.end.type, one.type_ids)
        if not await is_there(unit, one.end):
            raise BadAssociation("An object to be associated with does not exist.")


async def tie(unit: Unit, start: Ref, ties: Sequence[Tie], stamp: Stamp) -> None:
    """Associate the new *start* with what *ties* name, which ``check_ties`` has seen."""
    for one in ties:
        await associate(unit, start, one.end, stamp.clock.now(), one.type_ids)
