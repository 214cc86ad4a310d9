"""The two kinds of URL that settings hold: where to call, and who may call us."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\Z")


def checked_base_url(text: str) -> str:
    """Return *text* without a final slash; raises ValueError when no secret may go there.

    Plain HTTP is let through only to this machine and to private networks, where
    a desk of one's own lives: a typing error must not send a credential in the clear.

    >>> checked_base_url("https://api.hubapi.com/")
    'https://api.hubapi.com'
    >>> checked_base_url("http://api.hubapi.com")
    Traceback (most recent call last):
    ValueError: it must begin with https://
    """
    if not text.isascii() or any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("it has a character that no URL has")
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("it must look like https://host")
    if url.username is not None or url.query or url.fragment:
        raise ValueError("it must have no user, query or fragment")
    if url.scheme == "http" and not _near(url.hostname):
        raise ValueError("it must begin with https://")
    return text.rstrip("/")


def checked_origin(text: str) -> str:
    """Return *text*, an origin as a browser writes it; raises ValueError otherwise.

    >>> checked_origin("https://shop.example")
    'https://shop.example'
    >>> checked_origin("https://Shop.example/")
    Traceback (most recent call last):
    ValueError: write it as a browser does: https://host, lower case, no path
    """
    if not _ORIGIN.match(text):
        raise ValueError("write it as a browser does: https://host, lower case, no path")
    return text


def _near(host: str) -> bool:
    """Say whether *host* is this machine, a private address, or a name with no dot."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".internal", ".local", ".test"))
