"""Intercom's older identity verification: a hash that never expires.

Intercom calls it deprecated; it is here for workspaces that have not moved to JWTs.

https://developers.intercom.com/installing-intercom/web/identity-verification
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor


@dataclass(frozen=True, slots=True)
class IntercomHMAC:
    """Vouch to the Messenger of the workspace *app_id* with a ``user_hash``.

    Switch on "Enforce identity verification" for the web under Settings > Channels >
    Messenger > Security; until then a page that sends no hash is believed.
    """

    name: ClassVar[str] = "intercom-hmac"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Intercom, identity verification",
        where=(
            "Settings > Channels > Messenger > Security: app_id is the workspace's id,"
            " secret the identity verification secret for the web."
        ),
        snippet="window.Intercom('boot', settings);",
        logout="window.Intercom('shutdown');",
        refresh="never",
        enforce=(
            "Switch on enforcement for the web in Messenger > Security. From then on a"
            " signed-in visitor without a good hash is refused. Intercom wants new"
            " workspaces to use the platform intercom instead."
        ),
        failure='HTTP 401 with the code "hmac_mismatch".',
        docs_url="https://developers.intercom.com/installing-intercom/web/identity-verification",
    )

    app_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.app_id, "Intercom's app_id")
        signing.vendor_secret(self.secret, "Intercom's secret")

    def secret_material(self) -> bytes:
        """Return the identity verification secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which workspace a hash is for."""
        return {"app_id": self.app_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``Intercom('boot', …)`` takes.

        Beside a user id the hash does not cover the address, so it must be proved.
        """
        email = signing.proved_email(visitor) if visitor.user_id else visitor.email
        return signing.given(
            app_id=self.app_id,
            user_id=visitor.user_id,
            email=email,
            name=signing.full_name(visitor),
            user_hash=token,
        )

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the hash of the user id, or of the address when there is none."""
        who = signing.subject(visitor, claims=True)
        return IdentityToken(signing.hmac_sha256_hex(self.secret.encode(), who))
