"""Which URLs and addresses may be called on somebody else's word.

A public target is HTTPS on port 443 or 8443, at a public address. A ``private`` one may be
inside one's own network, over plain HTTP and on any port; link-local addresses, where
clouds answer with credentials, stay refused. Hosts in disguise are refused for both:
numbers in place of an address, IPv4 inside IPv6, zones, users, letters that only look
like dots.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

PUBLIC_PORTS: Final = frozenset({443, 8443})

_IP: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^/?#\[\]:@\\]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<target>(?:[/?][^#\\]*)?)\Z"
)
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_NUMBER: Final = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_MAX_HOST: Final = 253
_MAX_PORT: Final = 65_535

# Python's own is_global changed its mind between patch releases, hence our own list:
# https://www.iana.org/assignments/iana-ipv4-special-registry
_NEVER: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.100.100.200/32",  # Alibaba Cloud's metadata
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/128",
        "::ffff:0:0/96",  # IPv4 in another coat, as are the next five
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "2001:db8::/32",
        "3fff::/20",
        "fd00:ec2::/32",  # Amazon's metadata
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_PRIVATE: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "::1/128",
        "fc00::/7",
    )
)
_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out to the public."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts, each of which was looked at."""

    scheme: str
    host: str
    """Without brackets."""
    port: int
    target: str = field(repr=False)
    """Path and query; begins with a slash."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Who is called: two targets of one origin are one host."""
        return self.scheme, self.host, self.port


def checked_url(text: str, *, private: bool = False) -> Target:
    """Return the parts of *text*; raises ValueError, with the remedy, for a URL to refuse.

    >>> checked_url("https://api.example.com/v1?a=b").target
    '/v1?a=b'
    >>> checked_url("https://0x7f000001/")
    Traceback (most recent call last):
    ValueError: write an address in full, such as 192.168.1.10
    """
    if not text.isascii():
        raise ValueError("write a name with other letters as punycode (xn--…)")
    if any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("it has a character that no URL has")
    scheme, mark, rest = text.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    found = _URL.match(f"{scheme.lower()}{mark}{authority.lower()}{rest[len(authority) :]}")
    if found is None:
        raise ValueError("it must look like https://host/path: no user, backslash or fragment")
    target = found["target"]
    return Target(
        scheme=found["scheme"],
        host=_checked_host(found["host"], private=private),
        port=_checked_port(found["scheme"], found["port"], private=private),
        target=target if target.startswith("/") else f"/{target}",
    )


def _checked_port(scheme: str, text: str | None, *, private: bool) -> int:
    """Return the port that is called; raises ValueError."""
    if scheme != "https" and not private:
        raise ValueError("it must begin with https://; plain HTTP is for private = true")
    port = int(text) if text else (443 if scheme == "https" else 80)
    if not 0 < port <= _MAX_PORT or (not private and port not in PUBLIC_PORTS):
        raise ValueError("the port must be 443 or 8443; others are for private = true")
    return port


def _checked_host(host: str, *, private: bool) -> str:
    """Return *host* without brackets; raises ValueError for one that means something else."""
    if host.startswith("["):
        return _checked_literal(host[1:-1], private=private)
    labels = host.split(".")
    if len(host) > _MAX_HOST or not all(_LABEL.match(label) for label in labels):
        raise ValueError("the host is not a name of letters, digits, dots and dashes")
    if _NUMBER.match(labels[-1]):
        return _checked_literal(host, private=private)
    return host


def _checked_literal(text: str, *, private: bool) -> str:
    """Return an address; raises ValueError for other spellings and for forbidden ones."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("write an address in full, such as 192.168.1.10") from None
    reason = forbidden(address, private=private)
    if reason:
        raise ValueError(reason)
    return str(address)


def forbidden(address: _IP, *, private: bool) -> str:
    """Say why *address* is not called; empty when it may be.

    >>> forbidden(ipaddress.ip_address("93.184.215.14"), private=False)
    ''
    >>> forbidden(ipaddress.ip_address("10.0.0.1"), private=False)
    'it is a private address; if that is meant, set private = true'
    >>> forbidden(ipaddress.ip_address("169.254.169.254"), private=True)
    'it is an address that nothing may be called at'
    """
    if _among(address, _NEVER) or getattr(address, "scope_id", None):
        return "it is an address that nothing may be called at"
    if _among(address, _PRIVATE):
        return (
            "" if private else "it is a private address; if that is meant, set private = true"
        )
    if address.version == 6 and address not in _UNICAST:  # noqa: PLR2004
        return "it is an address that nothing may be called at"
    return ""


def _among(
    address: _IP, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    """Say whether *address* is in one of *networks*."""
    return any(address.version == n.version and address in n for n in networks)
