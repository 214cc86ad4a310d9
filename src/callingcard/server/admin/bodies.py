"""The shapes of the sites' pages: what is sent, what is shown, what is asked.

Invariant: no shape that is sent holds a secret, only whether there is one.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from callingcard.server.doctor.findings import Level
from callingcard.server.settings.sites import (
    Algorithm,
    ClaimsSection,
    HeaderSection,
    JwksSection,
    LandingSection,
    NamesSection,
    ProofKind,
    Unverified,
)
from callingcard.server.sites.activity import State
from callingcard.server.sites.registry import Source


class Shape(BaseModel):
    """Members are camelCase outside, as everywhere over HTTP."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )


class Given(Shape):
    """What is sent to us: nothing but what is known."""

    model_config = ConfigDict(extra="forbid")


class Secret(Shape):
    """A secret as it is shown: whether there is one."""

    set: bool


class Keep(Given):
    """In place of a secret: leave it as it is."""

    keep: Literal[True]


class ClaimsBody(ClaimsSection, alias_generator=to_camel, populate_by_name=True):
    """``[sites.NAME.jwks.claims]``."""


class JwksBody(JwksSection, alias_generator=to_camel, populate_by_name=True):
    """``[sites.NAME.jwks]``."""

    claims: ClaimsBody = Field(  # pyright: ignore[reportIncompatibleVariableOverride]  (narrower)
        default=ClaimsBody(), description="Which claim says what, if not as the preset says."
    )


class NamesBody(NamesSection, alias_generator=to_camel, populate_by_name=True):
    """``[sites.NAME.header.names]``."""


class HeaderBody(HeaderSection, alias_generator=to_camel, populate_by_name=True):
    """``[sites.NAME.header]``."""

    names: NamesBody = Field(  # pyright: ignore[reportIncompatibleVariableOverride]  (narrower)
        default=NamesBody(), description="Which header says what, if not as the preset says."
    )


class LandingBody(LandingSection, alias_generator=to_camel, populate_by_name=True):
    """``[sites.NAME.landing]``."""


class JwtKeyGiven(Given):
    """One key of ``[sites.NAME.jwt]``; *secret* for HS256, *public_key* for the others."""

    kid: str
    algorithm: Algorithm = "HS256"
    secret: str | Keep | None = None
    public_key: str = ""


class JwtGiven(Given):
    """``[sites.NAME.jwt]``."""

    keys: list[JwtKeyGiven]
    audience: str = "callingcard"
    issuer: str


class SiteGiven(Given):
    """A whole site; *settings* are the platform's arguments, by their own names.

    A secret among them is a text, or ``{"keep": true}`` for the one there is.
    """

    platform: str
    origins: list[str] = Field(default_factory=list[str])
    proof: ProofKind = "jwt"
    unverified: Unverified = "refuse"
    settings: dict[str, Any] = Field(default_factory=dict[str, Any])
    jwt: JwtGiven | None = None
    jwks: JwksBody | None = None
    header: HeaderBody | None = None
    landing: LandingBody | None = None


class JwtKeyShown(Shape):
    """One key of a site's backend."""

    kid: str
    algorithm: Algorithm
    secret: Secret
    public_key: str


class JwtShown(Shape):
    """A site's ``jwt`` section."""

    keys: list[JwtKeyShown]
    audience: str
    issuer: str


class SettingsShown(Shape):
    """A site's settings; a secret among *settings* is ``{"set": true}``."""

    platform: str
    origins: list[str]
    proof: ProofKind
    unverified: Unverified
    settings: dict[str, Any]
    jwt: JwtShown | None
    jwks: JwksBody | None
    header: HeaderBody | None
    landing: LandingBody


class Problem(Shape):
    """Something wrong, and what to do about it."""

    code: str
    message: str
    remedy: str


class HealthShown(Shape):
    """How a site is; *since* when, and what is wrong when it is in trouble."""

    state: State
    since: datetime | None
    code: str = ""
    message: str = ""
    remedy: str = ""


class TokensShown(Shape):
    """The tokens of the last 24 hours, by where they came from."""

    issued: int
    memory: int
    store: int
    upstream: int
    signed: int
    refused: int


class SiteShown(Shape):
    """A site at a glance; with a *problem*, its newest settings are not the ones served."""

    name: str
    platform: str
    origins: list[str]
    proof: ProofKind
    unverified: Unverified
    source: Source
    served: bool
    problem: Problem | None
    health: HealthShown
    tokens: TokensShown
    hit_rate: float | None


class SitesShown(Shape):
    """Every site."""

    sites: list[SiteShown]


class SiteDetails(SiteShown):
    """A site with its settings, and the file's where they are overridden."""

    settings: SettingsShown | None
    file_settings: SettingsShown | None


class BucketShown(Shape):
    """One minute; one in which nothing happened is left out."""

    at: datetime
    issued: int
    hits: int
    refused: int
    calls: int
    errors: int
    p50_ms: Annotated[float | None, Field(alias="p50Ms")]
    p95_ms: Annotated[float | None, Field(alias="p95Ms")]


class FailureShown(Problem):
    """One kind of failure: when it was last, and how often it has been."""

    at: datetime
    count: int


class ActivityShown(Shape):
    """What a site has been doing since *since*."""

    since: datetime
    buckets: list[BucketShown]
    failures: list[FailureShown]


class FindingShown(Shape):
    """One line of the doctor's report."""

    level: Level
    subject: str
    message: str
    remedy: str


class FindingsShown(Shape):
    """The doctor's report."""

    findings: list[FindingShown]


class ProofGiven(Given):
    """A proof to be looked at; it is not kept and not logged."""

    proof: str = Field(min_length=1, max_length=16_384)


class CheckShown(Shape):
    """One step of checking a proof; *ok* is null for one that was not reached."""

    name: str
    ok: bool | None
    detail: str


class IdentityShown(Shape):
    """Whom a proof proves."""

    email: str | None
    user_id: str | None


class ExplanationShown(Shape):
    """Why a proof is accepted or not, step by step."""

    accepted: bool
    checks: list[CheckShown]
    identity: IdentityShown | None


class ArgumentShown(Shape):
    """One argument of a platform."""

    name: str
    secret: bool
    required: bool
    default: Any
    help: str


class GuideShown(Shape):
    """How a platform is set up."""

    where: str
    enforce: str
    logout: str
    failure: str
    docs_url: str


class PlatformShown(Shape):
    """A platform that can be chosen."""

    name: str
    title: str
    arguments: list[ArgumentShown]
    guide: GuideShown


class PlatformsShown(Shape):
    """Every platform that is installed."""

    platforms: list[PlatformShown]


class ChangeShown(Shape):
    """What a reload did to one site; with a *problem*, nothing."""

    name: str
    changed: bool
    problem: Problem | None


class ReloadShown(Shape):
    """What a reload did.

    With a *problem* the file could not be read, and counts as it was. *restart* names
    sections that changed and count after a restart only.
    """

    sites: list[ChangeShown]
    problem: Problem | None
    restart: list[str]
