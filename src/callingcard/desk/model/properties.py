"""What a property of a contact, a company or a deal is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PropertyType(StrEnum):
    """What the values of a property are, in HubSpot's words."""

    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"
    ENUMERATION = "enumeration"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that an enumeration allows."""

    value: str
    label: str
    description: str = ""
    display_order: int = -1
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """What a property of one record was from a moment on; empty when it was cleared."""

    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PropertyGroup:
    """A heading under which properties are shown."""

    name: str
    label: str
    display_order: int = -1


@dataclass(frozen=True, slots=True)
class Property:
    """One property: what its values are, who may write them, and who may read them."""

    name: str
    label: str
    type: PropertyType = PropertyType.STRING
    field_type: str = "text"
    group: str = "contactinformation"
    description: str = ""
    options: tuple[Option, ...] = ()
    visible_to_visitor: bool = False
    """Whether a chat may quote the value to the visitor whose it is."""
    read_only: bool = False
    built_in: bool = False
    hidden: bool = False
    display_order: int = -1
    created_at: datetime | None = None
    """None for a built-in property that nobody changed."""
    updated_at: datetime | None = None
    archived: bool = False

    @property
    def many(self) -> bool:
        """Whether a value is several options, separated by semicolons."""
        return self.type is PropertyType.ENUMERATION and self.field_type == "checkbox"
