"""Salesforce Messaging for Web: a JWT signed with a key of ours, published as a JWK.

Salesforce fetches the key from a JWKS endpoint, or it is uploaded by hand. It says
nothing when it does not like what it finds: the visitor is a guest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.rsa_keys import checked_private_key, public_jwk, sign_rs256
from callingcard.identity.signing import (
    LIFETIME,
    lifetime,
    setting,
    subject,
    whole_seconds,
)


@dataclass(frozen=True, slots=True)
class Salesforce:
    """Vouch to Messaging for Web with the RSA *private_key* (PEM) named *key_id*.

    *issuer* must be, byte for byte, the JSON Web Key Issuer of the keyset in Salesforce.
    ``sub`` is the user id, or without one the proved address: give every visitor an id
    or none of them. *lifetime* is in seconds.
    https://developer.salesforce.com/docs/service/messaging-web/guide/user-verification.html
    """

    name: ClassVar[str] = "salesforce"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Salesforce Messaging for Web",
        where=(
            "Make private_key with openssl genpkey -algorithm RSA -pkeyopt"
            " rsa_keygen_bits:2048, and choose key_id and issuer yourself. In Setup > User"
            " Verification make a keyset with that issuer and with the server's address"
            " /v1/sites/NAME/jwks.json as its endpoint, or upload the key with its x5c."
        ),
        snippet=(
            "const ask = async () =>  // endpoint is your token endpoint\n"
            "  (await fetch(endpoint, { method: 'POST' })).json();\n"
            "const handOver = async () =>\n"
            "  embeddedservice_bootstrap.userVerificationAPI.setIdentityToken(\n"
            "    (await ask()).settings);\n"
            "addEventListener('onEmbeddedMessagingReady', handOver);\n"
            "// Within 30 seconds of this event, hand over a new one:\n"
            "addEventListener('onEmbeddedMessagingIdentityTokenExpired', handOver);"
        ),
        logout="await embeddedservice_bootstrap.userVerificationAPI.clearSession(true);",
        refresh="pull",
        enforce=(
            "Tick Add User Verification on the messaging channel (it shows only when the"
            " channel is edited from the list). A visitor without a token is then a guest;"
            " to refuse guests, leave the button out of pages where nobody is signed in."
        ),
        failure=(
            "Silence: the conversation belongs to a guest, its MessagingPlatformKey has"
            " /UNAUTH/ in it. A JWK without x5c, or an issuer off by a slash, does that."
        ),
        docs_url="https://developer.salesforce.com/docs/service/messaging-web/guide/user-verification.html",
        unsure=(
            "How long a token may live: an hour (lifetime), as long as Salesforce's own"
            " session. clearSession is seen with true and with {shouldEndSession: true}."
        ),
    )

    private_key: str = field(repr=False)
    key_id: str
    issuer: str
    lifetime: int = LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, and then without a word."""
        checked_private_key(self.private_key, "Salesforce")
        setting(self.key_id, "Salesforce's key_id")
        setting(self.issuer, "Salesforce's issuer")
        lifetime(self.lifetime, "Salesforce's lifetime")

    def secret_material(self) -> bytes:
        """Return the private key."""
        return self.private_key.encode()

    def version(self) -> Mapping[str, str]:
        """Return which keyset and key a token is for."""
        return {"issuer": self.issuer, "key_id": self.key_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return the one argument of ``setIdentityToken``."""
        del visitor
        return {"identityTokenType": "JWT", "identityToken": token}

    def jwks(self) -> Mapping[str, Any]:
        """Return the key that Salesforce checks with, the same bytes in every process."""
        return {"keys": [public_jwk(self.private_key, self.key_id)]}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*; raises InvalidVisitor for nobody in particular."""
        born = whole_seconds(now)
        expires_at = born + lifetime(self.lifetime, "Salesforce's lifetime")
        claims = {
            "iss": self.issuer,
            "sub": subject(visitor),
            "iat": int(born.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        token = sign_rs256(claims, self.private_key, kid=self.key_id)
        return IdentityToken(token, expires_at=expires_at)
