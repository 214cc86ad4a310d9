"""What every integration decides alike: whether to answer a page at all, and with what.

The page and this app share an origin, so a session cookie says who is signed in;
hence a request that another site could cause is turned away before anything is
issued. No framework is named here.

Invariant: nobody is looked up, and nothing issued, for a request that is turned away.
Invariant: the body of a request is never read; only the app's session says who it is.
"""

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from callingcard.errors import (
    CallingcardError,
    ConfigError,
    Invalid,
    LimitExceeded,
    NotAllowed,
    RequestError,
    UpstreamError,
)
from callingcard.identity.issuer import AsyncIssuer, Issuer
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.service.issuing import answer

ALLOW: Final = "POST, DELETE"
METHODS: Final = ("POST", "DELETE", "GET", "HEAD", "PUT", "PATCH", "OPTIONS")
"""What a framework should send here, so that refusals read the same everywhere."""
PRIVATE: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store, private",
    "Vary": "Origin, Authorization, Cookie",
}
_REFUSED_WAIT: Final = timedelta(seconds=60)
_UNAVAILABLE_WAIT: Final = timedelta(seconds=5)

_log = logging.getLogger("callingcard.integrations")


@dataclass(frozen=True, slots=True)
class Reply:
    """What to tell the page: a status, headers, and JSON unless there is nothing to say."""

    status: int
    body: dict[str, Any] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: PRIVATE)


NOTHING: Final = Reply(HTTPStatus.NO_CONTENT)
"""Nobody is signed in, or their tokens are forgotten."""


@dataclass(frozen=True, slots=True)
class Door:
    """Answers requests with an Issuer, for apps that serve each in a thread."""

    issuer: Issuer

    def __post_init__(self) -> None:
        """Refuse an issuer that only an event loop can drive."""
        # Not every app has its types checked.
        if not isinstance(self.issuer, Issuer):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigError(
                "This app serves each request in a thread, and needs an Issuer.",
                hint="What an AsyncIssuer holds belongs to one event loop that keeps running.",
            )

    def answer(
        self, method: str, headers: Mapping[str, str], who: Callable[[], Visitor | None]
    ) -> Reply:
        """Issue for, or forget, whomever *who* names; names in *headers* are lower case."""
        no = turned_away(method, headers)
        if no is not None:
            return no
        try:
            visitor = who()
            if visitor is None:
                return NOTHING
            if method == "DELETE":
                self.issuer.forget(visitor)
                return NOTHING
            return _granted(visitor, self.issuer.issue(visitor))
        except (RequestError, UpstreamError) as error:
            return told(error)


@dataclass(frozen=True, slots=True)
class AsyncDoor:
    """Answers requests with an AsyncIssuer, for apps on one event loop."""

    issuer: AsyncIssuer

    def __post_init__(self) -> None:
        """Refuse an issuer that would hold up every visitor while it waits."""
        # Not every app has its types checked.
        if not isinstance(self.issuer, AsyncIssuer):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigError(
                "This app serves every visitor from one event loop, and needs an AsyncIssuer.",
                hint="An Issuer would block the loop.",
            )

    async def answer(
        self,
        method: str,
        headers: Mapping[str, str],
        who: Callable[[], Awaitable[Visitor | None]],
    ) -> Reply:
        """Issue for, or forget, whomever *who* names; names in *headers* are lower case."""
        no = turned_away(method, headers)
        if no is not None:
            return no
        try:
            visitor = await who()
            if visitor is None:
                return NOTHING
            if method == "DELETE":
                await self.issuer.forget(visitor)
                return NOTHING
            return _granted(visitor, await self.issuer.issue(visitor))
        except (RequestError, UpstreamError) as error:
            return told(error)


def refusal(
    status: HTTPStatus, code: str, detail: str, *, hint: str = "", **headers: str
) -> Reply:
    """Return a problem in the shape that Callingcard's own server uses.

    >>> refusal(HTTPStatus.FORBIDDEN, "integration.cross_site", "No.").status
    403
    """
    body = {
        "type": f"urn:callingcard:error:{code}",
        "title": status.phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        "hint": hint,
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        int(status), body, {**PRIVATE, "Content-Type": "application/problem+json", **named}
    )


def turned_away(method: str, headers: Mapping[str, str]) -> Reply | None:
    """Return why a request must not be answered, or None; names in *headers* are lower case.

    A page of another site can send a form or plain text without asking, but not
    JSON; and a browser says truthfully where a request comes from.

    >>> turned_away("POST", {"content-type": "application/json"}) is None
    True
    >>> turned_away("POST", {"content-type": "text/plain"}).status
    415
    """
    if method not in ALLOW.split(", "):
        return refusal(
            HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Use POST.", Allow=ALLOW
        )
    if not _same_origin(headers):
        return refusal(
            HTTPStatus.FORBIDDEN,
            "integration.cross_site",
            "Only pages of this very site may ask.",
            hint="Behind a proxy, pass the Host header on as the browser sent it.",
        )
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    # The standard library's WSGI server makes up a media type, and an empty length.
    length = headers.get("content-length", "")
    has_body = length not in {"", "0"} or "transfer-encoding" in headers
    if media_type != "application/json" and (method == "POST" or has_body):
        return refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send Content-Type: application/json.",
        )
    return None


def told(error: CallingcardError) -> Reply:
    """Return *error* as an answer.

    What the operator of the app must mend goes to the log; the page only hears that
    the chat platform is not to be had, and when to come again.
    """
    if isinstance(error, UpstreamError):
        _log.error("no token was issued: %s: %s %s", error.code, error.message, error.hint)
        return refusal(
            HTTPStatus.SERVICE_UNAVAILABLE,
            error.code,
            "The chat platform could not be asked.",
            Retry_After=_seconds(_wait(error)),
        )
    if isinstance(error, LimitExceeded):
        wait = _seconds(error.retry_after)
        return refusal(
            HTTPStatus.TOO_MANY_REQUESTS, error.code, error.message, Retry_After=wait
        )
    status = HTTPStatus.BAD_REQUEST
    if isinstance(error, NotAllowed):
        status = HTTPStatus.UNAUTHORIZED if error.reason == "who" else HTTPStatus.FORBIDDEN
    elif isinstance(error, Invalid):
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    found = refusal(status, error.code, error.message, hint=error.hint)
    if isinstance(error, Invalid) and found.body is not None:
        found.body["fields"] = error.fields
    return found


def _granted(visitor: Visitor, token: IdentityToken) -> Reply:
    return Reply(HTTPStatus.OK, answer(visitor, token))


def _same_origin(headers: Mapping[str, str]) -> bool:
    """Say whether the browser calls the request one of this origin, or is no browser.

    Only the host is compared: a proxy that ends TLS makes the scheme look plain.
    """
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    scheme, _, host = origin.partition("://")
    return scheme in {"http", "https"} and bool(host) and host == headers.get("host", "")


def _wait(error: UpstreamError) -> timedelta:
    """Return how long to wait: longer when somebody has to act first."""
    if error.retry_after is not None:
        return error.retry_after
    return _UNAVAILABLE_WAIT if error.retryable else _REFUSED_WAIT


def _seconds(wait: timedelta) -> str:
    return str(max(1, math.ceil(wait.total_seconds())))
