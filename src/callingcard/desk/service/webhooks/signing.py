"""Signs webhooks as HubSpot does, so that a receiver written for HubSpot accepts ours.

https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests

Version 3 is the one to check: it alone says when a request was made. Versions 1 and 2 are
plain hashes and are there for receivers that are older than it.
"""

import base64
import hashlib
import hmac
from typing import Final

from callingcard.desk.model.webhooks import Signature

_DECODED: Final = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}


def signature_v1(secret: str, body: bytes) -> str:
    """Return the hash of *secret* and *body*.

    >>> signature_v1("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", b"[]")[:8]
    '55d48f27'
    """
    return hashlib.sha256(secret.encode() + body).hexdigest()


def signature_v2(secret: str, method: str, uri: str, body: bytes) -> str:
    """Return the hash of *secret*, the request's first line, and *body*."""
    return hashlib.sha256(f"{secret}{method}{uri}".encode() + body).hexdigest()


def signature_v3(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """Return the keyed hash of the whole request; *timestamp* is milliseconds since 1970."""
    signed = f"{method}{_plain(uri)}".encode() + body + timestamp.encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def signed_headers(
    secret: str, uri: str, body: bytes, *, timestamp: str, older: Signature
) -> dict[str, str]:
    """Return the headers that vouch for a POST of *body* to *uri*."""
    first = (
        signature_v1(secret, body)
        if older == "v1"
        else signature_v2(secret, "POST", uri, body)
    )
    return {
        "X-HubSpot-Request-Timestamp": timestamp,
        "X-HubSpot-Signature-v3": signature_v3(secret, "POST", uri, body, timestamp),
        "X-HubSpot-Signature": first,
        "X-HubSpot-Signature-Version": older,
    }


def _plain(uri: str) -> str:
    """Return *uri* with the few escapes undone that HubSpot undoes before it hashes."""
    for escape, character in _DECODED.items():
        uri = uri.replace(escape, character).replace(escape.lower(), character)
    return uri
