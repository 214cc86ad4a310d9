"""Makes of a site's settings what serves it: the platform, the proof, the issuer, the door.

Whatever cannot work is found here, before anything is exchanged.

Invariant: nothing here asks anybody outside; a site is built or refused at once.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from callingcard.errors import ConfigError
from callingcard.identity.api import SiteIssuer
from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.keysets import KeySets
from callingcard.identity.platforms import BUILT_IN, GROUP, build
from callingcard.identity.ports import AsyncTokenCache, KeyPublishing, Platform, Proof
from callingcard.identity.proofs.header import HeaderProof
from callingcard.identity.proofs.jwks import JwksProof
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.identity.proofs.presets import ProviderSettings, provider
from callingcard.identity.service.invites import InviteDesk
from callingcard.identity.service.landing import KeyCheck, SiteLanding
from callingcard.identity.service.limits import Incident, LandingLimits, Limiter
from callingcard.kit import plugins
from callingcard.kit.clock import Clock
from callingcard.server.settings.loading import nearest
from callingcard.server.settings.sites import (
    HeaderSection,
    JwksSection,
    JwtSection,
    LandingSection,
    SiteSection,
)
from callingcard.server.sites.activity import SiteActivity

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Shared:
    """What all sites use together, and what is kept over a change of their settings."""

    clock: Clock
    cache: str | AsyncTokenCache
    key_sets: KeySets
    keys: KeyCheck
    invites: InviteDesk
    secret: bytes
    """The newest of the server's secrets."""
    limiters: dict[str, tuple[LandingLimits, Limiter]] = field(
        default_factory=dict[str, "tuple[LandingLimits, Limiter]"]
    )


def build_site(
    shared: Shared, name: str, section: SiteSection, activity: SiteActivity
) -> SiteIssuer:
    """Return the door of the site *name*; its issuer is to be closed one day.

    Raises ConfigError that names the setting and says what is wrong with it.
    """
    proof = _named(f"sites.{name}.{section.proof}", lambda: build_proof(section, shared))
    platform = _named(f"sites.{name}.{section.platform}", lambda: build_platform(section))
    landing = SiteLanding(
        section.unverified,
        frozenset(section.origins),
        shared.keys,
        _limiter(name, section.landing, shared, activity),
        shared.invites,
    )
    issuer = AsyncIssuer(
        platform,
        cache=shared.cache,
        allow_unverified=section.unverified == "mint",
        clock=shared.clock,
        site=name,
        observe=activity.observe,
    )
    return SiteIssuer(
        issuer=issuer,
        platform=section.platform,
        origins=frozenset(section.origins),
        proof=proof,
        proof_kind=section.proof,
        landing=landing,
        unverified=section.unverified,
        key_set=platform.jwks() if isinstance(platform, KeyPublishing) else None,
        page_properties=getattr(platform, "page_properties", ()),
    )


def build_platform(section: SiteSection) -> Platform:
    """Return the site's platform; raises ConfigError."""
    given = section.platform_settings
    known = platform_arguments(section.platform)
    for argument in given:
        if known and argument not in known:
            raise ConfigError(
                f"{argument} is no setting of this platform", hint=nearest(argument, known)
            )
    return build(section.platform, **given)


def platform_arguments(name: str) -> list[str]:
    """Return the names of the arguments that the platform *name* takes; none if unknown."""
    try:
        kind = plugins.load(GROUP, name, BUILT_IN)
    except LookupError:
        return []
    return list(inspect.signature(kind).parameters)


def build_proof(section: SiteSection, shared: Shared) -> Proof | None:
    """Return what checks the site's visitors' proofs; None for a site of keys alone."""
    match section.proof:
        case "jwt" if section.jwt is not None:
            return _jwt(section.jwt)
        case "jwks" if section.jwks is not None:
            return _jwks(section.jwks, section.origins, shared.key_sets)
        case "header" if section.header is not None:
            return _header(section.header)
        case _:
            return None


def _jwt(section: JwtSection) -> JwtProof:
    """Return the proof by a token that the site's backend signs."""
    keys = [JwtKey(key.kid, key.material, key.algorithm) for key in section.keys]
    return JwtProof(keys, audience=section.audience, issuer=section.issuer)


def _jwks(section: JwksSection, origins: tuple[str, ...], key_sets: KeySets) -> JwksProof:
    """Return the proof by an identity provider's token."""
    given: dict[str, Any] = {
        name: getattr(section, name) for name in JwksSection.model_fields if name != "preset"
    }
    given["claims"] = {claim: said for claim, said in section.claims if said}
    if section.preset == "clerk" and not section.parties:
        given["parties"] = origins
    found = provider(section.preset, ProviderSettings(**given))
    return JwksProof(found, key_sets.source(found.location))


def _header(section: HeaderSection) -> HeaderProof:
    """Return the proof by a proxy's headers."""
    return HeaderProof(
        section.trusted_peers,
        preset=section.preset,
        names={name: header for name, header in section.names if header},
        email_verified=section.email_verified,
    )


def _limiter(
    name: str, section: LandingSection, shared: Shared, activity: SiteActivity
) -> Limiter:
    """Return the site's limiter, the same one for as long as its numbers are the same.

    Otherwise every reload would give a visitor who was shut out a new start.
    """
    limits = LandingLimits(
        per_source=section.per_source,
        per_address=section.per_address,
        per_origin=section.per_origin,
        per_site=section.per_site,
        window=timedelta(seconds=section.window_seconds),
        addresses_per_source=section.addresses_per_source,
        shut_out=timedelta(seconds=section.shut_out_seconds),
    )
    known = shared.limiters.get(name)
    if known is not None and known[0] == limits:
        return known[1]
    alarm = partial(_alarm, activity)
    made = Limiter(name, limits, secret=shared.secret, alarm=alarm)
    shared.limiters[name] = (limits, made)
    return made


def _alarm(activity: SiteActivity, kind: Incident, _site: str) -> None:
    """Count what a limiter tells."""
    activity.abuse(kind)


def _named(path: str, make: Callable[[], _Made]) -> _Made:
    """Return what *make* makes; raises ConfigError that names the setting at *path*."""
    try:
        return make()
    except ConfigError as error:
        raise ConfigError(f"{path}: {error.message}", hint=error.hint) from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
