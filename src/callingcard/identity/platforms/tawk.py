"""tawk.to in secure mode: an HMAC of the user id, or of the address, that never expires.

``Tawk_API.login`` checks it over the user id, the older ``Tawk_API.visitor`` over the
address; which one to call follows from whether *userId* is in the settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.signing import (
    full_name,
    given,
    hmac_sha256_hex,
    proved_email,
    setting,
    subject,
    vendor_secret,
)


@dataclass(frozen=True, slots=True)
class Tawk:
    """Vouch to the tawk.to property *property_id* with its JavaScript API key *secret*.

    https://help.tawk.to/article/how-to-generate-a-hash-for-javascript-api (whose example
    computes the hash in the page: that shows the secret to everybody).
    """

    name: ClassVar[str] = "tawk"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="tawk.to",
        where=(
            "Administration > Overview of the property: the property id, and under"
            " JavaScript API, once Secure Mode is on, the key (secret)."
        ),
        snippet=(
            "const { propertyId, ...who } = settings;\n"
            "Tawk_API = window.Tawk_API || {};\n"
            "if (who.userId) Tawk_API.onLoad = () => Tawk_API.login(who, () => {});\n"
            "else Tawk_API.visitor = who;  // before the loader runs"
        ),
        logout="Tawk_API.logout(() => {});",
        refresh="never",
        enforce=(
            "Switch on Secure Mode for the property. Every login and attribute without a"
            " hash is refused from then on; anonymous visitors still chat."
        ),
        failure="The console shows 400 or 401 and the visitor stays anonymous.",
        docs_url="https://help.tawk.to/article/how-to-generate-a-hash-for-javascript-api",
        unsure=(
            "That Tawk_API.visitor takes the hash over the address: the documentation says"
            " user id only. Give visitors a user id to keep to what is documented."
        ),
    )

    property_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        setting(self.property_id, "tawk.to's property_id")
        vendor_secret(self.secret, "tawk.to's secret")

    def secret_material(self) -> bytes:
        """Return the JavaScript API key."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which property a hash is for."""
        return {"property_id": self.property_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return the hash with exactly the strings it may have been made over."""
        return given(
            propertyId=self.property_id,
            hash=token,
            userId=visitor.user_id,
            email=proved_email(visitor),
            name=full_name(visitor),
        )

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the hash; *now* is of no use to one that never ends."""
        del now
        return IdentityToken(hmac_sha256_hex(self.secret.encode(), subject(visitor)))
