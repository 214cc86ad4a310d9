"""Plain: a hash of an address that must be verified.

https://plain.com/docs/chat/authentication
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity import signing
from callingcard.identity.errors import Unverified
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor


@dataclass(frozen=True, slots=True)
class Plain:
    """Vouch to the Plain chat *app_id*.

    Pass ``requireAuthentication: true`` to ``Plain.init`` so that whoever has no hash
    proves their address by a code that Plain mails.
    """

    name: ClassVar[str] = "plain"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = Guide(
        title="Plain",
        where="Settings > Chat: app_id, and secret by Generate secret.",
        snippet="window.Plain.init({ ...settings, requireAuthentication: true });",
        logout="location.reload();  // and do not pass customerDetails again",
        refresh="never",
        enforce=(
            "Pass requireAuthentication: true. Visitors without a hash are then asked for"
            " their address and a code that Plain mails to it."
        ),
        failure="The visitor is anonymous, or is asked for their address.",
        docs_url="https://plain.com/docs/chat/authentication",
        unsure="Plain documents no call for signing out; load the page anew without details.",
    )

    app_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.app_id, "Plain's app_id")
        signing.vendor_secret(self.secret, "Plain's secret")

    def secret_material(self) -> bytes:
        """Return the chat's secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which chat a hash is for."""
        return {"app_id": self.app_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``Plain.init`` takes."""
        details = signing.given(
            email=visitor.email, emailHash=token, fullName=signing.full_name(visitor)
        )
        return {"appId": self.app_id, "customerDetails": details}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the hash of the address; it never expires.

        To Plain the hash says that the address is verified, so it is never made for one
        that is not, whatever the issuer allows.
        """
        email = signing.needed(visitor, "email")
        if not visitor.email_verified:
            raise Unverified(
                "Plain takes verified addresses only.",
                hint="Leave the address out, and let Plain verify it by mail.",
            )
        return IdentityToken(signing.hmac_sha256_hex(self.secret.encode(), email))
