"""What can go wrong when somebody asks to be let in.

An answer to a failed sign-in or a bad key never says which part was wrong: to
somebody guessing, that would be worth as much as half the secret.

Invariant: no message here holds a secret, an address or a password.
"""

from callingcard.errors import Conflict, Invalid, LimitExceeded, NotAllowed, NotFound, TooLarge


class NoKey(NotAllowed):
    """The request carries no API key where one is needed."""

    code = "access.no_key"
    reason = "who"


class BadKey(NotAllowed):
    """The API key is unknown or revoked; which of the two is not said."""

    code = "access.bad_key"
    reason = "who"


class OriginRefused(NotAllowed):
    """A publishable key was used from a page that it is not for."""

    code = "access.origin_refused"


class ScopeMissing(NotAllowed):
    """The API key is good, but not for this."""

    code = "access.scope_missing"


class BadCredentials(NotAllowed):
    """The address and password, or the sign-in link, let nobody in."""

    code = "access.bad_credentials"
    reason = "who"


class SignedOut(NotAllowed):
    """There is no session, or it has ended."""

    code = "access.signed_out"
    reason = "who"


class CrossSite(NotAllowed):
    """The request came from another site's page, in the name of somebody signed in."""

    code = "access.cross_site"


class RoleNeeded(NotAllowed):
    """The person is signed in, but their role does not allow this."""

    code = "access.role_needed"


class TooManyTries(LimitExceeded):
    """Too many sign-ins were tried for one address, or from one network."""

    code = "access.too_many_tries"


class InvalidInput(Invalid):
    """What was given for a key, a person or a sign-in is not of the expected shape."""

    code = "access.invalid"


class BodyTooLarge(TooLarge):
    """The body is larger than any sign-in can be."""

    code = "access.too_large"


class KeyNotFound(NotFound):
    """There is no API key with this id."""

    code = "access.key_not_found"


class UserNotFound(NotFound):
    """There is no person with this id or address."""

    code = "access.user_not_found"


class EmailTaken(Conflict):
    """Somebody with this address is there already."""

    code = "access.email_taken"


class LastOwner(Conflict):
    """Without this owner nobody could manage the product any more."""

    code = "access.last_owner"
