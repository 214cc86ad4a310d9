"""Puts the rooms of the house together: the only file that knows everybody."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from callingcard.access.service.keys import Keys
from callingcard.access.service.sessions import Sessions
from callingcard.access.service.users import Users
from callingcard.access.store import SqlAccess, ThreadedPasswords
from callingcard.backends.bus import Bus
from callingcard.backends.cache import open_async_cache
from callingcard.backends.choose import open_bus, open_database
from callingcard.backends.database import Database
from callingcard.backends.fetch import AsyncFetch
from callingcard.desk.ports.privacy import Elsewhere
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.visitors.inboxes import InboxDesk
from callingcard.desk.service.visitors.sessions import SessionDesk
from callingcard.desk.store.units import SqlUnits
from callingcard.errors import CallingcardError
from callingcard.functions.service.connecting.connectors import ConnectorDesk
from callingcard.functions.service.deploying.functions import FunctionDesk
from callingcard.functions.service.remembering.secrets import SecretDesk
from callingcard.functions.service.remembering.storage import StorageDesk
from callingcard.functions.service.running.runs import RunDesk
from callingcard.functions.service.telling.alerts import AlertDesk
from callingcard.functions.service.templates import TemplateDesk
from callingcard.identity.api import SiteIssuer
from callingcard.identity.errors import UnknownSite
from callingcard.identity.keysets import KeySets
from callingcard.identity.ports import AsyncTokenCache
from callingcard.identity.service.invites import InviteDesk
from callingcard.identity.store import SqlSpentInvites
from callingcard.kit.clock import Clock, SystemClock
from callingcard.kit.crypto import Sealer
from callingcard.kit.ids import NumericIds, random_id
from callingcard.server.desk.around import DeskAround
from callingcard.server.desk.house import DeskHouse, open_desk
from callingcard.server.desk.privacy import PerLine, PerPerson, tokens_of
from callingcard.server.functions.around import Around
from callingcard.server.functions.house import FunctionHouse, open_functions
from callingcard.server.functions.sealed import SealedHouse, open_sealed
from callingcard.server.health import Readiness
from callingcard.server.metrics import Metrics
from callingcard.server.settings.keyring import server_secrets
from callingcard.server.settings.loading import Configuration
from callingcard.server.settings.model import Settings
from callingcard.server.sites.building import Shared, build_site
from callingcard.server.sites.registry import Sites
from callingcard.server.sites.store import SiteStore


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that is open, with the use cases over it."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    cache: AsyncTokenCache | None
    """What the sites keep tokens in; None when each keeps its own in memory."""
    metrics: Metrics
    readiness: Readiness
    keys: Keys
    users: Users
    agent_sessions: Sessions
    desk: DeskHouse
    """The receiving side."""
    fetch: AsyncFetch
    key_sets: KeySets
    spent_invites: SqlSpentInvites
    invites: InviteDesk
    site_registry: Sites
    house: FunctionHouse
    """Functions, and everything that they are made of."""

    @property
    def sites(self) -> Mapping[str, SiteIssuer]:
        """The sites that are served now; look one up at every request."""
        return self.site_registry.doors

    @property
    def inboxes(self) -> InboxDesk:
        """The inboxes, and the keys that customers sign with."""
        return self.desk.inboxes

    @property
    def contacts(self) -> ContactDesk:
        """The people whom the desk remembers."""
        return self.desk.crm.contacts

    @property
    def conversations(self) -> ConversationDesk:
        """What is said."""
        return self.desk.conversations

    @property
    def visitor_sessions(self) -> SessionDesk:
        """Browsers' stays in an inbox."""
        return self.desk.sessions

    @property
    def secrets(self) -> SecretDesk:
        """The sealed secrets."""
        return self.house.sealed.secrets

    @property
    def storage(self) -> StorageDesk:
        """What functions remember."""
        return self.house.sealed.storage

    @property
    def functions(self) -> FunctionDesk:
        """The functions that are deployed or written."""
        return self.house.making.functions

    @property
    def connectors(self) -> ConnectorDesk:
        """What functions may call."""
        return self.house.making.connectors

    @property
    def templates(self) -> TemplateDesk:
        """Functions that are ready to be used."""
        return self.house.making.templates

    @property
    def runs(self) -> RunDesk:
        """The history of runs."""
        return self.house.running.desk

    @property
    def alerts(self) -> AlertDesk:
        """Who is told of failures, and of which."""
        return self.house.telling.alerts

    def site(self, name: str) -> SiteIssuer:
        """Return the site of this name; raises UnknownSite, or why it is not served."""
        if name in self.sites:
            return self.sites[name]
        raise self.site_registry.problems.get(name) or UnknownSite()

    async def start(self) -> None:
        """Make what must be there before the first request."""
        await self.house.start()
        await self.desk.start()
        await self.site_registry.start()

    async def cache_problem(self) -> str | None:
        """Return what is wrong with the shared cache, or None when all is well."""
        if self.cache is None:
            return None
        try:
            await self.cache.get("doctor.ping")
        except CallingcardError as error:
            return error.message
        return None

    def drain(self) -> None:
        """End the open streams and take no new visitors: the server is about to stop."""
        self.readiness.draining = True
        self.bus.close()

    async def sweep(self) -> int:
        """Remove what expired; return how many rows went."""
        now = self.clock.now()
        removed = await self.agent_sessions.sweep(now)
        removed += await self.desk.sweep()
        removed += await self.spent_invites.sweep(now)
        return removed + await self.house.sweep(now)

    async def close(self) -> None:
        """Close everything, callers first."""
        self.bus.close()
        await self.bus.wait_closed()
        await self.desk.close()
        await self.house.close()
        await self.site_registry.close()
        await self.key_sets.close()
        await self.fetch.close()
        if self.cache is not None:
            await self.cache.close()
        await self.database.close()


def database_of(settings: Settings, *, owner: bool) -> Database:
    """Open the database of the settings; *owner* is the server."""
    return open_database(
        settings.database.url.get_secret_value(), settings.data_dir, owner=owner
    )


async def open_services(
    settings: Settings, *, owner: bool, reread: Callable[[], Configuration] | None = None
) -> Services:
    """Open everything; *owner* is the server, others are commands beside it.

    *reread* reads the settings again, for a reload; without it they stay as they are.
    For the owner, a site that cannot be served is a ConfigError; a command may be about
    another one.
    """
    services = _opened(settings, owner=owner, reread=reread)
    try:
        if owner:
            services.site_registry.open()
        else:
            await services.site_registry.load()
    except BaseException:
        await services.close()
        raise
    return services


def _opened(
    settings: Settings, *, owner: bool, reread: Callable[[], Configuration] | None
) -> Services:
    """Open everything but the sites."""
    clock = SystemClock()
    secrets = server_secrets(settings)
    cache_url = settings.cache.url.get_secret_value()
    cache = None if cache_url == "memory" else open_async_cache(cache_url, clock=clock)
    bus = open_bus(cache_url)
    database = database_of(settings, owner=owner)
    ids = NumericIds(clock)
    access = SqlAccess(database)
    keys = Keys(access, clock=clock, ids=ids)
    fetch = AsyncFetch(clock=clock)
    key_sets = KeySets(fetch, clock)
    spent_invites = SqlSpentInvites(database)
    invites = InviteDesk(secrets, spent_invites)
    shared = Shared(
        clock=clock,
        cache=cache or "memory",
        key_sets=key_sets,
        keys=keys,
        invites=invites,
        secret=secrets[0],
    )
    node = f"{socket.gethostname()}-{os.getpid()}-{random_id()[:8]}"
    around = Around(settings, database, bus, clock, secrets, node)
    sealed = open_sealed(around)
    sites = _sites(around, sealed, shared, reread)
    house = open_functions(around, sealed)
    users = Users(access, ThreadedPasswords(), clock=clock, ids=ids)
    desk = open_desk(
        _desk_around(around, fetch, users, ids),
        users,
        house,
        owner=owner,
        elsewhere=_remembering(house, sites, owner=owner),
    )
    services = Services(
        settings=settings,
        clock=clock,
        database=database,
        bus=bus,
        cache=cache,
        metrics=Metrics(),
        readiness=Readiness({"database": database.ping}, sites=sites.troubles),
        keys=keys,
        users=users,
        agent_sessions=Sessions(access, clock=clock),
        desk=desk,
        fetch=fetch,
        key_sets=key_sets,
        spent_invites=spent_invites,
        invites=invites,
        site_registry=sites,
        house=house,
    )
    sites.tell(house.telling.site_news.hear)
    _watch(services)
    return services


def _desk_around(
    around: Around, fetch: AsyncFetch, users: Users, ids: NumericIds
) -> DeskAround:
    """Return what the desk's rooms share."""
    return DeskAround(
        settings=around.settings,
        database=around.database,
        units=SqlUnits(around.database, Sealer(around.secrets, "desk signing keys")),
        bus=around.bus,
        fetch=fetch,
        clock=around.clock,
        new_id=ids,
        people=users,
        secrets=around.secrets,
        node=around.node,
    )


def _remembering(house: FunctionHouse, sites: Sites, *, owner: bool) -> list[Elsewhere]:
    """Return what remembers people besides the desk; only the *owner* has tokens at hand."""
    storage, runs = house.sealed.storage, house.running.desk
    found: list[Elsewhere] = [
        PerPerson("storage", storage.forget, storage.about),
        PerPerson(
            "runs",
            lambda email, user: runs.forget(email=email, user_id=user),
            lambda email, user: runs.about(email=email, user_id=user),
        ),
        PerLine("jobs", house.telling.jobs.forget),
    ]
    return [*found, tokens_of(lambda: sites.doors)] if owner else found


def _sites(
    around: Around,
    sealed: SealedHouse,
    shared: Shared,
    reread: Callable[[], Configuration] | None,
) -> Sites:
    """Return the sites, none of them built yet."""
    store = SiteStore(around.database, list(around.secrets), reveal=sealed.secrets.reveal)
    sites = Sites(
        store,
        partial(build_site, shared),
        clock=around.clock,
        settings=around.settings,
        reread=reread,
        hints=around.bus,
    )
    sealed.uses.sites = sites
    return sites


def _watch(services: Services) -> None:
    """Have readiness and metrics look at what was opened."""
    services.metrics.watch(services.site_registry.activities)
    for collector in services.house.metrics:
        services.metrics.add(collector)
    services.readiness.helpers["sandbox"] = services.house.making.walls.problem
    services.readiness.facts["sandbox"] = services.house.making.walls.told
    if services.cache is not None:
        services.readiness.helpers["cache"] = services.cache_problem
