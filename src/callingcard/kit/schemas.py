"""JSON schemas that stand inside another document, where their references lead nowhere."""

from collections.abc import Mapping
from typing import Any, Final, cast

_DEEPEST: Final = 6


def inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Return *schema* without references; what nests on and on becomes anything.

    *definitions* is the ``$defs`` that the references lead to.

    >>> inlined({"type": "array", "items": {"$ref": "#/$defs/A"}}, {"A": {"type": "string"}})
    {'type': 'array', 'items': {'type': 'string'}}
    """
    return _inlined(schema, definitions, 0)


def _inlined(value: Any, definitions: Mapping[str, Any], depth: int) -> Any:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        reference = members.get("$ref")
        if isinstance(reference, str):
            there = definitions.get(reference.removeprefix("#/$defs/"), {})
            return _inlined(there, definitions, depth + 1) if depth < _DEEPEST else {}
        return {name: _inlined(member, definitions, depth) for name, member in members.items()}
    if isinstance(value, list):
        return [_inlined(item, definitions, depth) for item in cast("list[Any]", value)]
    return value
