"""What a function may return, and hand to a connector: JSON, and what stands for it."""

import dataclasses
import json
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final, cast
from uuid import UUID

from callingcard_guest.records import Record

DEPTH: Final = 64
"""How deep lists and objects may be inside each other; the server takes no more either."""


class NotJson(TypeError):
    """The value has no counterpart in JSON; the message says where and what it is."""


def to_json(value: Any, place: str = "the result", depth: int = 0) -> Any:
    """Return *value* as JSON; dataclasses, dates, enums, tuples, sets and records are turned.

    *place* names it in the message of NotJson, which is raised for everything else.

    >>> to_json({"at": date(2030, 1, 1), "ids": (1, 2)})
    {'at': '2030-01-01', 'ids': [1, 2]}
    """
    if depth > DEPTH:
        raise NotJson(f"{place} is nested more than {DEPTH} levels deep")
    if value is None or type(value) in (bool, str, int):
        return value
    if isinstance(value, float):
        if value - value != 0:
            raise NotJson(f"{place} is {value}, which JSON cannot say")
        return float(value)
    if isinstance(value, Record):
        return _object(value.to_dict(), place, depth)
    if isinstance(value, Mapping):
        return _object(cast("Mapping[Any, Any]", value), place, depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        given = cast("Collection[Any]", value)
        items = sorted(given, key=repr) if isinstance(value, (set, frozenset)) else given
        return [to_json(item, f"{place}[{n}]", depth + 1) for n, item in enumerate(items)]
    return _other(value, place, depth)


def encode(value: Any) -> bytes:
    """Return *value*, which is JSON, as text in UTF-8; raises NotJson."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise NotJson("the result holds text that is not Unicode") from None
    except ValueError as error:
        raise NotJson(f"the result is not JSON: {error}") from None


def _object(value: Mapping[Any, Any], place: str, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in value.items():
        if not isinstance(name, str):
            raise NotJson(
                f"{place} has a key of type {type(name).__name__}; JSON has text only"
            )
        found[str(name)] = to_json(member, f"{place}[{name[:40]!r}]", depth + 1)
    return found


def _other(value: Any, place: str, depth: int) -> Any:
    if isinstance(value, Enum):
        return to_json(value.value, place, depth + 1)
    if isinstance(value, (str, int)):
        return str(value) if isinstance(value, str) else int(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return _object(members, place, depth)
    raise NotJson(f"{place} is of type {type(value).__name__[:80]}, which is not JSON")
