"""``[operations.NAME]``: operations written by hand, for services without a document.

Each parameter is a JSON Schema with four members of ours beside it: ``name`` (what the
service calls it), ``in`` (path, query, header or body), ``required`` (a flag), and
``explode``. Without ``in``, one that the path has a ``{hole}`` for goes there; the others
go into the body, or into the query of a GET, HEAD or DELETE. ``params`` may also be one
JSON Schema of an object.

``constants`` are members of the body that are always there. Beside them the name of a
parameter may be a JSON Pointer, such as ``/attachments/0/content``, to a place in them.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from callingcard.functions.connectors.documents.naming import class_name, is_name
from callingcard.functions.connectors.documents.openapi import (
    IDEMPOTENT,
    KEPT_HEADERS,
    METHODS,
)
from callingcard.functions.connectors.documents.schemas import Types, summary_of
from callingcard.functions.connectors.reading import Table
from callingcard.functions.model.connectors import GENERIC, Operation, Parameter, Place

_BODILESS: Final = frozenset({"GET", "HEAD", "DELETE"})
_PLACES: Final[Mapping[str, Place]] = {
    "path": "path",
    "query": "query",
    "header": "header",
    "body": "body",
}
_HOLE: Final = re.compile(r"\{([^{}]+)\}")
_WIRE_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")


def read_operations(table: Table, types: Types) -> dict[str, Operation]:
    """Return every operation of the table, by name."""
    found: dict[str, Operation] = {}
    for name in table.raw:
        inner = table.table(name)
        if not is_name(name) or name in GENERIC:
            table.wrong(name, "an operation is called like create_token, and not get or post")
        found[name] = _operation(name, inner, types)
    return found


def _operation(name: str, table: Table, types: Types) -> Operation:
    """Return one operation."""
    method = table.text("method", needed=True).upper()
    if method and method.lower() not in METHODS:
        table.wrong("method", "must be GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS")
    path = table.text("path")
    if path and (not path.startswith("/") or "?" in path or "#" in path or "//" in path):
        table.wrong("path", "must begin with one / and have no query")
    parameters = _parameters(table, method, path, types)
    result = table.raw.get("result")
    table.take("result", dict, {})
    encoding = table.text("encoding") or "json"
    if encoding not in {"json", "form"}:
        table.wrong("encoding", "must be json or form")
    operation = Operation(
        name=name,
        method=method,
        path=path,
        parameters=tuple(sorted(parameters, key=lambda one: not one.required)),
        result=types.result(result, f"{class_name(name)}Result"),
        summary=table.text("summary"),
        idempotent=table.take("idempotent", bool, method in IDEMPOTENT),
        constants=table.table("constants").raw,
        encoding="form" if encoding == "form" else "json",
    )
    table.finish()
    return operation


def _parameters(table: Table, method: str, path: str, types: Types) -> list[Parameter]:
    """Return what an operation takes."""
    params = table.table("params")
    raw = params.raw
    if raw.get("type") == "object" and isinstance(raw.get("properties"), dict):
        needed = raw.get("required")
        required = set(cast("list[str]", needed)) if isinstance(needed, list) else set[str]()
        properties = cast("dict[str, Any]", raw["properties"])
        raw = {key: _flagged(one, required=key in required) for key, one in properties.items()}
        params = Table(raw, params.place("properties"), params.problems)
    found = [_parameter(params.table(name), name, method, path, types) for name in raw]
    filled = {one.wire for one in found if one.place == "path"}
    missing = [hole for hole in _HOLE.findall(path) if hole not in filled]
    return found + [Parameter(one, one, "path", "str", required=True) for one in missing]


def _flagged(schema: object, *, required: bool) -> object:
    """Return a schema with our flag, since an object's schema lists names instead."""
    if not isinstance(schema, dict):
        return schema
    known = cast("dict[str, Any]", schema)
    return known | {"required": required}


def _parameter(table: Table, name: str, method: str, path: str, types: Types) -> Parameter:
    """Return one parameter."""
    wire = table.text("name") or name
    if not is_name(name):
        table.wrong(
            "name", "a parameter is called like first_name; its `name` may be anything"
        )
    usual = "query" if method in _BODILESS else "body"
    place = table.text("in") or ("path" if f"{{{wire}}}" in path else usual)
    if place not in _PLACES:
        table.wrong("in", "must be path, query, header or body")
    if place == "path" and f"{{{wire}}}" not in path:
        table.wrong("in", "the path has no hole of this name")
    if place == "header" and not _WIRE_HEADER.match(wire):
        table.wrong("name", "is no name of a header")
    if place == "header" and wire.lower() in KEPT_HEADERS:
        table.wrong("name", "is a header that functions may not set")
    schema = {key: one for key, one in table.raw.items() if key != "required"}
    return Parameter(
        name=name,
        wire=wire,
        place=_PLACES.get(place, "body"),
        annotation=types.argument(schema),
        required=table.take("required", bool, default=False) or place == "path",
        summary=summary_of({"description": schema.get("description")}),
        default=schema.get("default"),
        explode=table.take("explode", bool, default=True),
    )
