"""Which sites are served now, and how that changes while requests are in flight.

Sites come from the settings file and from the database, which goes first. When
either changes, only the sites that differ are built anew, and each is put in place of
the old one in one step. A request that has begun ends with the issuer it began with:
the old one is closed when no request can be using it any more.

Invariant: settings that cannot be used change nothing; the site goes on as it was.
Invariant: at a start, a document that cannot be used takes the site out of service:
what it was to replace is not what the operator wants served.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, TypeAlias

import structlog

from callingcard.errors import CallingcardError, ConfigError
from callingcard.identity.api import SiteIssuer
from callingcard.identity.errors import UnknownSite
from callingcard.identity.issuer import AsyncIssuer
from callingcard.kit.clock import Clock
from callingcard.server.settings.loading import Configuration, check_site_name
from callingcard.server.settings.model import Settings
from callingcard.server.settings.sealed import names_sealed, revealed, sealed_in
from callingcard.server.settings.sites import SiteSection, stored
from callingcard.server.sites.activity import SiteActivity, SiteEvent, Tell
from callingcard.server.sites.reports import Change, Reloaded, tell_log
from callingcard.server.sites.sections import all_revealed, checked
from callingcard.server.sites.store import SiteStore

Source: TypeAlias = Literal["file", "database", "override"]

TOPIC: Final = "sites"
"""On the bus: somebody changed a site."""

LOOK_EVERY: Final = timedelta(seconds=5)
"""How often a node looks at the generation, should a hint get lost."""

CLOSE_AFTER: Final = timedelta(seconds=30)
"""When an issuer that was replaced is closed: a body takes 10 s at most, a token 10 more."""

logger = structlog.get_logger("callingcard.sites")


class Ear(Protocol):
    """Waits for news."""

    async def wait(self, at_most: timedelta) -> object:
        """Return at the next news or after *at_most*."""
        ...


class Hints(Protocol):
    """Tells other nodes that there is something to see; ``backends.bus.Bus`` does."""

    @property
    def closed(self) -> bool:
        """Whether the server is stopping."""
        ...

    def notify(self, topic: str) -> None:
        """Wake everyone who waits on *topic*."""
        ...

    def listen(self, *topics: str) -> AbstractContextManager["Ear"]:
        """Start listening; news from now on are not missed."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """One site that is served, and where its settings are."""

    section: SiteSection
    source: Source
    door: SiteIssuer
    activity: SiteActivity


@dataclass(slots=True)
class _Wanted:
    """What ought to be served, by the file and by the database."""

    sections: dict[str, tuple[SiteSection, Source]] = field(
        default_factory=dict[str, tuple[SiteSection, "Source"]]
    )
    problems: dict[str, ConfigError] = field(default_factory=dict[str, ConfigError])


class Sites:
    """The sites of one server; *build* makes one, *reread* reads the settings again."""

    def __init__(
        self,
        store: SiteStore,
        build: Callable[[str, SiteSection, SiteActivity], SiteIssuer],
        *,
        clock: Clock,
        settings: Settings,
        reread: Callable[[], Configuration] | None = None,
        hints: Hints,
    ) -> None:
        self._store = store
        self._build = build
        self._clock = clock
        self._settings = settings
        self._reread = reread or (lambda: Configuration(settings, {}))
        self._hints = hints
        self._hear: Tell | None = None
        self._given: Mapping[str, SiteSection] = settings.sites
        self._given_problems: Mapping[str, ConfigError] = {}
        self._file: Mapping[str, SiteSection] = settings.sites
        self._file_problems: Mapping[str, ConfigError] = {}
        self._documents: Mapping[str, SiteSection | ConfigError] = {}
        self._generation = 0
        self._live: dict[str, Site] = {}
        self._doors: dict[str, SiteIssuer] = {}
        self._activities: dict[str, SiteActivity] = {}
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._retired: set[AsyncIssuer] = set()
        self.doors: Mapping[str, SiteIssuer] = MappingProxyType(self._doors)
        """The sites as the token door sees them: look one up at every request."""
        self.problems: dict[str, ConfigError] = {}
        """Why a site is not served as its settings say, by name."""

    def tell(self, hear: Tell) -> None:
        """Have *hear* told of sites' troubles, and of their ends."""
        self._hear = hear

    def _told(self, kind: SiteEvent, site: str, detail: str) -> None:
        if self._hear is not None:
            self._hear(kind, site, detail)

    def open(self) -> None:
        """Build the sites of the file; raises ConfigError, as at a start it should.

        One that names a secret of the sealed store is built by ``start``: the database
        may have no tables yet.
        """
        for name, section in self._given.items():
            if not names_sealed(section):
                self._place(name, section, "file")

    async def load(self) -> None:
        """Serve what the file and the database say; who is no good is not served."""
        async with self._lock:
            await self._read_store()
            self._apply(starting=True)

    def names(self) -> list[str]:
        """Return every site there is, those out of service too."""
        return sorted({*self._live, *self.problems})

    def get(self, name: str) -> Site:
        """Return the site *name*; raises UnknownSite, also for one out of service."""
        if name not in self._live:
            raise UnknownSite
        return self._live[name]

    def in_file(self, name: str) -> SiteSection | None:
        """Return what the file says of the site *name*."""
        return self._file.get(name)

    def source(self, name: str) -> Source:
        """Return where the settings of the site *name* are."""
        if name not in self._documents:
            return "file"
        known = name in self._file or name in self._file_problems
        return "override" if known else "database"

    def activity(self, name: str) -> SiteActivity:
        """Return the account of the site *name*, begun when there is none yet."""
        if name not in self._activities:
            self._activities[name] = SiteActivity(self._clock, name, self._told)
        return self._activities[name]

    def activities(self) -> Mapping[str, SiteActivity]:
        """Return the accounts of the sites that are served."""
        return {name: site.activity for name, site in self._live.items()}

    def secrets(self) -> Mapping[str, list[str]]:
        """Return, by secret of the sealed store, the sites that name it: ``site shop``."""
        uses: dict[str, list[str]] = {}
        known = {**self._given, **self._documents}
        for name, section in known.items():
            for secret in sorted({found.name for found in sealed_in(section)}):
                uses.setdefault(secret, []).append(f"site {name}")
        return uses

    def troubles(self) -> Mapping[str, str | None]:
        """Return what is wrong with each site, None for one that is well."""
        wrong: dict[str, str | None] = {name: p.message for name, p in self.problems.items()}
        for name, site in self._live.items():
            error = site.activity.health.error
            wrong[name] = error.message if error else wrong.get(name)
        return wrong

    def refused(self, name: str, error: CallingcardError) -> None:
        """Note that the token door turned a request for the site *name* away."""
        site = self._live.get(name)
        if site is not None:
            site.activity.refused(error)

    async def reload(self, *, tell: bool = False) -> Reloaded:
        """Read the file and the database again and serve what they say.

        With *tell*, the other nodes do so too.
        """
        async with self._lock:
            if tell:
                await self._store.advance()
            problem, restart = self._read_file()
            await self._read_store()
            changes = self._apply()
        if tell:
            self._hints.notify(TOPIC)
        return Reloaded(changes, problem, restart)

    async def put(self, name: str, section: SiteSection, *, by: str) -> Site:
        """Serve the site *name* as *section* says, here now and elsewhere soon.

        Raises ConfigError, and changes nothing, when it cannot be built.
        """
        check_site_name(name)
        async with self._lock:
            known = await revealed(section, self._store.reveal, path=f"sites.{name}")
            trial = self._build(name, known, self.activity(name))
            try:
                now = self._clock.now()
                await self._store.put(name, stored(section), by=by, at=now)
            finally:
                await _close(trial)
            await self._read_store()
            self._apply()
        self._hints.notify(TOPIC)
        return self.get(name)

    async def drop(self, name: str) -> None:
        """Take the database's word on the site *name* away; raises UnknownSite."""
        async with self._lock:
            if await self._store.drop(name) is None:
                raise UnknownSite
            await self._read_store()
            self._apply()
        self._hints.notify(TOPIC)

    async def catch_up(self) -> bool:
        """Reload if another node changed something; say whether one did."""
        if await self._store.generation() == self._generation:
            return False
        tell_log(await self.reload())
        return True

    async def start(self) -> None:
        """Load, and keep up with the other nodes from now on, until closed.

        Raises ConfigError when a site of the file names a secret that cannot be had.
        """
        await self.load()
        for name, section in self._given.items():
            if name in self.problems and self.source(name) == "file" and names_sealed(section):
                raise self.problems[name]
        for name, problem in self.problems.items():
            logger.error(
                "site not served", site=name, problem=problem.message, remedy=problem.hint
            )
        self._spawn(self._follow())

    async def close(self) -> None:
        """Close every issuer, those that were replaced too."""
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for site in self._live.values():
            await _close(site.door)
        for issuer in self._retired:
            await issuer.close()
        self._retired.clear()

    async def _follow(self) -> None:
        """Look at every hint, and now and then without; this is the job edge."""
        with self._hints.listen(TOPIC) as ear:
            while not self._hints.closed:  # also because a wait can swallow a cancellation
                await ear.wait(LOOK_EVERY)
                try:
                    await self.catch_up()
                except Exception:
                    logger.exception("looking for changed sites failed")

    def _read_file(self) -> tuple[ConfigError | None, tuple[str, ...]]:
        """Read the settings again; return what is wrong, and what waits for a restart."""
        try:
            found = self._reread()
        except ConfigError as error:
            return error, ()
        self._given, self._given_problems = found.settings.sites, found.problems
        sections = [name for name in Settings.model_fields if name != "sites"]
        return None, tuple(
            name
            for name in sections
            if getattr(found.settings, name) != getattr(self._settings, name)
        )

    async def _read_store(self) -> None:
        """Read every document again, and every secret that sites name."""
        self._generation, documents = await self._store.all()
        sections = {name: checked(name, document) for name, document in documents.items()}
        good, bad = await all_revealed(sections, self._store.reveal)
        self._documents = {**good, **bad}
        self._file, problems = await all_revealed(self._given, self._store.reveal)
        self._file_problems = {**self._given_problems, **problems}

    def _wanted(self) -> _Wanted:
        """Return what ought to be served."""
        wanted = _Wanted(problems=dict(self._file_problems))
        for name, section in self._file.items():
            wanted.sections[name] = (section, "file")
        for name, section in self._documents.items():
            wanted.problems.pop(name, None)
            wanted.sections.pop(name, None)
            if isinstance(section, ConfigError):
                wanted.problems[name] = section
            else:
                wanted.sections[name] = (section, self.source(name))
        return wanted

    def _apply(self, *, starting: bool = False) -> tuple[Change, ...]:
        """Serve what is wanted; there is no await in here, so no request sees half of it."""
        wanted = self._wanted()
        changes: list[Change] = []
        for name, (section, source) in wanted.sections.items():
            try:
                changes.append(Change(name, self._place(name, section, source)))
            except ConfigError as error:
                wanted.problems[name] = error
        for name, problem in wanted.problems.items():
            changes.append(Change(name, changed=False, problem=problem))
            if starting:
                self._remove(name)
        for name in set(self._live) - set(wanted.sections) - set(wanted.problems):
            self._remove(name)
            changes.append(Change(name, changed=True))
        self.problems = wanted.problems
        return tuple(sorted(changes, key=lambda change: change.name))

    def _place(self, name: str, section: SiteSection, source: Source) -> bool:
        """Serve *section* as *name*; say whether that is another than before."""
        old = self._live.get(name)
        if old is not None and old.section == section:
            self._live[name] = Site(section, source, old.door, old.activity)
            return False
        activity = self.activity(name)
        door = self._build(name, section, activity)
        activity.renewed()
        self._live[name] = Site(section, source, door, activity)
        self._doors[name] = door
        if old is not None:
            self._retire(old)
        return True

    def _remove(self, name: str) -> None:
        """Serve the site *name* no more."""
        self._doors.pop(name, None)
        old = self._live.pop(name, None)
        if old is not None:
            self._retire(old)

    def _retire(self, site: Site) -> None:
        """Close the issuer of *site* once no request can be using it."""
        issuer = site.door.issuer
        if isinstance(issuer, AsyncIssuer):
            self._retired.add(issuer)
            self._spawn(self._close_later(issuer))

    async def _close_later(self, issuer: AsyncIssuer) -> None:
        await asyncio.sleep(CLOSE_AFTER.total_seconds())
        self._retired.discard(issuer)
        await issuer.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* beside everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _close(door: SiteIssuer) -> None:
    """Close the issuer behind *door*."""
    if isinstance(door.issuer, AsyncIssuer):
        await door.issuer.close()
