"""Front Chat: a hash of the address, without which nobody is identified.

https://dev.frontapp.com/docs/identify-users
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor


@dataclass(frozen=True, slots=True)
class Front:
    """Vouch to the Front Chat *chat_id*.

    The hash is always needed; visitors without one can be shut out by switching
    anonymous users off in the chat channel's settings.
    """

    name: ClassVar[str] = "front"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = Guide(
        title="Front Chat",
        where=(
            "Settings > Inboxes > the chat inbox > the chat channel: chat_id stands in the"
            " script, secret under Verify logged-in user identity."
        ),
        snippet=(
            "window.FrontChat('init', settings);  // once per page\n"
            "// later, on the same page: window.FrontChat('identity', settings);"
        ),
        logout="window.FrontChat('shutdown', { clearSession: true });",
        refresh="never",
        enforce=(
            "The hash is mandatory already. Switch anonymous users off in the channel to"
            " take chats from signed-in visitors only."
        ),
        failure="The visitor is not identified: the conversation has no contact.",
        docs_url="https://dev.frontapp.com/docs/identify-users",
        unsure="Whether shutdown takes clearSession: without it the session may be kept.",
    )

    chat_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.chat_id, "Front's chat_id")
        signing.vendor_secret(self.secret, "Front's secret")

    def secret_material(self) -> bytes:
        """Return the verification secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which chat a hash is for."""
        return {"chat_id": self.chat_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``FrontChat('init', …)`` takes.

        No user id: Front would then want a hash of that instead.
        """
        return signing.given(
            chatId=self.chat_id,
            email=visitor.email,
            userHash=token,
            name=signing.full_name(visitor),
        )

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the hash of the address; it never expires."""
        email = signing.needed(visitor, "email")
        return IdentityToken(signing.hmac_sha256_hex(self.secret.encode(), email))
