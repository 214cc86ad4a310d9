"""What can go wrong when we vouch for a visitor.

* NotAllowed
  - Unverified           nobody proved who the visitor is
  - ProofInvalid         the proof is not one of ours, or was changed
  - ProofExpired         the proof was good once
  - EmailMismatch        the body names another person than the proof
  - OriginNotAllowed     the page may not ask
  - KeyNotAllowed        the key may not issue tokens here
  - InviteSpent          the invite was used before
* NotFound
  - UnknownSite
  - NoKeysPublished      the site's platform fetches no keys from us
* Invalid
  - InvalidVisitor       an address, name or property that cannot be used
  - InvalidInvite        a page that is not the site's
* LimitExceeded
  - LandingLimited       too many claims of one source, address, page or site
* TooLarge
  - BodyTooLarge
* ConfigError
  - UnknownPlatform
* UpstreamError
  - PlatformRefused      asking again will not help: the operator has to act
  - PlatformUnavailable  asking again later will help
  - KeysUnavailable      the keys that would tell a genuine proof cannot be had now

Invariant: no message quotes the visitor, the proof, or what a platform answered.
"""

from datetime import timedelta

from callingcard.errors import (
    ConfigError,
    Invalid,
    LimitExceeded,
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


class NoKeysPublished(NotFound):
    """The platform of this site checks no signature with a public key."""

    code = "identity.no_keys_published"

    def __init__(self) -> None:
        super().__init__(
            "The platform of this site needs no keys of ours.",
            hint="Salesforce does: its tokens are signed with a private key.",
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
    """The platform said no, and will say no again until somebody changes something.

    *whole_site* says that it is our key it refuses, and not one visitor.
    """

    code = "identity.platform_refused"

    def __init__(self, message: str, *, hint: str = "", whole_site: bool = False) -> None:
        super().__init__(message, retryable=False, hint=hint)
        self.whole_site = whole_site


class PlatformUnavailable(UpstreamError):
    """The platform did not answer as it should; it may later."""

    code = "identity.platform_unavailable"

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, retryable=True, retry_after=retry_after, hint=hint)


class InviteSpent(NotAllowed):
    """The invite was used before; each lets somebody in once."""

    code = "identity.invite_spent"
    reason = "who"

    def __init__(self) -> None:
        super().__init__(
            "This invite was used already.", hint="Ask for a new one: each works once."
        )


class InvalidInvite(Invalid):
    """An invite cannot be made as described; ``fields`` says why."""

    code = "identity.invalid_invite"

    def __init__(self, **fields: str) -> None:
        super().__init__("The invite cannot be made as described.", fields=fields)


class LandingLimited(LimitExceeded):
    """Too many claims were made; which limit it was is not said."""

    code = "identity.landing_limited"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(
            "Too many visitors were claimed from here. Wait a little.",
            retry_after=retry_after,
            hint="The chat still works, without a name. An invite is not limited like this.",
        )


class KeysUnavailable(UpstreamError):
    """The keys that a proof is checked with cannot be had; they may be later.

    *why* is for the operator, and quotes no URL and nothing that was answered.
    """

    code = "identity.keys_unavailable"

    def __init__(self, why: str = "", *, retry_after: timedelta | None = None) -> None:
        self.why = why
        super().__init__(
            "The keys that prove who is signed in cannot be had just now.",
            retryable=True,
            retry_after=retry_after,
            hint="See that the provider of the site's keys answers; asking again helps then.",
        )
