"""Questions to a list: filters, order and paging, and how HubSpot writes them.

A ``Query`` is plain data, so that a store can turn it into SQL and a test can
answer it with a loop. HubSpot's filter groups become one here: groups are
alternatives, the filters within a group must all hold.

Text is compared folded (``fold``), so that upper and lower case are one; words are
found in tokens (``tokens``), as HubSpot does. Times are compared to the
millisecond, which is all that HubSpot's clients ever see of them.

Invariant: a property that is not known matches no operator but the ones that
ask whether it is known.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar, cast

from callingcard.desk.errors import BadSearch
from callingcard.kit.codec import parse_rfc3339

Item = TypeVar("Item")

MAX_GROUPS: Final = 5
MAX_FILTERS_PER_GROUP: Final = 6
MAX_FILTERS: Final = 18
MAX_RESULTS: Final = 10_000
"""How far a search can be paged; HubSpot refuses to go on from there."""
MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 10
_MAX_NUMBER: Final = 2**63 - 1
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC)


class Operator(StrEnum):
    """HubSpot's operators, by HubSpot's names."""

    EQ = "EQ"
    NEQ = "NEQ"
    LT = "LT"
    LTE = "LTE"
    GT = "GT"
    GTE = "GTE"
    BETWEEN = "BETWEEN"
    IN = "IN"
    NOT_IN = "NOT_IN"
    HAS_PROPERTY = "HAS_PROPERTY"
    NOT_HAS_PROPERTY = "NOT_HAS_PROPERTY"
    CONTAINS_TOKEN = "CONTAINS_TOKEN"  # noqa: S105  (HubSpot's word, no secret)
    NOT_CONTAINS_TOKEN = "NOT_CONTAINS_TOKEN"  # noqa: S105  (likewise)


_LISTS: Final = frozenset({Operator.IN, Operator.NOT_IN})
_QUESTIONS: Final = frozenset({Operator.HAS_PROPERTY, Operator.NOT_HAS_PROPERTY})
_TOKENS: Final = frozenset({Operator.CONTAINS_TOKEN, Operator.NOT_CONTAINS_TOKEN})


class Kind(StrEnum):
    """How the values of a property are compared."""

    TEXT = "text"
    NUMBER = "number"
    """Whole numbers, such as ids."""
    DECIMAL = "decimal"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: a property, an operator, and the values it is compared with."""

    property: str
    operator: Operator
    values: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    """How the values compare; a store may know better of what it keeps in columns."""


@dataclass(frozen=True, slots=True)
class Sort:
    """An order by one property."""

    property: str
    descending: bool = False
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Query:
    """Which items, in which order, and which page of them.

    *groups* are alternatives; no group at all means everything. *text* is words to
    find anywhere in what people would call the item by.
    """

    groups: tuple[tuple[Filter, ...], ...] = ()
    sorts: tuple[Sort, ...] = ()
    text: str = ""
    limit: int = 50
    offset: int = 0
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, how many there are in all, and where the next page starts."""

    items: Sequence[Item]
    total: int
    next_offset: int | None


def fold(text: str) -> str:
    """Return *text* so that two spellings of one word are equal, on every engine.

    Databases disagree about what lower case is; so they are never asked.

    >>> fold("ÅSA") == fold("a\N{COMBINING RING ABOVE}sa")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def tokens(text: str) -> str:
    """Return the folded words of *text*, each with a space on either side.

    >>> tokens("Ada.Lovelace@Example.com")
    ' ada lovelace example com '
    """
    words = "".join(c if _of_a_word(c) else " " for c in fold(text))
    return f" {' '.join(words.split())} "


def _of_a_word(character: str) -> bool:
    """Say whether *character* is a letter, a digit, or a mark on one."""
    return character.isalnum() or unicodedata.category(character).startswith("M")


def token_pattern(value: str) -> str | None:
    """Return the LIKE pattern over ``tokens`` that finds *value*; None when it has no word.

    A ``*`` in *value* stands for anything. No escape is needed: words have neither
    ``%`` nor ``_`` in them.

    >>> token_pattern("ada"), token_pattern("*@example.com"), token_pattern("--")
    ('% ada %', '%% example com %', None)
    """
    parts = [tokens(part) for part in value.split("*")]
    if not any(part.strip() for part in parts):
        return None
    last = len(parts) - 1
    shaped = [
        _beside_star(part, value_part, first=index == 0, last=index == last)
        for index, (part, value_part) in enumerate(zip(parts, value.split("*"), strict=True))
    ]
    return f"%{'%'.join(shaped)}%"


def _beside_star(words: str, raw: str, *, first: bool, last: bool) -> str:
    """Keep the space at an end of *words* only where a word must really begin or end."""
    if not words.strip():
        return ""
    kept = words.strip()
    if first or not _of_a_word(fold(raw)[0]):
        kept = f" {kept}"
    if last or not _of_a_word(fold(raw)[-1]):
        kept = f"{kept} "
    return kept


def parse_moment(text: str) -> datetime:
    """Read a time as HubSpot takes it: milliseconds since 1970, RFC 3339, or a date.

    >>> parse_moment("1893456000000") == parse_moment("2030-01-01")
    True
    """
    try:
        if text.removeprefix("-").isdecimal() and text.isascii():
            moment = _EPOCH + timedelta(milliseconds=int(text))
        else:
            day = len(text) == len("2030-01-01")
            moment = parse_rfc3339(f"{text}T00:00:00Z" if day else text)
        # A bound is this moment or the next millisecond, which must exist too.
        return min(moment, _LAST)
    except (ValueError, OverflowError) as error:
        raise BadSearch(
            "A value is compared with a date, and is none.",
            hint="Use milliseconds since 1970, or a time such as 2030-01-01T12:00:00Z.",
        ) from error


def parse_search(body: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Query:
    """Return the question in the *body* of a HubSpot search; raises BadSearch.

    *kinds* names the properties there are.
    """
    limit = _whole(body.get("limit", DEFAULT_LIMIT), "limit")
    offset = _whole(body.get("after") or 0, "after")
    if not 0 <= limit <= MAX_LIMIT:
        raise BadSearch(f"The limit must be between 0 and {MAX_LIMIT}.")
    if offset + limit > MAX_RESULTS:
        raise BadSearch(f"A search can be paged over {MAX_RESULTS} results at most.")
    text = body.get("query") or ""
    if not isinstance(text, str):
        raise BadSearch("The query must be text.")
    return Query(
        groups=parse_filter_groups(_items(body, "filterGroups"), kinds),
        sorts=parse_sorts(_items(body, "sorts"), kinds),
        text=text,
        limit=limit,
        offset=offset,
    )


def parse_filter_groups(
    groups: Sequence[Any], kinds: Mapping[str, Kind]
) -> tuple[tuple[Filter, ...], ...]:
    """Return HubSpot's filter *groups* as conditions, within HubSpot's limits.

    >>> group = {"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}]}
    >>> parse_filter_groups([group], {"email": Kind.TEXT})[0][0].operator.name
    'HAS_PROPERTY'
    """
    if len(groups) > MAX_GROUPS:
        raise BadSearch(f"A search can have {MAX_GROUPS} filter groups at most.")
    parsed = tuple(_parse_group(_mapping(group, "filterGroups"), kinds) for group in groups)
    if sum(len(group) for group in parsed) > MAX_FILTERS:
        raise BadSearch(f"A search can have {MAX_FILTERS} filters at most.")
    return parsed


def _parse_group(group: Mapping[str, Any], kinds: Mapping[str, Kind]) -> tuple[Filter, ...]:
    """Return the filters of one group, of which there must be some."""
    filters = _items(group, "filters")
    if not filters:
        raise BadSearch("A filter group needs a filter.")
    if len(filters) > MAX_FILTERS_PER_GROUP:
        raise BadSearch(f"A filter group can have {MAX_FILTERS_PER_GROUP} filters at most.")
    return tuple(_parse_filter(_mapping(item, "filters"), kinds) for item in filters)


def _parse_filter(raw: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Filter:
    """Return one filter, its values in the one way to write them."""
    name, kind = _known_property(raw.get("propertyName"), kinds)
    try:
        operator = Operator(raw.get("operator", ""))
    except ValueError as error:
        raise BadSearch(
            "There is no such operator.", hint=f"Use one of {', '.join(Operator)}."
        ) from error
    if operator in _TOKENS and kind is not Kind.TEXT:
        raise BadSearch(f"The operator {operator} is only for text.")
    values = _values_of(raw, operator)
    return Filter(name, operator, tuple(_canonical(value, kind) for value in values), kind)


def _values_of(raw: Mapping[str, Any], operator: Operator) -> list[str]:
    """Return the values that *operator* needs, wherever HubSpot puts them."""
    if operator in _QUESTIONS:
        return []
    if operator in _LISTS:
        given = _items(raw, "values")
        if not given:
            raise BadSearch(f"The operator {operator} needs values.")
        return [_text(value) for value in given]
    wanted = ["value", "highValue"] if operator is Operator.BETWEEN else ["value"]
    if any(raw.get(name) is None for name in wanted):
        raise BadSearch(f"The operator {operator} needs {' and '.join(wanted)}.")
    return [_text(raw[name]) for name in wanted]


def _canonical(value: str, kind: Kind) -> str:
    """Return *value* as the store compares it; raises BadSearch when it cannot be."""
    match kind:
        case Kind.TEXT:
            return value
        case Kind.NUMBER:
            return str(_whole(value, "value"))
        case Kind.DECIMAL:
            return _decimal(value)
        case Kind.MOMENT:
            return str((parse_moment(value) - _EPOCH) // timedelta(milliseconds=1))


def parse_sorts(sorts: Sequence[Any], kinds: Mapping[str, Kind]) -> tuple[Sort, ...]:
    """Return HubSpot's *sorts*: objects, or names with a ``-`` for descending.

    >>> parse_sorts(["-createdate"], {"createdate": Kind.MOMENT})
    (Sort(property='createdate', descending=True, kind=<Kind.MOMENT: 'moment'>),)
    """
    if len(sorts) > 1:
        raise BadSearch("A search can be sorted by one property only.")
    return tuple(_parse_sort(item, kinds) for item in sorts)


def _parse_sort(raw: Any, kinds: Mapping[str, Kind]) -> Sort:
    """Return one order."""
    if isinstance(raw, str):
        name, kind = _known_property(raw.removeprefix("-"), kinds)
        return Sort(name, descending=raw.startswith("-"), kind=kind)
    sort = _mapping(raw, "sorts")
    name, kind = _known_property(sort.get("propertyName"), kinds)
    direction = sort.get("direction", "ASCENDING")
    if direction not in {"ASCENDING", "DESCENDING"}:
        raise BadSearch("A direction is ASCENDING or DESCENDING.")
    return Sort(name, descending=direction == "DESCENDING", kind=kind)


def _known_property(name: Any, kinds: Mapping[str, Kind]) -> tuple[str, Kind]:
    """Return the property with this *name*, in any case of letters, and its kind."""
    if not isinstance(name, str) or name.lower() not in kinds:
        raise BadSearch("A filter or sort names a property that does not exist.")
    return name.lower(), kinds[name.lower()]


def _items(body: Mapping[str, Any], name: str) -> list[Any]:
    """Return the list under *name*, empty when it is absent."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadSearch(f"The member {name} must be a list.")
    return cast("list[Any]", value)


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    """Return *value* as an object."""
    if not isinstance(value, dict):
        raise BadSearch(f"The members of {name} must be objects.")
    return cast("dict[str, Any]", value)


def _text(value: Any) -> str:
    """Return a JSON scalar as HubSpot's text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise BadSearch("A value must be text or a number.")


def parse_decimal(text: str) -> float | None:
    """Read a plain decimal number; None when *text* is none that every engine can hold.

    >>> parse_decimal("12.50"), parse_decimal("-3"), parse_decimal("1e9"), parse_decimal("x")
    (12.5, -3.0, None, None)
    """
    return float(text) if _DECIMAL.fullmatch(text) else None


def _decimal(value: str) -> str:
    """Return *value* if it is a number."""
    if parse_decimal(value.strip()) is None:
        raise BadSearch("A value is compared with a number, and is none.")
    return value.strip()


def _whole(value: Any, name: str) -> int:
    """Return *value* as a whole number that every engine can hold."""
    text = str(value).strip()
    digits = text.removeprefix("-")
    short = len(digits) <= len(str(_MAX_NUMBER))
    if not (digits.isdecimal() and digits.isascii() and short) or int(digits) > _MAX_NUMBER:
        raise BadSearch(f"The {name} must be a whole number.")
    return int(text)
