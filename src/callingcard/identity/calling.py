"""What platforms that are called with a bearer token have in common.

Invariant: nothing that a platform answers but its status and what *trace* makes of it
reaches a caller or a log.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, NoReturn

from callingcard.errors import ConfigError
from callingcard.identity.errors import PlatformRefused, PlatformUnavailable
from callingcard.kit.codec import canonical_json
from callingcard.kit.urls import checked_base_url
from callingcard.kit.wire import Reply, Request, retry_after

MAX_TOKEN: Final = 16_384
"""The longest token that a platform is believed to make, in characters."""

_PATH: Final = re.compile(r"/[A-Za-z0-9/._-]*\Z")
_OUR_KEY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Refusals:
    """What the statuses of one platform mean: a message and a remedy for the operator."""

    name: str
    remedies: Mapping[int, tuple[str, str]]
    shared_limit: str
    """Whose limit it is that a 429 speaks of."""
    passing: Collection[int] = ()
    """Statuses below 500 after which waiting helps."""

    def refuse(self, reply: Reply, asked_at: datetime, *, trace: str = "") -> NoReturn:
        """Raise what the status of *reply* means; *trace* is for the vendor's support."""
        status = reply.status
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise PlatformUnavailable(
                f"{self.name} is being asked too often.",
                retry_after=retry_after(reply, asked_at),
                hint=f"{self.shared_limit} is shared by every app that uses it.",
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in self.passing:
            raise PlatformUnavailable(
                f"{self.name} answered {status}.",
                retry_after=retry_after(reply, asked_at),
                hint=trace,
            )
        message, remedy = self.remedies.get(
            status, (f"{self.name} answered {status}.", "Check base_url and path.")
        )
        raise PlatformRefused(
            message, hint=f"{remedy} {trace}".strip(), whole_site=status in _OUR_KEY
        )


def bearer_token(token: str, name: str, hint: str) -> str:
    """Return *token*; raises ConfigError when no header could carry it."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(
            f"{name}'s access_token is missing, or has a character that no token has.",
            hint=hint,
        )
    return token


def endpoint(base_url: str, path: str, name: str) -> str:
    """Return *base_url* as it is called; raises ConfigError for it or for *path*."""
    if not _PATH.match(path):
        raise ConfigError(f"{name}'s path must begin with a slash and be a plain path.")
    try:
        return checked_base_url(base_url)
    except ValueError as error:
        raise ConfigError(f"{name}'s base_url cannot be used: {error}.") from None


def post(url: str, access_token: str, body: Mapping[str, Any]) -> Request:
    """Return the call that sends *body* as JSON to *url*, as the holder of *access_token*."""
    headers = {
        "Authorization": f"Bearer {access_token}",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    return Request("POST", url, headers, canonical_json(body))
