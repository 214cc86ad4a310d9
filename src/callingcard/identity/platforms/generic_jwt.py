"""Any platform that takes a JWT, described by the settings.

``claims`` says what stands in the token (see ``template``); ``iat`` and ``exp`` are
added here, so that no token lives for ever by mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from callingcard.errors import ConfigError
from callingcard.identity import rsa_keys, signing
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.platforms import template
from callingcard.kit.codec import canonical_json

_OURS: Final = ("iat", "exp", "nbf")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericJWT:
    """Vouch with a JWT of *claims*, signed with *secret* (HS256) or *private_key* (RS256).

    The page is handed the token as *member*, with *extra* beside it; *lifetime* is in
    seconds. An address nobody proved is left out, unless a claim says ``{email_verified}``.
    How enforcement is switched on is for the platform's own pages to say.

    >>> jwt = GenericJWT(secret="s" * 32, claims={"sub": "{user_id}", "name": "{name?}"})
    >>> jwt.lifetime
    3600
    """

    name: ClassVar[str] = "jwt"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="Any platform that takes a JWT",
        where=(
            "The platform's pages name the claims, the algorithm and the key. In claims and"
            ' extra, "{user_id}" is a field of the visitor and "{user_id?}" one that may be'
            " missing; anything else is a constant. Fields: email, email_verified, user_id,"
            " first_name, last_name, name, properties.NAME."
        ),
        snippet="platform.identify(settings.token);",
        logout="platform.reset();",
        refresh="push",
        enforce="See the platform's pages: most believe a page that sends no token at first.",
        failure="See the platform's pages.",
        docs_url="https://www.rfc-editor.org/rfc/rfc7519",
    )

    claims: Mapping[str, Any] = field(
        hash=False, metadata={"example": '{ sub = "{user_id}", email = "{email?}" }'}
    )
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    algorithm: Literal["HS256", "RS256"] = "HS256"
    key_id: str = ""
    lifetime: int = signing.LIFETIME
    member: str = "token"
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        self._check_key()
        signing.lifetime(self.lifetime, "The JWT's lifetime")
        signing.setting(self.member, "The JWT's member")
        claims = template.checked(self.claims, "The JWT's claims")
        if not (template.needs(claims, "user_id") or template.needs(claims, "email")):
            raise ConfigError(
                "The JWT's claims name nobody.",
                hint='One claim must be "{user_id}" or "{email}", such as sub.',
            )
        if taken := [name for name in _OURS if name in claims]:
            raise ConfigError(f"The JWT's claims must not set {taken[0]}: it is set here.")
        extra = template.checked(self.extra, "The JWT's extra")
        if self.member in extra:
            raise ConfigError("The JWT's extra has the token's own member.")
        object.__setattr__(self, "claims", claims)
        object.__setattr__(self, "extra", extra)

    def secret_material(self) -> bytes:
        """Return the secret or the private key."""
        return (self.secret or self.private_key).encode()

    def version(self) -> Mapping[str, str]:
        """Return what a token says, and with which key."""
        claims = canonical_json(template.plain(self.claims)).decode()
        return {"algorithm": self.algorithm, "key_id": self.key_id, "claims": claims}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return the token under its member, and the extra members."""
        email = signing.proved_email(visitor)
        return {self.member: token, **template.filled(self.extra, visitor, email=email)}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*; raises InvalidVisitor when a claim stays empty."""
        born = signing.whole_seconds(now)
        expires_at = born + signing.lifetime(self.lifetime, "lifetime")
        carries = template.needs(self.claims, "email_verified")
        email = visitor.email if carries else signing.proved_email(visitor)
        claims = {
            **template.filled(self.claims, visitor, email=email),
            "iat": int(born.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        kid = self.key_id or None
        if self.algorithm == "HS256":
            token = signing.sign_hs256(claims, self.secret, kid=kid)
        else:
            token = rsa_keys.sign_rs256(claims, self.private_key, kid=kid)
        return IdentityToken(token, expires_at=expires_at)

    def _check_key(self) -> None:
        """Refuse any but the one key that the algorithm takes."""
        match self.algorithm:
            case "HS256" if not self.private_key:
                signing.vendor_secret(self.secret, "The JWT's secret")
            case "RS256" if not self.secret:
                rsa_keys.checked_private_key(self.private_key, "the JWT")
            case _:
                raise ConfigError(
                    "The JWT's algorithm and key do not go together.",
                    hint="HS256 takes a secret, RS256 a private_key; give that one only.",
                )
