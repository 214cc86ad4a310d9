"""Puts the rooms of the house together: the only file that knows everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from callingcard.access.service.keys import Keys
from callingcard.access.service.sessions import Sessions
from callingcard.access.service.users import Users
from callingcard.access.store import SqlAccess, ThreadedPasswords
from callingcard.backends.bus import Bus
from callingcard.backends.choose import open_database
from callingcard.backends.database import Database
from callingcard.desk.service.contact_batches import ContactBatches
from callingcard.desk.service.contacts import ContactDesk
from callingcard.desk.service.conversations import ConversationDesk
from callingcard.desk.service.following import Following
from callingcard.desk.service.identification import Identification
from callingcard.desk.service.inboxes import InboxDesk
from callingcard.desk.service.sessions import SessionDesk
from callingcard.desk.store.units import SqlUnits
from callingcard.errors import ConfigError
from callingcard.identity.api import SiteIssuer
from callingcard.identity.errors import UnknownSite
from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.platforms import build
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.kit.clock import Clock, SystemClock
from callingcard.kit.crypto import Sealer
from callingcard.kit.ids import NumericIds
from callingcard.server.health import Readiness
from callingcard.server.metrics import Metrics
from callingcard.server.settings.keyring import server_secrets
from callingcard.server.settings.model import Settings, SiteSection


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that is open, with the use cases over it."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    metrics: Metrics
    readiness: Readiness
    keys: Keys
    users: Users
    agent_sessions: Sessions
    inboxes: InboxDesk
    contacts: ContactDesk
    batches: ContactBatches
    conversations: ConversationDesk
    visitor_sessions: SessionDesk
    following: Following
    identification: Identification
    sites: Mapping[str, SiteIssuer] = field(default_factory=dict[str, SiteIssuer])
    issuers: Sequence[AsyncIssuer] = ()
    """What the sites issue with, to be closed at the end."""

    def site(self, name: str) -> SiteIssuer:
        """Return the site of this name; raises UnknownSite."""
        if name not in self.sites:
            raise UnknownSite
        return self.sites[name]

    async def start(self) -> None:
        """Make what must be there before the first request."""
        await self.inboxes.ensure_default_inbox()

    def drain(self) -> None:
        """End the open streams and take no new visitors: the server is about to stop."""
        self.readiness.draining = True
        self.bus.close()

    async def sweep(self) -> int:
        """Remove what expired; return how many rows went."""
        now = self.clock.now()
        removed = await self.agent_sessions.sweep(now)
        removed += await self.visitor_sessions.sweep()
        return removed + await self.following.trim()

    async def close(self) -> None:
        """Close everything, callers first."""
        self.bus.close()
        for issuer in self.issuers:
            await issuer.close()
        await self.database.close()


def database_of(settings: Settings, *, owner: bool) -> Database:
    """Open the database of the settings; *owner* is the server."""
    return open_database(
        settings.database.url.get_secret_value(), settings.data_dir, owner=owner
    )


async def open_services(settings: Settings, *, owner: bool) -> Services:
    """Open everything; *owner* is the server, others are commands beside it."""
    clock = SystemClock()
    secrets = server_secrets(settings)
    issuers = {name: _issuer(name, settings) for name in settings.sites}
    database = database_of(settings, owner=owner)
    bus = Bus()
    ids = NumericIds(clock)
    access = SqlAccess(database)
    desk = SqlUnits(database, Sealer(secrets, "desk signing keys"))
    identification = Identification(secrets, clock)
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        bus=bus,
        metrics=Metrics(),
        readiness=Readiness({"database": database.ping}),
        keys=Keys(access, clock=clock, ids=ids),
        users=Users(access, ThreadedPasswords(), clock=clock, ids=ids),
        agent_sessions=Sessions(access, clock=clock),
        inboxes=InboxDesk(desk, clock=clock, ids=ids),
        contacts=ContactDesk(desk, clock, ids),
        batches=ContactBatches(desk, clock, ids),
        conversations=ConversationDesk(desk, clock=clock, ids=ids, news=bus),
        visitor_sessions=SessionDesk(desk, identification, clock=clock, ids=ids, news=bus),
        following=Following(desk, clock=clock),
        identification=identification,
        sites={name: _site(issuers[name], settings.sites[name]) for name in issuers},
        issuers=tuple(issuers.values()),
    )


def _issuer(name: str, settings: Settings) -> AsyncIssuer:
    """Build a site's issuer; raises ConfigError naming the site."""
    section = settings.sites[name]
    try:
        platform = build(section.platform, **section.platform_settings)
    except ValueError as error:
        raise ConfigError(f"sites.{name}.{section.platform}: {error}") from None
    return AsyncIssuer(platform, cache=settings.cache.url, site=name)


def _site(issuer: AsyncIssuer, section: SiteSection) -> SiteIssuer:
    """Return the site as its door sees it."""
    return SiteIssuer(
        issuer=issuer,
        platform=section.platform,
        origins=frozenset(section.origins),
        proof=_proof(section),
        proof_kind=section.proof,
    )


def _proof(section: SiteSection) -> JwtProof | None:
    """Return what checks the site's visitors' proofs, when they bring any."""
    if section.proof != "jwt" or section.jwt is None:
        return None
    keys = [
        JwtKey(key.kid, key.secret.get_secret_value(), key.algorithm)
        for key in section.jwt.keys
    ]
    return JwtProof(keys, audience=section.jwt.audience, issuer=section.jwt.issuer)
