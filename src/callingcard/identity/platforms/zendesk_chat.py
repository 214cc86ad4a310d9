"""Zendesk Chat, the classic web widget: a short JWT, asked for on every page.

Messaging is another product with another secret: see ``zendesk``.

https://support.zendesk.com/hc/en-us/articles/4408838925082
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor

LIFETIME: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ZendeskChat:
    """Vouch to Zendesk's classic chat widget with the Chat shared *secret*.

    There is nothing to switch on: a visitor without a token is a guest.
    """

    name: ClassVar[str] = "zendesk-chat"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = Guide(
        title="Zendesk Chat (classic widget)",
        where="In Chat: Settings > Widget > Widget Security > Visitor Authentication.",
        snippet=(
            "const ask = async () =>  // endpoint is your token endpoint\n"
            "  (await fetch(endpoint, { method: 'POST' })).json();\n"
            "// Zendesk calls this on every page:\n"
            "window.zESettings = { webWidget: { authenticate: { chat: {\n"
            "  jwtFn: (done) => ask().then((answer) => done(answer.settings.jwt)),\n"
            "} } } };"
        ),
        logout="zE('webWidget', 'logout');\nlocation.reload();",
        refresh="pull",
        enforce=(
            "There is nothing to switch on: a visitor without a token is a guest."
            " Generating the secret anew disconnects visitors for about five minutes."
        ),
        failure="The visitor is a guest: no green check mark beside their name.",
        docs_url="https://support.zendesk.com/hc/en-us/articles/4408838925082",
        unsure=(
            "exp may be at most seven minutes after iat, as reported; ours is five. Name,"
            " address and user id are all in Zendesk's examples, so a visitor without a user"
            " id is refused, and one without a name is called by their address."
        ),
    )

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.vendor_secret(self.secret, "Zendesk Chat's secret")

    def secret_material(self) -> bytes:
        """Return the Chat shared secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return nothing: the secret alone decides."""
        return {}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return the token that ``jwtFn`` hands over."""
        return {"jwt": token}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*, good for five minutes."""
        born = signing.whole_seconds(now)
        email = signing.needed(visitor, "email")
        claims = {
            "name": signing.full_name(visitor) or email,
            "email": email,
            "external_id": signing.needed(visitor, "user_id"),
            "iat": int(born.timestamp()),
            "exp": int((born + LIFETIME).timestamp()),
        }
        token = signing.sign_hs256(claims, self.secret)
        return IdentityToken(token, expires_at=born + LIFETIME)
