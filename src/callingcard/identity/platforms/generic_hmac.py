"""Any platform that takes an HMAC-SHA256 of an address or user id, by the settings."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, get_args

from callingcard.errors import ConfigError
from callingcard.identity import signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.platforms import template

Over = Literal["email", "user_id", "either"]
Digest = Literal["hex", "base64"]

_CHOICES: Final = {
    "over": get_args(Over),
    "key_encoding": get_args(signing.KeyEncoding),
    "digest": get_args(Digest),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericHMAC:
    """Vouch with the HMAC-SHA256 of the visitor's address or user id under *secret*.

    *over* says of which; ``either`` is the user id, or the address when there is none.
    *key_encoding* says how the secret is written and *digest* how the result is. The page
    is handed it as *member*, with *extra* beside it. How enforcement is switched on is
    for the platform's own pages to say.
    """

    name: ClassVar[str] = "hmac"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Any platform that takes an HMAC",
        where=(
            "The platform's pages say what is hashed (over: email, user_id or either), how"
            " the secret is written (key_encoding: utf8, hex or base64) and the result"
            ' (digest: hex or base64). In extra, "{email}" is a field of the visitor and'
            ' "{name?}" one that may be missing; anything else is a constant.'
        ),
        snippet="platform.identify(settings.email, settings.token);",
        logout="platform.reset();",
        refresh="never",
        enforce="See the platform's pages: most believe a page that sends no hash at first.",
        failure="See the platform's pages.",
        docs_url="https://www.rfc-editor.org/rfc/rfc2104",
    )

    secret: str = field(repr=False)
    over: Over = "email"
    key_encoding: signing.KeyEncoding = "utf8"
    digest: Digest = "hex"
    member: str = "token"
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(f"The HMAC's {name} must be one of {', '.join(choices)}.")
        signing.vendor_secret(self.secret, "The HMAC's secret")
        self.secret_material()
        signing.setting(self.member, "The HMAC's member")
        extra = template.checked(self.extra, "The HMAC's extra")
        if self.member in extra:
            raise ConfigError("The HMAC's extra has the hash's own member.")
        object.__setattr__(self, "extra", extra)

    def secret_material(self) -> bytes:
        """Return the key that the secret stands for; raises ConfigError when it is none."""
        return signing.key_bytes(self.secret, self.key_encoding, "The HMAC's secret")

    def version(self) -> Mapping[str, str]:
        """Return what is hashed, and how."""
        return {"over": self.over, "key": self.key_encoding, "digest": self.digest}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return the hash under its member, and the extra members.

        An address that the hash does not cover must be proved.
        """
        either = self.over == "either" and visitor.user_id is None
        email = (
            visitor.email if either or self.over == "email" else signing.proved_email(visitor)
        )
        return {self.member: token, **template.filled(self.extra, visitor, email=email)}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the hash; it never expires."""
        raw = hmac.digest(self.secret_material(), self._covered(visitor).encode(), "sha256")
        value = raw.hex() if self.digest == "hex" else base64.b64encode(raw).decode()
        return IdentityToken(value)

    def _covered(self, visitor: Visitor) -> str:
        """Return what is hashed; raises InvalidVisitor when the visitor has none."""
        if self.over == "user_id":
            return signing.needed(visitor, "user_id")
        if self.over == "either":
            return signing.subject(visitor, claims=True)
        return signing.needed(visitor, "email")
