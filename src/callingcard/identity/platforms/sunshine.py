"""Sunshine Conversations (Smooch): a JWT under one of the app's keys.

The same shape as Zendesk Messaging, with keys and a widget of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.signing import (
    LIFETIME,
    lifetime,
    setting,
    sign_hs256,
    subject,
    vendor_secret,
    whole_seconds,
)


@dataclass(frozen=True, slots=True)
class Sunshine:
    """Vouch to the web integration *integration_id* with the app's key *key_id*.

    ``external_id`` is the user id, or without one the proved address: give every visitor
    an id or none of them. This is version 2 of the API; version 1 knew other claims.
    *lifetime* is in seconds.
    https://docs.smooch.io/guide/authenticating-users/
    """

    name: ClassVar[str] = "sunshine"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Sunshine Conversations",
        where=(
            "Your app > Settings > API keys: the key id (app_…) and its secret; the"
            " integration id is in the web integration's settings."
        ),
        snippet=(
            "const ask = async () =>  // endpoint is your token endpoint\n"
            "  (await fetch(endpoint, { method: 'POST' })).json();\n"
            "Smooch.init({ integrationId: settings.integrationId,\n"
            "  externalId: settings.externalId, jwt: settings.jwt,\n"
            "  delegate: { onInvalidAuth: async () => (await ask()).settings.jwt } });"
        ),
        logout="Smooch.logout();",
        refresh="pull",
        enforce=(
            "There is nothing to switch on: an externalId is refused without a token. A"
            " visitor with neither is anonymous."
        ),
        failure="Smooch.init or Smooch.login is rejected with invalid_auth.",
        docs_url="https://docs.smooch.io/guide/authenticating-users/",
        unsure="How long a token may live: an hour (lifetime).",
    )

    integration_id: str
    key_id: str
    secret: str = field(repr=False)
    lifetime: int = LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        setting(self.integration_id, "Sunshine's integration_id")
        setting(self.key_id, "Sunshine's key_id")
        vendor_secret(self.secret, "Sunshine's secret")
        lifetime(self.lifetime, "Sunshine's lifetime")

    def secret_material(self) -> bytes:
        """Return the secret of the key."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which integration and key a token is for."""
        return {"integration_id": self.integration_id, "key_id": self.key_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``Smooch.init`` takes, the id as it was signed."""
        return {
            "integrationId": self.integration_id,
            "externalId": subject(visitor),
            "jwt": token,
        }

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*; raises InvalidVisitor for nobody in particular."""
        expires_at = whole_seconds(now) + lifetime(self.lifetime, "Sunshine's lifetime")
        claims = {
            "scope": "user",
            "external_id": subject(visitor),
            "exp": int(expires_at.timestamp()),
        }
        token = sign_hs256(claims, self.secret, kid=self.key_id)
        return IdentityToken(token, expires_at=expires_at)
