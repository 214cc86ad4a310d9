"""The one table that turns an error into an HTTP reply, as RFC 9457 problem details.

HubSpot's paths have a table of their own, in ``desk/api/hubspot/envelope.py``.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from callingcard.errors import (
    CallingcardError,
    Conflict,
    FunctionError,
    Invalid,
    LimitExceeded,
    NotAllowed,
    NotFound,
    RequestError,
    TooLarge,
    UpstreamError,
)
from callingcard.functions.errors import OutOfMemory, TimedOut

MEDIA_TYPE = "application/problem+json"
_TABLE: tuple[tuple[type[CallingcardError], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (LimitExceeded, HTTPStatus.TOO_MANY_REQUESTS),
    (RequestError, HTTPStatus.BAD_REQUEST),
    (TimedOut, HTTPStatus.GATEWAY_TIMEOUT),
    (OutOfMemory, HTTPStatus.INSUFFICIENT_STORAGE),
)
_CODES = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.REQUEST_TIMEOUT: "request_timeout",
    HTTPStatus.BAD_REQUEST: "request",
}


def status_of(error: CallingcardError) -> HTTPStatus:
    """Return the status that *error* is told with."""
    if isinstance(error, NotAllowed):
        return HTTPStatus.UNAUTHORIZED if error.reason == "who" else HTTPStatus.FORBIDDEN
    if isinstance(error, UpstreamError):
        return HTTPStatus.SERVICE_UNAVAILABLE if error.retryable else HTTPStatus.BAD_GATEWAY
    for kind, status in _TABLE:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return a problem as a reply; *more* are members of its own."""
    body = {
        "type": f"urn:callingcard:error:{code}",
        "title": status.phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        "hint": hint,
        **more,
    }
    return JSONResponse(
        body,
        status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store, private", **(headers or {})},
    )


def reply_to(error: CallingcardError, headers: Mapping[str, str] | None = None) -> Response:
    """Return the reply that tells *error*, with *headers* of the endpoint added."""
    status = status_of(error)
    added = dict(headers or {})
    wait = getattr(error, "retry_after", None)
    if wait is not None:
        added["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        added["Retry-After"] = "5"
    if status is HTTPStatus.UNAUTHORIZED:
        added.setdefault("WWW-Authenticate", "Bearer")
    more: dict[str, Any] = {"fields": error.fields} if isinstance(error, Invalid) else {}
    if isinstance(error, FunctionError):
        more["run_id"] = added["X-Run-Id"] = error.run_id
    return problem(status, error.code, error.message, hint=error.hint, headers=added, **more)


def reply_to_http(error: HTTPException, headers: Mapping[str, str] | None = None) -> Response:
    """Return the reply that tells *error*, one of the protocol and not of ours."""
    status = HTTPStatus(error.status_code)
    detail = str(error.detail) if error.detail else status.description
    added = {**(headers or {}), **(error.headers or {})}
    return problem(status, _CODES.get(status, "request"), detail, headers=added)


def unexpected(request_id: str) -> Response:
    """Return the reply to what nobody meant: a name to quote, and no internals."""
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "unexpected",
        f"Something broke on our side. Quote {request_id} when you report it.",
    )


def install(app: FastAPI) -> None:
    """Answer every deliberate error of *app* with a problem."""

    async def deliberate(request: Request, error: Exception) -> Response:
        assert isinstance(error, CallingcardError)  # noqa: S101  (what it is registered for)
        return reply_to(error, _extra(request))

    async def misshapen(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        fields = {
            ".".join(str(part) for part in found["loc"][1:]) or "body": str(found["msg"])
            for found in error.errors()
        }
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid",
            "The request is not of the expected shape.",
            hint="See the reasons by field, and /docs for the shape.",
            headers=_extra(request),
            fields=fields,
        )

    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return reply_to_http(error, _extra(request))

    async def unmeant(request: Request, _error: Exception) -> Response:
        return unexpected(getattr(request.state, "request_id", ""))

    app.add_exception_handler(Exception, unmeant)
    app.add_exception_handler(CallingcardError, deliberate)
    app.add_exception_handler(RequestValidationError, misshapen)
    app.add_exception_handler(HTTPException, plain)


def _extra(request: Request) -> dict[str, str]:
    """Return the headers that the endpoint wants on every reply, its errors too."""
    return dict(getattr(request.state, "extra_headers", None) or {})
