"""What may be written in a property, and the one way in which it is kept.

Everything is text; an empty text clears a property. What reads as the property's
type is kept in one way (a time as ``2030-01-01T12:00:00.000Z``, say), so that equal
values are equal texts. The codes of problems are HubSpot's.

Invariant: nothing is kept with properties that did not pass ``checked``.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from callingcard.desk.errors import BadSearch, InvalidProperties, PropertyProblem
from callingcard.desk.model.objects import ObjectType
from callingcard.desk.model.properties import Property, PropertyType
from callingcard.desk.search import Kind, parse_decimal, parse_moment
from callingcard.desk.service.crm.built_in import BUILT_IN
from callingcard.kit.codec import rfc3339
from callingcard.kit.email import NotAnAddress, canonical_email

MAX_VALUE_LENGTH: Final = 65_536
_UNSTORABLE: Final = re.compile("[\\x00\ud800-\udfff]")
_NAMING: Final = ("email", "firstname", "lastname")
_DAY: Final = len("2030-01-01")

PROPERTIES: Final = BUILT_IN[ObjectType.CONTACTS]
"""The built-in properties of contacts."""

_KIND_OF: Final = {
    PropertyType.STRING: Kind.TEXT,
    PropertyType.NUMBER: Kind.DECIMAL,
    PropertyType.BOOL: Kind.TEXT,
    PropertyType.ENUMERATION: Kind.TEXT,
    PropertyType.DATE: Kind.MOMENT,
    PropertyType.DATETIME: Kind.MOMENT,
}


def kinds_of(known: Mapping[str, Property]) -> dict[str, Kind]:
    """Return how each of the *known* properties is compared in a search."""
    kinds = {name: _KIND_OF[one.type] for name, one in known.items()}
    return {**kinds, "hs_object_id": Kind.NUMBER}


KINDS: Final[Mapping[str, Kind]] = kinds_of(PROPERTIES)
"""How each built-in property of contacts is compared in a search."""


def checked(
    given: Mapping[str, str], known: Mapping[str, Property] = PROPERTIES
) -> dict[str, str]:
    """Return *given* as it may be kept; raises InvalidProperties.

    Names are lower-cased, and every value is written in the one way of its type.
    Every problem is told at once.

    >>> checked({"Email": "Ada@Example.com", "company": ""})
    {'email': 'ada@example.com', 'company': ''}
    """
    kept: dict[str, str] = {}
    problems: list[PropertyProblem] = []
    for given_name, value in given.items():
        name = given_name.lower()
        try:
            kept[name] = _checked_one(known.get(name), name, given_name, value)
        except _Refusal as refusal:
            problems.append(refusal.problem)
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


class _Refusal(Exception):
    """One value cannot be kept."""

    def __init__(self, name: str, code: str, reason: str) -> None:
        super().__init__(code)
        self.problem = PropertyProblem(name, code, reason)


def _checked_one(known: Property | None, name: str, given_name: str, value: str) -> str:
    """Return one value as it may be kept, or refuse it; the value is not quoted."""
    if known is None:
        reason = f'Property "{given_name[:100]}" does not exist'
        raise _Refusal(given_name, "PROPERTY_DOESNT_EXIST", reason)
    if known.read_only:
        raise _Refusal(name, "READ_ONLY_VALUE", f'"{name}" is a read only property')
    if len(value) > MAX_VALUE_LENGTH:
        reason = f"The value is longer than {MAX_VALUE_LENGTH} characters"
        raise _Refusal(name, "INVALID_LENGTH", reason)
    if _UNSTORABLE.search(value):
        raise _Refusal(name, "INVALID_STRING", "The value has a character that is no text")
    if not value:
        return value
    if name == "email":
        return _address(value)
    return _WAYS[known.type](known, value)


def _address(value: str) -> str:
    try:
        return canonical_email(value)
    except NotAnAddress as error:
        reason = f"Email address is invalid: {error}"
        raise _Refusal("email", "INVALID_EMAIL", reason) from error


def _string(_known: Property, value: str) -> str:
    return value


def _trimmed(known: Property, value: str) -> str:
    """Refuse spaces around a value that is no free text, as HubSpot does since 2025.

    See https://developers.hubspot.com/changelog/breaking-change-enhanced-validations-for-non-string-properties-in-hubspots-crmobject-apis.
    """
    if value != value.strip():
        reason = "The value includes leading or trailing whitespace."
        raise _Refusal(known.name, "LEADING_TRAILING_WHITESPACE", reason)
    return value


def _number(known: Property, value: str) -> str:
    if parse_decimal(_trimmed(known, value)) is None:
        raise _Refusal(known.name, "INVALID_INTEGER", "The value was not a valid number.")
    return value


def _chosen(known: Property, value: str) -> str:
    allowed = [option.value for option in known.options]
    if known.type is PropertyType.BOOL:
        allowed = ["true", "false"]
    chosen = [part for part in value.split(";") if part] if known.many else [value]
    if any(part not in allowed for part in chosen):
        reason = f"The value was not one of the allowed options: [{', '.join(allowed)}]"
        raise _Refusal(known.name, "INVALID_OPTION", reason)
    return ";".join(chosen)


def _moment(known: Property, value: str) -> str:
    try:
        return rfc3339(parse_moment(_trimmed(known, value)))
    except BadSearch as error:
        raise _Refusal(
            known.name,
            "INVALID_LONG",
            "The value was not a valid long: give milliseconds since 1970, or a time in UTC.",
        ) from error


def _date(known: Property, value: str) -> str:
    text = _moment(known, value)
    if text[_DAY:] != "T00:00:00.000Z":
        reason = "The value was not a valid date: it must be midnight in UTC."
        raise _Refusal(known.name, "INVALID_DATE", reason)
    return text[:_DAY]


_WAYS: Final[Mapping[PropertyType, Callable[[Property, str], str]]] = {
    PropertyType.STRING: _string,
    PropertyType.NUMBER: _number,
    PropertyType.BOOL: _chosen,
    PropertyType.ENUMERATION: _chosen,
    PropertyType.DATE: _date,
    PropertyType.DATETIME: _moment,
}
"""How the value of each type is checked, and the way it is written."""
