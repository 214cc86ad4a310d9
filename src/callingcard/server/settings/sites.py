"""The settings of one site: its platform, and how its visitors prove who they are.

The file and the database hold the same thing, so both are checked here. Whether a
platform takes the arguments it is given, and whether a key can be read, is found out
by building it: see ``server.sites.building``.
"""

from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Field, SecretStr, field_validator, model_validator

from callingcard.kit.urls import checked_origin
from callingcard.server.settings.sealed import MayBeSealed, SealedSecret, sealed_or
from callingcard.server.settings.section import Section, SectionTree, sounds_secret

ProofKind: TypeAlias = Literal["jwt", "jwks", "header", "key"]
Unverified: TypeAlias = Literal["refuse", "anonymous", "mint"]
Algorithm: TypeAlias = Literal["HS256", "RS256", "ES256", "EdDSA"]


class JwtKeySection(Section):
    """One key of a site's own backend: a secret shared with us, or its public half."""

    kid: str = Field(description="The key's name, as in the token's head.")
    algorithm: Algorithm = Field(
        default="HS256", description="The only one that this key signs with."
    )
    secret: Annotated[SecretStr | None, MayBeSealed] = Field(
        default=None, description="For HS256: at least 32 bytes, shared with the backend."
    )
    public_key: str = Field(
        default="", description="For RS256, ES256 and EdDSA: the public key in PEM."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> "JwtKeySection":
        """Refuse a key without what its algorithm checks with."""
        if self.algorithm == "HS256" and (self.secret is None or self.public_key):
            raise ValueError("a key for HS256 needs a secret, and no public_key")
        if self.algorithm != "HS256" and (not self.public_key or self.secret is not None):
            raise ValueError(f"a key for {self.algorithm} needs a public_key, and no secret")
        return self

    @property
    def material(self) -> str:
        """What the signature is checked with."""
        return self.public_key if self.secret is None else self.secret.get_secret_value()


class JwtSection(Section):
    """A token that the site's own backend signs."""

    keys: tuple[JwtKeySection, ...] = Field(description="The keys that count, newest first.")
    audience: str = Field(default="callingcard", description="What aud must be.")
    issuer: str = Field(description="What iss must be.")


class ClaimsSection(Section):
    """Which claim of a provider's token says what; the preset knows for those left out."""

    email: str = Field(default="", description="The claim with the address.")
    email_verified: str = Field(default="", description="The claim that it is proved.")
    user_id: str = Field(default="", description="The claim with the user's id.")
    first_name: str = Field(default="", description="The claim with the given name.")
    last_name: str = Field(default="", description="The claim with the family name.")


class JwksSection(Section):
    """A token of an identity provider, checked with the keys that it publishes."""

    preset: str = Field(
        default="none",
        description="The provider: auth0, clerk, cognito, firebase, keycloak, oidc, …",
    )
    url: str = Field(default="", description="Where its key set is.")
    issuer: str = Field(default="", description="What iss must be.")
    audience: str = Field(default="", description="What aud must be, or hold.")
    claims: ClaimsSection = ClaimsSection()
    algorithms: tuple[str, ...] = Field(
        default=(), description="Signatures that count, if fewer than the preset's."
    )
    parties: tuple[str, ...] = Field(
        default=(),
        description="What azp may be; by default the site's origins with clerk, and the"
        " audience where a token is for several.",
    )
    header: str = Field(default="", description="The header that brings the token.")
    cookie: str = Field(default="", description="The cookie that brings the token.")
    region: str = Field(default="", description="For aws-alb: the region.")
    signer: str = Field(default="", description="For aws-alb: the load balancer's ARN.")
    project: str = Field(
        default="", description="For firebase and firebase-session: the project."
    )
    team: str = Field(default="", description="For cloudflare-access: the team.")
    trust_email: bool | None = Field(
        default=None,
        description="Whether a missing email_verified counts as true; by default as the"
        " preset says, and not for an address from another claim than the preset's.",
    )


class NamesSection(Section):
    """Which header says what; the preset knows for those left out."""

    email: str = Field(default="", description="The header with the address.")
    user_id: str = Field(default="", description="The header with the user's id.")
    name: str = Field(default="", description="The header with the whole name.")
    first_name: str = Field(default="", description="The header with the given name.")
    last_name: str = Field(default="", description="The header with the family name.")


class HeaderSection(Section):
    """Headers that a proxy in front of us sets after it signed somebody in."""

    trusted_peers: tuple[str, ...] = Field(
        description="Who may set them: addresses, networks, or unix; never everybody."
    )
    preset: str = Field(
        default="none",
        description="The proxy: oauth2-proxy, authelia, authentik, tailscale, …",
    )
    names: NamesSection = NamesSection()
    email_verified: bool | None = Field(
        default=None,
        description="Whether the proxy has proved the address; by default as the preset says:"
        " not with none or authentik, nor for a header of your own.",
    )


class LandingSection(Section):
    """How often pages where nobody signs in may ask, per window of time."""

    per_source: int = Field(
        default=10, ge=1, description="Asks of one IPv4 address or IPv6 /64."
    )
    per_address: int = Field(default=5, ge=1, description="Asks for one e-mail address.")
    per_origin: int = Field(default=300, ge=1, description="Asks from pages of one origin.")
    per_site: int = Field(default=600, ge=1, description="Asks for the whole site.")
    window_seconds: int = Field(default=600, ge=1, description="How long the window is.")
    addresses_per_source: int = Field(
        default=20,
        ge=1,
        description="More different addresses than this from one source in an hour are abuse.",
    )
    shut_out_seconds: int = Field(
        default=3600, ge=0, description="How long such a source is refused."
    )


class SiteSection(Section):
    """A site whose visitors we vouch for, and the platform that is told.

    The platform's own arguments stand in a section named like the platform, such as
    ``[sites.shop.hubspot]``; ``[sites.shop.settings]`` is the same for every platform,
    and the only way for one whose name is that of another section here.
    """

    platform: str = Field(description="The chat platform's name.")
    origins: tuple[str, ...] = Field(
        default=(), description="Pages that may ask, exactly as sent."
    )
    proof: ProofKind = Field(
        default="jwt", description="jwt, jwks, header, or key for a server key only."
    )
    unverified: Unverified = Field(
        default="refuse",
        description="What becomes of an address nobody proved: refuse, anonymous or mint.",
    )
    jwt: JwtSection | None = Field(default=None, description="For proof = jwt.")
    jwks: JwksSection | None = Field(default=None, description="For proof = jwks.")
    header: HeaderSection | None = Field(default=None, description="For proof = header.")
    landing: LandingSection = LandingSection()
    settings: dict[str, Any] = Field(
        default_factory=dict,
        description="The platform's own arguments; or name the section like the platform.",
    )

    @model_validator(mode="before")
    @classmethod
    def _platform_section(cls, value: Any) -> Any:
        """Take the platform's section by its name, and wrap its secrets."""
        if not isinstance(value, dict):
            return value
        tree = cast("SectionTree", value)
        name = tree.get("platform")
        if isinstance(name, str) and name in tree and name not in cls.model_fields:
            if "settings" in tree:
                raise ValueError(f"give [{name}] or [settings], not both")
            tree = {key: item for key, item in tree.items() if key != name}
            tree["settings"] = value[name]
        return {**tree, "settings": _wrapped(tree.get("settings", {}))}

    @field_validator("origins")
    @classmethod
    def _as_browsers_send(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse an origin that no browser would send."""
        return tuple(checked_origin(origin) for origin in value)

    @model_validator(mode="after")
    def _checkable(self) -> "SiteSection":
        """Refuse a proof that could not be checked."""
        if self.proof != "key" and getattr(self, self.proof) is None:
            raise ValueError(f'proof = "{self.proof}" needs a [{self.proof}] section')
        return self

    @property
    def platform_settings(self) -> SectionTree:
        """The arguments for the platform, secrets in plain."""
        return {name: _plain(item) for name, item in self.settings.items()}


def stored(section: SiteSection) -> SectionTree:
    """Return *section* as it is written down, secrets in plain: seal it before it is kept.

    A secret of the sealed store stays there: its name is written.

    >>> section = SiteSection(platform="x", proof="key", settings={"secret": "s"})
    >>> stored(section)
    {'platform': 'x', 'proof': 'key', 'settings': {'secret': 's'}}
    """
    return cast(
        "SectionTree",
        _plain(section.model_dump(mode="python", exclude_defaults=True), by_name=True),
    )


def _wrapped(value: Any, name: str = "") -> Any:
    """Wrap what sounds secret, so that no repr shows it.

    Below the section itself, ``{"secret": "NAME"}`` is one of the sealed store.
    """
    value = sealed_or(value) if name else value
    if isinstance(value, dict):
        return {key: _wrapped(v, key) for key, v in cast("SectionTree", value).items()}
    if isinstance(value, list):
        return [_wrapped(item, name) for item in cast("list[Any]", value)]
    return SecretStr(value) if isinstance(value, str) and sounds_secret(name) else value


def _plain(value: Any, *, by_name: bool = False) -> Any:
    """Copy *value* with every secret unwrapped, those of the sealed store *by_name*."""
    if isinstance(value, SealedSecret) and by_name:
        return value.written()
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        tree = cast("SectionTree", value)
        return {key: _plain(item, by_name=by_name) for key, item in tree.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, by_name=by_name) for item in cast("list[Any]", value)]
    return value
