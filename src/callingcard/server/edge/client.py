"""Who asks: whoever is connected to us, or the client that a proxy of ours speaks for.

Invariant: whoever is connected is believed about whom they speak for only when the
settings name them as a proxy of ours.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from starlette.types import Scope

from callingcard.errors import ConfigError

PEER: Final = "callingcard.peer"
"""Where a scope keeps the address of whoever is connected, which may be a proxy."""
MAX_HOPS: Final = 32
"""How many addresses of X-Forwarded-For are looked at, from the nearest on."""

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the addresses and networks in *texts*; raises ConfigError for anything else.

    >>> networks(["10.0.0.7", "fd00::/8"])
    (IPv4Network('10.0.0.7/32'), IPv6Network('fd00::/8'))
    """
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError:
        raise ConfigError(
            "An entry of server.trusted_proxies is no address and no network.",
            hint="Write them like 10.0.0.7 or 10.0.0.0/24.",
        ) from None


def client_ip(peer: str, headers: RawHeaders, trusted: Sequence[Network]) -> str:
    """Return the address of whoever asks: *peer*, or whom proxies of ours speak for.

    Each proxy adds whom it heard from at the end of ``X-Forwarded-For``, so we read it
    backwards and stop at the first address that is none of our *trusted* proxies:
    what stands before it was written by anybody. No other header counts.

    >>> forwarded = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9, 10.0.0.2")]
    >>> client_ip("10.0.0.1", forwarded, networks(["10.0.0.0/24"]))
    '203.0.113.9'
    >>> client_ip("198.51.100.1", forwarded, networks(["10.0.0.0/24"]))
    '198.51.100.1'
    """
    if not trusted or not _within(_address(peer), trusted):
        return peer
    lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    client = peer
    for hop in reversed(",".join(lines).split(",")[-MAX_HOPS:]):
        address = _address(hop)
        if address is None:
            break
        client = str(address)
        if not _within(address, trusted):
            break
    return client


@lru_cache(4096)
def _address(text: str) -> Address | None:
    """Return the address in *text*, which may have a port; None when it has none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _within(address: Address | None, trusted: Sequence[Network]) -> bool:
    """Say whether *address* is in one of the *trusted* networks."""
    return address is not None and any(address in network for network in trusted)


def see_client(scope: Scope, trusted: Sequence[Network]) -> None:
    """Put the address of whoever asks into *scope*, and keep the peer's beside it."""
    peer = scope["client"][0] if scope.get("client") else ""
    scope[PEER] = peer
    if not trusted:
        return
    client = client_ip(peer, scope["headers"], trusted)
    if client != peer:
        scope["client"] = (client, 0)


def peer_of(scope: Scope) -> str:
    """Return the address of whoever is connected to us, empty when it has none."""
    return str(scope[PEER])
