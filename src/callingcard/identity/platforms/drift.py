"""Drift: a JWT that signs the user id given to ``drift.identify``.

Drift has three modes, and only REQUIRED protects anybody: with ENABLED an invalid or
missing token falls back to an unsigned identity without a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.signing import (
    LIFETIME,
    full_name,
    given,
    lifetime,
    proved_email,
    setting,
    sign_hs256,
    subject,
    vendor_secret,
    whole_seconds,
)


@dataclass(frozen=True, slots=True)
class Drift:
    """Vouch to the Drift widget *embed_id* with the signing key *secret*.

    ``sub`` is the user id, or without one the proved address: give every visitor an id
    or none of them. Drift cannot tell an id that looks like an address from one, so an id
    that is not the visitor's own proved address is then refused.
    *lifetime* is in seconds. https://devdocs.drift.com/docs/securing-drift-on-your-site-using-signed-identities
    """

    name: ClassVar[str] = "drift"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Drift",
        where=(
            "Settings > App Settings > Site Security > Signed Identities shows the signing"
            " key (secret); the embed id is in the widget's code, in drift.load('…')."
        ),
        snippet=(
            "drift.identify(settings.userId, settings.attributes,"
            " { userJwt: settings.userJwt });\n"
            "drift.load(settings.embedId);"
        ),
        logout="drift.reset();",
        refresh="push",
        enforce=(
            "Set Signed Identities to REQUIRED. ENABLED accepts an unsigned identity too;"
            " REQUIRED refuses every drift.identify call of yours that has no userJwt yet."
        ),
        failure=(
            "REQUIRED: the visitor stays anonymous. ENABLED: they are identified as whoever"
            " the page says, signed or not."
        ),
        docs_url="https://devdocs.drift.com/docs/securing-drift-on-your-site-using-signed-identities",
        unsure=(
            "How long a token may live: an hour (lifetime). The attributes are not signed,"
            " so treat them as the page's claim."
        ),
    )

    embed_id: str
    secret: str = field(repr=False)
    lifetime: int = LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        setting(self.embed_id, "Drift's embed_id")
        vendor_secret(self.secret, "Drift's secret")
        lifetime(self.lifetime, "Drift's lifetime")

    def secret_material(self) -> bytes:
        """Return the signing key."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which widget a token is for."""
        return {"embed_id": self.embed_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``drift.load`` and ``drift.identify`` take, the id as it was signed."""
        attributes = given(email=proved_email(visitor), name=full_name(visitor))
        return {
            "embedId": self.embed_id,
            "userId": subject(visitor),
            "attributes": attributes,
            "userJwt": token,
        }

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*; raises InvalidVisitor for nobody in particular."""
        expires_at = whole_seconds(now) + lifetime(self.lifetime, "Drift's lifetime")
        claims = {"sub": subject(visitor), "exp": int(expires_at.timestamp())}
        return IdentityToken(sign_hs256(claims, self.secret), expires_at=expires_at)
