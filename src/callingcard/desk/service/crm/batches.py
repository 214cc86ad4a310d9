"""Many records in one transaction, each one done or refused on its own.

Invariant: the records of a batch are locked in the order of their keys, so that two
batches at the same moment wait for each other instead of for ever.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias

from callingcard.desk.errors import ContactExists
from callingcard.desk.model.objects import Ref
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.service.crm.records import (
    Key,
    RecordType,
    Shelf,
    Stamp,
    Tie,
    check_ties,
    tie,
)
from callingcard.errors import RequestError
from callingcard.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Done(Generic[RecordType]):
    """One input of a batch that worked; *new* when it made the record."""

    record: RecordType
    new: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """One input of a batch that did not work, and why; the others are not touched."""

    position: int
    error: RequestError


@dataclass(frozen=True, slots=True)
class Change:
    """The properties to set on the record that *key* names, or that is to be made."""

    key: Key
    properties: Mapping[str, str]
    ties: tuple[Tie, ...] = ()


Outcome: TypeAlias = Done[RecordType] | Refused
_Step: TypeAlias = Callable[[Unit, Change], Awaitable[Done[RecordType]]]


class RecordBatches(Generic[RecordType]):
    """Reads and changes many records at once; outcomes are in the order of the inputs."""

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

    async def read(
        self, keys: Sequence[Key], *, archived: bool = False
    ) -> Sequence[Outcome[RecordType]]:
        """Return the records that *keys* name."""
        async with self._units.reading() as unit:
            found = [await self._shelf.find(unit, key, archived=archived) for key in keys]
        return [
            Refused(position, self._shelf.missing()) if record is None else Done(record)
            for position, record in enumerate(found)
        ]

    async def create(self, new: Sequence[Change]) -> Sequence[Outcome[RecordType]]:
        """Keep new records."""
        return await self._each(new, self._create_one)

    async def update(self, changes: Sequence[Change]) -> Sequence[Outcome[RecordType]]:
        """Change records that are there."""
        return await self._each(changes, self._update_one)

    async def upsert(self, changes: Sequence[Change]) -> Sequence[Outcome[RecordType]]:
        """Change the records that are there and, by address, make those that are not."""
        return await self._each(changes, self._upsert_one)

    async def archive(self, keys: Sequence[Key]) -> None:
        """Archive the records that *keys* name; unknown ones are no error."""
        async with self._units.writing() as unit:
            for key in sorted(keys, key=_order):
                await self._shelf.put_away(unit, key, self._stamp)

    async def _each(
        self, changes: Sequence[Change], step: _Step[RecordType]
    ) -> Sequence[Outcome[RecordType]]:
        """Take *step* with each of *changes*, in the order of their keys."""
        outcomes: dict[int, Outcome[RecordType]] = {}
        ordered = sorted(enumerate(changes), key=lambda item: _order(item[1].key))
        async with self._units.writing() as unit:
            for position, wanted in ordered:
                try:
                    outcomes[position] = await step(unit, wanted)
                except RequestError as error:
                    outcomes[position] = Refused(position, error)
        return [outcomes[position] for position in range(len(changes))]

    async def _create_one(self, unit: Unit, wanted: Change) -> Done[RecordType]:
        await check_ties(unit, self._shelf.type, wanted.ties)
        made = await self._shelf.make(unit, wanted.properties, self._stamp)
        await tie(unit, Ref(self._shelf.type, made.id), wanted.ties, self._stamp)
        return Done(made, new=True)

    async def _update_one(self, unit: Unit, wanted: Change) -> Done[RecordType]:
        found = await self._shelf.find_to_change(unit, wanted.key)
        if found is None:
            raise self._shelf.missing()
        return Done(await self._shelf.change(unit, found, wanted.properties, self._stamp))

    async def _upsert_one(self, unit: Unit, wanted: Change) -> Done[RecordType]:
        found = await self._shelf.find_to_change(unit, wanted.key)
        if found is None and wanted.key.by == "email":
            try:
                given = {"email": wanted.key.value, **wanted.properties}
                return Done(await self._shelf.make(unit, given, self._stamp), new=True)
            except ContactExists:
                # Somebody may have made the same one in this moment: theirs is changed.
                found = await self._shelf.find_to_change(unit, wanted.key)
                if found is None:
                    raise
        if found is None:
            raise self._shelf.missing()
        return Done(await self._shelf.change(unit, found, wanted.properties, self._stamp))


def _order(key: Key) -> tuple[str, str]:
    return (key.by, key.value.lower())
