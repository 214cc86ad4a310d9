"""Turns sites into what is shown of them.

Invariant: a secret leaves here as whether there is one.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, cast

from pydantic import SecretStr

from callingcard.errors import CallingcardError
from callingcard.identity.guide import Guide
from callingcard.identity.platforms import BUILT_IN, GROUP, known
from callingcard.kit import plugins
from callingcard.server.admin.bodies import (
    ActivityShown,
    ArgumentShown,
    BucketShown,
    FailureShown,
    GuideShown,
    HeaderBody,
    HealthShown,
    JwksBody,
    JwtKeyShown,
    JwtShown,
    LandingBody,
    PlatformShown,
    Problem,
    Secret,
    SettingsShown,
    SiteDetails,
    SiteShown,
    TokensShown,
)
from callingcard.server.settings.section import sounds_secret
from callingcard.server.settings.sites import JwtSection, SiteSection
from callingcard.server.sites.activity import MINUTES, Bucket, Health, SiteActivity, quantile
from callingcard.server.sites.registry import Sites


def site_shown(sites: Sites, name: str) -> SiteShown:
    """Return the site *name* at a glance; raises UnknownSite."""
    problem = sites.problems.get(name)
    site = sites.get(name) if problem is None or name in sites.doors else None
    activity = sites.activity(name)
    section = site.section if site else sites.in_file(name)
    day = activity.since(MINUTES)
    sources = sum((bucket.sources for bucket in day), Counter[str]())
    hits = sources["memory"] + sources["store"]
    asked = hits + sources["upstream"]
    return SiteShown(
        name=name,
        platform=section.platform if section else "",
        origins=list(section.origins) if section else [],
        proof=section.proof if section else "key",
        unverified=section.unverified if section else "refuse",
        source=site.source if site else sites.source(name),
        served=site is not None,
        problem=problem_shown(problem),
        health=_health(activity.health, None if site else problem),
        tokens=TokensShown(
            issued=sources.total(),
            memory=sources["memory"],
            store=sources["store"],
            upstream=sources["upstream"],
            signed=sources["signed"],
            refused=sum(bucket.refused for bucket in day),
        ),
        hit_rate=round(hits / asked, 4) if asked else None,
    )


def site_details(sites: Sites, name: str) -> SiteDetails:
    """Return the site *name* with its settings; raises UnknownSite."""
    glance = site_shown(sites, name)
    in_file = sites.in_file(name) if glance.source == "override" else None
    return SiteDetails(
        **dict(glance),
        settings=settings_shown(sites.get(name).section) if glance.served else None,
        file_settings=settings_shown(in_file) if in_file else None,
    )


def settings_shown(section: SiteSection) -> SettingsShown:
    """Return *section* without its secrets."""
    jwks, header = section.jwks, section.header
    return SettingsShown(
        platform=section.platform,
        origins=list(section.origins),
        proof=section.proof,
        unverified=section.unverified,
        settings=_without_secrets(section.settings),
        jwt=_jwt(section.jwt) if section.jwt else None,
        jwks=JwksBody.model_validate(jwks.model_dump()) if jwks else None,
        header=HeaderBody.model_validate(header.model_dump()) if header else None,
        landing=LandingBody.model_validate(section.landing.model_dump()),
    )


def activity_shown(activity: SiteActivity, minutes: int, since: Any) -> ActivityShown:
    """Return what happened in the last *minutes*."""
    return ActivityShown(
        since=since,
        buckets=[_bucket(bucket) for bucket in activity.since(minutes)],
        failures=[
            FailureShown(
                at=failure.at,
                code=failure.code,
                message=failure.message,
                remedy=failure.remedy,
                count=failure.count,
            )
            for failure in activity.failures()
        ],
    )


def problem_shown(error: CallingcardError | None) -> Problem | None:
    """Return *error* as it is shown."""
    if error is None:
        return None
    return Problem(code=error.code, message=error.message, remedy=error.hint)


def platforms_shown() -> list[PlatformShown]:
    """Return every platform that is installed, with what it wants to know."""
    return [_platform(name) for name in known()]


def _platform(name: str) -> PlatformShown:
    """Return the platform *name*, read off its class."""
    kind = plugins.load(GROUP, name, BUILT_IN)
    guide: Guide = kind.guide
    return PlatformShown(
        name=name,
        title=guide.title,
        arguments=[_argument(each) for each in fields(kind) if each.init],
        guide=GuideShown(
            where=guide.where,
            enforce=guide.enforce,
            logout=guide.logout,
            failure=guide.failure,
            docs_url=guide.docs_url,
        ),
    )


def _argument(each: "Field[Any]") -> ArgumentShown:
    """Return one argument of a platform; what its repr hides is a secret."""
    default = each.default
    if each.default_factory is not MISSING:
        default = each.default_factory()
    return ArgumentShown(
        name=each.name,
        secret=not each.repr,
        required=default is MISSING,
        default=None if default is MISSING else _plain(default),
        help=str(each.metadata.get("help", "")),
    )


def _plain(value: Any) -> Any:
    """Return *value* as JSON has it."""
    if isinstance(value, Mapping):
        tree = cast("Mapping[str, Any]", value)
        return {name: _plain(item) for name, item in tree.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in cast("list[Any]", value)]
    return value if isinstance(value, (str, int, float, bool)) else None


def _without_secrets(value: Any, name: str = "") -> Any:
    """Copy *value* with every secret as whether there is one."""
    if isinstance(value, SecretStr):
        return {"set": bool(value.get_secret_value())}
    if isinstance(value, dict):
        tree = cast("dict[str, Any]", value)
        return {key: _without_secrets(item, key) for key, item in tree.items()}
    if isinstance(value, list):
        return [_without_secrets(item, name) for item in cast("list[Any]", value)]
    return {"set": bool(value)} if isinstance(value, str) and sounds_secret(name) else value


def _jwt(section: JwtSection) -> JwtShown:
    """Return the keys of a site's backend without their secrets."""
    keys = [
        JwtKeyShown(
            kid=key.kid,
            algorithm=key.algorithm,
            secret=Secret(set=key.secret is not None),
            public_key=key.public_key,
        )
        for key in section.keys
    ]
    return JwtShown(keys=keys, audience=section.audience, issuer=section.issuer)


def _health(health: Health, problem: CallingcardError | None) -> HealthShown:
    """Return how a site is; one out of service is in trouble for its *problem*."""
    error = problem or health.error
    return HealthShown(
        state="trouble" if problem else health.state,
        since=health.since,
        code=error.code if error else "",
        message=error.message if error else "",
        remedy=error.hint if error else "",
    )


def _bucket(bucket: Bucket) -> BucketShown:
    """Return one minute."""
    return BucketShown(
        at=bucket.at,
        issued=bucket.sources.total(),
        hits=bucket.sources["memory"] + bucket.sources["store"],
        refused=bucket.refused,
        calls=bucket.calls,
        errors=bucket.errors,
        p50_ms=quantile(bucket.latency, 0.5),
        p95_ms=quantile(bucket.latency, 0.95),
    )
