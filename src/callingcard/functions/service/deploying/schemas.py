"""Whether a schema that came out of the sandbox is one that we read.

A description is made beside the function's own code and its packages, so it may be
anything that they like. Read is only what ``callingcard_guest.shapes`` makes of type hints:
no patterns, no references, nothing that costs more to check than to look at.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from callingcard.functions.model.values import Json

_DEEPEST: Final = 32
_KINDS: Final = frozenset(
    ("string", "integer", "number", "boolean", "array", "object", "null")
)


def is_readable(schema: Json) -> bool:
    """Say whether *schema* is written in the words that we check arguments by.

    >>> is_readable({"properties": {"n": {"type": "integer"}}, "required": ["n"]})
    True
    >>> is_readable({"type": "string", "pattern": "^(a+)+$"}), is_readable({"type": "str"})
    (False, False)
    """
    try:
        text = json.dumps(schema, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        return False  # no number, half a character, or too deep
    return "\\u0000" not in text and _is_shallow(schema, 0) and _is_schema(schema)


def _is_shallow(value: Json, depth: int) -> bool:
    if depth > _DEEPEST:
        return False
    inside = list(value.values()) if isinstance(value, Mapping) else value
    return not isinstance(inside, list) or all(_is_shallow(v, depth + 1) for v in inside)


def _is_schema(schema: Json) -> bool:
    return isinstance(schema, Mapping) and all(
        name in _WORDS and _WORDS[name](value) for name, value in schema.items()
    )


def _are_schemas(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_schema, value))


def _are_members(value: Json) -> bool:
    return isinstance(value, Mapping) and all(map(_is_schema, value.values()))


def _are_names(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_WORDS: Final[Mapping[str, Callable[[Json], bool]]] = {
    "type": lambda value: isinstance(value, str) and value in _KINDS,
    "format": lambda value: isinstance(value, str),
    "description": lambda value: isinstance(value, str),
    "default": lambda _: True,
    "enum": lambda value: isinstance(value, list),
    "anyOf": _are_schemas,
    "items": _is_schema,
    "properties": _are_members,
    "required": _are_names,
    "additionalProperties": lambda value: isinstance(value, bool) or _is_schema(value),
}
