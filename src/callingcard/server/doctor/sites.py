"""What concerns one site: its settings, who proves visitors, and its platform."""

import ipaddress
from collections.abc import AsyncIterator
from typing import Final

from callingcard.errors import CallingcardError
from callingcard.identity.errors import KeysUnavailable
from callingcard.identity.proofs.jwks import JwksProof
from callingcard.server.doctor.findings import Finding, fail, ok, warn
from callingcard.server.doctor.trial import try_platform
from callingcard.server.settings.section import sounds_secret
from callingcard.server.settings.sites import SiteSection
from callingcard.server.sites.building import build_platform
from callingcard.server.sites.registry import Site
from callingcard.server.wiring import Services

_MANY_KEYS: Final = 3
_WIDE: Final = 2**16
_PLACEHOLDERS: Final = ("changeme", "change-me", "example", "your-", "placeholder", "xxxx")


async def look(services: Services, name: str) -> AsyncIterator[Finding]:
    """Run every check of the site *name*; raises UnknownSite."""
    subject = f"site {name}"
    problem = services.site_registry.problems.get(name)
    if problem is not None:
        yield fail(subject, problem.message, problem.hint or "Mend the setting and reload.")
        if name not in services.sites:
            return
    site = services.site_registry.get(name)
    for finding in _settings(name, site.section, subject):
        yield finding
    async for finding in _proof(services, site, subject):
        yield finding
    async for finding in _platform(services, site, subject):
        yield finding


def _settings(name: str, section: SiteSection, subject: str) -> list[Finding]:
    """See whether the settings are what an operator can have meant."""
    found: list[Finding] = []
    if not section.origins and section.proof != "key":
        found.append(
            warn(
                subject,
                "no origins are listed, so no page of another origin can ask",
                f"Set sites.{name}.origins to the pages' origins.",
            )
        )
    if section.unverified == "mint":
        found.append(
            warn(
                subject,
                'unverified = "mint" issues tokens for addresses that nobody proved: whoever'
                " types an address may read what was said under it",
                "Use invites (`callingcard invite`), or anonymous, unless you accept that.",
            )
        )
    for argument, value in section.platform_settings.items():
        if isinstance(value, str) and sounds_secret(argument) and _looks_made_up(value):
            found.append(
                fail(
                    subject,
                    f"{section.platform}.{argument} looks like a placeholder",
                    "Put the real one there.",
                )
            )
    return found


def _looks_made_up(secret: str) -> bool:
    """Say whether *secret* is one of those that stand in examples.

    >>> _looks_made_up("CHANGEME"), _looks_made_up("pat-na1-3f0c")
    (True, False)
    """
    return any(word in secret.lower() for word in _PLACEHOLDERS)


async def _proof(services: Services, site: Site, subject: str) -> AsyncIterator[Finding]:
    """See whether what visitors are known by can be checked."""
    section, proof = site.section, site.door.proof
    if section.proof == "jwt" and section.jwt is not None:
        yield _jwt_keys(len(section.jwt.keys), subject)
    elif isinstance(proof, JwksProof):
        yield await _key_set(services, proof, subject)
    elif section.proof == "header" and section.header is not None:
        for peer in section.header.trusted_peers:
            if _is_wide(peer):
                yield warn(
                    subject,
                    f"anybody at {peer} may say who is signed in",
                    "List the addresses of the proxy alone in header.trusted_peers.",
                )


def _jwt_keys(count: int, subject: str) -> Finding:
    """See whether keys are being rotated, or left lying about."""
    if count > _MANY_KEYS:
        return warn(
            subject,
            f"{count} keys of the backend count",
            "Take out of jwt.keys those that nothing is signed with any more.",
        )
    plural = "key of the backend counts" if count == 1 else "keys of the backend count"
    return ok(
        subject,
        f"{count} {plural}",
        "To rotate: add the new key in front, sign with it, take out the old, reload.",
    )


async def _key_set(services: Services, proof: JwksProof, subject: str) -> Finding:
    """See whether the provider's keys can be had, and whether one can be used."""
    provider = proof.provider
    try:
        usable = await services.key_sets.usable(provider.location)
    except KeysUnavailable as error:
        return fail(
            subject,
            f"the provider's keys cannot be had: {error.message}",
            error.hint or "Check jwks.url and the way out to it.",
        )
    if not usable and provider.location.form != "pem":
        return fail(
            subject,
            "the provider's key set has no key that can be used",
            "Check that jwks.url is a JSON Web Key Set with signing keys.",
        )
    names = sorted(set(usable.values()))
    return ok(subject, f"{len(usable)} keys of the provider ({', '.join(names) or 'by name'})")


def _is_wide(peer: str) -> bool:
    """Say whether *peer* is a public network too large to be one's own.

    >>> _is_wide("10.0.0.0/8"), _is_wide("203.0.0.0/8"), _is_wide("unix")
    (False, True, False)
    """
    try:
        network = ipaddress.ip_network(peer, strict=False)
    except ValueError:
        return False
    return not network.is_private and network.num_addresses > _WIDE


async def _platform(services: Services, site: Site, subject: str) -> AsyncIterator[Finding]:
    """See whether the platform makes, or we can make, a token."""
    platform = build_platform(site.section)
    async for finding in try_platform(platform, subject, services.clock):
        yield finding
    error: CallingcardError | None = site.activity.health.error
    if error is not None:
        yield warn(
            subject,
            f"the platform is not being asked for now: {error.message}",
            error.hint or "It is asked again within a minute.",
        )
    yield ok(subject, f"{platform.guide.title}: enforcement", platform.guide.enforce)
