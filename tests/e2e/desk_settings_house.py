"""A server with a desk to be set up, somebody to set it up, and a receiver of webhooks."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page
from tests.e2e import people
from tests.e2e.people import DESK, watched_page
from tests.e2e.sites_house import AGENT, OWNER, PASSWORD, House, HubSpot
from tests.support.processes import Product, free_port

WIDTHS = ((1440, 900), (390, 780))
LONG_TITLE = "Questions about orders, returns, invoices and opening hours"


@contextmanager
def desk_house(folder: Path) -> Generator[House]:
    """Start a server whose webhooks may be on this machine, with an owner and an agent."""
    settings = {"CALLINGCARD_DESK__PRIVATE_WEBHOOKS": "true"}
    product = Product(folder, "serve", port=free_port(), settings=settings)
    product.run("migrate")
    for email, role in ((OWNER, "owner"), (AGENT, "agent")):
        product.run("users", "add", email, "--role", role, "--password-stdin", stdin=PASSWORD)
    product.start()
    yield House(product, HubSpot())
    product.stop()


@contextmanager
def signed_in(
    browser: Browser, house: House, email: str = OWNER, **face: Any
) -> Generator[Page]:
    """Open a page as the person with this address, in which no script may fail."""
    errors: list[str] = []
    context = house.context(browser, email, **({"viewport": DESK} | face))
    page = watched_page(context, errors)
    yield page
    context.close()
    assert errors == []


@contextmanager
def every_width(browser: Browser, house: House, scheme: str) -> Generator[dict[int, Page]]:
    """Open the owner's browser at each width, in the colours *scheme*."""
    pages: dict[int, Page] = {}
    contexts: list[BrowserContext] = []
    for width, height in WIDTHS:
        size = {"width": width, "height": height}
        context = house.context(browser, OWNER, viewport=size, color_scheme=scheme)
        contexts.append(context)
        pages[width] = context.new_page()
    yield pages
    for context in contexts:
        context.close()


def api(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Ask the API as the person who is signed in; fail on a refusal."""
    return people.ask(page, method, path, body)


def visit(house: House, *, inbox: str = "web", **what: str) -> dict[str, Any]:
    """Open the chat as a browser does."""
    path = f"{house.url}/v1/widget/{inbox}/session"
    answer: dict[str, Any] = httpx.post(path, json=what, trust_env=False).json()
    return answer


def write(house: House, session: str, text: str, *, inbox: str = "web") -> httpx.Response:
    """Write into the chat as a visitor does."""
    return httpx.post(
        f"{house.url}/v1/widget/{inbox}/messages",
        json={"text": text, "clientMessageId": text},
        headers={"Authorization": f"Bearer {session}"},
        trust_env=False,
    )


@dataclass
class Receiver:
    """Somebody's backend that is told of events, and answers as it is set to."""

    url: str = ""
    status: int = 204
    bodies: list[list[dict[str, Any]]] = field(default_factory=list[list[dict[str, Any]]])

    @property
    def kinds(self) -> list[str]:
        """What it was told of, in order."""
        return [event["subscriptionType"] for body in self.bodies for event in body]


@contextmanager
def receiver() -> Generator[Receiver]:
    """Listen on a port of its own."""
    made = Receiver()

    class Listens(BaseHTTPRequestHandler):
        """Takes down what it is told."""

        def do_POST(self) -> None:
            """Keep the events, and answer."""
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            made.bodies.append(json.loads(raw))
            self.send_response(made.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listens)
    made.url = f"http://127.0.0.1:{server.server_port}/hooks/callingcard"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()
