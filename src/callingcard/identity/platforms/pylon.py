"""Pylon: a hash of the address under a key that is written in hexadecimal.

The secret is decoded first. Used as text it makes a hash that is as long, and wrong.

https://docs.usepylon.com/pylon-docs/chat-widget/identity-verification
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor


@dataclass(frozen=True, slots=True)
class Pylon:
    """Vouch to the Pylon chat widget *app_id*; *secret* is hexadecimal.

    Choose "HMAC email hash" under Identity Verification Secret in the widget's settings.
    """

    name: ClassVar[str] = "pylon"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = Guide(
        title="Pylon",
        where=(
            "Settings > Chat Widgets > the widget > Settings: app_id, and secret under"
            " Identity Verification Secret, HMAC email hash; it is shown once."
        ),
        snippet="window.pylon = settings;  // before Pylon's script: it is read only then",
        logout="window.pylon = undefined;\nlocation.reload();",
        refresh="never",
        enforce=(
            "Choose HMAC email hash under Identity Verification Secret. Visitors without a"
            " hash do not see earlier chats."
        ),
        failure="The visitor is unverified and sees no earlier chats.",
        docs_url="https://docs.usepylon.com/pylon-docs/chat-widget/identity-verification",
        unsure="Pylon documents no call for signing out; load the page anew without settings.",
    )

    app_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.app_id, "Pylon's app_id")
        signing.vendor_secret(self.secret, "Pylon's secret")
        self.secret_material()

    def secret_material(self) -> bytes:
        """Return the key that the secret stands for; raises ConfigError when it is not hex."""
        return signing.key_bytes(self.secret, "hex", "Pylon's secret")

    def version(self) -> Mapping[str, str]:
        """Return which widget a hash is for."""
        return {"app_id": self.app_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return ``window.pylon``; who has no name is called by their address."""
        chat = {
            "app_id": self.app_id,
            "email": visitor.email,
            "name": signing.full_name(visitor) or visitor.email,
            "email_hash": token,
        }
        return {"chat_settings": chat}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the hash of the address; it never expires."""
        email = signing.needed(visitor, "email")
        return IdentityToken(signing.hmac_sha256_hex(self.secret_material(), email))
