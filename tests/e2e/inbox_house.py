"""A server with visitors who write, two people who answer, and what they set up."""

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page
from tests.e2e import people
from tests.e2e.people import DESK, watched_page
from tests.e2e.sites_house import OWNER, House, opened

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Eyjafjalla"


@dataclass
class Visitor:
    """A browser on the customer's site, as far as the server can tell."""

    house: House
    session: str
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call the widget's API in this session; fail on a refusal."""
        reply = httpx.request(
            method,
            f"{self.house.url}/v1/widget/web{path}",
            json=body,
            headers={
                "Authorization": f"Bearer {self.session}",
                "Accept": "application/json",
            },
            timeout=30,
            trust_env=False,
        )
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None

    def say(self, text: str, **more: Any) -> str:
        """Write *text*; return the conversation's id."""
        body = {"clientMessageId": f"c-{next(self.numbers)}", "text": text, **more}
        return str(self.ask("POST", "/messages", body)["conversationId"])

    def reads(self) -> list[str]:
        """Return every text that this visitor can read."""
        found = self.ask("GET", "/events?after=0&wait=0")
        return [entry["text"] for entry in found["events"]]


@dataclass
class Desk:
    """The house, and the key with which its customer's site vouches for people."""

    house: House
    key: str

    def visitor(self, email: str = "", first: str = "", last: str = "") -> Visitor:
        """Let somebody come; with an *email*, the site vouches for them."""
        body: dict[str, str] = {}
        if email:
            minted = httpx.post(
                f"{self.house.url}/visitor-identification/v3/tokens/create",
                json={"email": email, "firstName": first, "lastName": last},
                headers={"Authorization": f"Bearer {self.key}"},
                timeout=30,
                trust_env=False,
            )
            body = {"email": email, "token": minted.json()["token"]}
        url = f"{self.house.url}/v1/widget/web/session"
        came = httpx.post(url, json=body, timeout=30, trust_env=False)
        assert came.is_success, came.text
        return Visitor(self.house, came.json()["session"])

    def crm(self, method: str, path: str, body: Any = None) -> Any:
        """Call HubSpot's API as a program with the desk's key; fail on a refusal."""
        reply = httpx.request(
            method,
            f"{self.house.url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=30,
            trust_env=False,
        )
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None


@contextmanager
def inbox_house(folder: Path) -> Generator[Desk]:
    """Start a server with an owner, an agent, and a key of scope ``desk``."""
    with opened(folder, {}) as house:
        key = house.product.run("keys", "create", "site", "--scope", "desk").strip()
        yield Desk(house, key.splitlines()[-1].strip())


def persons_page(
    browser: Browser, desk: Desk, errors: list[str], *, email: str = OWNER, **face: Any
) -> Generator[Page]:
    """Open the inbox as the person with this address, taking down what fails in it."""
    context = desk.house.context(browser, email, **({"viewport": DESK} | face))
    page = watched_page(context, errors)
    page.goto(f"{desk.house.url}/app/inbox")
    page.get_by_role("heading", name="Inbox").wait_for()
    yield page
    context.close()


def ask(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Ask the API as the person who is signed in; fail on a refusal."""
    return people.ask(page, method, f"/v1{path}", body)


def own(page: Page) -> str:
    """Return the id of the person who is signed in."""
    return str(ask(page, "GET", "/app/session")["agent"]["id"])


def other(page: Page) -> str:
    """Return the id of the one colleague there is."""
    agents = ask(page, "GET", "/inbox/colleagues")["agents"]
    return next(str(one["id"]) for one in agents if one["id"] != own(page))
