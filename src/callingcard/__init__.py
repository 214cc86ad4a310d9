"""Callingcard tells a chat platform who is calling.

    async with AsyncIssuer(HubSpot(access_token="…")) as issuer:
        token = await issuer.issue(Visitor("ada@example.com", email_verified=True))

What is in ``__all__`` is the library; ``callingcard.platforms`` has the platforms
and ``callingcard.integrations`` the web frameworks. Everything is loaded at first
use, so that importing this costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from callingcard.errors import (
        CallingcardError,
        ConfigError,
        Conflict,
        Invalid,
        LimitExceeded,
        NotAllowed,
        NotFound,
        RequestError,
        TooLarge,
        UpstreamError,
    )
    from callingcard.identity.errors import (
        InvalidVisitor,
        PlatformRefused,
        PlatformUnavailable,
        Unverified,
    )
    from callingcard.identity.issuer import AsyncIssuer, Issuer
    from callingcard.identity.model import IdentityToken, Visitor

__version__ = "0.1.0"

__all__ = [
    "AsyncIssuer",
    "CallingcardError",
    "ConfigError",
    "Conflict",
    "IdentityToken",
    "Invalid",
    "InvalidVisitor",
    "Issuer",
    "LimitExceeded",
    "NotAllowed",
    "NotFound",
    "PlatformRefused",
    "PlatformUnavailable",
    "RequestError",
    "TooLarge",
    "Unverified",
    "UpstreamError",
    "Visitor",
    "__version__",
]

_HOMES: Final = {
    "AsyncIssuer": "callingcard.identity.issuer",
    "Issuer": "callingcard.identity.issuer",
    "IdentityToken": "callingcard.identity.model",
    "Visitor": "callingcard.identity.model",
    "InvalidVisitor": "callingcard.identity.errors",
    "PlatformRefused": "callingcard.identity.errors",
    "PlatformUnavailable": "callingcard.identity.errors",
    "Unverified": "callingcard.identity.errors",
}


def __getattr__(name: str) -> Any:
    """Load the public *name* when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'callingcard' has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, "callingcard.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
