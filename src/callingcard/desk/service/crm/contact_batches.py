"""Many contacts in one transaction, each one done or refused on its own.

Invariant: the contacts of a batch are locked in the order of their keys, so that
two batches at the same moment wait for each other instead of for ever.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from callingcard.desk.errors import ContactExists, ContactNotFound
from callingcard.desk.model.contacts import Contact
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.service.crm.contacts import (
    Key,
    Stamp,
    change,
    find,
    find_to_change,
    make,
    put_away,
)
from callingcard.errors import RequestError
from callingcard.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Done:
    """One input of a batch that worked; *new* when it made the contact."""

    contact: Contact
    new: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """One input of a batch that did not work, and why; the others are not touched."""

    position: int
    error: RequestError


@dataclass(frozen=True, slots=True)
class Change:
    """The properties to set on the contact that *key* names."""

    key: Key
    properties: Mapping[str, str]


Outcome: TypeAlias = Done | Refused
_Step: TypeAlias = Callable[[Unit, Change], Awaitable[Done]]


class ContactBatches:
    """Reads and changes many contacts at once; outcomes are in the order of the inputs."""

    def __init__(self, units: Units, clock: Clock, ids: Callable[[], str]) -> None:
        """Keep contacts in *units*; *ids* makes numbers for the new ones."""
        self._units = units
        self._stamp = Stamp(clock, ids)

    async def read(self, keys: Sequence[Key], *, archived: bool = False) -> Sequence[Outcome]:
        """Return the contacts that *keys* name."""
        async with self._units.reading() as unit:
            found = [await find(unit, key, archived=archived) for key in keys]
        return [
            Refused(position, _missing()) if contact is None else Done(contact)
            for position, contact in enumerate(found)
        ]

    async def create(self, new: Sequence[Mapping[str, str]]) -> Sequence[Outcome]:
        """Keep new contacts."""
        changes = [Change(_key_of(properties), properties) for properties in new]
        return await self._each(changes, self._create_one)

    async def update(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Change contacts that are there."""
        return await self._each(changes, self._update_one)

    async def upsert(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Change the contacts that are there and, by address, make those that are not."""
        return await self._each(changes, self._upsert_one)

    async def archive(self, keys: Sequence[Key]) -> None:
        """Archive the contacts that *keys* name; unknown ones are no error."""
        async with self._units.writing() as unit:
            for key in sorted(keys, key=_order):
                await put_away(unit, key, self._stamp)

    async def _each(self, changes: Sequence[Change], step: _Step) -> Sequence[Outcome]:
        """Take *step* with each of *changes*, in the order of their keys."""
        outcomes: dict[int, Outcome] = {}
        ordered = sorted(enumerate(changes), key=lambda item: _order(item[1].key))
        async with self._units.writing() as unit:
            for position, wanted in ordered:
                try:
                    outcomes[position] = await step(unit, wanted)
                except RequestError as error:
                    outcomes[position] = Refused(position, error)
        return [outcomes[position] for position in range(len(changes))]

    async def _create_one(self, unit: Unit, wanted: Change) -> Done:
        return Done(await make(unit, wanted.properties, self._stamp), new=True)

    async def _update_one(self, unit: Unit, wanted: Change) -> Done:
        found = await find_to_change(unit, wanted.key)
        if found is None:
            raise _missing()
        return Done(await change(unit, found, wanted.properties, self._stamp))

    async def _upsert_one(self, unit: Unit, wanted: Change) -> Done:
        found = await find_to_change(unit, wanted.key)
        if found is None and wanted.key.by == "email":
            try:
                given = {"email": wanted.key.value, **wanted.properties}
                return Done(await make(unit, given, self._stamp), new=True)
            except ContactExists:
                # Somebody may have made the same contact in this moment: theirs is changed.
                found = await find_to_change(unit, wanted.key)
                if found is None:
                    raise
        if found is None:
            raise _missing()
        return Done(await change(unit, found, wanted.properties, self._stamp))


def _key_of(properties: Mapping[str, str]) -> Key:
    return Key(properties.get("email", ""), "email")


def _order(key: Key) -> tuple[str, str]:
    return (key.by, key.value.lower())


def _missing() -> ContactNotFound:
    return ContactNotFound("There is no such contact.")
