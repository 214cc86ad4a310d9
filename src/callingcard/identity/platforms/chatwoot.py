"""Chatwoot: a hash of the customer's own id for the visitor.

The id must not be an address: Chatwoot merges contacts by address, and one that is
both loses its own in the merge. So a visitor without a user id is refused here.

https://www.chatwoot.com/docs/product/channels/live-chat/sdk/identity-validation
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.errors import ConfigError
from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.kit.urls import checked_base_url


@dataclass(frozen=True, slots=True)
class Chatwoot:
    """Vouch to the website inbox *website_token* of the Chatwoot at *base_url*.

    Switch on "Enforce user identity validation" in the inbox's settings; until then a
    page that sends no hash is believed.
    """

    name: ClassVar[str] = "chatwoot"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Chatwoot",
        where=(
            "Settings > Inboxes > the website inbox > Configuration: website_token stands in"
            " the script there, hmac_token under Identity Validation."
        ),
        snippet=(
            "window.chatwootSDK.run({\n"
            "  websiteToken: settings.websiteToken, baseUrl: settings.baseUrl });\n"
            "window.addEventListener('chatwoot:ready', () =>\n"
            "  window.$chatwoot.setUser(settings.identifier, settings.user));"
        ),
        logout="window.$chatwoot.reset();",
        refresh="never",
        enforce=(
            "Tick Enforce User Identity Validation in the inbox's Configuration. It covers"
            " setUser only: chats of visitors who are not signed in still arrive. A verified"
            " visitor no longer sees threads from before verification."
        ),
        failure='HTTP 401: {"error": "HMAC failed: Invalid Identifier Hash Provided"}.',
        docs_url=(
            "https://www.chatwoot.com/docs/product/channels/live-chat/sdk/identity-validation"
        ),
        unsure=(
            "Chatwoot wants at least one of name, address and picture; a visitor with"
            " neither is called by their user id."
        ),
    )

    website_token: str
    hmac_token: str = field(repr=False)
    base_url: str = "https://app.chatwoot.com"

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        signing.setting(self.website_token, "Chatwoot's website_token")
        signing.vendor_secret(self.hmac_token, "Chatwoot's hmac_token")
        signing.setting(self.base_url, "Chatwoot's base_url")
        try:
            object.__setattr__(self, "base_url", checked_base_url(self.base_url))
        except ValueError as error:
            raise ConfigError(f"Chatwoot's base_url cannot be used: {error}.") from None

    def secret_material(self) -> bytes:
        """Return the inbox's HMAC token."""
        return self.hmac_token.encode()

    def version(self) -> Mapping[str, str]:
        """Return which inbox a hash is for."""
        return {"website_token": self.website_token, "base_url": self.base_url}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``chatwootSDK.run`` and ``setUser`` take.

        The hash does not cover the address, so one that nobody proved is left out.
        """
        identifier = signing.needed(visitor, "user_id")
        email, name = signing.proved_email(visitor), signing.full_name(visitor)
        return {
            "websiteToken": self.website_token,
            "baseUrl": self.base_url,
            "identifier": identifier,
            "user": signing.given(
                identifier_hash=token,
                email=email,
                name=name or (None if email else identifier),
            ),
        }

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the hash of the user id; it never expires."""
        identifier = signing.needed(visitor, "user_id")
        return IdentityToken(signing.hmac_sha256_hex(self.hmac_token.encode(), identifier))
