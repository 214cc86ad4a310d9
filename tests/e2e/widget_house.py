"""A server with a chatflow, a shop whose pages hold its chat, and an agent who answers."""

import re
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import FrameLocator, Page, expect
from tests.support.processes import Product, free_port

CORNER = "#hubspot-messages-iframe-container > iframe"
INLINE = "#hubspot-conversations-inline-parent > #hubspot-conversations-inline-iframe"
PASSWORD = "a long enough password"
AGENT = "mia@shop.example"
CUSTOMER = {"property": "contact.lifecyclestage", "operator": "eq", "value": "customer"}
SUPPORT: Mapping[str, Any] = {
    "name": "support",
    "inbox": "web",
    "target": {"property": "page.path", "operator": "starts_with", "value": "/shop"},
    "welcome": "Hi {{ contact.firstname | default: 'there' }}, how can we help?",
    "start": "triage",
    "steps": {
        "triage": {
            "type": "branch",
            "cases": [{"when": CUSTOMER, "next": "plan"}],
            "else": "topic",
        },
        "plan": {
            "type": "message",
            "text": "Good to see you again. Customers come first here.",
            "next": "topic",
        },
        "topic": {
            "type": "question",
            "text": "What is it about?",
            "options": [
                {"label": "An order", "value": "order", "next": "details"},
                {"label": "Something else", "value": "other"},
            ],
        },
        "details": {
            "type": "form",
            "text": "Tell us where to reach you.",
            "fields": [
                {"property": "contact.email", "label": "E-mail", "required": True},
                {"property": "contact.company", "label": "Company"},
            ],
            "prefill": True,
            "next": "hand",
        },
        "hand": {"type": "route", "text": "Thank you. Somebody takes over."},
    },
}
SALES: Mapping[str, Any] = {
    "name": "sales",
    "inbox": "web",
    "priority": 5,
    "target": {"property": "page.query.sales_chat", "operator": "eq", "value": "true"},
    "welcome": "Shall we make you an offer?",
    "start": "hand",
    "steps": {"hand": {"type": "route"}},
}
SHOP = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Shop</title><body><h1>Shop</h1><p id="text">Ink and paper.</p><div id="here"></div>
<script>window.hsConversationsSettings = {settings}; window.told = [];
window.hsConversationsOnReady = [() => {{
  for (const name of {events}) {{
    HubSpotConversations.on(name, (payload) => window.told.push([name, payload]));
  }}
}}];</script>
<script src="{server}/widget/web.js" async></script>"""
EVENTS = [
    "conversationStarted",
    "conversationClosed",
    "userSelectedThread",
    "userInteractedWithWidget",
    "quickReplyButtonClick",
    "contactAssociated",
    "widgetLoaded",
]


@dataclass
class House:
    """The running server, the shop on an origin of its own, and who may ask the desk."""

    product: Product
    shop: str = ""
    settings: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """What a page of the shop passes to the chat, by the name in its ``?as=``."""
    _key: str = ""
    _agent: httpx.Client | None = None

    @property
    def url(self) -> str:
        """The server's origin."""
        return self.product.url

    def page(self, path: str) -> str:
        """Return the shop's page at *path*."""
        who = re.search(r"[?&]as=([\w-]+)", path)
        settings = self.settings.get(who[1] if who else "", {})
        return SHOP.format(
            settings=httpx.Response(200, json=settings).text, events=EVENTS, server=self.url
        )

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the desk with a key, as a program does."""
        if not self._key:
            self._key = self.product.run("keys", "create", "tests", "--scope", "desk")
        headers = {"Authorization": f"Bearer {self._key}"}
        answer = httpx.request(
            method, self.url + path, json=body, headers=headers, trust_env=False
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def know(self, name: str, email: str, **properties: str) -> None:
        """Let the person with *email* be signed in on pages with ``?as=name``."""
        names = {"firstName": name.title(), "lastName": "Lovelace"}
        made = self.call(
            "POST", "/visitor-identification/v3/tokens/create", {"email": email, **names}
        )
        if properties:
            self.call(
                "POST",
                "/crm/v3/objects/contacts",
                {"properties": {"email": email, "firstname": name.title(), **properties}},
            )
        self.settings[name] = {
            "identificationEmail": email,
            "identificationToken": made["token"],
        }

    @property
    def agent(self) -> httpx.Client:
        """Return a client in which the agent is signed in."""
        if self._agent is None:
            self._agent = httpx.Client(base_url=self.url, trust_env=False)
            signed = self._agent.post(
                "/v1/app/session", json={"email": AGENT, "password": PASSWORD}
            )
            assert signed.is_success, signed.text
        return self._agent

    def does(self, method: str, path: str, body: Any) -> Any:
        """Ask the desk as the agent."""
        answer = self.agent.request(method, f"/v1/inbox/conversations{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def newest(self) -> str:
        """Return the id of the conversation in which something was said last."""
        listed = self.agent.get("/v1/inbox/conversations", params={"status": "all"})
        return str(listed.json()["results"][0]["id"])

    def say(self, conversation: str, text: str) -> None:
        """Write to the visitor as the agent."""
        body = {"text": text, "clientMessageId": uuid4().hex}
        self.does("POST", f"/{conversation}/messages", body)

    def stop(self) -> None:
        """Let go of everything."""
        if self._agent is not None:
            self._agent.close()
        self.product.stop()


@contextmanager
def opened(folder: Path, *flows: Mapping[str, Any], **settings: str) -> Generator[House]:
    """Start a server with these chatflows, an agent, and a shop."""
    product = Product(folder, "serve", port=free_port(), settings=settings)
    product.run("migrate")
    product.run("users", "add", AGENT, "--role", "owner", "--password-stdin", stdin=PASSWORD)
    house = House(product.start())
    shop = ThreadingHTTPServer(("127.0.0.1", 0), _pages(house))
    shop.daemon_threads = True
    house.shop = f"http://127.0.0.1:{shop.server_port}"
    threading.Thread(target=shop.serve_forever, args=(0.05,), daemon=True).start()
    try:
        for flow in flows:
            house.call("PUT", f"/v1/chatflows/{flow['name']}", flow)
        yield house
    finally:
        shop.shutdown()
        shop.server_close()
        house.stop()


def _pages(house: House) -> type[BaseHTTPRequestHandler]:
    """Return what answers with the shop's pages."""

    class Pages(BaseHTTPRequestHandler):
        """Answers every path with a page that holds the chat."""

        def do_GET(self) -> None:
            """Send the page."""
            body = house.page(self.path).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing: tests read their own failures."""

    return Pages


def chat(page: Page) -> FrameLocator:
    """Return the chat's frame in the corner of the shop's page."""
    return page.frame_locator(CORNER)


def open_chat(page: Page) -> FrameLocator:
    """Open the chat by its launcher."""
    frame = chat(page)
    frame.get_by_role("button", name=re.compile("^Open chat")).click()
    return frame


def write(frame: FrameLocator, text: str) -> None:
    """Write a message in the chat and wait until it is kept."""
    frame.get_by_role("textbox", name="Write a message").fill(text)
    frame.get_by_role("button", name="Send", exact=True).click()
    expect(frame.get_by_role("log").get_by_text(text, exact=True).last).to_be_visible()
    expect(frame.get_by_text("Sent", exact=True)).to_be_visible()


def told(page: Page, name: str) -> list[Any]:
    """Return what the page was told under *name*, oldest first."""
    return [one[1] for one in page.evaluate("window.told") if one[0] == name]
