"""Looks at an installation and says what is wrong with it, and what to do.

Each check returns findings: ok, warn or fail, with the remedy. Nothing secret and no
address is in them: people paste a doctor's output into issues.
"""

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from callingcard.backends.database import Engine
from callingcard.backends.fetch import AsyncFetch, Unreachable
from callingcard.errors import CallingcardError, UpstreamError
from callingcard.identity.api import SiteIssuer
from callingcard.identity.model import Visitor
from callingcard.kit.wire import Request
from callingcard.server.findings import Finding, Level
from callingcard.server.migrate import pending
from callingcard.server.static import BUILT
from callingcard.server.wiring import Services

FIXED_SQLITE = (3, 51, 3)
CLOCK_TOLERANCE = timedelta(seconds=30)


async def examine(services: Services, *, site: str | None = None) -> AsyncIterator[Finding]:
    """Run every check, or only those of one *site*; yields findings as they come."""
    if site is None:
        for finding in (
            _public_url(services),
            _secrets(services),
            _embedding(services),
            _front_end(),
        ):
            yield finding
        async for finding in _database(services):
            yield finding
        yield await _people(services)
    names = [site] if site is not None else sorted(services.sites)
    for name in names:
        async for finding in _site(services, name):
            yield finding
    if not names:
        yield Finding(
            Level.WARN,
            "sites",
            "no site is set up, so the token service has nothing to issue",
            "Add a [sites.NAME] section: see `callingcard config example`.",
        )


def _public_url(services: Services) -> Finding:
    """See whether the cookie and the proofs travel under TLS."""
    settings = services.settings
    if settings.public_url.startswith("https://") or settings.is_local:
        return Finding(Level.OK, "public url", settings.public_url)
    return Finding(
        Level.WARN,
        "public url",
        f"{settings.public_url} is not HTTPS: passwords and tokens travel in the open",
        "Put a proxy with TLS in front and set server.public_url.",
    )


def _secrets(services: Services) -> Finding:
    """See where the sealing secret is, and who can read it."""
    if services.settings.server.secret_keys:
        return Finding(Level.OK, "secret key", "given in the settings")
    path = services.settings.data_dir / "secret.key"
    if path.exists() and path.stat().st_mode & 0o077:
        return Finding(
            Level.FAIL, "secret key", f"{path} can be read by others", f"chmod 600 {path}"
        )
    return Finding(Level.OK, "secret key", f"in {path}")


def _embedding(services: Services) -> Finding:
    """See who may frame the widget."""
    if services.settings.desk.origins:
        return Finding(
            Level.OK, "widget", f"{len(services.settings.desk.origins)} sites listed"
        )
    level = Level.OK if services.settings.is_local else Level.WARN
    return Finding(
        level, "widget", "any site may embed the widget", "List your sites in desk.origins."
    )


def _front_end() -> Finding:
    """See whether the pages were built."""
    if (BUILT / "app" / "index.html").is_file():
        return Finding(Level.OK, "front end", "built")
    return Finding(Level.FAIL, "front end", "not built", "Run `make web`.")


async def _database(services: Services) -> AsyncIterator[Finding]:
    """See whether the database answers, is up to date, and is a version to trust."""
    database = services.database
    wrong = await database.ping()
    if wrong:
        yield Finding(
            Level.FAIL, "database", f"{database.where}: {wrong}", "Check database.url."
        )
        return
    missing = await pending(database)
    if missing:
        yield Finding(
            Level.WARN, "schema", f"{len(missing)} steps missing", "Run `callingcard migrate`."
        )
    version = await database.version()
    if database.engine is Engine.SQLITE and sqlite3.sqlite_version_info < FIXED_SQLITE:
        yield Finding(
            Level.WARN,
            "database",
            f"SQLite {version} at {database.where}: before 3.51.3 two connections that"
            " checkpoint at once can corrupt a file; we use one that does",
            "Use a Python built with a newer SQLite, or PostgreSQL, when you can.",
        )
        return
    yield Finding(Level.OK, "database", f"{database.engine.value} {version}, {database.where}")


async def _people(services: Services) -> Finding:
    """See whether anybody can answer."""
    if any(user.disabled_at is None for user in await services.users.list()):
        return Finding(Level.OK, "agents", "somebody can sign in")
    return Finding(
        Level.WARN,
        "agents",
        "nobody can sign in",
        "callingcard users add you@your.company --role owner",
    )


async def _site(services: Services, name: str) -> AsyncIterator[Finding]:
    """See whether a site's platform believes us, by issuing one token for nobody real."""
    site = services.site(name)
    subject = f"site {name}"
    if not site.origins and site.proof is not None:
        yield Finding(
            Level.WARN,
            subject,
            "no origins are listed, so no page of another origin can ask",
            f"Set sites.{name}.origins to the pages' origins.",
        )
    yield await _trial(site, subject)
    base_url = services.settings.sites[name].platform_settings.get("base_url")
    if isinstance(base_url, str):
        yield await _clock_skew(services, subject, base_url)


async def _trial(site: SiteIssuer, subject: str) -> Finding:
    """Issue one token and say how that went."""
    visitor = Visitor(email="doctor@callingcard.invalid.example", email_verified=True)
    try:
        await site.issuer.issue(visitor)
        await site.issuer.forget(visitor)
    except UpstreamError as error:
        return Finding(Level.FAIL, subject, error.message, error.hint)
    except CallingcardError as error:
        return Finding(Level.FAIL, subject, f"{error.code}: {error.message}", error.hint)
    return Finding(Level.OK, subject, f"{site.platform} issued a token")


async def _clock_skew(services: Services, subject: str, base_url: str) -> Finding:
    """Compare our clock with the platform's, by the Date header of any answer."""
    fetch = AsyncFetch()
    try:
        reply = await fetch.send(Request("HEAD", base_url))
        theirs = parsedate_to_datetime(reply.headers["date"]).astimezone(UTC)
    except (Unreachable, KeyError, ValueError) as error:
        return Finding(
            Level.WARN, subject, f"the clock could not be compared ({type(error).__name__})"
        )
    finally:
        await fetch.close()
    skew = abs(services.clock.now() - theirs)
    if skew > CLOCK_TOLERANCE:
        return Finding(
            Level.FAIL,
            subject,
            f"our clock is {int(skew.total_seconds())} s away from the platform's",
            "Switch on time synchronisation (NTP).",
        )
    return Finding(Level.OK, subject, "our clock agrees with the platform's")
