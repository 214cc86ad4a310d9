"""A desk that sends codes and merges contacts, for tests of who visitors are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from fastapi import FastAPI, Request

from callingcard.desk.api.streams import Streams
from callingcard.desk.api.visitors.inboxes import inbox_setting_routes
from callingcard.desk.api.visitors.merging import merging_routes
from callingcard.desk.api.widget import WidgetRoutes, widget_routes
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.ids import ContactId
from callingcard.desk.ports.mail import Letter
from callingcard.desk.search import Query
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.merging.desk import MergingDesk
from callingcard.desk.service.privacy.audit import AuditDesk
from callingcard.desk.service.visitors.codes import CodeDesk
from callingcard.desk.service.visitors.opening import Opening
from callingcard.desk.service.visitors.sessions import Opened
from callingcard.kit.actor import Actor, Role
from callingcard.server import problems
from tests.support.desk_house import ORIGIN, SECRET, House

LINUS = Actor("agent", "700", "Linus T.", role=Role.OPERATOR)


@dataclass
class Mailbox:
    """Takes letters and keeps them, instead of sending them."""

    ready: bool = True
    letters: list[Letter] = field(default_factory=list[Letter])

    def post(self, letter: Letter) -> None:
        """Keep *letter*."""
        self.letters.append(letter)

    @property
    def code(self) -> str:
        """The code in the newest letter."""
        found = re.match(r"[0-9]{6}\b", self.letters[-1].text)
        assert found is not None
        return found[0]


class PeopleHouse:
    """What finds out who visitors are, over a whole desk."""

    def __init__(self, house: House) -> None:
        """Open it on *house*'s database."""
        self.house = house
        self.mailbox = Mailbox()
        self.contacts = ContactDesk(house.units, house.clock, house.ids)
        self.codes = CodeDesk(
            house.units,
            self.mailbox,
            secrets=[SECRET],
            clock=house.clock,
            opening=Opening(house.clock, house.ids),
            news=house.bus,
        )
        self.merging = MergingDesk(
            house.units, clock=house.clock, ids=house.ids, news=house.bus
        )

    async def who(self, _: Request) -> Actor:
        """Return the operator who calls."""
        return await self.house.agent(_) and LINUS

    def client(self) -> httpx.AsyncClient:
        """Return a client of the widget's, the inboxes' and the merging routes."""
        app = FastAPI()
        widget = WidgetRoutes(
            self.house.sessions,
            self.house.conversations,
            following=self.house.following,
            streams=Streams(self.house.bus),
            clock=self.house.clock,
            codes=self.codes,
        )
        app.include_router(widget_routes(widget, own_origin=ORIGIN))
        app.include_router(inbox_setting_routes(self.house.inboxes, self.who))
        app.include_router(
            merging_routes(
                self.merging,
                self.house.sessions,
                self.who,
                looks=AuditDesk(self.house.units, self.house.clock),
            )
        )
        problems.install(app)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)

    async def contact(self, email: str = "", **properties: str) -> ContactId:
        """Return a new contact, as an agent would make one."""
        given = {"email": email, **properties}
        made = await self.contacts.create({k: v for k, v in given.items() if v})
        return made.id

    async def row(self, contact_id: ContactId) -> Contact:
        """Return the contact as it is kept, archived or not."""
        async with self.house.units.reading() as unit:
            found = await unit.contacts.get(contact_id)
        assert found is not None
        return found

    async def everybody(self) -> list[Contact]:
        """Return every contact that is not archived."""
        async with self.house.units.reading() as unit:
            return list((await unit.contacts.search(Query())).items)

    async def talks(self) -> list[Conversation]:
        """Return every conversation."""
        async with self.house.units.reading() as unit:
            return list((await unit.conversations.search(Query())).items)

    async def known_as(self, contact_id: ContactId, external_id: str) -> None:
        """Give a contact the customer's own id."""
        async with self.house.units.writing() as unit:
            found = await unit.contacts.get(contact_id)
            assert found is not None
            await unit.contacts.save(replace(found, external_id=external_id))

    async def ask(self, opened: Opened, email: str = "ada@example.com") -> str:
        """Have a code sent for the session and return it."""
        await self.codes.send("web", opened.secret, email=email, network="192.0.2.1")
        return self.mailbox.code

    async def bring(self, opened: Opened, digits: str) -> Opened:
        """Bring a code back to the session that asked for it."""
        return await self.codes.verify("web", opened.secret, digits=digits, network="n")

    async def say(self, opened: Opened, text: str) -> str:
        """Post *text* in the session; return the conversation's id."""
        posted = await self.house.conversations.post_as_visitor(
            opened.session, text=text, client_message_id=f"c-{text}"
        )
        return posted.entry.conversation_id

    async def events(self, kind: str) -> list[Mapping[str, Any]]:
        """Return what was told of this *kind*."""
        from callingcard.desk.store.chat.events import SqlOutbox

        waiting = await SqlOutbox(self.house.database).waiting(1000)
        return [event.data for event in waiting if event.kind == kind]
