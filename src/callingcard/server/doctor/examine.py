"""The doctor's round: the installation first, then every site."""

from collections.abc import AsyncIterator

from callingcard.server.doctor import house, sites
from callingcard.server.doctor.findings import Finding, warn
from callingcard.server.wiring import Services


async def examine(services: Services, *, site: str | None = None) -> AsyncIterator[Finding]:
    """Run every check, or only those of one *site*; yields findings as they come.

    Raises UnknownSite.
    """
    if site is None:
        async for finding in house.look(services):
            yield finding
    names = [site] if site is not None else services.site_registry.names()
    for name in names:
        async for finding in sites.look(services, name):
            yield finding
    if not names:
        yield warn(
            "sites",
            "no site is set up, so the token service has nothing to issue",
            "Add a [sites.NAME] section: see `callingcard config example`.",
        )
