"""The article's house: a server, a shop that signs its people in, and a team for each kind.

Whatever happens here happens from outside. The shop's pages hold HubSpot's documented
snippet, its backend signs a token for whoever is signed in, and a program with a desk key
sets up chatflows, teams and contacts, and looks at what became of them, through HubSpot's
API where that has a call for it.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import jwt
from playwright.sync_api import FrameLocator, Page, expect
from tests.e2e.article_documents import FLOWS, HOURS, ROUTING, TEAMS, agent
from tests.support.processes import Product, free_port

PASSWORD = "a long enough password"
THREADS = "/conversations/v3/conversations/threads"
CONTACTS = "/crm/v3/objects/contacts"
DEAL_TO_CONTACT = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Shop</title>
<body><h1>Shop</h1><p>{who}</p><button id="out">Sign out</button>
<script>
window.hsConversationsSettings = {{ loadImmediately: false }};
async function identify() {{
  const answer = await fetch("/chat-token");
  const known = answer.status === 200 ? await answer.json() : {{}};
  window.hsConversationsSettings = {{ loadImmediately: false, ...known }};
}}
function onConversationsAPIReady() {{
  window.HubSpotConversations.widget.load();
}}
identify().then(() => {{
  if (window.HubSpotConversations) onConversationsAPIReady();
  else window.hsConversationsOnReady = [onConversationsAPIReady];
}});
document.getElementById("out").onclick = async () => {{
  await fetch("/sign-out");
  await identify();
  window.HubSpotConversations.clear({{ resetWidget: true }});
}};
</script>
<script id="hs-script-loader" async defer src="{desk}/widget/web.js"></script>"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key with which the shop signs, as the desk gave it."""

    kid: str
    secret: str = field(repr=False)


@dataclass
class Shop:
    """The customer's site: a cookie says who is signed in, its backend vouches for them."""

    desk: str
    key: Key
    url: str = ""
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    """What the backend hands out for somebody instead of a good token, by name."""

    def token(self, name: str, *, key: Key | None = None, **claims: Any) -> str:
        """Sign that somebody is who they are, for a quarter of an hour from now."""
        now = datetime.now(UTC)
        said = {"aud": "web", "email": address(name), "jti": uuid4().hex, "iat": now}
        said |= {"exp": now + timedelta(minutes=15), **claims}
        by = key or self.key
        return jwt.encode(said, by.secret, "HS256", headers={"kid": by.kid})

    def vouch(self, name: str) -> dict[str, str]:
        """Return what the page passes to the chat for whoever is signed in."""
        token = self.tokens.get(name) or self.token(name)
        return {"identificationEmail": address(name), "identificationToken": token}

    def visit(self, page: Page, name: str = "", path: str = "/shop") -> FrameLocator:
        """Sign *name* in, or nobody; go to *path* and open the chat there."""
        page.goto(f"{self.url}/sign-in?as={name}&to={path}")
        return open_chat(page)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who answers, signed in to the agents' app."""

    id: str
    name: str
    app: httpx.Client = field(repr=False)

    def is_here(self, *, here: bool = True) -> None:
        """Take conversations, or not."""
        status = {"status": "online" if here else "away"}
        answer = self.app.put("/v1/inbox/presence", json=status)
        assert answer.is_success, answer.text


@dataclass
class House:
    """The running server, the shop beside it, and the people who answer."""

    api: httpx.Client
    """Whom a program with a desk key asks."""
    shop: Shop
    people: Mapping[str, Colleague]
    """Who answers, by the name in their address."""

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Ask the desk as a program; fail on a refusal."""
        answer = self.api.request(method, path, json=body, params=query or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def meet(self, name: str, **properties: str) -> str:
        """Make the contact of *name*; return its id."""
        made = {"properties": {"email": address(name), **properties}}
        return str(self.call("POST", CONTACTS, made)["id"])

    def deal(self, contact: str, amount: int, stage: str = "qualifiedtobuy") -> None:
        """Make a deal of the contact's."""
        tie = {"to": {"id": contact}, "types": [DEAL_TO_CONTACT]}
        properties = {"dealname": "Paper", "amount": str(amount), "dealstage": stage}
        body = {"properties": properties, "associations": [tie]}
        self.call("POST", "/crm/v3/objects/deals", body)

    def contact(self, contact: str, *names: str) -> dict[str, str | None]:
        """Return these properties of a contact."""
        found = self.call("GET", f"{CONTACTS}/{contact}", properties=",".join(names))
        return {name: found["properties"][name] for name in names}

    def threads(self, contact: str) -> list[dict[str, Any]]:
        """Return the threads on a contact."""
        found: list[dict[str, Any]]
        found = self.call("GET", THREADS, associatedContactId=contact)["results"]
        return found

    def thread(self, contact: str) -> str:
        """Return the id of the one thread on a contact."""
        (thread,) = self.threads(contact)
        return str(thread["id"])

    def transcript(self, thread: str) -> list[str]:
        """Return what was said in a thread, oldest first."""
        lines = self.call("GET", f"{THREADS}/{thread}/messages")["results"]
        return [line["text"] for line in lines if line["type"] == "MESSAGE"]

    def decisions(self, thread: str) -> list[dict[str, Any]]:
        """Return each step of a thread's way to an agent."""
        found: list[dict[str, Any]]
        found = self.call("GET", f"/v1/conversations/{thread}/routing")["decisions"]
        return found

    def assigned(self, thread: str, agent: Colleague) -> dict[str, Any]:
        """Wait until a thread is the agent's; return the step that made it so."""

        def is_theirs() -> bool:
            shown = self.call("GET", f"{THREADS}/{thread}")
            return bool(shown.get("assignedTo") == f"A-{agent.id}")

        until(is_theirs)
        return self.decisions(thread)[-1]

    def answer(self, thread: str, agent: Colleague, text: str) -> None:
        """Write to the visitor in an agent's name."""
        shown = self.call("GET", f"{THREADS}/{thread}")
        body: dict[str, Any] = {
            "type": "MESSAGE",
            "text": text,
            "senderActorId": f"A-{agent.id}",
            "recipients": [],
            "attachments": [],
            "channelId": shown["originalChannelId"],
            "channelAccountId": shown["originalChannelAccountId"],
        }
        self.call("POST", f"{THREADS}/{thread}/messages", body)


@contextmanager
def article_house(folder: Path, *agents: str) -> Generator[House]:
    """Start the server and the shop, with these agents and without any chatflow."""
    product = Product(folder, "serve", port=free_port()).start()
    with ExitStack() as stack:
        stack.callback(product.stop)
        with ThreadPoolExecutor(2) as both:
            key = both.submit(_desk_key, product)
            added = both.map(partial(_colleague, product, stack), agents)
            people = dict(zip(agents, added, strict=True))
        headers = {"Authorization": f"Bearer {key.result()}"}
        api = httpx.Client(base_url=product.url, headers=headers, trust_env=False, timeout=30)
        stack.enter_context(api)
        shop = Shop(product.url, Key("", ""))
        house = House(api, shop, people)
        shop.key = new_key(house)
        stack.enter_context(_served(shop))
        yield house


def furnish(house: House) -> None:
    """Set up the article's chatflows, teams and routing, and a property of the shop's own."""
    topic = {"name": "shop_topic", "label": "What they come for", "type": "string"}
    topic |= {"fieldType": "text", "groupName": "contactinformation"}
    house.call("POST", "/crm/v3/properties/contacts", topic)
    for name, hours in HOURS.items():
        house.call("PUT", f"/v1/hours/{name}", hours)
    for name, team in TEAMS.items():
        house.call("PUT", f"/v1/teams/{name}", team)
    house.call("PUT", "/v1/routing", ROUTING)
    for name, flow in FLOWS.items():
        house.call("PUT", f"/v1/chatflows/{name}", {"name": name, **flow})


def new_key(house: House) -> Key:
    """Have the desk make another key for the shop."""
    made = house.call("POST", "/v1/inboxes/web/keys", {})
    return Key(made["kid"], made["secret"])


def address(name: str) -> str:
    """Return the address of somebody."""
    return f"{name}@example.com"


def open_chat(page: Page) -> FrameLocator:
    """Open the chat in the corner of a page."""
    frame = page.frame_locator("#hubspot-messages-iframe-container > iframe")
    frame.get_by_role("button", name=re.compile("^Open chat")).click()
    return frame


def write(frame: FrameLocator, text: str) -> None:
    """Write a message in the chat and wait until it is kept."""
    frame.get_by_role("textbox", name="Write a message").fill(text)
    frame.get_by_role("button", name="Send", exact=True).click()
    says(frame, text)
    expect(frame.get_by_text("Sent", exact=True)).to_be_visible()


def says(frame: FrameLocator, text: str) -> None:
    """Wait until the chat shows *text* in its log."""
    expect(frame.get_by_role("log").get_by_text(text, exact=True).last).to_be_visible()


def send_form(frame: FrameLocator) -> None:
    """Press the button under the form."""
    frame.get_by_role("form", name="Form").get_by_role("button", name="Send").click()


def newest(house: House) -> str:
    """Return the id of the thread in which something was said last."""
    found = house.call("GET", THREADS, sort="-latestMessageTimestamp", limit="1")["results"]
    return str(found[0]["id"])


def until(holds: Callable[[], bool]) -> None:
    """Wait until *holds* holds, for ten seconds and no longer."""
    late = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < late, "it does not come to hold"
        time.sleep(0.05)


def _desk_key(product: Product) -> str:
    made = product.run("keys", "create", "article", "--scope", "desk", "--json")
    return str(json.loads(made)["key"])


def _colleague(product: Product, stack: ExitStack, name: str) -> Colleague:
    """Add an agent and sign them in."""
    made = product.run(
        "users", "add", agent(name), "--password-stdin", "--json", stdin=PASSWORD
    )
    app = httpx.Client(base_url=product.url, trust_env=False, timeout=30)
    stack.enter_context(app)
    signed = app.post("/v1/app/session", json={"email": agent(name), "password": PASSWORD})
    assert signed.is_success, signed.text
    user = json.loads(made)
    return Colleague(str(user["id"]), user["name"], app)


@contextmanager
def _served(shop: Shop) -> Generator[None]:
    """Serve the shop on an origin of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _pages(shop))
    server.daemon_threads = True
    shop.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


def _pages(shop: Shop) -> type[BaseHTTPRequestHandler]:
    """Return what answers for the shop."""

    class Pages(BaseHTTPRequestHandler):
        """Signs people in and out, vouches for them, and shows one page everywhere else."""

        def do_GET(self) -> None:
            """Answer."""
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("person")
            name = cookie.value if cookie else ""
            match url.path:
                case "/sign-in":
                    person = {"Set-Cookie": f"person={query.get('as', '')}; Path=/; HttpOnly"}
                    self._send(303, headers={"Location": query["to"], **person})
                case "/sign-out":
                    gone = "person=; Path=/; Max-Age=0"
                    self._send(204, headers={"Set-Cookie": gone})
                case "/chat-token" if not name:
                    self._send(204)
                case "/chat-token":
                    self._send(200, json.dumps(shop.vouch(name)), "application/json")
                case _:
                    who = f"Signed in as {name}" if name else "Nobody is signed in"
                    self._send(200, PAGE.format(who=who, desk=shop.desk), "text/html")

        def _send(
            self,
            status: int,
            text: str = "",
            kind: str = "text/plain",
            headers: Mapping[str, str] | None = None,
        ) -> None:
            body = text.encode()
            self.send_response(status)
            for header, value in (headers or {}).items():
                self.send_header(header, value)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing: tests read their own failures."""

    return Pages
