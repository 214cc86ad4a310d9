"""A server with sites of its own, a fake HubSpot behind them, and people to see to it."""

import json
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
from playwright.sync_api import Browser, BrowserContext
from tests.support.processes import Product, free_port

SHOP_SECRET = "the shop's own secret, of 32 bytes or more"
GOOD_TOKEN = "pat-na1-the-good-one-0123456789"
STALE_TOKEN = "pat-na1-the-stale-one-0123456789"
PAGE = "https://shop.example"
PASSWORD = "a long enough password"
OWNER = "olga.owner@shop.example"
AGENT = "arne.agent@shop.example"
LONG_NAME = "a-site-with-a-name-as-long-as-names-may-be-which-is-64-letters-x"


def site(name: str, hubspot: str, *, access: str = GOOD_TOKEN, more: str = "") -> str:
    """Return a site on HubSpot at *hubspot*, as the settings file has it."""
    return f"""
[sites.{name}]
platform = "hubspot"
origins = ["{PAGE}", "https://www.shop.example"]
{more}
[sites.{name}.jwt]
issuer = "shop"
keys = [ {{ kid = "1", secret = "{SHOP_SECRET}" }} ]
[sites.{name}.hubspot]
access_token = "{access}"
base_url = "{hubspot}"
"""


def proof(email: str = "ada@example.com", *, age: int = 0, **claims: Any) -> str:
    """Return the shop's word that *email* was signed in *age* seconds ago."""
    then = datetime.now(UTC) - timedelta(seconds=age)
    said = {"iss": "shop", "aud": "callingcard", "iat": then, "sub": "u-1", "email": email}
    said |= {"exp": then + timedelta(seconds=300), "email_verified": True, **claims}
    return jwt.encode(said, SHOP_SECRET, "HS256", headers={"kid": "1"})


@dataclass
class HubSpot:
    """The fake: it takes one access token, and remembers those it was shown."""

    url: str = ""
    shown: list[str] = field(default_factory=list[str])


@contextmanager
def fake_hubspot() -> Generator[HubSpot]:
    """Serve it on a port of its own."""
    fake = HubSpot()

    class Answers(BaseHTTPRequestHandler):
        """Answers as HubSpot does."""

        def do_POST(self) -> None:
            """Hand out a token, or refuse the access token."""
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            shown = self.headers["Authorization"].removeprefix("Bearer ")
            fake.shown.append(shown)
            good = shown == GOOD_TOKEN
            said: dict[str, Any] = {"token": f"hubspot-{asked['email']}"}
            if not good:
                said = {"status": "error", "category": "INVALID_AUTHENTICATION"}
            body = json.dumps(said).encode()
            self.send_response(200 if good else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield fake
    server.shutdown()
    server.server_close()


@dataclass
class House:
    """The running server, its settings file, and its HubSpot."""

    product: Product
    hubspot: HubSpot
    signed_in: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def url(self) -> str:
        """The server's origin."""
        return self.product.url

    def write(self, *sites: str) -> None:
        """Make *sites* the settings file; they count after a reload."""
        (self.product.folder / "callingcard.toml").write_text("\n".join(sites))

    def site(self, name: str, **more: Any) -> str:
        """Return a site on this house's HubSpot."""
        return site(name, self.hubspot.url, **more)

    def token(self, name: str, bearer: str) -> httpx.Response:
        """Ask for a chat token as a page of the site does."""
        return httpx.post(
            f"{self.url}/v1/sites/{name}/token",
            headers={"Authorization": f"Bearer {bearer}", "Origin": PAGE},
            trust_env=False,
        )

    def context(self, browser: Browser, email: str, **face: Any) -> BrowserContext:
        """Open a browser in which the person with this address is signed in."""
        if email not in self.signed_in:
            self.signed_in[email] = self._sign_in(browser, email)
        return browser.new_context(storage_state=self.signed_in[email], **face)

    def _sign_in(self, browser: Browser, email: str) -> Any:
        """Sign in once, since passwords take their time; return the cookies."""
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{self.url}/app")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Inbox").wait_for()
        state = context.storage_state()
        context.close()
        return state


@contextmanager
def opened(folder: Path, sites: Mapping[str, Mapping[str, Any]]) -> Generator[House]:
    """Start a server with *sites*, an owner and an agent."""
    with fake_hubspot() as hubspot:
        product = Product(folder, "serve", port=free_port())
        house = House(product, hubspot)
        house.write(*(house.site(name, **more) for name, more in sites.items()))
        product.run("migrate")
        for email, role in ((OWNER, "owner"), (AGENT, "agent")):
            product.run(
                "users", "add", email, "--role", role, "--password-stdin", stdin=PASSWORD
            )
        product.start()
        yield house
        product.stop()
