"""Help Scout Beacon in secure mode: a signature of the address.

https://developer.helpscout.com/beacon-2/web/secure-mode/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor


@dataclass(frozen=True, slots=True)
class HelpScout:
    """Vouch to the Beacon *beacon_id*.

    Switch on "Support history security" in the Beacon's settings; until then the history
    is kept by device and nothing is checked.
    """

    name: ClassVar[str] = "helpscout"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = Guide(
        title="Help Scout Beacon",
        where=(
            "Manage > Beacon > the Beacon: beacon_id stands in the installation code, secret"
            " under Contact > Support history security."
        ),
        snippet=(
            "window.Beacon('init', settings.beaconId);\n"
            "window.Beacon('identify', settings.identify);"
        ),
        logout="window.Beacon('logout', { endActiveChat: true });",
        refresh="never",
        enforce=(
            "Switch on Support history security under Contact. Conversations are then shown"
            " across devices to whoever has a signature, and to nobody else."
        ),
        failure="The Beacon opens and shows no earlier conversations.",
        docs_url="https://developer.helpscout.com/beacon-2/web/secure-mode/",
        unsure="What exactly a visitor with a wrong signature sees is not documented.",
    )

    beacon_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.beacon_id, "Help Scout's beacon_id")
        signing.vendor_secret(self.secret, "Help Scout's secret")

    def secret_material(self) -> bytes:
        """Return the Beacon's secret key."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which Beacon a signature is for."""
        return {"beacon_id": self.beacon_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``Beacon('init', …)`` and ``Beacon('identify', …)`` take."""
        who = signing.given(
            name=signing.full_name(visitor), email=visitor.email, signature=token
        )
        return {"beaconId": self.beacon_id, "identify": who}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the signature of the address; it never expires."""
        email = signing.needed(visitor, "email")
        return IdentityToken(signing.hmac_sha256_hex(self.secret.encode(), email))
