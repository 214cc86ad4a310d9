"""The one table that turns an error into HubSpot's envelope.

HubSpot's clients decide on strings in these bodies (whether to retry, what to tell
people), so the strings are HubSpot's to the letter.

Invariant: a reply carries the correlation id of its body in a header, and nothing
about the inside of this product.
"""

import json
import math
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from callingcard.desk.errors import InvalidProperties
from callingcard.errors import (
    CallingcardError,
    Conflict,
    Invalid,
    LimitExceeded,
    NotAllowed,
    NotFound,
    TooLarge,
)

MEDIA_TYPE: Final = "application/json;charset=utf-8"
SCOPES_URL: Final = "https://developers.hubspot.com/scopes"
_NO_CREDENTIAL: Final = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and "
    "you can find more details at "
    "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
_NO_SCOPE: Final = (
    "This app hasn't been granted all required scopes to make this call. "
    f"Read more about required scopes here: {SCOPES_URL}."
)
VALIDATION: Final = "VALIDATION_ERROR"


@dataclass
class Fault(Exception):
    """An error as HubSpot tells it: a status, and the members of its body."""

    status: HTTPStatus
    message: str
    category: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def body(self, correlation_id: str) -> dict[str, Any]:
        """Return the members of the reply's body, in HubSpot's order."""
        body: dict[str, Any] = {
            "status": "error",
            "message": self.message,
            "correlationId": correlation_id,
            **self.members,
        }
        if self.category is not None:
            body["category"] = self.category
        return body


def correlation_id(now: datetime) -> str:
    """Return a new UUIDv7, which is what HubSpot's are: the time first, then chance."""
    moment = int(now.timestamp() * 1000).to_bytes(6, "big")
    raw = bytearray(moment + secrets.token_bytes(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def reply(body: Any, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return *body* as HubSpot writes JSON."""
    return Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        status,
        media_type=MEDIA_TYPE,
    )


def nothing() -> Response:
    """Return the reply that says done, and no more."""
    return Response(status_code=HTTPStatus.NO_CONTENT, media_type=MEDIA_TYPE)


def bad_request(message: str, *, code: str | None = None, name: str | None = None) -> Fault:
    """Return the fault of a request that cannot be understood; *name* says where."""
    if code is None:
        return Fault(HTTPStatus.BAD_REQUEST, message, VALIDATION)
    context = {} if name is None else {"context": {"propertyName": [name]}}
    errors = [{"message": message, "code": code, **context}]
    return Fault(HTTPStatus.BAD_REQUEST, message, VALIDATION, {"errors": errors})


def malformed(why: str) -> Fault:
    """Return the fault of a body that is no JSON; HubSpot gives it no category."""
    return Fault(HTTPStatus.BAD_REQUEST, f"Invalid input JSON{why}")


def not_found(message: str = "resource not found") -> Fault:
    """Return the fault of a thing that is not there."""
    return Fault(HTTPStatus.NOT_FOUND, message)


def object_not_found(value: str) -> Fault:
    """Return the fault of an object asked for by something that is no number."""
    return Fault(
        HTTPStatus.NOT_FOUND,
        "Object not found.  objectId are usually numeric.",
        "OBJECT_NOT_FOUND",
        {"context": {"id": [value]}},
    )


def unauthenticated() -> Fault:
    """Return the fault of a request without a credential that we know."""
    return Fault(
        HTTPStatus.UNAUTHORIZED,
        _NO_CREDENTIAL,
        "INVALID_AUTHENTICATION",
        headers={"WWW-Authenticate": "Bearer"},
    )


def missing_scopes(scopes: Sequence[str]) -> Fault:
    """Return the fault of a credential that may not do this."""
    error = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(scopes)},
    }
    members = {"errors": [error], "links": {"scopes": SCOPES_URL}}
    return Fault(HTTPStatus.FORBIDDEN, _NO_SCOPE, "MISSING_SCOPES", members)


def too_fast(error: LimitExceeded) -> Fault:
    """Return the fault of a client over its limit; official clients wait and come again."""
    wait = max(1, math.ceil(error.retry_after.total_seconds()))
    return Fault(
        HTTPStatus.TOO_MANY_REQUESTS,
        "You have reached your ten_secondly_rolling limit.",
        members={"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"},
        headers={"Retry-After": str(wait)},
    )


def invalid_properties(error: InvalidProperties, given: Mapping[str, str]) -> Fault:
    """Return the fault of properties that cannot be kept.

    HubSpot quotes a bad address; the caller just sent it, in *given*, and gets it back.
    """
    quoted = {name.lower(): value for name, value in given.items()}
    details = [
        (problem.name, problem.code, _reason(problem.code, problem.reason, quoted))
        for problem in error.problems
    ]
    values = [
        {
            "isValid": False,
            "message": reason,
            "error": code,
            "name": name,
            "localizedErrorMessage": reason,
        }
        for name, code, reason in details
    ]
    errors = [
        {"message": reason, "code": code, "context": {"propertyName": [name]}}
        for name, code, reason in details
    ]
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return Fault(
        HTTPStatus.BAD_REQUEST,
        f"Property values were not valid: {text}",
        VALIDATION,
        {"errors": errors},
    )


def _reason(code: str, reason: str, given: Mapping[str, str]) -> str:
    if code == "INVALID_EMAIL":
        return f"Email address {given.get('email', '')[:254]} is invalid"
    return reason


def fault_of(error: CallingcardError, scopes: Sequence[str] = ()) -> Fault:
    """Return *error* as HubSpot would tell it; *scopes* are those of the endpoint."""
    if isinstance(error, NotAllowed):
        return unauthenticated() if error.reason == "who" else missing_scopes(scopes)
    for kind, tell in _TABLE:
        if isinstance(error, kind):
            return tell(error)
    return internal()


def internal() -> Fault:
    """Return the fault of a mistake of ours, which says nothing about it."""
    return Fault(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error", "SERVER_ERROR")


_Tell = Callable[[Any], Fault]
_TABLE: Final[tuple[tuple[type[CallingcardError], _Tell], ...]] = (
    (LimitExceeded, too_fast),
    (InvalidProperties, lambda error: invalid_properties(error, {})),
    (
        TooLarge,
        lambda error: Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error.message, VALIDATION),
    ),
    (Invalid, lambda error: bad_request(error.message)),
    (Conflict, lambda error: Fault(HTTPStatus.CONFLICT, error.message, "CONFLICT")),
    (NotFound, lambda _error: not_found()),
)
