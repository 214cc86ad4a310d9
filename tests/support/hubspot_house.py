"""HubSpot's API over a whole desk, for tests: in process, or served on loopback."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

from callingcard.desk.api.hubspot.app import HubSpotServices, hubspot_app
from callingcard.desk.api.hubspot.crm.paths import CrmServices, Things, crm_paths
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.objects import ObjectType, Owner
from callingcard.desk.service.crm.associations import AssociationBelongings
from callingcard.desk.service.crm.contact_batches import ContactBatches
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.crm.linking import AssociationDesk
from callingcard.desk.service.crm.objects import ObjectBatches, ObjectDesk
from callingcard.desk.service.crm.records import Key
from callingcard.desk.service.crm.registry import PropertyDesk
from callingcard.desk.service.merging.desk import MergingDesk
from callingcard.desk.service.visitors.sessions import Arrival
from callingcard.desk.service.webhooks.endpoints import WebhookDesk
from callingcard.errors import NotAllowed
from callingcard.kit.actor import Actor, Scope
from tests.support.assigning import GivenAway
from tests.support.desk_house import House
from tests.support.webhook_house import FakeReceiver

KEYS = {
    "Bearer pat-local-desk": Actor("key", "k1", "crm", frozenset({Scope.DESK})),
    "Bearer pat-local-other": Actor("key", "k2", "crm 2", frozenset({Scope.DESK})),
    "Bearer cc_sk_tokens": Actor("key", "k3", "shop", frozenset({Scope.TOKENS})),
}
AUTHORIZED = {"authorization": "Bearer pat-local-desk"}


class NoKey(NotAllowed):
    """A test's caller has no key that we know."""

    code = "test.no_key"
    reason = "who"


class Agents:
    """The people of a test: one agent, Linus."""

    async def name_of(self, agent_id: str) -> str | None:
        """Return Linus's name for his id."""
        return "Linus T." if agent_id == "700" else None


class OwnersOfATest:
    """The people who can own something in a test: Linus, and Grace, who left."""

    async def all(self) -> Sequence[Owner]:
        """Return both."""
        since = datetime(2030, 1, 1, tzinfo=UTC)
        return [
            Owner("700", "linus@shop.test", "Linus", "T.", since, since),
            Owner("701", "grace@shop.test", "Grace", "H.", since, since, archived=True),
        ]


@dataclass
class EraserOfATest:
    """Archives where the real one would erase, and remembers who asked."""

    contacts: ContactDesk
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def erase(self, contact_id: ContactId, by: Actor) -> None:
        """Archive the contact; raises ContactNotFound when there is none."""
        await self.contacts.get(Key(contact_id))
        await self.contacts.archive(Key(contact_id))
        self.asked.append((contact_id, by.name))


async def authorize(request: Request) -> Actor:
    """Say whose key a request carries."""
    actor = KEYS.get(request.headers.get("authorization", ""))
    if actor is None:
        raise NoKey("no key")
    return actor


def crm_of(house: House) -> CrmServices:
    """Return the CRM's use cases over the desk of *house*."""
    units, clock, ids = house.units, house.clock, house.ids
    companies, deals = (
        Things(
            ObjectDesk(units, clock, ids, kind=kind),
            ObjectBatches(units, clock, ids, kind=kind),
        )
        for kind in (ObjectType.COMPANIES, ObjectType.DEALS)
    )
    contacts = ContactDesk(units, clock, ids)
    return CrmServices(
        contacts=contacts,
        batches=ContactBatches(units, clock, ids),
        companies=companies,
        deals=deals,
        properties=PropertyDesk(units, clock),
        associations=AssociationDesk(units, clock),
        owners=OwnersOfATest(),
        merger=MergingDesk(
            units,
            clock=clock,
            ids=ids,
            news=house.bus,
            belongings=[AssociationBelongings(clock)],
        ),
        eraser=EraserOfATest(contacts),
        clock=clock,
    )


def api_of(house: House) -> ASGIApp:
    """Return HubSpot's API over the desk of *house*."""
    crm = crm_of(house)
    services = HubSpotServices(
        contacts=crm.contacts,
        more=crm_paths(crm),
        conversations=house.conversations,
        people=Agents(),
        inboxes=house.inboxes.all,
        mint=house.identification.mint,
        clock=house.clock,
        assigning=GivenAway(house),
        webhooks=WebhookDesk(house.units, FakeReceiver(), clock=house.clock, ids=house.ids),
    )
    return hubspot_app(services, authorize)


@dataclass
class Api:
    """HubSpot's API in this process, with a key that may use it."""

    house: House
    client: httpx.AsyncClient

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one request with the key."""
        headers = {**AUTHORIZED, **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def chat(self, text: str, **arrival: Any) -> str:
        """Let a visitor say *text* in the inbox ``web``; return the thread's id."""
        opened = await self.house.sessions.open(Arrival("web", **arrival))
        posted = await self.house.conversations.post_as_visitor(
            opened.session, text=text, client_message_id="c1"
        )
        return posted.entry.conversation_id


@contextmanager
def served(app: Callable[[], ASGIApp]) -> Iterator[str]:
    """Serve what *app* makes, in a thread of its own; yield the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, factory=True, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
    assert not thread.is_alive(), "the server did not stop"
