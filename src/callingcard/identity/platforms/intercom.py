"""Intercom: a JWT for Messenger Security, which has replaced identity verification.

Intercom refuses a token without ``user_id``, and people who share an address collide
when they are told apart by it alone, so a visitor without a user id is refused here.

https://www.intercom.com/help/en/articles/10589769
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor


@dataclass(frozen=True, slots=True)
class Intercom:
    """Vouch to the Messenger of the workspace *app_id*; *lifetime* is in seconds.

    Switch on "Enforce identity verification" for the web under Settings > Channels >
    Messenger > Security; until then a page that sends no token is believed.
    """

    name: ClassVar[str] = "intercom"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Intercom",
        where=(
            "Settings > Channels > Messenger > Security: app_id is the workspace's id,"
            " secret the Messenger API secret for the web (iOS and Android have their own)."
        ),
        snippet="window.Intercom('boot', settings);",
        logout="window.Intercom('shutdown');",
        refresh="push",
        enforce=(
            "Switch on enforcement for the web in Messenger > Security. From then on a"
            " signed-in visitor without a good token is refused, so let every page that"
            " identifies visitors use the token first. Visitors who are not verified see only"
            " the last 14 days of their conversations."
        ),
        failure=(
            "HTTP 400, and in the console: Missing user_hash or intercom_user_jwt. Sending"
            " user_hash together with a token is refused too."
        ),
        docs_url="https://www.intercom.com/help/en/articles/10589769",
        unsure=(
            "Intercom publishes neither a longest life of a token nor how much clocks may"
            " differ; ours live an hour. A session that is open outlives its token: shut it"
            " down when the visitor signs out."
        ),
    )

    app_id: str
    secret: str = field(repr=False)
    lifetime: int = signing.LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.app_id, "Intercom's app_id")
        signing.vendor_secret(self.secret, "Intercom's secret")
        signing.lifetime(self.lifetime, "Intercom's lifetime")

    def secret_material(self) -> bytes:
        """Return the Messenger API secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which workspace a token is for."""
        return {"app_id": self.app_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``Intercom('boot', …)`` takes; who it is stands in the token alone."""
        return {"app_id": self.app_id, "intercom_user_jwt": token}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*; an address nobody proved is left out."""
        expires_at = signing.whole_seconds(now) + signing.lifetime(self.lifetime, "lifetime")
        claims = signing.given(
            user_id=signing.needed(visitor, "user_id"),
            email=signing.proved_email(visitor),
            name=signing.full_name(visitor),
            exp=int(expires_at.timestamp()),
        )
        return IdentityToken(signing.sign_hs256(claims, self.secret), expires_at=expires_at)
