"""The properties that a contact can have, and what may be written in them.

The names, kinds and options are HubSpot's, so that what its clients read and
write means the same here. Everything is text; an empty text clears a property.

Invariant: a contact is only ever kept with properties that passed ``checked``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from callingcard.desk.errors import InvalidProperties, PropertyProblem
from callingcard.desk.search import Kind
from callingcard.kit.email import NotAnAddress, canonical_email

MAX_VALUE_LENGTH: Final = 65_536
_UNSTORABLE: Final = re.compile("[\\x00\ud800-\udfff]")
_NAMING: Final = ("email", "firstname", "lastname")


@dataclass(frozen=True, slots=True)
class Property:
    """One property: how it compares, what it may hold, and whether clients may write it."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    options: tuple[str, ...] = ()
    read_only: bool = False


_STAGES: Final = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
_LEAD_STATUSES: Final = (
    "NEW",
    "OPEN",
    "IN_PROGRESS",
    "OPEN_DEAL",
    "UNQUALIFIED",
    "ATTEMPTED_TO_CONTACT",
    "CONNECTED",
    "BAD_TIMING",
)

PROPERTIES: Final[Mapping[str, Property]] = {
    known.name: known
    for known in (
        Property("email", "Email"),
        Property("firstname", "First Name"),
        Property("lastname", "Last Name"),
        Property("company", "Company Name"),
        Property("phone", "Phone Number"),
        Property("mobilephone", "Mobile Phone Number"),
        Property("jobtitle", "Job Title"),
        Property("website", "Website URL"),
        Property("address", "Street Address"),
        Property("city", "City"),
        Property("state", "State/Region"),
        Property("zip", "Postal Code"),
        Property("country", "Country/Region"),
        Property("industry", "Industry"),
        Property("plan", "Plan"),
        Property("message", "Message"),
        Property("last_topic", "Last Topic"),
        Property("hs_language", "Preferred language"),
        Property("hubspot_owner_id", "Contact owner"),
        Property("lifecyclestage", "Lifecycle Stage", options=_STAGES),
        Property("hs_lead_status", "Lead Status", options=_LEAD_STATUSES),
        Property("hs_object_id", "Record ID", Kind.NUMBER, read_only=True),
        Property("createdate", "Create Date", Kind.MOMENT, read_only=True),
        Property("lastmodifieddate", "Last Modified Date", Kind.MOMENT, read_only=True),
    )
}
"""Every property there is, by name."""

KINDS: Final[Mapping[str, Kind]] = {name: known.kind for name, known in PROPERTIES.items()}
"""How each property is compared in a search."""


def checked(given: Mapping[str, str]) -> dict[str, str]:
    """Return *given* as it may be kept; raises InvalidProperties.

    Names are lower-cased, the address is written in its one way, and the rest is
    kept as it was given. Every problem is told at once.

    >>> checked({"Email": "Ada@Example.com", "company": ""})
    {'email': 'ada@example.com', 'company': ''}
    """
    kept: dict[str, str] = {}
    problems: list[PropertyProblem] = []
    for given_name, value in given.items():
        name = given_name.lower()
        problem = _problem(name, given_name, value)
        if problem is not None:
            problems.append(problem)
        else:
            kept[name] = canonical_email(value) if name == "email" and value else value
    if problems:
        raise InvalidProperties(problems)
    return kept


def merged(before: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Return *before* with *changes* made; an empty text clears a property.

    >>> merged({"email": "a@b.co", "company": "Ink"}, {"company": "", "plan": "pro"})
    {'email': 'a@b.co', 'plan': 'pro'}
    """
    return {name: value for name, value in {**before, **changes}.items() if value.strip()}


def require_a_name(properties: Mapping[str, str]) -> None:
    """Raise InvalidProperties unless somebody could tell who this contact is."""
    if not any(properties.get(name) for name in _NAMING):
        reason = f"At least one of {', '.join(_NAMING)} is needed"
        raise InvalidProperties([PropertyProblem("email", "REQUIRED_PROPERTY", reason)])


def _problem(name: str, given_name: str, value: str) -> PropertyProblem | None:
    """Return what is wrong with one property, in HubSpot's words; the value is not quoted."""
    known = PROPERTIES.get(name)
    if known is None:
        reason = f'Property "{given_name[:100]}" does not exist'
        return PropertyProblem(given_name, "PROPERTY_DOESNT_EXIST", reason)
    if known.read_only:
        return PropertyProblem(name, "READ_ONLY_VALUE", f'"{name}" is a read only property')
    if len(value) > MAX_VALUE_LENGTH:
        reason = f"The value is longer than {MAX_VALUE_LENGTH} characters"
        return PropertyProblem(name, "INVALID_LENGTH", reason)
    if _UNSTORABLE.search(value):
        reason = "The value has a character that is no text"
        return PropertyProblem(name, "INVALID_STRING", reason)
    if known.options and value and value not in known.options:
        reason = f"The value was not one of the allowed options: [{', '.join(known.options)}]"
        return PropertyProblem(name, "INVALID_OPTION", reason)
    return _address_problem(value) if name == "email" and value else None


def _address_problem(value: str) -> PropertyProblem | None:
    """Return why *value* is no address."""
    try:
        canonical_email(value)
    except NotAnAddress as error:
        return PropertyProblem("email", "INVALID_EMAIL", f"Email address is invalid: {error}")
    return None
