"""Zendesk Messaging: a JWT that names its key, fetched again by the widget when it ends.

Zendesk has three kinds of JWT with a secret each: single sign-on, Messaging, and Chat
(see ``zendesk_chat``). One never works in place of another.

https://developer.zendesk.com/documentation/zendesk-web-widget-sdks/sdks/web/enabling_auth_visitors/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor


@dataclass(frozen=True, slots=True)
class ZendeskMessaging:
    """Vouch to Zendesk's messaging widget with the key *key_id*; *lifetime* is in seconds.

    There is nothing to switch on: a visitor without a token is anonymous.
    """

    name: ClassVar[str] = "zendesk"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Zendesk Messaging",
        where=(
            "Admin Center > Account > Security > End user authentication > Messaging: create"
            " a key; key_id is its id (app_… or act_…), secret is shown once."
        ),
        snippet=(
            "const ask = async () =>  // endpoint is your token endpoint\n"
            "  (await fetch(endpoint, { method: 'POST' })).json();\n"
            "// Zendesk calls this again when a token ends:\n"
            "zE('messenger', 'loginUser', (done) =>\n"
            "  ask().then((answer) => done(answer.settings.jwt)));"
        ),
        logout="zE('messenger', 'logoutUser');",
        refresh="pull",
        enforce=(
            "There is nothing to switch on: a visitor without a token is anonymous. For"
            " Zendesk to know people by their address too, allow email identities under the"
            " same page; then an address that another user id has is a conflict."
        ),
        failure=(
            "The second function given to loginUser gets a LoginFailedError. One answer 401"
            " with invalid_auth before the widget repeats its request is normal."
        ),
        docs_url=(
            "https://developer.zendesk.com/documentation/zendesk-web-widget-sdks/sdks/web/"
            "enabling_auth_visitors/"
        ),
        unsure=(
            "Zendesk publishes neither a longest life of a token nor how many keys may be"
            " used at once; ours live an hour."
        ),
    )

    key_id: str
    secret: str = field(repr=False)
    lifetime: int = signing.LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.key_id, "Zendesk's key_id")
        signing.vendor_secret(self.secret, "Zendesk's secret")
        signing.lifetime(self.lifetime, "Zendesk's lifetime")

    def secret_material(self) -> bytes:
        """Return the secret of the key."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which key a token is signed with."""
        return {"key_id": self.key_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return the token that ``loginUser`` hands over."""
        return {"jwt": token}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*, which says whether the address is proved.

        Zendesk does not know people by an address that is not.
        """
        expires_at = signing.whole_seconds(now) + signing.lifetime(self.lifetime, "lifetime")
        claims = signing.given(
            scope="user",
            external_id=signing.needed(visitor, "user_id"),
            email=visitor.email,
            email_verified=visitor.email_verified if visitor.email else None,
            name=signing.full_name(visitor),
            exp=int(expires_at.timestamp()),
        )
        token = signing.sign_hs256(claims, self.secret, kid=self.key_id)
        return IdentityToken(token, expires_at=expires_at)
