"""Every error this product raises on purpose.

An error is sorted by *who can fix it*, because that is what the reader of a log
line or an HTTP reply needs to know first:

* CallingcardError
  - ConfigError      the operator, before the service starts
  - RequestError     the caller: their input cannot be acted on
    + NotAllowed     not who they say (``reason="who"``), or not permitted (``"what"``)
    + NotFound
    + Conflict
    + Invalid        ``fields`` maps each path to a reason
    + LimitExceeded  ``retry_after`` says how long to wait
  - UpstreamError    another company's service; ``retryable`` says if waiting helps
  - FunctionError    the author of a customer's function; ``run_id`` says which run

Anything else that escapes is a bug in this product.

Invariant: no HTTP status appears here. ``server.problems`` holds the one table
that turns an error into a status, so the CLI and the library never see HTTP.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar, Literal


class CallingcardError(Exception):
    """Base of every deliberate error; catch this to catch them all."""

    code: ClassVar[str] = "callingcard"
    """Stable name, documented in ``docs/reference/errors.md`` and safe to match on."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep *message* free of secrets and personal data: it is shown to callers."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(CallingcardError):
    """The service cannot start as it is set up; the operator can mend it."""

    code = "config"


class RequestError(CallingcardError):
    """The caller asked for something that cannot be done as asked."""

    code = "request"


class NotAllowed(RequestError):
    """The caller is not who they say, or may not do this.

    *reason* is ``"who"`` when proving an identity would help and ``"what"`` when
    it would not; that is the whole difference between a 401 and a 403.
    """

    code = "not_allowed"
    reason: ClassVar[Literal["who", "what"]] = "what"


class NotFound(RequestError):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"


class Conflict(RequestError):
    """What is asked for contradicts what is there."""

    code = "conflict"


class Invalid(RequestError):
    """The input is not of the expected shape; *fields* says where and why."""

    code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        fields: Mapping[str, str] = MappingProxyType({}),
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.fields = dict(fields)


class TooLarge(Invalid):
    """The input is larger than the product will read."""

    code = "too_large"


class LimitExceeded(RequestError):
    """Too much, too fast; *retry_after* says how long to wait."""

    code = "limit_exceeded"

    def __init__(self, message: str, *, retry_after: timedelta, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class UpstreamError(CallingcardError):
    """Another company's service failed us; *retryable* says if waiting helps."""

    code = "upstream"

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        retry_after: timedelta | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.retry_after = retry_after


class FunctionError(CallingcardError):
    """A customer's function failed; *run_id* is for its author to look it up by."""

    code = "function"

    def __init__(self, message: str, *, run_id: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.run_id = run_id
