"""Whether a call's arguments are what ``main`` takes, told in plain words.

The schemas are those that ``deploying.schemas`` lets through: a few words of JSON Schema,
which cost no more to check than to look at.

Invariant: no reason quotes what was sent, since that may be a secret.
Invariant: a check ends after a bounded number of looks, whatever is sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from callingcard.errors import Invalid
from callingcard.functions.model.values import Json
from callingcard.functions.model.versions import Version

_MOST_LOOKS: Final = 250_000
_MOST_REASONS: Final = 20
_KINDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def check_arguments(version: Version, arguments: Mapping[str, Json]) -> None:
    """Raise Invalid, with a reason for each field, unless ``main`` takes *arguments*.

    What is left out keeps the default that the function's own code gives it.
    """
    wrong = _Looking().at(version.schema, arguments, ())
    if wrong:
        fields: dict[str, str] = {}
        for one in wrong[:_MOST_REASONS]:
            name = ".".join(str(part) for part in one.place)
            fields.setdefault(name[:200] or "body", one.told[:300])
        raise Invalid(
            f"{version.function} does not take these arguments.",
            fields=fields,
            hint="See the function's parameters in /openapi.json.",
        )


def named(schema: Mapping[str, Json], arguments: Mapping[str, Json]) -> dict[str, Json]:
    """Return those *arguments* that ``main`` names: nobody has to take a whole event.

    >>> named({"properties": {"id": {}}}, {"id": "1", "at": "noon"})
    {'id': '1'}
    """
    names = _mapping(schema.get("properties"))
    return {name: value for name, value in arguments.items() if name in names}


def from_query(
    schema: Mapping[str, Json], pairs: Iterable[tuple[str, str]]
) -> dict[str, Json]:
    """Return the arguments that a query holds, its text read as the schema says.

    What cannot be read stays text, so that ``Parameters.check`` says what is wrong.
    Raises Invalid for a name that is given twice and takes no list.

    >>> schema = {"properties": {"n": {"type": "integer"}, "tags": {"type": "array"}}}
    >>> from_query(schema, [("n", "7"), ("tags", "a"), ("tags", "b")])
    {'n': 7, 'tags': ['a', 'b']}
    """
    given: dict[str, list[str]] = {}
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    properties = _mapping(schema.get("properties"))
    found: dict[str, Json] = {}
    for name, texts in given.items():
        shapes = list(_shapes(_mapping(properties.get(name))))
        lists = [shape for shape in shapes if shape.get("type") == "array"]
        if lists:
            items = list(_shapes(_mapping(lists[0].get("items"))))
            found[name] = [_read(text, items) for text in texts]
        elif len(texts) > 1:
            raise Invalid("A parameter is there twice.", fields={name[:100]: "is there twice"})
        else:
            found[name] = _read(texts[0], shapes)
    return found


def _shapes(schema: Mapping[str, Json]) -> Iterable[Mapping[str, Json]]:
    """Yield each thing that *schema* says a value may be, one type at a time."""
    for part in _list(schema.get("anyOf")):
        yield from _shapes(_mapping(part))
    if "type" in schema:
        yield schema
    yield from ({"type": _kind_of(choice)} for choice in _list(schema.get("enum")))


def _read(text: str, shapes: Sequence[Mapping[str, Json]]) -> Json:
    """Return *text* as the first of *shapes* that it can be read as."""
    kinds = {str(shape.get("type")) for shape in shapes}
    if "boolean" in kinds and text in {"true", "false"}:
        return text == "true"
    digits = text.removeprefix("-")
    longest = 40
    if digits.isascii() and len(digits) < longest:
        if digits.isdigit() and kinds & {"integer", "number"}:
            return int(text)
        whole, dot, part = digits.partition(".")
        if "number" in kinds and dot and whole.isdigit() and part.isdigit():
            return float(text)
    if not text and "null" in kinds and "string" not in kinds:
        return None
    return text


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Something that is not as it should be."""

    place: tuple[str | int, ...]
    reason: str = ""
    kinds: tuple[str, ...] = ()
    """What it should be, where that is all that is wrong."""

    @property
    def told(self) -> str:
        """The reason in words."""
        words = dict.fromkeys(_KINDS.get(kind, kind) for kind in self.kinds)
        return self.reason or f"must be {' or '.join(words)}"


class _Looking:
    """One check of one call's arguments."""

    def __init__(self) -> None:
        self._left = _MOST_LOOKS

    def at(
        self, schema: Mapping[str, Json], value: Json, place: tuple[str | int, ...]
    ) -> list[_Wrong]:
        """Return what is wrong with *value*."""
        choices = _list(schema.get("enum"))
        self._left -= 1 + len(choices) // 8
        if self._left < 0:
            raise Invalid("The arguments have more parts than can be checked.")
        kind = schema.get("type")
        if isinstance(kind, str) and not _is(kind, value):
            return [_Wrong(place, kinds=(kind,))]
        if "enum" in schema and not any(
            type(choice) is type(value) and choice == value for choice in choices
        ):
            return [_Wrong(place, f"must be one of {', '.join(map(str, choices))}")]
        wrong = self._any_of(schema, value, place)
        if isinstance(value, Mapping):
            wrong += self._members(schema, value, place)
        elif isinstance(value, list) and (items := _mapping(schema.get("items"))):
            for number, item in enumerate(value):
                if len(wrong) >= _MOST_REASONS:
                    break
                wrong += self.at(items, item, (*place, number))
        return wrong

    def _any_of(
        self, schema: Mapping[str, Json], value: Json, place: tuple[str | int, ...]
    ) -> list[_Wrong]:
        """Say what comes nearest, when *value* is none of several things."""
        causes: list[_Wrong] = []
        for part in _list(schema.get("anyOf")):
            wrong = self.at(_mapping(part), value, place)
            if not wrong:
                return []
            causes += wrong
        if causes and all(cause.kinds and cause.place == place for cause in causes):
            return [_Wrong(place, kinds=tuple(k for cause in causes for k in cause.kinds))]
        return [max(causes, key=lambda cause: len(cause.place))] if causes else []

    def _members(
        self,
        schema: Mapping[str, Json],
        value: Mapping[str, Json],
        place: tuple[str | int, ...],
    ) -> list[_Wrong]:
        known = _mapping(schema.get("properties"))
        more = schema.get("additionalProperties", True)
        wrong = [
            _Wrong((*place, str(name)), "is missing")
            for name in _list(schema.get("required"))
            if name not in value
        ]
        for name, member in value.items():
            if len(wrong) >= _MOST_REASONS:
                break
            if name in known:
                wrong += self.at(_mapping(known[name]), member, (*place, name))
            elif more is False:
                wrong.append(_Wrong((*place, name), "is not a parameter"))
            elif isinstance(more, Mapping):
                wrong += self.at(more, member, (*place, name))
        return wrong


def _is(kind: str, value: Json) -> bool:
    """Say whether *value* is of a type of JSON Schema, to which 2.0 is an integer."""
    if kind == "integer":
        return type(value) is int or (isinstance(value, float) and value.is_integer())
    if kind == "number":
        return type(value) in {int, float}
    if kind == "object":
        return isinstance(value, Mapping)
    return type(value) is _TYPES.get(kind)


_TYPES: Final[Mapping[str, type]] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "null": type(None),
}


def _kind_of(value: Json) -> str:
    """Return JSON Schema's name for the type of *value*."""
    if value is None:
        return "null"
    names: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number"}
    return names.get(type(value), "string")


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()
