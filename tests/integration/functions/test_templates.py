"""Every template, from its consent to what the service hears: server, sandbox and sockets."""

import asyncio
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.support import vendors
from tests.support.served_sites import ORIGIN, SECRET, Served, proof, served, shop
from tests.support.vendor_house import Discord, Shop, Teams, internet

from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.stubs import stub_of
from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.editing.typechecks import TypeChecker
from callingcard.functions.sandbox.levels import probe
from callingcard.functions.service.deploying.manifests import examine
from callingcard.functions.service.editing import look
from callingcard.functions.service.templates import Template
from callingcard.functions.templates import gallery
from callingcard.functions.templates.gallery import Gallery
from callingcard.kit import actor
from callingcard.server.app import create_app
from callingcard.server.functions import making

TEMPLATES = Path(gallery.__file__).parent
NAMES = [template.name for template in Gallery().all()]
CRISP_KEY = "canary-crisp-identity-secret"
ORDERS = [
    {
        "number": "A-2",
        "customer": "7",
        "state": "sent",
        "expected": "2026-11-24",
        "card": "42",
    },
    {"number": "A-1", "customer": "7", "state": "paid", "card": "42"},
    {"number": "B-1", "customer": "8", "state": "paid", "card": "42"},
]

of_the_house = pytest.mark.asyncio(loop_scope="module")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="functions run on Linux"),
]


class Desk:
    """Answers as HubSpot, once there is a desk."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self.app(scope, receive, send)


class House:
    """A server, and the services that its functions call."""

    def __init__(self) -> None:
        self.discord = Discord()
        self.teams = Teams()
        self.shop = Shop(ORDERS)
        self.desk = Desk()
        self.server: Served
        self.asks: dict[str, Any] = {}
        """What each template asks for, before anything is installed."""
        self._installed: set[str] = set()

    @property
    def hosts(self) -> dict[str, ASGIApp]:
        """Return who answers under which name."""
        return {
            "discord.com": self.discord.app,
            "default0.aa.environment.api.powerplatform.com": self.teams.app,
            "orders.shop.example": self.shop.app,
            "api.hubapi.com": self.desk,
        }

    async def open(self, server: Served) -> None:
        """Begin with *server*."""
        self.server = server
        await server.keys()
        self.desk.app = create_app(server.services)
        shown = (await server.admin_get("/templates"))["templates"]
        self.asks = {template["name"]: template["asks"] for template in shown}

    async def install(self, name: str, **secrets: str) -> None:
        """Set the secrets, and install a template unless it is there, as an admin does."""
        for secret, value in secrets.items():
            await self.server.services.secrets.set(secret, value, by="test")
        if name in self._installed:
            return
        reply = await self.server.client.post(
            f"/v1/admin/templates/{name}/install",
            headers=self.server.admin,
            json={"as": name, "consent": True},
        )
        assert reply.status_code == 200, reply.text
        self._installed.add(name)

    async def call(self, name: str, given: Any = None, **claims: Any) -> httpx.Response:
        """Call a function from the shop's page, for whoever *claims* says."""
        headers = {**proof(**claims), "Origin": ORIGIN}
        return await self.server.client.post(
            f"/v1/functions/{name}", headers=headers, json=given or {}
        )

    async def desk_key(self) -> str:
        """Make a key of the desk, which answers as HubSpot does."""
        _, key = await self.server.services.keys.create("hubspot", [actor.Scope.DESK])
        return key

    async def chat(self, text: str) -> None:
        """Let somebody whom nobody knows begin a chat."""
        client = self.server.client
        opened = await client.post("/v1/widget/web/session", json={})
        sent = await client.post(
            "/v1/widget/web/messages",
            headers={"Authorization": f"Bearer {opened.json()['session']}"},
            json={"text": text, "clientMessageId": "c1"},
        )
        assert sent.status_code == 201, sent.text

    async def run_of(self, reply: httpx.Response) -> Any:
        """Return the run that made *reply*, once it is written down."""
        path = f"/v1/admin/runs/{reply.headers['x-run-id']}"
        async with asyncio.timeout(20):
            while True:
                shown = await self.server.client.get(path, headers=self.server.admin)
                if shown.status_code == 200 and shown.json()["state"] != "running":
                    return shown.json()
                await asyncio.sleep(0.02)

    async def next_run(self, name: str, after: str = "") -> Any:
        """Return the newest run of a function, once there is another and it has ended."""
        async with asyncio.timeout(20):
            while True:
                runs = (await self.server.admin_get(f"/runs?function={name}"))["runs"]
                if runs and runs[0]["state"] != "running" and runs[0]["id"] != after:
                    return runs[0]
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Return everything, running, for all tests of this file."""
    level = await probe()
    if level.name == "none":
        pytest.skip("; ".join(level.reasons))
    made, folder = House(), tmp_path_factory.mktemp("house")
    async with internet(folder, made.hosts) as fetch:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "GuardedFetch", lambda: fetch)
            async with served(folder, shop(("k1", SECRET))) as server:
                await made.open(server)
                yield made


def test_the_gallery_has_what_it_should():
    """Seven templates, each with a test and words of its own."""
    assert NAMES == [
        "create-contact",
        "crisp-signature",
        "hubspot-token",
        "hubspot-token-cached",
        "lookup-order",
        "notify-discord",
        "notify-teams",
    ]
    for template in Gallery().all():
        test = TEMPLATES / template.name / f"test_{template.name.replace('-', '_')}.py"
        assert test.is_file()
        assert template.readme
        assert len(template.source.splitlines()) <= 45


@pytest.mark.parametrize("template", Gallery().all(), ids=lambda template: template.name)
async def test_the_editor_finds_nothing(template: Template):
    """Neither in the head nor in the types, with the connectors as they come."""
    manifest, findings = examine(template.source)
    assert manifest is not None
    assert (findings, look(template.source, None)) == ((), [])
    stubs = {
        name: stub_of(read_connector(name, {**built_in()[name], **where(name)}))
        for name in manifest.connectors
    }
    assert await TypeChecker().findings(template.source, stubs) == []


def where(connector: str) -> dict[str, str]:
    """Return what a connector has to be told before it can be used."""
    return {"base_url": Shop.url} if connector == "http" else {}


def test_the_templates_pass_their_own_tests(tmp_path: Path):
    """In the real sandbox, against their recordings, as their users run them."""
    recorded: dict[str, list[Any]] = {}
    for name in NAMES:
        for path in (TEMPLATES / name).glob("*.py"):
            shutil.copy(path, tmp_path)
        for path in (TEMPLATES / name / "recordings").glob("*.json"):
            recorded.setdefault(path.name, []).extend(json.loads(path.read_text()))
    (tmp_path / "recordings").mkdir()
    for name, calls in recorded.items():
        (tmp_path / "recordings" / name).write_text(json.dumps(calls))
    ran = subprocess.run(
        [sys.executable, "-m", "callingcard", "functions", "test"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    tests = sum(path.read_text().count("def test_") for path in tmp_path.glob("test_*.py"))
    assert int(ran.stdout.split(" passed")[0].split()[-1]) >= tests


@of_the_house
async def test_consent_tells_all_that_is_asked_for(house: House):
    """Operations, storage, triggers and secrets, before anything is installed."""
    cached, crisp = house.asks["hubspot-token-cached"], house.asks["crisp-signature"]
    assert cached["connectors"] == [
        {"name": "hubspot", "operations": ["create_token"], "present": False}
    ]
    assert (cached["storage"], cached["secrets"]) == (["tokens"], ["HUBSPOT_TOKEN"])
    assert [trigger["auth"] for trigger in cached["triggers"]] == ["visitor"]
    assert crisp["secrets"] == ["CRISP_IDENTITY_SECRET"]
    assert crisp["connectors"][0]["operations"] == ["sign"]
    events = [trigger["event"] for trigger in house.asks["notify-teams"]["triggers"]]
    assert events == ["conversation.created"]
    assert [one["dependencies"] for one in house.asks.values()] == [[]] * len(NAMES)
    refused = await house.server.client.post(
        "/v1/admin/templates/notify-teams/install",
        headers=house.server.admin,
        json={"as": "unwanted", "consent": False},
    )
    assert refused.status_code == 422
    functions = (await house.server.admin_get("/functions"))["functions"]
    assert "unwanted" not in [function["name"] for function in functions]


@of_the_house
async def test_hubspot_token_vouches_for_whom_the_proof_names(house: House):
    """The desk, as HubSpot, takes the token for that address and for no other."""
    await house.install("hubspot-token", HUBSPOT_TOKEN=await house.desk_key())
    ada = "ada-canary@example.com"
    reply = await house.call("hubspot-token", {"first_name": "Ada"}, email=ada, sub="7")
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-store, private")
    token = reply.json()
    for email, evidence in ((ada, "signed"), ("grace@example.com", "anonymous")):
        opened = await house.server.client.post(
            "/v1/widget/web/session", json={"email": email, "token": token}
        )
        assert opened.json()["evidence"] == evidence
    refused = await house.call("hubspot-token", {"email": "grace@example.com"}, email=ada)
    assert refused.status_code == 422


@of_the_house
@pytest.mark.parametrize("name", ["hubspot-token", "hubspot-token-cached"])
async def test_without_hubspot_the_chat_opens_for_a_stranger(house: House, name: str):
    """A key that HubSpot refuses is a failed run, and null for the page."""
    await house.install(name, HUBSPOT_TOKEN="canary-wrong-key-0123456789")
    reply = await house.call(name, email="mary@example.com")
    assert (reply.status_code, reply.json()) == (200, None)
    assert reply.headers["x-callingcard-fallback"] == "anonymous"
    run = await house.run_of(reply)
    assert run["state"] == "raised"
    assert run["error"]["type"] == "ConnectorError"
    assert "401" in run["error"]["message"]


@of_the_house
async def test_hubspot_token_cached_remembers(house: House):
    """Two calls of one visitor make one token, another visitor gets another."""
    await house.install("hubspot-token-cached", HUBSPOT_TOKEN=await house.desk_key())
    first = await house.call("hubspot-token-cached", email="ada@example.com")
    again = await house.call("hubspot-token-cached", email="ada@example.com")
    other = await house.call("hubspot-token-cached", email="grace@example.com")
    assert first.json() == again.json() != other.json()
    page = await house.server.admin_get("/functions/hubspot-token-cached/storage")
    assert [space["entries"] for space in page["namespaces"]] == [2]
    assert first.json() not in json.dumps(page)


@of_the_house
async def test_create_contact_makes_and_keeps_one_contact(house: House):
    """The second call changes the contact of the first; the body cannot name another."""
    key = await house.desk_key()
    await house.install("create-contact", HUBSPOT_TOKEN=key)
    who = {"email": "ada@example.com", "given_name": "Ada", "family_name": "L."}
    made = await house.call("create-contact", {"company": "Engines"}, **who)
    assert made.status_code == 200, made.text
    changed = await house.call("create-contact", {"phone": "+44 20 555"}, **who)
    assert made.json() == changed.json()
    found = await house.server.client.get(
        "/crm/v3/objects/contacts/ada@example.com",
        params={"idProperty": "email", "properties": "email,firstname,company,phone"},
        headers={"Authorization": f"Bearer {key}"},
    )
    kept = found.json()
    assert kept["id"] == made.json()
    wanted = {"email": "ada@example.com", "company": "Engines", "phone": "+44 20 555"}
    assert wanted.items() <= kept["properties"].items()
    assert (await house.call("create-contact", {"email": "x@example.com"})).status_code == 422
    shown = json.dumps(await house.run_of(made))
    assert "ada@example.com" not in shown


@of_the_house
async def test_notify_discord_posts_once_and_tells_nothing(house: House):
    """A chat is told of, though not by whom and not what was said; a failure is seen."""
    await house.install("notify-discord", DISCORD_WEBHOOK=Discord.webhook)
    await house.chat("my card is 4242, @everyone")
    run = await house.next_run("notify-discord")
    assert (run["trigger"], run["state"]) == ("event", "succeeded")
    (said,) = house.discord.asked
    assert re.fullmatch(r"Somebody began chat \d+\.", said["content"])
    assert said["allowed_mentions"] == {"parse": []}

    house.discord.is_down = True
    await house.chat("hello")
    failed = await house.next_run("notify-discord", after=run["id"])
    assert failed["error"]["type"] == "ConnectorError"
    assert "503" in failed["error"]["message"]
    assert Discord.token not in json.dumps(failed)


@of_the_house
async def test_notify_teams_posts_a_card(house: House):
    """The workflow takes it, and nothing more is known: 202."""
    await house.install("notify-teams", TEAMS_WEBHOOK=Teams.webhook)
    await house.chat("hello")
    assert (await house.next_run("notify-teams"))["state"] == "succeeded"
    assert re.fullmatch(r"Somebody began chat \d+\.", house.teams.said[-1])


@of_the_house
async def test_crisp_takes_the_signature(house: House):
    """Without the key the chat opens for a stranger; with it, Crisp takes the pair."""
    await house.install("crisp-signature")
    reply = await house.call("crisp-signature")
    assert (reply.status_code, reply.json()) == (200, None)
    run = await house.run_of(reply)
    assert "CRISP_IDENTITY_SECRET" in run["error"]["message"]

    await house.install("crisp-signature", CRISP_IDENTITY_SECRET=CRISP_KEY)
    reply = await house.call("crisp-signature", email="ada-canary@example.com")
    email, signature = reply.json()
    pushed = {"email": email, "signature": signature}
    assert vendors.crisp(pushed, secret=CRISP_KEY, now=0) == "ada-canary@example.com"
    checked = await house.server.services.connectors.check("crisp")
    assert (checked.ok, checked.status) == (True, None)
    with sqlite3.connect(house.server.file.parent / "data" / "callingcard.db") as connection:
        assert CRISP_KEY not in "\n".join(connection.iterdump())


@of_the_house
async def test_lookup_order_shows_the_visitors_own_order_only(house: House):
    """The newest, or the one that is named, and never somebody else's."""
    reply = await house.server.client.put(
        "/v1/admin/connectors/http",
        headers=house.server.admin,
        json={
            "definition": {
                "base_url": Shop.url,
                "auth": {"kind": "bearer", "secret": "SHOP_KEY"},
            },
            "openapi": None,
            "secrets": {"SHOP_KEY": Shop.key},
        },
    )
    assert reply.status_code == 200, reply.text
    await house.install("lookup-order")
    newest = await house.call("lookup-order", sub="7")
    assert newest.json() == {"number": "A-2", "state": "sent", "expected": "2026-11-24"}
    named = await house.call("lookup-order", {"number": "A-1"}, sub="7")
    assert named.json() == {"number": "A-1", "state": "paid", "expected": None}
    for given in ({"number": "B-1"}, {"number": "A-1&customer=8"}, {"number": "../orders"}):
        assert (await house.call("lookup-order", given, sub="7")).json() is None
    house.shop.heeds_customer = False
    careless = await house.call("lookup-order", {"number": "B-1"}, sub="7")
    assert (careless.json(), careless.headers["x-callingcard-fallback"]) == (None, "anonymous")
    asked = house.shop.asked
    assert (await house.call("lookup-order")).json() is None
    assert house.shop.asked == asked
