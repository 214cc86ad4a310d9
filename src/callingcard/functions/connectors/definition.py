"""``connectors/NAME.toml``, or the same as JSON, as a Connector.

Everything that is wrong is said at once. A definition holds names of secrets and never
their values, so it may be kept in version control.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from callingcard.backends.addresses import checked_url
from callingcard.functions.connectors.auth import read_auth
from callingcard.functions.connectors.documents.naming import is_name
from callingcard.functions.connectors.documents.openapi import operations_of, read_document
from callingcard.functions.connectors.documents.schemas import Types
from callingcard.functions.connectors.hand_written import read_operations
from callingcard.functions.connectors.reading import Table
from callingcard.functions.connectors.signing import SIGN
from callingcard.functions.model.connectors import (
    DEFAULT_TIMEOUT,
    MAX_REPLY_BYTES,
    Auth,
    Connector,
    SecretUrl,
    Signature,
)
from callingcard.functions.service.connecting.connector_errors import DefinitionRefused
from callingcard.kit.durations import parse_duration

MAX_TIMEOUT: Final = timedelta(seconds=60)
MAX_REPLY_CEILING: Final = 16 * 1024 * 1024

_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_KEPT: Final = frozenset({"authorization", "cookie", "host", "content-length", "connection"})
_PATTERN: Final = re.compile(r"(?:[A-Z]+|\*) /[^\s?#]*\Z")


def read_connector(
    name: str, definition: Mapping[str, Any], document: str | None = None
) -> Connector:
    """Return the connector; raises DefinitionRefused, DocumentRefused.

    ``[schemas.NAME]`` holds what operations refer to as ``#/schemas/NAME``.

    Operations of *document*, the text of an OpenAPI document, come first; one written by
    hand under the same name replaces it.
    """
    problems: dict[str, str] = {}
    if not is_name(name):
        problems["name"] = "a connector is called like hubspot or my_shop: a-z, 0-9 and _"
    top = Table(definition, "", problems)
    top.text("openapi")
    private = top.take("private", bool, default=False)
    auth = read_auth(top.table("auth"), private=private)
    parsed = read_document(document) if document is not None else None
    schemas = top.table("schemas").raw
    types = Types({**(parsed or {}), "schemas": schemas})
    described = operations_of(parsed, types) if parsed else {}
    by_hand = read_operations(top.table("operations"), types)
    connector = Connector(
        name=name,
        base_url=_base_url(top, auth, private=private),
        title=top.text("title") or name,
        description=top.text("description"),
        auth=auth,
        headers=_headers(top),
        operations={**described, **by_hand},
        classes=types.classes,
        allow=top.texts("allow"),
        timeout=_timeout(top),
        max_reply_bytes=_max_reply(top),
        private=private,
        check=top.text("check"),
        success=top.text("success"),
    )
    top.finish()
    if isinstance(auth, Signature):
        connector = _signing(top, connector)
    else:
        _refer(top, connector)
    if problems:
        raise DefinitionRefused(
            f"The definition of {name[:63]!r} is not right.", fields=problems
        )
    return connector


def _base_url(top: Table, auth: Auth | None, *, private: bool) -> str:
    """Return where the service is."""
    url = top.text("base_url", needed=not isinstance(auth, SecretUrl | Signature))
    if not url:
        return ""
    if isinstance(auth, SecretUrl):
        top.wrong("base_url", "the secret is the whole URL; name its hosts under auth.hosts")
        return ""
    try:
        target = checked_url(url, private=private)
    except ValueError as error:
        top.wrong("base_url", str(error))
        return ""
    if "?" in target.target or "/../" in f"{target.target}/":
        top.wrong("base_url", "it must have no query and no dots")
    return url.rstrip("/")


def _headers(top: Table) -> Mapping[str, str]:
    """Return the headers of every call."""
    table = top.table("headers")
    found: dict[str, str] = {}
    for name in table.raw:
        value = table.text(name)
        if not _HEADER.match(name) or name.lower() in _KEPT:
            table.wrong(name, "this header may not be set here")
        elif not value.isascii() or not value.isprintable():
            table.wrong(name, "has a character that no header has")
        found[name] = value
    return found


def _timeout(top: Table) -> timedelta:
    """Return how long a call may take."""
    text = top.text("timeout")
    if not text:
        return DEFAULT_TIMEOUT
    try:
        found = parse_duration(text)
    except ValueError as error:
        top.wrong("timeout", str(error))
        return DEFAULT_TIMEOUT
    if not timedelta(0) < found <= MAX_TIMEOUT:
        top.wrong("timeout", "must be more than nothing and at most 60s")
    return found


def _max_reply(top: Table) -> int:
    """Return how many bytes a reply may have."""
    found = top.take("max_reply", int, MAX_REPLY_BYTES)
    if not 0 < found <= MAX_REPLY_CEILING:
        top.wrong("max_reply", "is a number of bytes, at most 16777216")
    return found


def _signing(top: Table, connector: Connector) -> Connector:
    """Return a connector that signs; note what has no place in one that calls nobody."""
    for name in ("base_url", "headers", "operations", "openapi", "allow", "check"):
        if name in top.raw:
            top.wrong(name, "has no meaning here: this kind signs, and calls nobody")
    return replace(connector, operations={SIGN.name: SIGN}, check=SIGN.name)


def _refer(top: Table, connector: Connector) -> None:
    """Note what is referred to and not there."""
    for pattern in connector.allow:
        if pattern not in connector.operations and not _PATTERN.match(pattern):
            top.wrong("allow", f"{pattern[:60]!r} is no operation, and not like GET /things/*")
    if connector.allow and isinstance(connector.auth, SecretUrl):
        odd = [one for one in connector.allow if one not in connector.operations]
        if odd:
            top.wrong("allow", "a secret URL has no paths to allow: name operations")
    check = connector.check
    if check and check not in connector.operations and not check.startswith("/"):
        top.wrong("check", "is the name of an operation, or a path to GET")
    operation = connector.operations.get(check)
    if operation and any(one.required and one.default is None for one in operation.parameters):
        top.wrong("check", "that operation needs arguments; name one that needs none")
