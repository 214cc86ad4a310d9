"""Whom the desk remembers, and whom a proof names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId


@dataclass(frozen=True, slots=True)
class Contact:
    """A visitor whom the desk remembers.

    *properties* are HubSpot's: lower-case names and text values, the address and the
    names (``email``, ``firstname``, ``lastname``) among them.
    """

    id: ContactId
    properties: Mapping[str, str]
    evidence: Evidence
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    archived: bool = False

    @property
    def email(self) -> str | None:
        """The canonical address, if there is one."""
        return self.properties.get("email") or None

    @property
    def first_name(self) -> str:
        """The given name, or nothing."""
        return self.properties.get("firstname", "")

    @property
    def last_name(self) -> str:
        """The family name, or nothing."""
        return self.properties.get("lastname", "")


@dataclass(frozen=True, slots=True)
class Person:
    """Who a proof says the visitor is; the desk may not know them yet."""

    email: str | None
    external_id: str | None = None
    first_name: str = ""
    last_name: str = ""
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
