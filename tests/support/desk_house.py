"""A whole desk over a real database, for tests: services, routes and a shop's key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import jwt
from fastapi import FastAPI, Request

from callingcard.backends.bus import Bus
from callingcard.backends.database import Database
from callingcard.desk.api.inbox import InboxRoutes, inbox_routes
from callingcard.desk.api.inbox_merging import inbox_merging_routes
from callingcard.desk.api.inbox_notes import inbox_note_routes
from callingcard.desk.api.streams import Streams
from callingcard.desk.api.widget import WidgetRoutes, own_frame, widget_routes
from callingcard.desk.api.widget_conversations import widget_conversation_routes
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.chat.following import Following
from callingcard.desk.service.privacy.audit import AuditDesk
from callingcard.desk.service.visitors.identification import Identification
from callingcard.desk.service.visitors.inboxes import InboxDesk
from callingcard.desk.service.visitors.sessions import Arrival, Opened, SessionDesk
from callingcard.desk.store.units import SqlUnits
from callingcard.errors import NotAllowed
from callingcard.kit.actor import Actor, Role
from callingcard.kit.clock import FakeClock
from callingcard.kit.crypto import Sealer
from callingcard.kit.ids import NumericIds
from callingcard.server import problems

SECRET = b"a desk secret of enough bytes, 32 or more"
ORIGIN = "http://chat.test"
LINUS = Actor("agent", "700", "Linus T.", role=Role.AGENT)


class SignedOut(NotAllowed):
    """The agent of a test is signed out."""

    code = "test.signed_out"
    reason = "who"


@dataclass
class House:
    """The desk's services on one database."""

    database: Database
    clock: FakeClock
    bus: Bus = field(default_factory=Bus)
    agent_signed_in: bool = True

    def __post_init__(self) -> None:
        """Wire the services as the server does."""
        self.units = SqlUnits(self.database, Sealer([SECRET], "desk"))
        self.identification = Identification([SECRET], self.clock)
        self.ids = NumericIds(self.clock)
        self.sessions = SessionDesk(
            self.units, self.identification, clock=self.clock, ids=self.ids, news=self.bus
        )
        self.conversations = ConversationDesk(
            self.units, clock=self.clock, ids=self.ids, news=self.bus
        )
        self.following = Following(self.units, clock=self.clock)
        self.inboxes = InboxDesk(self.units, clock=self.clock, ids=self.ids)
        self.audit = AuditDesk(self.units, self.clock)

    async def agent(self, _: Request) -> Actor:
        """Return the agent who calls."""
        if not self.agent_signed_in:
            raise SignedOut("signed out")
        return LINUS

    def app(self, heartbeat: timedelta = timedelta(seconds=10)) -> FastAPI:
        """Return an app with the widget's and the agents' routes."""
        app = FastAPI()
        streams = Streams(self.bus, heartbeat)
        widget = WidgetRoutes(
            self.sessions,
            self.conversations,
            following=self.following,
            streams=streams,
            clock=self.clock,
        )
        inbox = InboxRoutes(
            self.conversations,
            following=self.following,
            streams=streams,
            agent=self.agent,
            looks=self.audit,
        )
        app.include_router(widget_routes(widget, own_origin=ORIGIN))
        app.include_router(inbox_routes(inbox, self.agent))
        app.include_router(inbox_note_routes(self.conversations, self.agent, looks=self.audit))
        app.include_router(
            inbox_merging_routes(self.conversations, self.agent, looks=self.audit)
        )
        app.include_router(
            widget_conversation_routes(self.conversations, widget.session, own_frame(ORIGIN))
        )
        problems.install(app)
        return app

    def client(self, heartbeat: timedelta = timedelta(seconds=10)) -> httpx.AsyncClient:
        """Return a client of that app."""
        transport = httpx.ASGITransport(self.app(heartbeat))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN)

    async def shop_key(self) -> "ShopKey":
        """Return a key with which a shop signs for the inbox ``web``."""
        key, secret = await self.inboxes.create_key("web")
        return ShopKey(self, key.kid, secret)

    async def enter(self, **what: Any) -> Opened:
        """Open a session in the inbox ``web``."""
        return await self.sessions.open(Arrival("web", **what))

    async def texts(self, opened: Opened) -> list[str]:
        """Return every text that the session may read."""
        news = await self.following.for_visitor(opened.session.id, 0)
        return [entry.text for entry in news.entries if entry.type == "message"]


@dataclass
class ShopKey:
    """A shop's signing key."""

    house: House
    kid: str
    secret: str

    def sign(
        self,
        email: str | None = "ada@example.com",
        *,
        header: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Return a token of this key; a claim given as None is left out."""
        now = int(self.house.clock.now().timestamp())
        said = {"aud": "web", "email": email, "iat": now, "exp": now + 3600, **claims}
        return jwt.encode(
            {name: value for name, value in said.items() if value is not None},
            self.secret,
            algorithm="HS256",
            headers={"kid": self.kid, **(header or {})},
        )
