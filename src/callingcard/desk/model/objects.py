"""What the desk keeps beside contacts: companies and deals, and what ties them together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ObjectType(StrEnum):
    """The kinds of things that have properties, in HubSpot's words."""

    CONTACTS = "contacts"
    COMPANIES = "companies"
    DEALS = "deals"

    @property
    def singular(self) -> str:
        """The word for one of them, such as ``company``."""
        return _SINGULAR[self]


_SINGULAR = {
    ObjectType.CONTACTS: "contact",
    ObjectType.COMPANIES: "company",
    ObjectType.DEALS: "deal",
}


@dataclass(frozen=True, slots=True)
class CrmObject:
    """A company or a deal. *properties* are HubSpot's: lower-case names and text values."""

    id: str
    properties: Mapping[str, str]
    created_at: datetime
    updated_at: datetime
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Ref:
    """One contact, company or deal, by its kind and its id."""

    type: ObjectType
    id: str


@dataclass(frozen=True, slots=True)
class Link:
    """One direction of an association: *start* has *end*, in the sense of *type_id*.

    Invariant: for every link that is kept, the link of the other direction is kept too.
    """

    start: Ref
    end: Ref
    type_id: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who can own a contact, a company or a deal: an agent."""

    id: str
    email: str
    first_name: str
    last_name: str
    created_at: datetime
    updated_at: datetime
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a deal on its way; *probability* is how likely it is to be won from there."""

    id: str
    label: str
    probability: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The way that deals go."""

    id: str
    label: str
    stages: tuple[Stage, ...]
