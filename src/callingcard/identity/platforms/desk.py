"""Our own receiving side: a JWT that the inbox checks with a key it shares with us.

Make the key with ``callingcard desk key create --inbox web``. No call is made, so
an issued token costs nothing and is made afresh each time.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from callingcard.errors import ConfigError
from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.kit.urls import checked_base_url

ISSUER: Final = "callingcard"
LIFETIME: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Desk:
    """Vouch to the *inbox* of the desk at *base_url* with its key *key_id*."""

    name: ClassVar[str] = "desk"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Callingcard's own desk",
        where="callingcard desk key create --inbox web prints key_id and secret.",
        snippet=(
            "window.hsConversationsSettings = { loadImmediately: false, ...settings };\n"
            "window.HubSpotConversations.widget.load();"
        ),
        logout="window.HubSpotConversations.clear({ resetWidget: true });",
        refresh="push",
        enforce=(
            "There is nothing to switch on: a visitor without a token is anonymous and is"
            " shown nothing of anybody."
        ),
        failure="The widget opens and shows an anonymous conversation.",
        docs_url="https://github.com/callingcard/callingcard",
    )

    base_url: str
    inbox: str
    key_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.strong_enough(self.secret, "the desk's key")
        if not self.inbox or not self.key_id:
            raise ConfigError("The desk needs an inbox and a key_id.")
        try:
            object.__setattr__(self, "base_url", checked_base_url(self.base_url))
        except ValueError as error:
            raise ConfigError(f"The desk's base_url cannot be used: {error}.") from None

    def secret_material(self) -> bytes:
        """Return the secret of the key."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which desk, inbox and key a token is for."""
        return {"base_url": self.base_url, "inbox": self.inbox, "key_id": self.key_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return the members of ``window.hsConversationsSettings``."""
        settings = {"identificationToken": token}
        return (
            {"identificationEmail": visitor.email, **settings} if visitor.email else settings
        )

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*, which says whether the address is proved.

        One that is not is a claim to the desk: it shows agents who the visitor says they
        are, and shows the visitor no more than an anonymous one sees.
        """
        born = signing.whole_seconds(now)
        expires_at = born + LIFETIME
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": self.inbox,
            "iat": int(born.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": secrets.token_hex(16),
            **_person(visitor),
        }
        token = signing.sign_hs256(claims, self.secret, kid=self.key_id)
        return IdentityToken(token, expires_at=expires_at)


def _person(visitor: Visitor) -> dict[str, Any]:
    """Return the claims about *visitor*, leaving out what is empty.

    An address nobody proved is left out where a user id says who it is.
    """
    email = signing.proved_email(visitor) if visitor.user_id else visitor.email
    return signing.given(
        sub=visitor.user_id,
        email=email,
        email_verified=visitor.email_verified if email else None,
        given_name=visitor.first_name,
        family_name=visitor.last_name,
        props=dict(visitor.properties) or None,
    )
