"""Crisp: a signature of the address, and a secret name under which a chat continues.

The signature only puts a mark beside the address. What gives people their
conversation on another device is ``CRISP_TOKEN_ID``: whoever knows it reads what was
said, so it is made with a key and given only to whoever proved the address.

https://docs.crisp.chat/guides/chatbox-sdks/web-sdk/identity-verification/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.kit.crypto import derive_key, keyed_hash


@dataclass(frozen=True, slots=True)
class Crisp:
    """Vouch to the chatbox of the website *website_id*.

    Crisp cannot refuse visitors without a signature: agents look for the green mark.
    """

    name: ClassVar[str] = "crisp"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = Guide(
        title="Crisp",
        where=(
            "Settings > Website Settings: website_id under Setup instructions, secret under"
            " Identity verification (a paid plan)."
        ),
        snippet=(
            "window.CRISP_TOKEN_ID = settings.tokenId;  // before Crisp's loader\n"
            "window.CRISP_WEBSITE_ID = settings.websiteId;\n"
            "window.$crisp = window.$crisp || [];\n"
            "$crisp.push(['set', 'user:email', [settings.email, settings.signature]]);\n"
            "if (settings.nickname)\n"
            "  $crisp.push(['set', 'user:nickname', [settings.nickname]]);"
        ),
        logout="window.CRISP_TOKEN_ID = null;\n$crisp.push(['do', 'session:reset']);",
        refresh="never",
        enforce=(
            "Crisp refuses nobody: tell agents to trust an address with the green mark only."
        ),
        failure="The address has no green mark, and nothing else is said.",
        docs_url="https://docs.crisp.chat/guides/chatbox-sdks/web-sdk/identity-verification/",
    )

    website_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.website_id, "Crisp's website_id")
        signing.vendor_secret(self.secret, "Crisp's secret")

    def secret_material(self) -> bytes:
        """Return the identity verification secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which website a signature is for."""
        return {"website_id": self.website_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what is pushed to ``$crisp``; the continuity token only if proved."""
        proved = signing.proved_email(visitor)
        return signing.given(
            websiteId=self.website_id,
            email=visitor.email,
            signature=token,
            tokenId=self._continuity(visitor) if proved else None,
            nickname=signing.full_name(visitor),
        )

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the signature of the address; it never expires."""
        email = signing.needed(visitor, "email")
        return IdentityToken(signing.hmac_sha256_hex(self.secret.encode(), email))

    def _continuity(self, visitor: Visitor) -> str:
        """Return the same unguessable name for the same person, whatever their address."""
        key = derive_key(self.secret.encode(), f"crisp continuity {self.website_id}")
        who = f"user:{visitor.user_id}" if visitor.user_id else f"email:{visitor.email}"
        return keyed_hash(key, who)
