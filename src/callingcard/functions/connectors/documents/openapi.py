"""Operations out of an OpenAPI document, 3.0 or 3.1.

An operation is called as its ``operationId`` says, or its method and path, in snake_case.
The members of a JSON body become keyword arguments of their own; where a member has the
name of another parameter, or the body is no object, there is one argument ``body``.
Operations that take only files or XML are left out: every connector has ``post`` for them.

https://spec.openapis.org/oas/v3.1.0
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from callingcard.functions.connectors.documents.naming import (
    class_name,
    distinct,
    operation_name,
    snake_case,
)
from callingcard.functions.connectors.documents.schemas import Types, rows, summary_of, table
from callingcard.functions.model.connectors import Operation, Parameter, Place
from callingcard.functions.service.connecting.connector_errors import DocumentRefused

MAX_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
MAX_OPERATIONS: Final = 2000

METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
"""Methods that may be called again: https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods"""

_PLACES: Final[Mapping[str, Place]] = {"path": "path", "query": "query", "header": "header"}
KEPT_HEADERS: Final = frozenset(
    {"authorization", "cookie", "host", "content-length", "connection", "transfer-encoding"}
    | {"proxy-authorization", "accept-encoding", "upgrade", "expect", "te", "trailer"}
    | {"keep-alive", "x-http-method-override", "x-http-method", "x-method-override"}
    | {"x-original-url", "x-rewrite-url", "x-original-method"}
)
"""Headers that no function sets: they are the transport's, the key's, or turn a call into
another than the one that was looked at."""

_OURS: Final = KEPT_HEADERS | {"accept", "content-type"}
"""Headers that a document may not make parameters of; the specification says so too."""

_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_HOLE: Final = re.compile(r"\{([^{}]+)\}")


def read_document(text: str) -> Mapping[str, Any]:
    """Return the document in *text*, which is JSON; raises DocumentRefused."""
    if len(text.encode(errors="replace")) > MAX_DOCUMENT_BYTES:
        raise DocumentRefused(
            "The OpenAPI document is larger than 4 MB.",
            hint="Remove what your functions do not call.",
        )
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise DocumentRefused(
            "The OpenAPI document is not JSON.", hint="Convert YAML to JSON first."
        ) from None
    version = table(found).get("openapi")
    if not isinstance(version, str) or not version.startswith("3."):
        raise DocumentRefused(
            "This is no OpenAPI document of version 3.",
            hint="Convert Swagger 2.0 to OpenAPI 3 first.",
        )
    return cast("Mapping[str, Any]", found)


def operations_of(document: Mapping[str, Any], types: Types) -> dict[str, Operation]:
    """Return every operation by its name; *types* must be of the same *document*."""
    found: dict[str, Operation] = {}
    for path, method, item, raw in _entries(document):
        if len(found) >= MAX_OPERATIONS:
            raise DocumentRefused(
                f"The OpenAPI document has more than {MAX_OPERATIONS} operations.",
                hint="Remove what your functions do not call.",
            )
        identity = raw.get("operationId")
        text = identity if isinstance(identity, str) and identity else f"{method} {path}"
        name = distinct(operation_name(text), found)
        operation = _operation((name, method, path), item, raw, types)
        if operation is not None:
            found[name] = operation
    return found


def _entries(
    document: Mapping[str, Any],
) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield the path, the method, the path's item and the operation of each."""
    for path, item in table(document.get("paths")).items():
        if path.startswith("/"):
            for method in METHODS:
                raw = table(table(item).get(method))
                if raw:
                    yield path, method, table(item), raw


def _operation(
    called: tuple[str, str, str],
    item: Mapping[str, Any],
    raw: Mapping[str, Any],
    types: Types,
) -> Operation | None:
    """Return one operation, or None when it takes what a function cannot send."""
    name, method, path = called
    parameters = _outside(path, item, raw, types)
    body = types.resolve(raw.get("requestBody"))
    content = table(body.get("content"))
    kind = _media(content, "json") or _media(content, "x-www-form-urlencoded")
    if content and not kind:
        return None
    if kind:
        schema = table(content[kind]).get("schema")
        needed = body.get("required") is True
        parameters += _inside(schema, {p.name for p in parameters}, types, needed=needed)
    result = _result(raw, f"{class_name(name)}Result", types)
    return Operation(
        name=name,
        method=method.upper(),
        path=path,
        # Those that must be given come first, as people expect them to be offered.
        parameters=tuple(sorted(parameters, key=lambda one: not one.required)),
        result=result,
        summary=summary_of(raw),
        idempotent=method.upper() in IDEMPOTENT,
        encoding="form" if kind.endswith("urlencoded") else "json",
    )


def _outside(
    path: str, item: Mapping[str, Any], raw: Mapping[str, Any], types: Types
) -> list[Parameter]:
    """Return the parameters in the path, the query and the headers."""
    given: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in [*rows(item.get("parameters")), *rows(raw.get("parameters"))]:
        resolved = types.resolve(one)
        wire, place = resolved.get("name"), resolved.get("in")
        if isinstance(wire, str) and isinstance(place, str) and _usable(wire, place):
            given[wire, place] = resolved
    for wire in _HOLE.findall(path):
        given.setdefault((wire, "path"), {"schema": {"type": "string"}, "required": True})
    found: dict[str, Parameter] = {}
    for (wire, place), one in given.items():
        if place == "path" and f"{{{wire}}}" not in path:
            continue
        name = distinct(snake_case(wire), found)
        content = next(iter(table(one.get("content")).values()), None)
        found[name] = Parameter(
            name=name,
            wire=wire,
            place=_PLACES[place],
            annotation=types.argument(one.get("schema") or table(content).get("schema")),
            required=one.get("required") is True or place == "path",
            summary=summary_of({"description": one.get("description")}),
            explode=one.get("explode") is not False,
        )
    return list(found.values())


def _usable(wire: str, place: str) -> bool:
    """Say whether a parameter is one that a function may set."""
    if place == "header":
        return bool(_HEADER.match(wire)) and wire.lower() not in _OURS
    return place in _PLACES


def _inside(schema: object, taken: set[str], types: Types, *, needed: bool) -> list[Parameter]:
    """Return the parameters in the body."""
    properties, required = types.members(schema)
    names = {wire: snake_case(wire) for wire in properties}
    distinct_names = set(names.values())
    if (
        not types.is_object(schema)
        or len(distinct_names) < len(names)
        or distinct_names & taken
    ):
        whole = distinct("body", taken)
        return [Parameter(whole, "", "whole", types.argument(schema), needed)]
    return [
        Parameter(
            name=names[wire],
            wire=wire,
            place="body",
            annotation=types.argument(inner),
            required=needed and wire in required,
            summary=summary_of({"description": types.resolve(inner).get("description")}),
        )
        for wire, inner in properties.items()
        if types.resolve(inner).get("readOnly") is not True
    ]


def _result(raw: Mapping[str, Any], hint: str, types: Types) -> str:
    """Return the annotation of what comes back when all goes well."""
    responses = table(raw.get("responses"))
    good = sorted(status for status in responses if str(status).upper().startswith("2"))
    for status in good or ["default"]:
        content = table(types.resolve(responses.get(status)).get("content"))
        kind = _media(content, "json")
        if kind:
            return types.result(table(content[kind]).get("schema"), hint)
        if content:
            return "str"
    return "None" if good else "Any"


def _media(content: Mapping[str, Any], ending: str) -> str:
    """Return the first type of content that ends so, or an empty text."""
    for kind in content:
        plain = kind.partition(";")[0].strip().lower()
        if plain.startswith("application/") and plain.endswith(ending):
            return kind
    return ""
