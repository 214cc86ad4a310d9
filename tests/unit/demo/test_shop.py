"""The demo shop: who signs in is whom the chat is told about, and nobody else ever.

The desk here is a tiny HTTP server on this machine, so the shop uses the library
over a real connection, as it does in life.
"""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from callingcard.demo.shop import app as shop_app
from callingcard.demo.shop.app import create_shop
from callingcard.demo.shop.catalogue import PRODUCTS
from callingcard.demo.shop.people import PEOPLE
from callingcard.demo.shop.settings import ShopSettings

OWN = {"Sec-Fetch-Site": "same-origin"}
HOSTILE = "</script><script>alert(1)</script>"


class FakeDesk(ThreadingHTTPServer):
    """Answers token requests; ``minted`` is what it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.minted: list[dict[str, Any]] = []
        self.failing = False
        self.suffix = ""
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: FakeDesk

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.minted.append(body)
        token = f"token-of-{body['email']}{self.server.suffix}"
        answer = json.dumps({"token": token}).encode()
        self.send_response(400 if self.server.failing else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing on the terminal."""


@pytest.fixture
def desk() -> Iterator[FakeDesk]:
    """Run a desk that makes tokens."""
    server = FakeDesk()
    # The default poll makes every shutdown wait half a second.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@asynccontextmanager
async def shop_of(desk: FakeDesk, port: int = 8401) -> AsyncIterator[httpx.AsyncClient]:
    """Open a browser at the shop."""

    async def agent_link() -> str:
        return f"{desk.url}/app#ticket=once"

    shop = create_shop(
        ShopSettings(
            desk_url=desk.url,
            access_token="pat-local-canary",
            session_secret="session-canary",
            port=port,
            agent_link=agent_link,
        )
    )
    transport = httpx.ASGITransport(app=shop)
    async with (
        shop.router.lifespan_context(shop),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8401") as browser,
    ):
        yield browser


async def sign_in(browser: httpx.AsyncClient, person: str) -> None:
    """Click a card."""
    answer = await browser.post("/sign-in", data={"person": person}, headers=OWN)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


async def token(browser: httpx.AsyncClient) -> httpx.Response:
    """Ask for a token as callingcard.js does."""
    return await browser.post("/chat/token", json={}, headers=OWN)


async def test_a_stranger_gets_no_token(desk: FakeDesk):
    """Nobody signed in, nothing made: the chat opens anonymously."""
    async with shop_of(desk) as browser:
        assert (await token(browser)).status_code == 204
    assert desk.minted == []


@pytest.mark.parametrize("key", PEOPLE)
async def test_whoever_signs_in_is_whom_the_token_is_for(desk: FakeDesk, key: str):
    """The token's person is the session's, whatever the request says."""
    person = PEOPLE[key]
    async with shop_of(desk) as browser:
        await sign_in(browser, key)
        answer = await token(browser)
    assert answer.status_code == 200
    assert answer.json()["settings"] == {
        "identificationEmail": person.email,
        "identificationToken": f"token-of-{person.email}",
    }
    assert [asked["email"] for asked in desk.minted] == [person.email]


async def test_an_address_in_the_request_makes_no_token(desk: FakeDesk):
    """A visitor who is not signed in cannot ask for somebody else's token."""
    async with shop_of(desk) as browser:
        answer = await browser.post(
            "/chat/token", json={"email": "ada@example.com"}, headers=OWN
        )
    assert answer.status_code != 200
    assert desk.minted == []


async def test_signing_out_ends_it(desk: FakeDesk):
    """After a sign-out there is no token, and the next one is a new one."""
    async with shop_of(desk) as browser:
        await sign_in(browser, "ada")
        await token(browser)
        answer = await browser.post("/sign-out", headers=OWN)
        assert answer.status_code == 303
        assert (await token(browser)).status_code == 204
        assert "It has forgotten Ada" in (await browser.get("/")).text
        await sign_in(browser, "ada")
        await token(browser)
    assert len(desk.minted) == 2


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_forms_of_other_sites_change_nothing(desk: FakeDesk, path: str):
    """A foreign page can neither sign a visitor in nor out."""
    async with shop_of(desk) as browser:
        await sign_in(browser, "grace")
        answer = await browser.post(
            path, data={"person": "ada"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403
        assert "Signed in as <strong>Grace</strong>" in (await browser.get("/")).text


async def test_nobody_else_can_sign_in(desk: FakeDesk):
    """There are four people, and that is all."""
    async with shop_of(desk) as browser:
        answer = await browser.post("/sign-in", data={"person": "eve"}, headers=OWN)
        assert answer.status_code == 404


async def test_the_bar_says_what_to_try_next(desk: FakeDesk):
    """Its advice follows what the visitor has done."""
    async with shop_of(desk) as browser:
        assert "does not know you" in (await browser.get("/")).text
        await sign_in(browser, "ada")
        assert "greets Ada by name" in (await browser.get("/")).text
        await sign_in(browser, "stranger")
        assert "never heard of stranger@example.net" in (await browser.get("/")).text


async def test_every_page_carries_the_client(desk: FakeDesk):
    """The script tag is the documented one."""
    async with shop_of(desk) as browser:
        for path in ["/", "/sign-in", "/products/notebook"]:
            html = (await browser.get(path)).text
            assert (
                f'<script src="{desk.url}/callingcard.js" data-endpoint="/chat/token" '
                f'data-widget="{desk.url}/widget/web.js" async></script>'
            ) in html


async def test_every_product_has_a_page_and_a_picture(desk: FakeDesk):
    """What is on the shelf can be looked at."""
    async with shop_of(desk) as browser:
        shelf = (await browser.get("/")).text
        for product in PRODUCTS.values():
            assert f"/products/{product.slug}" in shelf
            assert product.description in (await browser.get(f"/products/{product.slug}")).text
            picture = await browser.get(f"/static/pictures/{product.slug}.svg")
            assert picture.headers["Content-Type"].startswith("image/svg+xml")
            assert ET.fromstring(picture.text).tag.endswith("svg")  # noqa: S314 - our own file


async def test_the_agents_app_opens_signed_in(desk: FakeDesk):
    """The link is made anew at each click."""
    async with shop_of(desk) as browser:
        answer = await browser.get("/agent")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{desk.url}/app#ticket=once"
    assert "no-store" in answer.headers["Cache-Control"]


class _Scripts(HTMLParser):
    """Collects the text of inline scripts, split where a browser would split it."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[tuple[str | None, str]] = []
        self._nonce: str | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._inside = tag == "script" and "src" not in named
        self._nonce = named.get("nonce")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - any end tag ends it
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline.append((self._nonce, data))


async def test_a_token_cannot_break_out_of_hubspots_snippet(desk: FakeDesk):
    """The token stands in one inline script that the page's own policy allows."""
    desk.suffix = HOSTILE
    async with shop_of(desk) as browser:
        await sign_in(browser, "ada")
        answer = await browser.get("/hubspot-only")
    scripts = _Scripts()
    scripts.feed(answer.text)
    [(nonce, text)] = scripts.inline
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
    start = text.index("hsConversationsSettings, {") + len("hsConversationsSettings, ")
    settings, _ = json.JSONDecoder().raw_decode(text[start:])
    assert settings["identificationToken"] == f"token-of-ada@example.com{HOSTILE}"
    assert "callingcard.js" not in text


async def test_hubspots_page_opens_when_the_desk_fails(desk: FakeDesk):
    """Without a token the chat is anonymous, and the page is whole."""
    desk.failing = True
    async with shop_of(desk) as browser:
        await sign_in(browser, "ada")
        answer = await browser.get("/hubspot-only")
    assert answer.status_code == 200
    assert "hsConversationsSettings, {});" in answer.text


async def test_every_answer_is_guarded(desk: FakeDesk):
    """Pages, errors and files all carry the policy; pages are never stored."""
    async with shop_of(desk) as browser:
        for path in ["/", "/sign-in", "/nothing", "/agent", "/static/shop.css"]:
            headers = (await browser.get(path, headers={"Accept": "text/html"})).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            stored = "no-cache" if path.startswith("/static") else "no-store, private"
            assert stored == headers["Cache-Control"]


async def test_no_page_holds_a_secret(desk: FakeDesk):
    """The desk key and the session secret stay on the server."""
    async with shop_of(desk) as browser:
        await sign_in(browser, "ada")
        for path in ["/", "/sign-in", "/hubspot-only", "/nothing"]:
            assert "canary" not in (await browser.get(path)).text
    assert "canary" not in repr(
        ShopSettings(
            desk_url="",
            access_token="canary",
            session_secret="canary",
            port=1,
            agent_link=lambda: pytest.fail("not called"),
        )
    )


async def test_two_shops_on_one_host_keep_their_visitors_apart(desk: FakeDesk):
    """The cookie's name holds the port, because cookies do not."""
    names: set[str] = set()
    for port in (8401, 8501):
        async with shop_of(desk, port) as browser:
            await sign_in(browser, "ada")
            names |= set(browser.cookies)
    assert names == {"ink_and_paper_8401", "ink_and_paper_8501"}


async def test_missing_pages_say_so(desk: FakeDesk):
    """In words to people, in JSON to programs."""
    async with shop_of(desk) as browser:
        page = await browser.get("/nothing", headers={"Accept": "text/html"})
        data = await browser.get("/nothing", headers={"Accept": "application/json"})
    assert page.status_code == 404
    assert data.status_code == 404
    assert "There is no such page" in page.text
    assert data.json() == {"detail": "Not Found"}


def test_the_shop_ships_its_files():
    """Fonts come with their licences."""
    fonts = shop_app._STATIC / "fonts"
    for font in fonts.glob("*.woff2"):
        assert (fonts / f"{font.stem}-LICENSE.txt").is_file()
    assert list(fonts.glob("*.woff2")) != []
