"""What concerns the whole installation: its address, secrets, stores and people."""

import sqlite3
from collections.abc import AsyncIterator
from typing import Final

from callingcard.backends.cache import shares_without_tls
from callingcard.backends.database import Engine
from callingcard.server.doctor.findings import Finding, fail, ok, warn
from callingcard.server.migrate import pending
from callingcard.server.static import BUILT
from callingcard.server.wiring import Services

FIXED_SQLITE: Final = (3, 51, 3)


async def look(services: Services) -> AsyncIterator[Finding]:
    """Run every check that is about no single site."""
    yield _public_url(services)
    yield _secrets(services)
    yield _embedding(services)
    yield _front_end()
    async for finding in _database(services):
        yield finding
    yield await _cache(services)
    yield await _sandbox(services)
    yield await _people(services)
    async for finding in _page_keys(services):
        yield finding


def _public_url(services: Services) -> Finding:
    """See whether the cookie and the proofs travel under TLS."""
    settings = services.settings
    if settings.public_url.startswith("https://") or settings.is_local:
        return ok("public url", settings.public_url)
    return warn(
        "public url",
        f"{settings.public_url} is not HTTPS: passwords and tokens travel in the open",
        "Put a proxy with TLS in front and set server.public_url.",
    )


def _secrets(services: Services) -> Finding:
    """See where the sealing secret is, and who can read it."""
    if services.settings.server.secret_keys:
        return ok("secret key", "given in the settings")
    path = services.settings.data_dir / "secret.key"
    if path.exists() and path.stat().st_mode & 0o077:
        return fail("secret key", f"{path} can be read by others", f"chmod 600 {path}")
    return ok("secret key", f"in {path}")


def _embedding(services: Services) -> Finding:
    """See who may frame the widget."""
    origins = services.settings.desk.origins
    if origins:
        return ok("widget", f"{len(origins)} sites listed")
    said = ("widget", "any site may embed the widget", "List your sites in desk.origins.")
    return ok(*said) if services.settings.is_local else warn(*said)


def _front_end() -> Finding:
    """See whether the pages were built."""
    if (BUILT / "app" / "index.html").is_file():
        return ok("front end", "built")
    return fail("front end", "not built", "Run `make web`.")


async def _database(services: Services) -> AsyncIterator[Finding]:
    """See whether the database answers, is up to date, and is a version to trust."""
    database = services.database
    wrong = await database.ping()
    if wrong:
        yield fail("database", f"{database.where}: {wrong}", "Check database.url.")
        return
    missing = await pending(database)
    if missing:
        yield warn("schema", f"{len(missing)} steps missing", "Run `callingcard migrate`.")
    version = await database.version()
    if database.engine is Engine.SQLITE and sqlite3.sqlite_version_info < FIXED_SQLITE:
        yield warn(
            "database",
            f"SQLite {version} at {database.where} has the WAL-reset bug (3.7.0 to 3.51.2):"
            " two connections that checkpoint at once can corrupt a file; we let only one",
            "Use a Python built with SQLite 3.51.3 or later, or PostgreSQL, when you can.",
        )
        return
    yield ok("database", f"{database.engine.value} {version}, {database.where}")


async def _cache(services: Services) -> Finding:
    """See whether the store of tokens answers, and who can listen on the way to it."""
    url = services.settings.cache.url.get_secret_value()
    kind = url.partition(":")[0]
    wrong = await services.cache_problem()
    if wrong:
        return fail(
            "cache",
            f"{kind} does not answer: {wrong}; tokens are issued, but each node on its own",
            "Check cache.url and that the store is running.",
        )
    if shares_without_tls(url):
        return warn(
            "cache",
            f"{kind} is on another machine and the way there is not encrypted",
            "Use rediss:// or valkeys://, or sslmode=verify-full with PostgreSQL.",
        )
    return ok("cache", kind)


async def _sandbox(services: Services) -> Finding:
    """See, by trying, how well functions are kept apart on this machine."""
    floor = services.settings.functions.floor
    if floor == "off":
        return ok("sandbox", "functions are switched off", "See functions.floor.")
    level = await services.house.making.walls.level()
    remedy = "; ".join(level.remedies)
    why = "; ".join(level.reasons)
    if await services.house.making.walls.problem():
        return fail("sandbox", f"functions do not run here: {why}", remedy)
    if level.name == "namespaces":
        return ok("sandbox", "namespaces, Landlock and seccomp")
    return warn("sandbox", f"Landlock and seccomp, no namespaces: {why}", remedy)


async def _people(services: Services) -> Finding:
    """See whether anybody can answer."""
    if await pending(services.database):
        return warn("agents", "there are no tables yet", "Run `callingcard migrate`.")
    if any(user.disabled_at is None for user in await services.users.list()):
        return ok("agents", "somebody can sign in")
    return warn(
        "agents",
        "nobody can sign in",
        "callingcard users add you@your.company --role owner",
    )


async def _page_keys(services: Services) -> AsyncIterator[Finding]:
    """See whether a key that stands in a page is good for one site only, as it must be."""
    if await pending(services.database):
        return
    for key in await services.keys.list():
        if not key.publishable or key.revoked_at is not None:
            continue
        if key.site is None:
            yield warn(
                f"key {key.hint}",
                "this publishable key names no site, so no site takes it",
                f"callingcard keys revoke {key.id}, and make one with --site.",
            )
        elif key.site not in services.sites:
            yield warn(
                f"key {key.hint}",
                f"this publishable key is for the site {key.site}, which does not exist",
                f"callingcard keys revoke {key.id}",
            )
