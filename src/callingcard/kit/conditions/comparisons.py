"""How a property is compared with a value, each kind of it in its own way.

The property's type decides: a number with a number, also where the value is text that
says one; a date with ISO 8601; text without regard to upper and lower case.

Invariant: what cannot be compared says neither yes nor no.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from operator import eq, ge, gt, le, lt
from typing import Any, Final, TypeAlias, cast

Value: TypeAlias = str | int | float | bool | date | datetime | Sequence[str] | None
"""What a property may be; None, blank text and the empty list are unknown."""
Truth: TypeAlias = bool | None
"""True, false, or None for unknown."""
Compare: TypeAlias = Callable[[Value], Truth]

MAX_TEXT: Final = 500
MAX_LIST: Final = 100

_MOST: Final = 1e30
_NUMBER: Final = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,15})?\Z", re.ASCII)


class Operator(StrEnum):
    """How a property is compared with the value."""

    EQ = "eq"
    NEQ = "neq"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    BETWEEN = "between"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IS_KNOWN = "is_known"
    IS_UNKNOWN = "is_unknown"


_NEEDS_NO_VALUE: Final = {Operator.IS_KNOWN, Operator.IS_UNKNOWN}
_NEEDS_LIST: Final = {Operator.IN, Operator.NOT_IN}
_NEEDS_TEXT: Final = {Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH}
_NEEDS_ORDER: Final = {Operator.LT, Operator.LTE, Operator.GT, Operator.GTE}


def wrong_value(operator: Operator, value: object, *, given: bool) -> str:
    """Return why *value* does not go with *operator*, or nothing."""
    if operator in _NEEDS_NO_VALUE:
        return "this operator takes no value" if given else ""
    if operator in _NEEDS_LIST or operator is Operator.BETWEEN:
        return _wrong_list(operator, value)
    if not _is_scalar(value):
        return f"must be a number, true or false, or text of 1 to {MAX_TEXT} characters"
    if operator in _NEEDS_TEXT and not isinstance(value, str):
        return "must be text"
    if operator in _NEEDS_ORDER and isinstance(value, bool):
        return "must be a number, a date or text"
    return ""


def _wrong_list(operator: Operator, value: object) -> str:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return "must be a list"
    items = cast("Sequence[object]", value)
    if not all(map(_is_scalar, items)):
        return f"must be a list of numbers, or of texts of 1 to {MAX_TEXT} characters"
    if operator is not Operator.BETWEEN:
        fits = 0 < len(items) <= MAX_LIST
        return "" if fits else f"must have 1 to {MAX_LIST} values"
    if len(items) != 2 or any(isinstance(item, bool) for item in items):  # noqa: PLR2004
        return "must be two values: the lowest and the highest"
    low, high = (_Operand(cast("str | int | float", item)) for item in items)
    pair = low.against(high.given)
    return "" if pair is not None and pair[0] >= pair[1] else "the lowest comes first"


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= MAX_TEXT
    # Not finite is not less, so this refuses infinities and what is no number too.
    return isinstance(value, (int, float)) and abs(value) < _MOST


class _Operand:
    """A value of a condition, read in every way in which it may be compared."""

    def __init__(self, given: str | float) -> None:
        self.given = given
        is_text = isinstance(given, str)
        self.text = given.casefold() if is_text else None
        self._number = None if isinstance(given, bool) else _number(given)
        self._truth = given if isinstance(given, bool) else _truth(str(given))
        self._moment = _moment(given) if is_text else None

    def against(self, found: Value) -> tuple[Any, Any] | None:
        """Return *found* and this in one type, or None when they cannot be compared."""
        if isinstance(found, str):
            ours = self.text
            if ours is not None:
                return found.casefold(), ours
            if isinstance(self.given, bool):
                return _pair(_truth(found), self.given)
            return _pair(_number(found), self._number)
        if isinstance(found, bool):
            return _pair(found, self._truth)
        if isinstance(found, (int, float)):
            return _pair(found, self._number)
        return _pair(_moment(found), self._moment) if isinstance(found, date) else None


def _pair(found: object, wanted: object) -> tuple[Any, Any] | None:
    return None if found is None or wanted is None else (found, wanted)


def _number(value: str | float) -> float | None:
    """Return the number that *value* is or says."""
    if not isinstance(value, str):
        return value
    found = value.strip()
    return float(found) if len(found) < MAX_LIST and _NUMBER.match(found) else None


def _truth(value: str) -> bool | None:
    return {"true": True, "false": False}.get(value.strip().casefold())


def _moment(value: str | date) -> datetime | None:
    """Return the moment that *value* is or says; a day is its midnight in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def is_known(value: Value) -> bool:
    """Say whether a property has a value: nothing, blank text and an empty list are none.

    >>> is_known(0), is_known(" "), is_known(None)
    (True, False, False)
    """
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value not in ((), [])


def comparison(operator: Operator, value: Any) -> Compare:
    """Return what compares a property with *value*."""
    if operator in _NEEDS_NO_VALUE:
        wanted = operator is Operator.IS_KNOWN
        return lambda found: is_known(found) is wanted
    inner = _of_list(operator, value) or _of_one(operator, value)

    def compare(found: Value) -> Truth:
        if isinstance(found, str):
            return inner(found) if found and not found.isspace() else None
        return inner(found) if is_known(found) else None

    return compare


def _of_list(operator: Operator, value: Any) -> Compare | None:
    """Return a comparison with a list of values."""
    if operator is Operator.BETWEEN:
        low, high = _Operand(value[0]), _Operand(value[1])
        return lambda found: _both(_test(ge, low, found), _test(le, high, found))
    if operator not in _NEEDS_LIST:
        return None
    operands = [_Operand(item) for item in value]
    wanted = operator is Operator.IN

    def among(found: Value) -> Truth:
        each = found if isinstance(found, (list, tuple)) else (found,)
        tests = [_test(eq, operand, one) for one in each for operand in operands]
        if True in tests:
            return wanted
        return None if None in tests else not wanted

    return among


def _of_one(operator: Operator, value: Any) -> Compare:
    """Return a comparison with one value."""
    operand = _Operand(value)
    if operator in _NEEDS_TEXT:
        return _of_text(operator, value.casefold())
    if operator is Operator.NEQ:
        return lambda found: _not(_test(eq, operand, found))
    test = {
        Operator.EQ: eq,
        Operator.LT: lt,
        Operator.LTE: le,
        Operator.GT: gt,
        Operator.GTE: ge,
    }[operator]
    text = operand.text

    def compare(found: Value) -> Truth:
        if isinstance(found, str) and text is not None:
            return test(found.casefold(), text)
        return _test(test, operand, found)

    return compare


def _of_text(operator: Operator, wanted: str) -> Compare:
    def compare(found: Value) -> Truth:
        if isinstance(found, (list, tuple)):
            if operator is not Operator.CONTAINS:
                return None
            return any(one.casefold() == wanted for one in cast("Sequence[str]", found))
        if not isinstance(found, str):
            return None
        text = found.casefold()
        if operator is Operator.CONTAINS:
            return wanted in text
        starts = operator is Operator.STARTS_WITH
        return text.startswith(wanted) if starts else text.endswith(wanted)

    return compare


def _test(test: Callable[[Any, Any], bool], operand: _Operand, found: Value) -> Truth:
    pair = operand.against(found)
    return None if pair is None else test(*pair)


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _both(one: Truth, other: Truth) -> Truth:
    return None if one is None or other is None else one and other
