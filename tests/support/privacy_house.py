"""A desk with its privacy, for tests: people who chat, and what is kept of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI, Request

from callingcard.backends.database import Database
from callingcard.desk.api.privacy.audit import audit_routes
from callingcard.desk.api.privacy.people import people_routes
from callingcard.desk.api.privacy.retention import retention_routes
from callingcard.desk.model.audit import Who
from callingcard.desk.model.ids import ContactId, ConversationId
from callingcard.desk.model.privacy import Name, Subject
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.privacy.audit import AuditDesk
from callingcard.desk.service.privacy.erasing import ErasingDesk, Reach
from callingcard.desk.service.privacy.exporting import ExportingDesk
from callingcard.desk.service.privacy.retention import RetentionDesk
from callingcard.desk.service.visitors.sessions import Opened
from callingcard.desk.store.privacy.scrubbing import SqlScrubber
from callingcard.errors import UpstreamError
from callingcard.kit.actor import Actor, Role
from callingcard.kit.clock import FakeClock
from callingcard.server import problems
from tests.support.desk_house import House, ShopKey

OPERATOR = Actor("agent", "701", "Grace H.", role=Role.OPERATOR)
BY = Who("agent", "701")


@dataclass
class Other:
    """Something outside of the desk that remembers people."""

    name: str = "storage"
    kept: list[str] = field(default_factory=list[str])
    is_down: bool = False

    async def forget(self, subject: Subject) -> int:
        """Forget by address."""
        if self.is_down:
            raise UpstreamError("not now", retryable=True)
        gone = [one for one in self.kept if one in subject.of(Name.EMAIL)]
        self.kept = [one for one in self.kept if one not in gone]
        return len(gone)

    async def told(self, subject: Subject) -> Sequence[Mapping[str, Any]]:
        """Tell what is kept by address."""
        return [{"key": one} for one in self.kept if one in subject.of(Name.EMAIL)]


@dataclass
class Talk:
    """What one person did: their session, their conversation, and who they are."""

    opened: Opened
    conversation_id: ConversationId
    contact_id: ContactId
    token: str


class PrivacyHouse(House):
    """The desk's services, and those of privacy."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__(database, clock)
        self.other = Other()
        self.shop: ShopKey | None = None
        self.contacts = ContactDesk(self.units, clock, self.ids)
        self.audit = AuditDesk(self.units, clock)
        self.exporting = ExportingDesk(self.units, [self.other], clock=clock)
        self.erasing = self.new_erasing()
        self.retention = RetentionDesk(self.units, clock=clock, news=self.bus)

    def new_erasing(self, *, owner: bool = True, small: int = 2**28) -> ErasingDesk:
        """Return the service as a process that just started has it."""
        scrubber = SqlScrubber(self.database, small=small) if owner else None
        reach = Reach([self.other], scrubber)
        return ErasingDesk(self.units, reach, clock=self.clock, news=self.bus)

    async def talk(self, email: str, *texts: str) -> Talk:
        """Have a signed-in person open the widget and say something."""
        if self.shop is None:
            self.shop = await self.shop_key()
        token = self.shop.sign(email, given_name=email.partition("@")[0])
        opened = await self.enter(token=token, browser=email)
        posted = [
            await self.conversations.post_as_visitor(
                opened.session, text=text, client_message_id=f"c{number}"
            )
            for number, text in enumerate(texts)
        ]
        conversation = await self.conversations.get(posted[-1].entry.conversation_id)
        assert conversation.contact_id is not None
        return Talk(opened, conversation.id, conversation.contact_id, token)

    async def operator(self, _: Request) -> Actor:
        """Return the operator who calls."""
        return OPERATOR

    def privacy_client(self) -> httpx.AsyncClient:
        """Return a client of the routes."""
        app = FastAPI()
        app.include_router(people_routes(self.exporting, self.erasing, self.operator))
        app.include_router(retention_routes(self.retention, self.operator))
        app.include_router(audit_routes(self.audit, self.operator))
        problems.install(app)
        transport = httpx.ASGITransport(app)
        return httpx.AsyncClient(transport=transport, base_url="http://desk.test")
