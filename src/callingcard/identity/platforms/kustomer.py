"""Kustomer: a JWT that signs a customer in by address or by external id.

With both in the token Kustomer goes by the address, so only one is ever put in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.signing import (
    lifetime,
    needed,
    proved_email,
    setting,
    sign_hs256,
    vendor_secret,
    whole_seconds,
)

_LIFETIME: Final = 900


@dataclass(frozen=True, slots=True)
class Kustomer:
    """Vouch to the chat of the Kustomer *brand* with the organisation's chat *secret*.

    A proved address is sent, and the user id only without one. *lifetime* is in
    seconds, and short: Kustomer looks at ``iat``, how closely it does not say.
    https://developer.kustomer.com/chat-sdk/v2.0-Web/docs/authenticate-chat-with-jwt-token
    """

    name: ClassVar[str] = "kustomer"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Kustomer",
        where=(
            "The brand id is in the chat's installation code; the secret comes from"
            " Kustomer's API, GET /v1/auth/customer/settings with the scope"
            " org.admin.customer.read."
        ),
        snippet=(
            "Kustomer.start({ brandId: settings.brand }, () => {\n"
            "  Kustomer.isLoggedIn(settings.customer, (loggedIn) => {\n"
            "    if (!loggedIn) Kustomer.login({ jwtToken: settings.jwtToken });\n"
            "  });\n"
            "});"
        ),
        logout="Kustomer.logout();",
        refresh="push",
        enforce=(
            "There is no switch: a visitor who is not logged in is anonymous, and an"
            " address that the page merely describes them with is no login."
        ),
        failure="The callback of Kustomer.login gets an error; the chat stays anonymous.",
        docs_url="https://developer.kustomer.com/chat-sdk/v2.0-Web/docs/authenticate-chat-with-jwt-token",
        unsure=(
            "How old iat may be: the token is made for each answer and ends after 15"
            " minutes (lifetime). The name of the logout call, where the secret is read, and"
            " that HS256 is the algorithm."
        ),
    )

    brand: str
    secret: str = field(repr=False)
    lifetime: int = _LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        setting(self.brand, "Kustomer's brand")
        vendor_secret(self.secret, "Kustomer's secret")
        lifetime(self.lifetime, "Kustomer's lifetime")

    def secret_material(self) -> bytes:
        """Return the chat secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which brand a token is for."""
        return {"brand": self.brand}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``Kustomer.start``, ``isLoggedIn`` and ``login`` take."""
        return {"brand": self.brand, "customer": _customer(visitor), "jwtToken": token}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*; raises InvalidVisitor for nobody in particular."""
        born = whole_seconds(now)
        expires_at = born + lifetime(self.lifetime, "Kustomer's lifetime")
        claims = {
            **_customer(visitor),
            "iat": int(born.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return IdentityToken(sign_hs256(claims, self.secret), expires_at=expires_at)


def _customer(visitor: Visitor) -> dict[str, str]:
    """Return the one way in which Kustomer is to know the visitor."""
    email = proved_email(visitor)
    return {"email": email} if email else {"externalId": needed(visitor, "user_id")}
