"""Associating what is there already, one pair or many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callingcard.desk.errors import ContactNotFound, ObjectNotFound
from callingcard.desk.model.objects import Link, ObjectType, Ref
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.service.crm.associations import associate, default_type, dissociate
from callingcard.desk.service.crm.presence import is_there
from callingcard.errors import NotFound, RequestError
from callingcard.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Pair:
    """Two things, and HubSpot's numbers for what the second is to the first."""

    start: Ref
    end: Ref
    type_ids: tuple[int, ...] = ()


class AssociationDesk:
    """Says what belongs together, and changes it; each method is one transaction."""

    def __init__(self, units: Units, clock: Clock) -> None:
        """Keep associations in *units*."""
        self._units = units
        self._clock = clock

    async def links_of(self, start: Ref, to_type: ObjectType) -> list[Link]:
        """Return the links from *start*; raises NotFound or BadAssociation."""
        default_type(start.type, to_type)
        async with self._units.reading() as unit:
            await _require(unit, start)
            return await unit.associations.of([start], to_type)

    async def links_of_many(
        self, starts: Sequence[Ref], to_type: ObjectType
    ) -> Mapping[Ref, Sequence[Link]]:
        """Return the links from each of *starts*; unknown ones have none."""
        found: dict[Ref, list[Link]] = {start: [] for start in starts}
        async with self._units.reading() as unit:
            for link in await unit.associations.of(starts, to_type):
                found[link.start].append(link)
        return found

    async def link(self, pair: Pair) -> None:
        """Associate two things; raises NotFound or BadAssociation."""
        async with self._units.writing() as unit:
            await self._link(unit, pair)

    async def link_each(self, pairs: Sequence[Pair]) -> Sequence[RequestError | None]:
        """Associate each pair on its own; return what was wrong with each, in order."""
        problems: list[RequestError | None] = []
        async with self._units.writing() as unit:
            for pair in pairs:
                try:
                    await self._link(unit, pair)
                    problems.append(None)
                except RequestError as error:
                    problems.append(error)
        return problems

    async def unlink(self, pairs: Sequence[Pair]) -> None:
        """End what ties each pair, in its senses or in all; nothing to end is no error."""
        async with self._units.writing() as unit:
            for pair in pairs:
                now = self._clock.now()
                await dissociate(unit, pair.start, pair.end, now, pair.type_ids)

    async def _link(self, unit: Unit, pair: Pair) -> None:
        default_type(pair.start.type, pair.end.type)
        await _require(unit, pair.start)
        await _require(unit, pair.end)
        await associate(unit, pair.start, pair.end, self._clock.now(), pair.type_ids)


async def _require(unit: Unit, ref: Ref) -> None:
    if not await is_there(unit, ref):
        raise _missing(ref)


def _missing(ref: Ref) -> NotFound:
    kind = ContactNotFound if ref.type is ObjectType.CONTACTS else ObjectNotFound
    return kind(f"There is no such {ref.type.singular}.")
