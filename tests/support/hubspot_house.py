"""HubSpot's API over a whole desk, for tests: in process, or served on loopback."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

from callingcard.desk.api.hubspot.app import HubSpotServices, hubspot_app
from callingcard.desk.service.crm.contact_batches import ContactBatches
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.visitors.sessions import Arrival
from callingcard.errors import NotAllowed
from callingcard.kit.actor import Actor, Scope
from tests.support.desk_house import House

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


async def authorize(request: Request) -> Actor:
    """Say whose key a request carries."""
    actor = KEYS.get(request.headers.get("authorization", ""))
    if actor is None:
        raise NoKey("no key")
    return actor


def api_of(house: House) -> ASGIApp:
    """Return HubSpot's API over the desk of *house*."""
    ids = house.ids
    services = HubSpotServices(
        contacts=ContactDesk(house.units, house.clock, ids),
        batches=ContactBatches(house.units, house.clock, ids),
        conversations=house.conversations,
        people=Agents(),
        inboxes=house.inboxes.all,
        mint=house.identification.mint,
        clock=house.clock,
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
