"""What can go wrong when we vouch for a visitor.

* NotAllowed
  - Unverified           nobody proved who the visitor is
  - ProofInvalid         the proof is not one of ours, or was changed
  - ProofExpired         the proof was good once
  - EmailMismatch        the body names another person than the proof
  - OriginNotAllowed     the page may not ask
  - KeyNotAllowed        the key may not issue tokens here
* NotFound
  - UnknownSite
* Invalid
  - InvalidVisitor       an address, name or property that cannot be used
* TooLarge
  - BodyTooLarge
* ConfigError
  - UnknownPlatform
* UpstreamError
  - PlatformRefused      asking again will not help: the operator has to act
  - PlatformUnavailable  asking again later will help

Invariant: no message quotes the visitor, the proof, or what a platform answered.
"""

from datetime import timedelta

from callingcard.errors import (
    ConfigError,
    Invalid,
    NotAllowed,
    NotFound,
    TooLarge,
    UpstreamError,
)


class Unverified(NotAllowed):
    """Nobody proved that the visitor is who the request says."""

    code = "identity.unverified"


class ProofInvalid(NotAllowed):
    """The proof is not genuine.

    *why* is for the operator who asks about a proof of their own, and for tests; a
    reply never shows it, since only a forger learns from it.
    """

    code = "identity.proof_invalid"
    reason = "who"

    def __init__(self, why: str = "") -> None:
        self.why = why
        super().__init__(
            "The proof of who is signed in was not accepted.",
            hint="Check its key, algorithm, audience, issuer and times on the signing side.",
        )


class ProofExpired(NotAllowed):
    """The proof is genuine and too old."""

    code = "identity.proof_expired"
    reason = "who"

    def __init__(self) -> None:
        super().__init__(
            "The proof of who is signed in has expired.",
            hint="Sign a new one for each request, good for a few minutes.",
        )


class EmailMismatch(NotAllowed):
    """The body names another address than the one that was proved."""

    code = "identity.email_mismatch"

    def __init__(self) -> None:
        super().__init__(
            "The address in the body is not the address of the proof.",
            hint="Leave the address out of the body: the proof names it.",
        )


class OriginNotAllowed(NotAllowed):
    """A page of this origin may not ask for tokens of this site."""

    code = "identity.origin_not_allowed"

    def __init__(self) -> None:
        super().__init__(
            "Pages of this origin may not ask for tokens here.",
            hint="List the origin, exactly as the browser sends it, in the site's origins.",
        )


class KeyNotAllowed(NotAllowed):
    """The key is good, but not for issuing tokens of this site."""

    code = "identity.key_not_allowed"

    def __init__(self) -> None:
        super().__init__(
            "This key may not issue tokens for this site.",
            hint="Make a key with the scope tokens:issue for the site.",
        )


class UnknownSite(NotFound):
    """No site of that name is set up."""

    code = "identity.unknown_site"

    def __init__(self) -> None:
        super().__init__(
            "There is no such site.", hint="Sites are set up in callingcard.toml."
        )


class InvalidVisitor(Invalid):
    """The visitor cannot be vouched for as described; ``fields`` says why."""

    code = "identity.invalid_visitor"


class BodyTooLarge(TooLarge):
    """The body is larger than any description of a visitor."""

    code = "identity.body_too_large"


class UnknownPlatform(ConfigError):
    """The settings name a chat platform that is not installed."""

    code = "identity.unknown_platform"


class PlatformRefused(UpstreamError):
    """The platform said no, and will say no again until somebody changes something."""

    code = "identity.platform_refused"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, retryable=False, hint=hint)


class PlatformUnavailable(UpstreamError):
    """The platform did not answer as it should; it may later."""

    code = "identity.platform_unavailable"

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, retryable=True, retry_after=retry_after, hint=hint)
