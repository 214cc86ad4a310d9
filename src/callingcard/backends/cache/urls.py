"""What the URL of a cache says, without opening anything.

Invariant: an error from here quotes no part of a URL, which may hold a password.
"""

import ipaddress
from enum import Enum
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit


class Store(Enum):
    """Where a cache keeps its values."""

    MEMORY = "memory"
    SQLITE = "sqlite"
    VALKEY = "valkey"
    POSTGRES = "postgres"


KNOWN_URLS: Final = (
    "memory, sqlite:///FILE, redis://HOST:6379/0, rediss://… with TLS, valkey://…, valkeys://…"
    " or postgresql://USER@HOST/DATABASE"
)
_SCHEMES: Final = {
    "redis": Store.VALKEY,
    "rediss": Store.VALKEY,
    "valkey": Store.VALKEY,
    "valkeys": Store.VALKEY,
    "postgresql": Store.POSTGRES,
    "postgres": Store.POSTGRES,
}
_ENCRYPTED: Final = {"require", "verify-ca", "verify-full"}


def store_of(url: str) -> Store:
    """Return where *url* says to keep values; raises ValueError, which does not quote it.

    >>> store_of("memory"), store_of("valkeys://cache.internal:6379/0")
    (<Store.MEMORY: 'memory'>, <Store.VALKEY: 'valkey'>)
    >>> store_of("mysql://root:hunter2@db/app")
    Traceback (most recent call last):
    ValueError: it names no cache that is known here
    """
    if url == "memory":
        return Store.MEMORY
    if url.startswith("sqlite:///") and url != "sqlite:///":
        return Store.SQLITE
    scheme, found, rest = url.partition("://")
    if found and scheme in _SCHEMES:
        try:
            split = urlsplit(url)
            _ = split.port
            has_host = bool(split.hostname)
        except ValueError:  # its text would quote the URL
            raise ValueError("its host or port cannot be read") from None
        if _SCHEMES[scheme] is Store.VALKEY and not has_host:
            raise ValueError("it names no host")
        if rest:
            return _SCHEMES[scheme]
    raise ValueError("it names no cache that is known here")


def shares_without_tls(url: str) -> bool:
    """Say whether what is kept at *url* crosses a network in the clear.

    Values are sealed, but whoever can read along can also write, and read the password.
    PostgreSQL encrypts for sure only when its URL says so: its default asks and gives in
    (https://www.postgresql.org/docs/current/libpq-ssl.html).

    >>> shares_without_tls("redis://cache.internal:6379/0")
    True
    >>> shares_without_tls("redis://127.0.0.1:6379/0"), shares_without_tls("memory")
    (False, False)
    >>> shares_without_tls("rediss://cache.internal:6379/0")
    False
    >>> shares_without_tls("postgresql://app@db.internal/app")
    True
    >>> shares_without_tls("postgresql://app@db.internal/app?sslmode=verify-full")
    False
    >>> shares_without_tls("postgresql:///app?host=/run/postgresql")
    False
    """
    store = store_of(url)
    if store in {Store.MEMORY, Store.SQLITE} or url.startswith(("rediss:", "valkeys:")):
        return False
    split = urlsplit(url)
    asked = parse_qs(split.query) if store is Store.POSTGRES else {}
    if asked.get("sslmode", [""])[-1] in _ENCRYPTED:
        return False
    hosts = asked.get("host") or [split.netloc.rpartition("@")[2]]
    return not all(_is_here(host) for host in ",".join(hosts).split(","))


def _is_here(host: str) -> bool:
    """Say whether *host*, perhaps with a port, is this machine or a socket in a folder."""
    name = unquote(urlsplit(f"//{host}").hostname or "") if not host.startswith("/") else host
    if not name or name.startswith("/") or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
