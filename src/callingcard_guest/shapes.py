"""Type hints as JSON Schema, and JSON as what the hints say.

Each hint becomes a ``Shape``: the schema that the server checks requests with, and how a
value that fits it becomes the Python value that ``main`` wants.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, Literal, Union, cast

from callingcard_guest.results import NotJson, to_json

Read = Callable[[Any, str], Any]


class NoShape(TypeError):
    """A hint that cannot be told as JSON Schema; the message names the place."""


class ArgumentError(TypeError):
    """A value that does not fit its hint; the message names the place."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """What one hint comes to."""

    schema: dict[str, Any]
    read: Read
    """Turns a value at a named place; raises ArgumentError."""


def shape_of(hint: Any, place: str, inside: tuple[Any, ...] = ()) -> Shape:
    """Return the shape of *hint*; raises NoShape, which names *place*."""
    if hint in inside:
        raise NoShape(f"{place}: {_name(hint)} refers to itself, which is not supported")
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin = typing.get_origin(hint)
    if origin is not None:
        return _generic(hint, origin, place, inside)
    if isinstance(hint, type):
        return _class(cast("type[Any]", hint), place, (*inside, hint))
    raise NoShape(f"{place}: {_name(hint)} cannot be told as JSON Schema")


def _class(kind: type[Any], place: str, inside: tuple[Any, ...]) -> Shape:
    if issubclass(kind, Enum):
        return _choice([to_json(member.value, place) for member in kind], kind)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, place, inside)
    if typing.is_typeddict(kind):
        return _typed_dict(kind, place, inside)
    raise NoShape(f"{place}: {_name(kind)} cannot be told as JSON Schema")


def _generic(hint: Any, origin: Any, place: str, inside: tuple[Any, ...]) -> Shape:
    given = typing.get_args(hint)
    if origin in (typing.Annotated, typing.Required, typing.NotRequired):
        shape = shape_of(given[0], place, inside)
        told = [note for note in given[1:] if isinstance(note, str)]
        described = {"description": told[0]} if told else {}
        return Shape({**shape.schema, **described}, shape.read)
    if origin is Literal:
        return _choice(list(given), None)
    if origin in (Union, types.UnionType):
        return _union([shape_of(part, place, inside) for part in given])
    if origin in _MANY or (origin is tuple and given[1:] == (Ellipsis,)):
        return _many(shape_of(given[0], f"{place}[]", inside), origin)
    if origin in (dict, Mapping) and given[0] is str:
        return _members(shape_of(given[1], f"{place}[]", inside))
    raise NoShape(f"{place}: {_name(hint)} cannot be told as JSON Schema")


def _exactly(kind: type, name: str) -> Shape:
    def read(value: Any, place: str) -> Any:
        if type(value) is not kind:
            raise ArgumentError(f"{place} is not {_KINDS[name]}")
        return value

    return Shape({"type": name}, read)


def _read_number(value: Any, place: str) -> float:
    if type(value) not in (int, float):
        raise ArgumentError(f"{place} is not a number")
    return float(value)


def _read_integer(value: Any, place: str) -> int:
    # 2.0 is an integer to JSON Schema, and so to the check before this one.
    if type(value) is int or (type(value) is float and value.is_integer()):
        return int(value)
    raise ArgumentError(f"{place} is not a whole number")


def _time(kind: Any, name: str) -> Shape:
    def read(value: Any, place: str) -> Any:
        try:
            return kind.fromisoformat(value)
        except (TypeError, ValueError):
            raise ArgumentError(f"{place} is not a {name} such as 2030-01-31…") from None

    return Shape({"type": "string", "format": name}, read)


def _choice(values: list[Any], kind: Any) -> Shape:
    def read(value: Any, place: str) -> Any:
        for known in values:
            if known == value and type(known) is type(value):
                return kind(known) if kind else known
        raise ArgumentError(f"{place} is none of {', '.join(map(repr, values))}")

    return Shape({"enum": values}, read)


def _union(parts: list[Shape]) -> Shape:
    def read(value: Any, place: str) -> Any:
        reasons: list[str] = []
        for part in parts:
            try:
                return part.read(value, place)
            except ArgumentError as error:
                reasons.append(str(error))
        raise ArgumentError(max(reasons, key=len))

    return Shape({"anyOf": [part.schema for part in parts]}, read)


def _many(item: Shape, kind: Any) -> Shape:
    make = kind if kind in (tuple, set, frozenset) else list

    def read(value: Any, place: str) -> Any:
        if not isinstance(value, list):
            raise ArgumentError(f"{place} is not a list")
        return make(item.read(each, f"{place}[{n}]") for n, each in enumerate(value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    return Shape({"type": "array", "items": item.schema}, read)


def _members(member: Shape) -> Shape:
    def read(value: Any, place: str) -> Any:
        return {k: member.read(v, f"{place}.{k}") for k, v in _object(value, place).items()}

    return Shape({"type": "object", "additionalProperties": member.schema}, read)


def _dataclass(kind: Any, place: str, inside: tuple[Any, ...]) -> Shape:
    hints = typing.get_type_hints(kind, include_extras=True)
    known = [f for f in dataclasses.fields(kind) if f.init]
    members = {f.name: shape_of(hints[f.name], f"{place}.{f.name}", inside) for f in known}
    missing = dataclasses.MISSING
    required = [f.name for f in known if f.default is missing and f.default_factory is missing]
    fields = _closed(members, required)
    return Shape(fields.schema, lambda value, place: kind(**fields.read(value, place)))


def _typed_dict(kind: Any, place: str, inside: tuple[Any, ...]) -> Shape:
    hints = typing.get_type_hints(kind, include_extras=True)
    members = {name: shape_of(hint, f"{place}.{name}", inside) for name, hint in hints.items()}
    return _closed(members, sorted(kind.__required_keys__))


def _closed(members: dict[str, Shape], required: list[str]) -> Shape:
    """Return the shape of an object with these members and no other."""

    def read(value: Any, place: str) -> dict[str, Any]:
        given = _object(value, place)
        for name in given:
            if name not in members:
                raise ArgumentError(f"{place} has no {name}")
        for name in required:
            if name not in given:
                raise ArgumentError(f"{place} lacks {name}")
        return {name: members[name].read(v, f"{place}.{name}") for name, v in given.items()}

    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: shape.schema for name, shape in members.items()},
        "additionalProperties": False,
    }
    return Shape({**schema, "required": required} if required else schema, read)


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ArgumentError(f"{place} is not an object")
    return value  # pyright: ignore[reportUnknownVariableType]


def _name(hint: Any) -> str:
    return str(getattr(hint, "__name__", None) or hint)[:80]


def default_of(value: Any) -> dict[str, Any]:
    """Return the member of a schema that tells a default, if JSON can."""
    try:
        return {"default": to_json(value)}
    except NotJson:
        return {}


_MANY: Final = (list, Sequence, Iterable, set, frozenset)
_KINDS: Final = {"string": "text", "boolean": "true or false", "null": "null"}
_ANYTHING: Final = Shape({}, lambda value, _: value)
_LIST: Final = _many(_ANYTHING, list)
_DICT: Final = _members(_ANYTHING)
_NONE: Final = _exactly(type(None), "null")
_PLAIN: Final[dict[Any, Shape]] = {
    Any: _ANYTHING,
    object: _ANYTHING,
    str: _exactly(str, "string"),
    bool: _exactly(bool, "boolean"),
    int: Shape({"type": "integer"}, _read_integer),
    float: Shape({"type": "number"}, _read_number),
    None: _NONE,
    type(None): _NONE,
    list: _LIST,
    dict: Shape({"type": "object"}, _DICT.read),
    datetime: _time(datetime, "date-time"),
    date: _time(date, "date"),
}
