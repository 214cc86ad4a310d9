"""Which properties there are: the built-in ones, and those that operators defined.

A built-in property can be given another label, other options or another visibility,
but neither another type nor an end.

Invariant: values that are kept always fit their property's type, because a type never
changes; an archived property can come back only with the type it had.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from callingcard.desk.errors import (
    BadProperty,
    PropertyBuiltIn,
    PropertyExists,
    PropertyNotFound,
)
from callingcard.desk.model.objects import ObjectType
from callingcard.desk.model.properties import Property, PropertyGroup, PropertyType
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.service.crm.built_in import BUILT_IN, GROUPS
from callingcard.kit.clock import Clock

MAX_PROPERTIES: Final = 1000
"""As many as HubSpot allows to a kind of object."""
MAX_OPTIONS: Final = 1000
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELDS: Final[Mapping[PropertyType, tuple[str, ...]]] = {
    PropertyType.STRING: ("text", "textarea", "phonenumber", "html", "file"),
    PropertyType.NUMBER: ("number",),
    PropertyType.BOOL: ("booleancheckbox",),
    PropertyType.ENUMERATION: ("select", "radio", "checkbox", "booleancheckbox"),
    PropertyType.DATE: ("date",),
    PropertyType.DATETIME: ("date",),
}
"""The fields that fit a type, from https://developers.hubspot.com/docs/guides/api/crm/properties."""


@dataclass(frozen=True, slots=True)
class Redefinition:
    """What to change of a property; None leaves it as it is."""

    label: str | None = None
    group: str | None = None
    description: str | None = None
    field_type: str | None = None
    options: tuple[Any, ...] | None = None
    visible_to_visitor: bool | None = None
    hidden: bool | None = None
    display_order: int | None = None

    def of(self, known: Property) -> Property:
        """Return *known* with the changes made."""
        given = {name: getattr(self, name) for name in self.__slots__}
        return replace(
            known, **{name: value for name, value in given.items() if value is not None}
        )


async def every_property(unit: Unit, object_type: ObjectType) -> dict[str, Property]:
    """Return every property of *object_type* by name, archived ones too."""
    built_in = BUILT_IN[object_type]
    stored = {one.name: one for one in await unit.properties.all(object_type)}
    ours = {
        name: replace(one, built_in=True, read_only=built_in[name].read_only)
        for name, one in stored.items()
        if name in built_in
    }
    return {**built_in, **stored, **ours}


async def known_properties(unit: Unit, object_type: ObjectType) -> dict[str, Property]:
    """Return the properties that *object_type* has now, by name."""
    known = await every_property(unit, object_type)
    return {name: one for name, one in known.items() if not one.archived}


class PropertyDesk:
    """Defines properties; each method is one transaction."""

    def __init__(self, units: Units, clock: Clock) -> None:
        """Keep definitions in *units*."""
        self.groups = GroupDesk(units)
        self._units = units
        self._clock = clock

    async def list_properties(
        self, object_type: ObjectType, *, archived: bool = False
    ) -> list[Property]:
        """Return the properties of *object_type*, or those that were archived."""
        async with self._units.reading() as unit:
            known = await every_property(unit, object_type)
        return [one for one in known.values() if one.archived == archived]

    async def get(
        self, object_type: ObjectType, name: str, *, archived: bool = False
    ) -> Property:
        """Return one property; raises PropertyNotFound."""
        async with self._units.reading() as unit:
            return _found(await every_property(unit, object_type), name, archived=archived)

    async def create(self, object_type: ObjectType, wanted: Property) -> Property:
        """Define a new property; raises BadProperty or PropertyExists.

        One that was archived comes back, its values with it.
        """
        _check(wanted)
        if not _NAME.fullmatch(wanted.name):
            raise BadProperty(
                "A property's name is 1 to 100 lower-case letters, digits and underscores, "
                "and begins with a letter."
            )
        async with self._units.writing() as unit:
            known = await every_property(unit, object_type)
            before = known.get(wanted.name)
            if before is not None and not before.archived:
                raise PropertyExists("A property with this name exists already.")
            if before is not None and before.type is not wanted.type:
                raise PropertyExists(
                    "A property with this name was archived, and had another type.",
                    hint="Give the type it had, or another name.",
                )
            if len(known) >= MAX_PROPERTIES:
                raise BadProperty(f"There can be {MAX_PROPERTIES} properties at most.")
            now = self._clock.now()
            made = replace(
                wanted,
                group=wanted.group or GROUPS[object_type][0],
                created_at=now if before is None else before.created_at,
                updated_at=now,
                archived=False,
            )
            await unit.properties.put(object_type, made)
        return made

    async def change(
        self, object_type: ObjectType, name: str, changes: Redefinition
    ) -> Property:
        """Change a property; raises PropertyNotFound or BadProperty."""
        async with self._units.writing() as unit:
            known = _found(await every_property(unit, object_type), name)
            now = self._clock.now()
            changed = replace(
                changes.of(known), created_at=known.created_at or now, updated_at=now
            )
            _check(changed)
            await unit.properties.put(object_type, changed)
        return changed

    async def archive(self, object_type: ObjectType, name: str) -> None:
        """Archive a property; raises PropertyNotFound or PropertyBuiltIn.

        The values stay where they are, unseen, until a property of this name is back.
        """
        async with self._units.writing() as unit:
            known = _found(await every_property(unit, object_type), name)
            if known.built_in:
                raise PropertyBuiltIn("A built-in property cannot be archived.")
            gone = replace(known, archived=True, updated_at=self._clock.now())
            await unit.properties.put(object_type, gone)

    async def archive_all(self, object_type: ObjectType, names: Sequence[str]) -> None:
        """Archive properties; unknown ones are as good as archived.

        Raises PropertyBuiltIn, and then all of them stay.
        """
        async with self._units.writing() as unit:
            every = await every_property(unit, object_type)
            wanted = {name.lower() for name in names}
            known = [one for one in every.values() if one.name in wanted and not one.archived]
            if any(one.built_in for one in known):
                raise PropertyBuiltIn("A built-in property cannot be archived.")
            for one in known:
                gone = replace(one, archived=True, updated_at=self._clock.now())
                await unit.properties.put(object_type, gone)


class GroupDesk:
    """Keeps the groups of properties; each method is one transaction.

    A group that only its properties name is one too, with its name for a label.
    """

    def __init__(self, units: Units) -> None:
        """Keep groups in *units*."""
        self._units = units

    async def list_groups(self, object_type: ObjectType) -> list[PropertyGroup]:
        """Return the groups of *object_type*, in the order they are shown."""
        async with self._units.reading() as unit:
            return list((await _groups(unit, object_type)).values())

    async def get(self, object_type: ObjectType, name: str) -> PropertyGroup:
        """Return one group; raises PropertyNotFound."""
        async with self._units.reading() as unit:
            return await _group(unit, object_type, name)

    async def create(self, object_type: ObjectType, wanted: PropertyGroup) -> PropertyGroup:
        """Define a new group; raises BadProperty or PropertyExists."""
        if not wanted.name or not wanted.label.strip():
            raise BadProperty("A group of properties needs a name and a label.")
        async with self._units.writing() as unit:
            known = await _groups(unit, object_type)
            if wanted.name in known:
                raise PropertyExists("A group of properties with this name exists already.")
            if len(known) >= MAX_PROPERTIES:
                raise BadProperty(f"There can be {MAX_PROPERTIES} groups at most.")
            await unit.properties.put_group(object_type, wanted)
        return wanted

    async def change(
        self,
        object_type: ObjectType,
        name: str,
        *,
        label: str | None = None,
        display_order: int | None = None,
    ) -> PropertyGroup:
        """Give a group another label or place; raises PropertyNotFound or BadProperty."""
        async with self._units.writing() as unit:
            known = await _group(unit, object_type, name)
            changed = PropertyGroup(
                known.name,
                known.label if label is None else label,
                known.display_order if display_order is None else display_order,
            )
            if not changed.label.strip():
                raise BadProperty("A group of properties needs a label.")
            await unit.properties.put_group(object_type, changed)
        return changed

    async def remove(self, object_type: ObjectType, name: str) -> None:
        """Forget a group; raises PropertyNotFound, PropertyBuiltIn or PropertyExists.

        One with properties stays, for they would be without a heading.
        """
        async with self._units.writing() as unit:
            await _group(unit, object_type, name)
            if name == GROUPS[object_type][0]:
                raise PropertyBuiltIn("A built-in group of properties cannot be archived.")
            known = await known_properties(unit, object_type)
            if any(one.group == name for one in known.values()):
                raise PropertyExists(
                    "The group still has properties.", hint="Give them another group first."
                )
            await unit.properties.drop_group(object_type, name)


async def _groups(unit: Unit, object_type: ObjectType) -> dict[str, PropertyGroup]:
    """Return the groups of *object_type* by name, the built-in one first."""
    name, label = GROUPS[object_type]
    used = {one.group for one in (await known_properties(unit, object_type)).values()}
    stored = {one.name: one for one in await unit.properties.groups(object_type)}
    names = sorted((used | stored.keys()) - {name})
    known = {
        name: PropertyGroup(name, label),
        **{one: PropertyGroup(one, one) for one in names},
    }
    return known | stored


async def _group(unit: Unit, object_type: ObjectType, name: str) -> PropertyGroup:
    found = (await _groups(unit, object_type)).get(name)
    if found is None:
        raise PropertyNotFound("There is no such group of properties.")
    return found


def _found(known: Mapping[str, Property], name: str, *, archived: bool = False) -> Property:
    found = known.get(name.lower())
    if found is None or found.archived != archived:
        raise PropertyNotFound("There is no such property.")
    return found


def _check(wanted: Property) -> None:
    """Raise BadProperty unless the parts of *wanted* go together."""
    if not wanted.label.strip():
        raise BadProperty("A property needs a label.")
    if wanted.field_type not in _FIELDS[wanted.type]:
        fields = ", ".join(_FIELDS[wanted.type])
        raise BadProperty(f"The fieldType of a {wanted.type} is one of {fields}.")
    values = [option.value for option in wanted.options]
    if len(values) > MAX_OPTIONS or len(set(values)) != len(values):
        raise BadProperty(f"Options must differ, and be {MAX_OPTIONS} at most.")
    if any(not value.strip() or value != value.strip() or ";" in value for value in values):
        raise BadProperty("An option's value is text without a semicolon or outer spaces.")
    if wanted.type is PropertyType.ENUMERATION and not values:
        raise BadProperty("An enumeration needs options.")
