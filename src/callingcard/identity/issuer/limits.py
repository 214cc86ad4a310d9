"""How much an issuer waits and asks at once, and what it says when that is over."""

from typing import Final

from callingcard.backends.fetch import Unreachable
from callingcard.identity.errors import PlatformUnavailable

WAIT_SECONDS: Final = 10.0
"""How long a caller waits for a flight before it is told to come again."""

CALLS_AT_ONCE: Final = 16
"""How many calls to the platform one issuer makes at the same time."""


def too_slow() -> PlatformUnavailable:
    """Return what a caller is told whose patience ends."""
    return PlatformUnavailable("The platform took too long to answer.")


def closed() -> PlatformUnavailable:
    """Return what a caller is told when the issuer is closed."""
    return PlatformUnavailable("The issuer was closed while the token was on its way.")


def unreachable(error: Unreachable) -> PlatformUnavailable:
    """Return *error* as a failure of the platform, which is what a caller knows of."""
    return PlatformUnavailable(
        "The platform could not be reached.",
        hint=f"{error.message} Check base_url and the way out to it.",
    )
