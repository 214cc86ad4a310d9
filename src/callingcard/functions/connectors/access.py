"""What a call needs to be let in, and what must not come back out.

Invariant: ``Access`` has no repr, and everything secret in it is in *hidden*.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from callingcard.backends.addresses import Target, checked_url
from callingcard.functions.connectors.auth import host_matches
from callingcard.functions.connectors.replies import Scrubber
from callingcard.functions.connectors.requests import Prepared
from callingcard.functions.model.connectors import (
    Basic,
    Bearer,
    Connector,
    HeaderKey,
    OAuth2,
    QueryKey,
    SecretName,
    SecretUrl,
    Signature,
    Value,
)
from callingcard.functions.ports.connectors import CallFailed

_MIN_PART: Final = 16


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """Headers and query that let a call in, and where it goes."""

    base: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: tuple[tuple[str, str], ...] = ()
    hidden: Scrubber = field(default_factory=Scrubber)
    """Takes the key out of every reply before a function sees it."""


def access_of(connector: Connector, values: Mapping[str, str], token: str = "") -> Access:
    """Return how *connector* is let in; raises CallFailed when a value cannot be used.

    *values* are those of its secrets, *token* is the one of OAuth2.
    """
    auth, base = connector.auth, connector.base_url
    headers: dict[str, str] = {}
    query: tuple[tuple[str, str], ...] = ()
    secrets = [*values.values(), token]
    match auth:
        case Bearer(secret):
            headers["Authorization"] = f"Bearer {in_header(values[secret.name], secret.name)}"
        case OAuth2():
            headers["Authorization"] = f"Bearer {in_header(token, 'the token')}"
        case HeaderKey(name, secret, prefix):
            headers[name] = f"{prefix}{in_header(values[secret.name], secret.name)}"
        case Basic(username, password):
            pair = f"{plain(username, values)}:{plain(password, values)}".encode()
            packed = base64.b64encode(pair).decode()
            headers["Authorization"] = f"Basic {packed}"
            secrets.append(packed)
        case QueryKey(name, secret):
            query = ((name, values[secret.name]),)
        case SecretUrl(secret, hosts):
            base, query, parts = _secret_url(values[secret.name], secret, hosts)
            secrets += parts
        case Signature() | None:
            pass
    return Access(base, headers, query, Scrubber(secrets))


def plain(value: Value, values: Mapping[str, str]) -> str:
    """Return a public value, or the secret one that it names."""
    return values[value.name] if isinstance(value, SecretName) else value


def in_header(value: str, name: str) -> str:
    """Return *value*; raises CallFailed when no header can carry it."""
    if not value or not value.isascii() or not value.isprintable():
        raise CallFailed(
            f"The secret {name} is empty, or has a character that no key has.", cause="secret"
        )
    return value


def _secret_url(
    value: str, secret: SecretName, hosts: tuple[str, ...]
) -> tuple[str, tuple[tuple[str, str], ...], list[str]]:
    """Return the base, the query and the telling parts of a URL that is a secret."""
    try:
        target = checked_url(value)
    except ValueError as error:
        raise CallFailed(
            f"The secret {secret.name} is no URL that may be called: {error}.", cause="secret"
        ) from None
    if not any(host_matches(target.host, pattern) for pattern in hosts):
        raise CallFailed(
            f"The secret {secret.name} is a URL of another host than {', '.join(hosts)}.",
            cause="secret",
        )
    split = urlsplit(target.target)
    query = tuple(parse_qsl(split.query, keep_blank_values=True))
    parts = [*split.path.split("/"), *(one for _, one in query)]
    base = f"https://{target.host}:{target.port}{split.path.rstrip('/')}"
    return base, query, [part for part in parts if len(part) >= _MIN_PART]


def target_of(connector: Connector, prepared: Prepared, access: Access) -> Target:
    """Return where a call goes: the connector's base, the call's path, both queries."""
    query = urlencode([*access.query, *prepared.query], quote_via=quote)
    text = f"{access.base}{prepared.path}{'?' if query else ''}{query}"
    try:
        target = checked_url(text, private=connector.private)
        base = checked_url(access.base, private=connector.private)
    except ValueError as error:
        raise CallFailed(f"The URL cannot be called: {error}.", cause="address") from None
    if target.origin != base.origin:
        raise CallFailed("The path leads to another host.", cause="address")
    return target
