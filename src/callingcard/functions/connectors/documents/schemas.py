"""JSON Schemas, of any quality, as Python's type annotations.

Objects in replies become classes, since a function reads them by attribute; objects in
arguments are written as dictionaries, so a mapping is all that is said of them. What
cannot be said in a type, or goes on too long, is ``Any``: a reply is never refused for
what its schema says.

Invariant: this ends for every document, however its references go round.
"""

import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from callingcard.functions.connectors.documents.naming import class_name, distinct
from callingcard.functions.model.connectors import Member, ResultClass

MAX_CLASSES: Final = 3000
MAX_DEPTH: Final = 16
MAX_LITERALS: Final = 64
MAX_MEMBERS: Final = 300
MAX_STEPS: Final = 300_000
"""How many schemas of one document are looked at: alternatives of alternatives multiply."""

MAX_ANNOTATION: Final = 2000
"""The longest annotation in characters; nobody reads further."""

_SCALARS: Final = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}
_JOINTS: Final = ("oneOf", "anyOf")

Schema = Mapping[str, Any]


def table(value: object) -> Schema:
    """Return *value* when it is an object, and an empty one otherwise."""
    return cast("Schema", value) if isinstance(value, Mapping) else {}


def rows(value: object) -> Sequence[Any]:
    """Return *value* when it is an array, and an empty one otherwise."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else []


class Types:
    """Turns the schemas of one document into annotations, and collects result classes."""

    def __init__(self, document: Schema | None = None) -> None:
        self._document: Schema = document or {}
        self._classes: dict[str, ResultClass | None] = {}
        self._of_reference: dict[str, str] = {}
        self._steps = 0

    @property
    def classes(self) -> tuple[ResultClass, ...]:
        """Every class that an annotation has named so far."""
        return tuple(found for found in self._classes.values() if found is not None)

    def resolve(self, schema: object, *, seen: tuple[str, ...] = ()) -> Schema:
        """Return what *schema* says, or the empty schema when its reference leads nowhere."""
        found = table(schema)
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        if reference in seen or len(seen) >= MAX_DEPTH or not reference.startswith("#/"):
            return {}
        target: object = self._document
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            target = table(target).get(key)
        return self.resolve(target, seen=(*seen, reference))

    def argument(self, schema: object, *, depth: int = 0) -> str:
        """Return the annotation of something that a function passes."""
        found = self._next(schema, depth)
        if not found:
            return "Any"
        if joined := self._joined(found):
            return _union(self.argument(one, depth=depth + 1) for one in joined)
        if literal := _literal(found):
            return _or_none(literal, found)
        kinds = _kinds(found) or (["object"] if self.is_object(found) else [])
        return _or_none(
            _union(self._argument_of(kind, found, depth) for kind in kinds) or "Any", found
        )

    def result(self, schema: object, hint: str, *, depth: int = 0) -> str:
        """Return the annotation of something in a reply; *hint* names it if nothing does."""
        found = self._next(schema, depth)
        if not found:
            return "Any"
        if joined := self._joined(found):
            return _union(self.result(one, hint, depth=depth + 1) for one in joined)
        if literal := _literal(found):
            return _or_none(literal, found)
        kinds = _kinds(found) or (["object"] if self.is_object(found) else [])
        named = (self._result_of(kind, schema, hint, depth) for kind in kinds)
        return _or_none(_union(named) or "Any", found)

    def is_object(self, schema: object) -> bool:
        """Say whether a schema is that of an object with named members."""
        found = self.resolve(schema)
        return _kinds(found) in ([], ["object"]) and bool(self.members(found)[0])

    def members(self, schema: object, *, depth: int = 0) -> tuple[dict[str, Any], set[str]]:
        """Return the members of an object, those of every part of an allOf among them.

        The second is the names of those that must be there.
        """
        found = self._next(schema, depth)
        properties: dict[str, Any] = {}
        required: set[str] = set()
        for part in rows(found.get("allOf")):
            more, needed = self.members(part, depth=depth + 1)
            properties |= more
            required |= needed
        properties |= dict(table(found.get("properties")))
        required |= {name for name in rows(found.get("required")) if isinstance(name, str)}
        return dict(list(properties.items())[:MAX_MEMBERS]), required & set(properties)

    def _next(self, schema: object, depth: int) -> Schema:
        """Return what *schema* says; nothing when enough has been looked at."""
        self._steps += 1
        enough = depth > MAX_DEPTH or self._steps > MAX_STEPS
        return {} if enough else self.resolve(schema)

    def _joined(self, found: Schema) -> Sequence[Any]:
        """Return the alternatives of a schema, or nothing when it has only itself."""
        for joint in _JOINTS:
            if rows(found.get(joint)) and not table(found.get("properties")):
                nothing = [{"type": "null"}] if found.get("nullable") is True else []
                return [*rows(found.get(joint))[:MAX_LITERALS], *nothing]
        parts = rows(found.get("allOf"))
        # One part is the usual way to hang a description on a reference.
        if len(parts) == 1 and not table(found.get("properties")):
            nothing = [{"type": "null"}] if found.get("nullable") is True else []
            return [parts[0], *nothing]
        return []

    def _argument_of(self, kind: str, found: Schema, depth: int) -> str:
        """Return the annotation of one kind of argument."""
        if kind == "array":
            return f"Sequence[{self.argument(found.get('items'), depth=depth + 1)}]"
        if kind == "object":
            more = table(found.get("additionalProperties"))
            plain = more and not table(found.get("properties"))
            inner = self.argument(more, depth=depth + 1) if plain else "Any"
            return f"Mapping[str, {inner}]"
        return _SCALARS.get(kind, "Any")

    def _result_of(self, kind: str, schema: object, hint: str, depth: int) -> str:
        """Return the annotation of one kind of result."""
        found = self.resolve(schema)
        if kind == "array":
            return f"list[{self.result(found.get('items'), hint + 'Item', depth=depth + 1)}]"
        if kind == "object":
            if self.members(found)[0]:
                return self._class_of(schema, hint, depth)
            more = table(found.get("additionalProperties"))
            if more:
                return f"Map[{self.result(more, hint + 'Value', depth=depth + 1)}]"
            return "Map[Any]"
        return _SCALARS.get(kind, "Any")

    def _class_of(self, schema: object, hint: str, depth: int) -> str:
        """Return the name of the class of an object, made when it is first met."""
        reference = table(schema).get("$ref")
        if isinstance(reference, str) and reference in self._of_reference:
            return self._of_reference[reference]
        if len(self._classes) >= MAX_CLASSES:
            return "Any"
        wanted = (
            class_name(reference.rpartition("/")[2]) if isinstance(reference, str) else hint
        )
        name = distinct(
            wanted, {*self._classes, "Any", "Map", "Literal", "Mapping", "Sequence"}
        )
        self._classes[name] = None  # so that a member that leads back here finds it
        if isinstance(reference, str):
            self._of_reference[reference] = name
        properties, required = self.members(schema)
        members = tuple(
            Member(
                member,
                self.result(inner, name + class_name(member), depth=depth + 1),
                member in required,
            )
            for member, inner in properties.items()
            if is_attribute(member)
        )
        self._classes[name] = ResultClass(name, members, summary_of(self.resolve(schema)))
        return name


def is_attribute(name: str) -> bool:
    """Say whether *name* can be written after a dot; others are read by item."""
    return (
        name.isascii()
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("__")
        and name != "to_dict"
    )


def summary_of(found: Schema) -> str:
    """Return the first line of what a schema says about itself."""
    text = found.get("summary") or found.get("title") or found.get("description") or ""
    return " ".join(text.split())[:200] if isinstance(text, str) else ""


def _kinds(found: Schema) -> list[str]:
    """Return the JSON types that a schema allows, as 3.0 and as 3.1 write them."""
    given = found.get("type")
    if isinstance(given, str):
        return [given]
    return [kind for kind in rows(given) if isinstance(kind, str)]


def _literal(found: Schema) -> str:
    """Return ``Literal[…]`` for a short enumeration of texts, whole numbers, flags."""
    values = [found["const"]] if "const" in found else rows(found.get("enum"))
    if not 0 < len(values) <= MAX_LITERALS:
        return ""
    written = [repr(value) for value in values if _writable(value)]
    if len(written) != len(values):
        return ""
    return f"Literal[{', '.join(dict.fromkeys(written))}]"


def _writable(value: object) -> bool:
    """Say whether a value may be in a Literal, and is short enough to be read there."""
    if isinstance(value, str):
        return len(value) <= MAX_LITERALS and value.isprintable()
    return value is None or isinstance(value, (bool, int))


def _or_none(annotation: str, found: Schema) -> str:
    """Add None to an annotation where the 3.0 way of saying so is used."""
    return _union([annotation, "None"]) if found.get("nullable") is True else annotation


def _union(annotations: Iterable[str]) -> str:
    """Return the union of annotations, each once and None last; Any swallows all."""
    parts = list(dict.fromkeys(_parts(annotations)))
    if "Any" in parts or sum(map(len, parts)) > MAX_ANNOTATION:
        return "Any"
    if "None" in parts and len(parts) > 1:
        parts.remove("None")
        parts.append("None")
    return " | ".join(parts)


def _parts(annotations: Iterable[str]) -> Iterator[str]:
    """Yield the members of each union, without tearing brackets or quotes apart."""
    for annotation in annotations:
        if "[" not in annotation:
            yield from annotation.split(" | ")
            continue
        if annotation.endswith(" | None"):
            yield "None"
        yield annotation.removesuffix(" | None")
