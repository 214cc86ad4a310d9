"""How a connector shows who it is: the ``[auth]`` table, by its ``kind``."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from callingcard.backends.addresses import checked_url
from callingcard.functions.connectors.reading import Table
from callingcard.functions.model.connectors import (
    Auth,
    Basic,
    Bearer,
    Grant,
    HeaderKey,
    OAuth2,
    QueryKey,
    SecretUrl,
    Signature,
)

_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_TAKEN: Final = frozenset({"host", "content-length", "connection", "transfer-encoding"})
_HOST: Final = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z")


def read_auth(table: Table, *, private: bool) -> Auth | None:
    """Return what *table* says; None for a service that asks for nothing."""
    if not table.raw:
        return None
    kind = table.text("kind", needed=True)
    read = _KINDS.get(kind)
    if read is None:
        table.wrong("kind", f"must be one of {', '.join(_KINDS)}")
        return None
    found = read(table)
    if isinstance(found, OAuth2) and found.token_url:
        try:
            checked_url(found.token_url, private=private)
        except ValueError as error:
            table.wrong("token_url", str(error))
    table.finish()
    return found


def _bearer(table: Table) -> Auth:
    """Read a bearer token."""
    return Bearer(table.secret("secret"))


def _header(table: Table) -> Auth:
    """Read a key in a header."""
    name = table.text("name", needed=True)
    if name and (not _HEADER.match(name) or name.lower() in _TAKEN):
        table.wrong("name", "is no header that a key can be in")
    prefix = table.text("prefix")
    if not prefix.isascii() or (prefix and not prefix.isprintable()):
        table.wrong("prefix", "has a character that no header has")
    return HeaderKey(name, table.secret("secret"), prefix)


def _query(table: Table) -> Auth:
    """Read a key in the query."""
    return QueryKey(table.text("name", needed=True), table.secret("secret"))


def _basic(table: Table) -> Auth:
    """Read a user name and a password."""
    return Basic(table.value("username"), table.secret("password"))


def _oauth2(table: Table) -> Auth:
    """Read how a token is got."""
    text = table.text("grant", needed=True)
    try:
        grant = Grant(text)
    except ValueError:
        table.wrong("grant", f"must be one of {', '.join(Grant)}")
        grant = Grant.CLIENT_CREDENTIALS
    renewing = grant is Grant.REFRESH_TOKEN
    # A public client that renews has no secret of its own, only the token.
    with_secret = not renewing or "client_secret" in table.raw
    return OAuth2(
        grant=grant,
        token_url=table.text("token_url", needed=True),
        client_id=table.value("client_id"),
        client_secret=table.secret("client_secret") if with_secret else None,
        refresh_token=table.secret("refresh_token") if renewing else None,
        scope=table.text("scope"),
        audience=table.text("audience"),
        in_body=_in_body(table),
    )


def _in_body(table: Table) -> bool:
    """Say whether the client shows its secret in the body, as most services want it."""
    text = table.text("client_auth") or "body"
    if text not in {"body", "basic"}:
        table.wrong("client_auth", "must be body or basic")
    return text == "body"


def _url(table: Table) -> Auth:
    """Read a URL that is itself the secret."""
    hosts = table.texts("hosts")
    if not hosts:
        table.wrong("hosts", "is missing: name the hosts that the URL may be at")
    if not all(_HOST.match(host) for host in hosts):
        table.wrong("hosts", "must be names such as hooks.example.com or *.example.com")
    return SecretUrl(table.secret("secret"), hosts)


def _hmac(table: Table) -> Auth:
    """Read a key that signs."""
    return Signature(table.secret("secret"))


_KINDS: Final[Mapping[str, Callable[[Table], Auth]]] = {
    "bearer": _bearer,
    "header": _header,
    "query": _query,
    "basic": _basic,
    "oauth2": _oauth2,
    "url": _url,
    "hmac": _hmac,
}


def host_matches(host: str, pattern: str) -> bool:
    """Say whether *host* is the one that *pattern* names; ``*.`` is one or more labels.

    >>> host_matches("a.b.example.com", "*.example.com")
    True
    >>> host_matches("example.com.evil.net", "*.example.com")
    False
    """
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern
