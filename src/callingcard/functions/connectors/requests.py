"""What a function asks of a connector, as a call that is ready but for its key.

Invariant: an argument never leaves its place: a path parameter stays in its segment, a
path stays below the connector's base, a header stays one line.
Invariant: what ``allow`` does not name is not called.
"""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, cast
from urllib.parse import quote, unquote, urlencode

from callingcard.functions.connectors.documents.openapi import IDEMPOTENT, KEPT_HEADERS
from callingcard.functions.model.connectors import (
    GENERIC,
    Connector,
    Operation,
    Parameter,
    SecretUrl,
)
from callingcard.functions.model.values import Json
from callingcard.functions.ports.sandbox import AskRefused

MAX_BODY_BYTES: Final = 1024 * 1024

_ASKED: Final = frozenset({"path", "query", "body", "headers"})
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_BAD_PATH: Final = re.compile(r"[^\x21-\x7e]|[\\@?#]|//")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_DECODINGS: Final = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call without its key; *path* begins below the connector's base."""

    method: str
    path: str = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)
    idempotent: bool = False


def prepare(connector: Connector, name: str, arguments: Mapping[str, Json]) -> Prepared:
    """Return the call of the operation *name*; raises AskRefused."""
    operation = connector.operations.get(name)
    if operation is not None:
        prepared = _operation(operation, arguments)
    elif name in GENERIC and not isinstance(connector.auth, SecretUrl):
        prepared = _generic(name.upper(), arguments)
    else:
        near = get_close_matches(name, connector.operations, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise AskRefused("unknown", f"{connector.name} has no operation {name[:60]!r}{hint}")
    if prepared.path:
        check_path(prepared.path)
    if not allowed(connector, name, prepared.method, prepared.path):
        raise AskRefused(
            "invalid", f"the connector {connector.name} does not allow {name[:60]}"
        )
    return prepared


def allowed(connector: Connector, name: str, method: str, path: str) -> bool:
    """Say whether the connector's ``allow`` lets this call through."""
    return (
        not connector.allow
        or (name in connector.operations and name in connector.allow)
        or any(_matches(pattern, method, path) for pattern in connector.allow)
    )


def _matches(pattern: str, method: str, path: str) -> bool:
    """Say whether ``METHOD /path/*`` is meant: ``*`` is a segment, or at the end all below."""
    wanted, _, shape = pattern.partition(" ")
    if not shape or wanted not in {"*", method}:
        return False
    below = shape.endswith("/*")
    parts = shape.removesuffix("/*").split("/")
    given = path.split("/")
    if len(given) < len(parts) + below or (len(given) > len(parts) and not below):
        return False
    return all(part in {"*", one} for part, one in zip(parts, given, strict=False))


def check_path(path: str) -> None:
    """Raise AskRefused unless *path* is one that cannot lead anywhere else.

    It is looked at as a server may read it, with every escape undone: a ``..`` that is
    written ``%252e%252e`` is one too. Semicolons part as slashes do, as in ``..;/``.
    """
    if not path.startswith("/"):
        raise AskRefused("invalid", "a path begins with a slash")
    decoded, before = path, ""
    for _ in range(_DECODINGS):
        before, decoded = decoded, unquote(decoded)
    dots = any(part in {".", ".."} for part in re.split(r"[/\\;]", decoded))
    if dots or before != decoded or _BAD_PATH.search(path) or _CONTROL.search(decoded):
        raise AskRefused(
            "invalid",
            "a path may have no dots, double slashes, spaces, @, ?, # or backslashes; "
            "write others as %40, and a query as query=",
        )


def _operation(operation: Operation, arguments: Mapping[str, Json]) -> Prepared:
    """Return the call of an operation."""
    given = _completed(operation, arguments)
    path = operation.path
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {}
    body: Any = copy.deepcopy(dict(operation.constants))
    for one, value in given:
        if one.place == "path":
            path = path.replace(f"{{{one.wire}}}", _segment(one, value))
        elif one.place == "query":
            query += _query(one.name, one.wire, value, explode=one.explode)
        elif one.place == "header":
            headers[one.wire] = _header_value(one.name, value)
        elif one.place == "whole":
            body = value
        elif one.wire.startswith("/") and operation.constants:
            _place(body, one.wire, value)
        else:
            body[one.wire] = value
    raw = b""
    if body or any(one.place in {"body", "whole"} for one, _ in given):
        raw, kind = _encoded(body, operation.encoding)
        headers["Content-Type"] = kind
    return Prepared(
        operation.method, path, tuple(query), headers, raw, idempotent=operation.idempotent
    )


def _completed(
    operation: Operation, arguments: Mapping[str, Json]
) -> list[tuple[Parameter, Json]]:
    """Return each parameter with its value; None leaves one out that may be left out."""
    known = {one.name: one for one in operation.parameters}
    for name in arguments:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise AskRefused(
                "invalid", f"{operation.name} takes no argument {name[:60]!r}{hint}"
            )
    found: list[tuple[Parameter, Json]] = []
    for one in operation.parameters:
        value = arguments.get(one.name, one.default)
        if one.required and one.name not in arguments and value is None:
            raise AskRefused("invalid", f"{operation.name} needs the argument {one.name}")
        if value is not None or (one.required and one.place in {"body", "whole"}):
            found.append((one, value))
        elif one.required:
            raise AskRefused("invalid", f"{operation.name}: {one.name} may not be None")
    return found


def _generic(method: str, arguments: Mapping[str, Json]) -> Prepared:
    """Return the call of a path."""
    unknown = set(arguments) - _ASKED
    if unknown:
        raise AskRefused("invalid", f"{method.lower()} takes path, query, body and headers")
    path = arguments.get("path")
    if not isinstance(path, str) or not path:
        raise AskRefused("invalid", "the path is a text that begins with a slash")
    query: list[tuple[str, str]] = []
    for name, value in _object(arguments.get("query"), "query").items():
        if value is not None:
            query += _query(name, name, value, explode=True)
    headers: dict[str, str] = {}
    for name, value in _object(arguments.get("headers"), "headers").items():
        if not _HEADER.match(name) or name.lower() in KEPT_HEADERS:
            raise AskRefused("invalid", f"the header {name[:60]!r} may not be set")
        headers[name] = _header_value(name, value)
    raw = b""
    if arguments.get("body") is not None:
        raw, kind = _encoded(arguments["body"], "json")
        typed = any(name.lower() == "content-type" for name in headers)
        headers |= {} if typed else {"Content-Type": kind}
    return Prepared(method, path, tuple(query), headers, raw, idempotent=method in IDEMPOTENT)


def _object(value: Json, name: str) -> Mapping[str, Json]:
    """Return an object, an empty one for None; raises AskRefused for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise AskRefused("invalid", f"{name} is a dictionary")
    return value


def _segment(one: Parameter, value: Json) -> str:
    """Return a value as one segment of a path."""
    text = _text(one.name, value)
    if not text or any(part in {".", ".."} for part in re.split(r"[/\\;]", text)):
        raise AskRefused("invalid", f"{one.name} may not be empty, and no dots")
    return quote(text, safe="")


def _query(name: str, wire: str, value: Json, *, explode: bool) -> list[tuple[str, str]]:
    """Return a value as the query has it."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        texts = [_text(name, one) for one in value]
        return [(wire, text) for text in texts] if explode else [(wire, ",".join(texts))]
    return [(wire, _text(name, value))]


def _text(name: str, value: Json) -> str:
    """Return a text, a number or a flag as the text that URLs have."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise AskRefused("invalid", f"{name[:60]} must be a text or a number")


def _header_value(name: str, value: Json) -> str:
    """Return a value that is one line of a header."""
    text = _text(name, value)
    if not text.isascii() or not text.isprintable():
        raise AskRefused("invalid", f"{name[:60]} has a character that no header has")
    return text


def _place(body: Any, pointer: str, value: Json) -> None:
    """Put *value* into the body at a JSON Pointer, which must lead somewhere there."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
    at: Any = body
    try:
        for part in parts[:-1]:
            at = at[int(part) if isinstance(at, list) else part]
    except (LookupError, ValueError, TypeError):
        raise AskRefused("invalid", "the connector's constants have no such place") from None
    at[parts[-1]] = value


def _encoded(body: Any, encoding: str) -> tuple[bytes, str]:
    """Return a body and its type; raises AskRefused when it is too long."""
    if encoding == "form":
        members = _object(cast("Json", body), "body").items()
        pairs = [
            pair
            for name, value in members
            if value is not None
            for pair in _query(name, name, value, explode=True)
        ]
        raw, kind = urlencode(pairs).encode(), "application/x-www-form-urlencoded"
    else:
        raw, kind = json.dumps(body, ensure_ascii=False).encode(), "application/json"
    if len(raw) > MAX_BODY_BYTES:
        raise AskRefused("limit", "the body is longer than 1 MiB")
    return raw, kind
