"""Companies and deals: what they need to be kept, and how two become one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from callingcard.desk.errors import (
    InvalidProperties,
    ObjectNotFound,
    PropertyProblem,
    SameObject,
)
from callingcard.desk.model.objects import CrmObject, ObjectType, Ref
from callingcard.desk.ports.crm import Histories, Objects
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.search import Page, Query
from callingcard.desk.service.crm.associations import take_over
from callingcard.desk.service.crm.batches import RecordBatches
from callingcard.desk.service.crm.built_in import DEALS
from callingcard.desk.service.crm.properties import checked, merged
from callingcard.desk.service.crm.records import Key, RecordDesk, Stamp, is_id
from callingcard.desk.service.crm.registry import known_properties
from callingcard.errors import NotFound
from callingcard.kit.clock import Clock

_NAMING: Final = {
    ObjectType.COMPANIES: ("name", "domain"),
    ObjectType.DEALS: ("dealname",),
}
"""Of these properties, one is needed, or people could not tell it from others."""


class ObjectDesk(RecordDesk[CrmObject]):
    """Keeps companies, or deals; each method is one transaction."""

    def __init__(
        self, units: Units, clock: Clock, ids: Callable[[], str], *, kind: ObjectType
    ) -> None:
        """Keep things of *kind* in *units*; *ids* makes numbers for the new ones."""
        super().__init__(units, clock, ids, shelf=ObjectShelf(kind))

    async def merge(self, survivor_id: str, other_id: str) -> CrmObject:
        """Let the survivor take over what the other has, and archive the other.

        A property that both have stays the survivor's. Raises ObjectNotFound, or
        SameObject.
        """
        if survivor_id == other_id:
            raise SameObject("An object cannot be merged with itself.")
        async with self._units.writing() as unit:
            store = _store(unit, self.type)
            one, two = sorted((survivor_id, other_id))  # in one order, whoever asks
            locked = {
                object_id: await self._shelf.find_to_change(unit, Key(object_id))
                for object_id in (one, two)
            }
            survivor, other = locked[survivor_id], locked[other_id]
            if survivor is None or other is None:
                raise self._shelf.missing()
            now = self._stamp.clock.now()
            kept = {**other.properties, **survivor.properties}
            survivor = replace(survivor, properties=kept, updated_at=now)
            await store.save(survivor)
            await store.save(replace(other, archived=True, updated_at=now))
            refs = Ref(self.type, survivor.id), Ref(self.type, other.id)
            await take_over(unit, *refs, now)
            return survivor

    async def erase(self, object_id: str) -> None:
        """Forget one for good, archived or not; an unknown one is no error."""
        async with self._units.writing() as unit:
            await unit.associations.forget(Ref(self.type, object_id))
            await _store(unit, self.type).remove(object_id)


class ObjectBatches(RecordBatches[CrmObject]):
    """Reads and changes many companies, or deals, at once."""

    def __init__(
        self, units: Units, clock: Clock, ids: Callable[[], str], *, kind: ObjectType
    ) -> None:
        """Keep things of *kind* in *units*; *ids* makes numbers for the new ones."""
        super().__init__(units, clock, ids, shelf=ObjectShelf(kind))


class ObjectShelf:
    """What is particular to companies, or to deals: ``records.Shelf``."""

    def __init__(self, kind: ObjectType) -> None:
        """Keep things of *kind*."""
        self.type = kind

    def missing(self) -> NotFound:
        """Return the error that says there is no such thing."""
        return ObjectNotFound(f"There is no such {self.type.singular}.")

    async def find(self, unit: Unit, key: Key, *, archived: bool = False) -> CrmObject | None:
        """Return the one that *key* names, or None."""
        return await self._get(unit, key, archived=archived)

    async def find_to_change(self, unit: Unit, key: Key) -> CrmObject | None:
        """Return the one that *key* names, locked against other changes, or None."""
        return await self._get(unit, key, lock=True)

    async def make(self, unit: Unit, properties: Mapping[str, str], stamp: Stamp) -> CrmObject:
        """Add a company or a deal; raises InvalidProperties."""
        given = merged({}, checked(properties, await known_properties(unit, self.type)))
        if self.type is ObjectType.DEALS:
            given = {"pipeline": DEALS.id, **given}
        self._require_a_name(given)
        now = stamp.clock.now()
        made = CrmObject(stamp.new_id(), given, created_at=now, updated_at=now)
        await _store(unit, self.type).add(made)
        return made

    async def change(
        self, unit: Unit, found: CrmObject, changes: Mapping[str, str], stamp: Stamp
    ) -> CrmObject:
        """Make *changes* to one that is locked, and return it."""
        known = await known_properties(unit, self.type)
        properties = merged(found.properties, checked(changes, known))
        self._require_a_name(properties)
        if properties == dict(found.properties):
            return found
        changed = replace(found, properties=properties, updated_at=stamp.clock.now())
        await _store(unit, self.type).save(changed)
        return changed

    async def put_away(self, unit: Unit, key: Key, stamp: Stamp) -> None:
        """Archive the one that *key* names, if there is one."""
        found = await self._get(unit, key, lock=True)
        if found is None:
            return
        gone = replace(found, archived=True, updated_at=stamp.clock.now())
        await _store(unit, self.type).save(gone)
        await unit.associations.forget(Ref(self.type, gone.id))

    async def search(self, unit: Unit, query: Query) -> Page[CrmObject]:
        """Return the page that *query* asks for."""
        return await _store(unit, self.type).search(query)

    async def history(self, unit: Unit, ids: Sequence[str]) -> Histories:
        """Return what the properties of some of them were, the newest first."""
        return await _store(unit, self.type).history(ids)

    async def _get(
        self, unit: Unit, key: Key, *, archived: bool = False, lock: bool = False
    ) -> CrmObject | None:
        if key.by != "id" or not is_id(key.value):
            return None
        found = await _store(unit, self.type).get(key.value, lock=lock)
        return None if found is None or found.archived != archived else found

    def _require_a_name(self, properties: Mapping[str, str]) -> None:
        names = _NAMING[self.type]
        if not any(properties.get(name) for name in names):
            reason = f"At least one of {', '.join(names)} is needed"
            raise InvalidProperties([PropertyProblem(names[0], "REQUIRED_PROPERTY", reason)])


def _store(unit: Unit, kind: ObjectType) -> Objects:
    return unit.companies if kind is ObjectType.COMPANIES else unit.deals
