"""Connectors are set up, checked, watched and called, on both engines and over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from tests.support.connector_house import FakeSecrets, House, replying, stopping

from callingcard.access.errors import ScopeMissing
from callingcard.backends.database import Database
from callingcard.functions.api.connectors import connector_routes
from callingcard.functions.connectors.workshop import ThreadedWorkshop, built_in
from callingcard.functions.editing.typechecks import TypeChecker
from callingcard.functions.model.manifest import Manifest
from callingcard.functions.model.values import FunctionName, VersionId
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.service.connecting.connector_errors import (
    ConnectorInUse,
    DefinitionRefused,
    DocumentRefused,
    UnknownConnector,
)
from callingcard.functions.service.connecting.connectors import (
    ConnectorDesk,
    ConnectorParts,
    Setup,
)
from callingcard.functions.store.connectors import SqlClaims, SqlConnectors
from callingcard.kit.actor import Actor, Scope
from callingcard.server.problems import install

KEY = "canary-shop-key-value"
DEFINITION: dict[str, Any] = {
    "title": "Shop",
    "base_url": "https://api.shop.example",
    "openapi": "shop.json",
    "check": "/health",
    "auth": {"kind": "bearer", "secret": "SHOP_KEY"},
}
SOURCE = """\
from connectors import shop


def main() -> str:
    made = shop.create_token(email="a@example.com")
    return made.token
"""


def document(*, needed: tuple[str, ...] = ("email",), kind: str = "string") -> str:
    """Return a document of one operation."""
    properties = {"email": {"type": "string"}, "context": {"type": "string"}}
    body = {"type": "object", "required": list(needed), "properties": properties}
    answer = {
        "type": "object",
        "required": ["token"],
        "properties": {"token": {"type": kind}},
    }
    operation = {
        "operationId": "createToken",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": {"content": {"application/json": {"schema": answer}}}},
    }
    return json.dumps({"openapi": "3.0.0", "paths": {"/tokens": {"post": operation}}})


@dataclass
class Deployed:
    """The functions there are: name, source and connectors of each."""

    functions: list[tuple[str, str, tuple[str, ...]]] = field(
        default_factory=list[tuple[str, str, tuple[str, ...]]]
    )

    async def functions_using(self, connector: str) -> Sequence[Version]:
        """Return those that declare *connector*."""
        return [
            Version(
                id=VersionId(name),
                function=FunctionName(name),
                number=1,
                source=source,
                manifest=Manifest(connectors=declared),
                schema={},
                returns={},
                lock="",
                environment="",
                deployed_at=datetime(2030, 1, 1, tzinfo=UTC),
                deployed_by="command line",
            )
            for name, source, declared in self.functions
            if connector in declared
        ]


@dataclass
class Around:
    """A desk, and what is around it."""

    desk: ConnectorDesk
    house: House
    deployed: Deployed
    parts: ConnectorParts

    def another(self) -> ConnectorDesk:
        """Return the desk of another node on the same data."""
        return ConnectorDesk(self.parts)


@pytest.fixture
def around(database: Database) -> Around:
    """Return a desk with one service behind it, which answers ``{}``."""
    house = House(secrets=FakeSecrets())
    deployed = Deployed()
    parts = ConnectorParts(
        store=SqlConnectors(database),
        workshop=ThreadedWorkshop(),
        caller=house.caller,
        secrets=house.secrets,
        dependents=deployed,
        checks=TypeChecker(),
        clock=house.clock,
    )
    return Around(ConnectorDesk(parts), house, deployed, parts)


async def added(around: Around, **more: Any) -> None:
    """Set the shop up, with its key."""
    setup = Setup({**DEFINITION, **more}, document(), {"SHOP_KEY": KEY})
    await around.desk.put("shop", setup, by="agent 1")


async def test_a_connector_is_kept_as_it_was_set_up(around: Around):
    """Another node sees the definition, its operations, its secrets and who set it up."""
    await added(around)
    view = await around.another().get("shop")
    assert view.connector is not None
    assert list(view.connector.operations) == ["create_token"]
    assert (view.stored.changed_by, view.stored.source) == ("agent 1", "app")
    assert view.secrets_set == {"SHOP_KEY"}
    assert [one.stored.name for one in await around.another().list()] == ["shop"]
    assert await around.desk.uses_of_secrets() == {"SHOP_KEY": ["connector shop"]}
    assert KEY not in repr(view)


async def test_a_change_counts_at_once_on_every_node(around: Around):
    """A node that has made a connector once makes it anew when it was set up anew."""
    await added(around)
    other = around.another()
    await other.call("shop", "get", {"path": "/a"}, function="f")
    await around.desk.put(
        "shop", Setup({**DEFINITION, "base_url": "https://new.example"}), by="agent 1"
    )
    await other.call("shop", "get", {"path": "/b"}, function="f")
    hosts = [one.target.host for one in around.house.service.heard]
    assert hosts == ["api.shop.example", "new.example"]
    view = await other.get("shop")
    assert view.stored.document is not None, "the document stays until there is another"


async def test_what_is_wrong_changes_nothing(around: Around):
    """A definition, a document or a secret that is refused leaves all as it was."""
    await added(around)
    for setup in (
        Setup({**DEFINITION, "timeouts": "5s"}),
        Setup({**DEFINITION, "title": "\ud800"}),
        Setup({**DEFINITION, "description": "\0"}),
        Setup(DEFINITION, "nonsense"),
        Setup(DEFINITION, None, {"OTHER_KEY": "x"}),
    ):
        with pytest.raises((DefinitionRefused, DocumentRefused)):
            await around.desk.put("shop", setup, by="agent 1")
    assert around.house.secrets.values == {"SHOP_KEY": KEY}
    assert dict((await around.desk.get("shop")).stored.definition) == DEFINITION


async def test_a_connector_in_use_stays(around: Around):
    """Deleting is refused while a function declares it, and done after."""
    await added(around)
    around.deployed.functions = [("mint", SOURCE, ("shop",))]
    with pytest.raises(ConnectorInUse, match="mint"):
        await around.desk.delete("shop")
    around.deployed.functions = []
    await around.desk.delete("shop")
    with pytest.raises(UnknownConnector):
        await around.desk.delete("shop")
    with pytest.raises(AskRefused) as refused:
        await around.another().call("shop", "get", {"path": "/"}, function="f")
    assert refused.value.kind == "unknown"


@pytest.mark.parametrize(
    ("answer", "ok", "status", "remedy"),
    [
        (replying(), True, 200, ""),
        (replying(401), False, 401, "The key is refused"),
        (replying(403), False, 403, "scope"),
        (replying(404), False, 404, "base_url"),
        (replying(500), False, 500, "trouble of its own"),
        (stopping("name", retryable=True), False, None, "resolves names"),
        (stopping("address"), False, None, "private = true"),
        (stopping("tls"), False, None, "certificate"),
        (stopping("connection"), False, None, "firewall"),
    ],
)
async def test_a_check_says_what_is_wrong_and_what_to_do(
    around: Around, answer: Any, ok: Any, status: int | None, remedy: str
):
    """Each trouble has its own remedy, and the verdict is kept."""
    await added(around)
    around.house.service.answers = [answer]
    found = await around.desk.check("shop")
    assert (found.ok, found.status) == (ok, status)
    assert remedy in found.remedy
    assert (await around.another().get("shop")).stored.last_check == found


async def test_a_check_without_a_key_or_an_operation_is_told(around: Around):
    """A secret that is not set, and a definition without check, are no good news."""
    await added(around)
    around.house.secrets.values.clear()
    assert "secrets set" in (await around.desk.check("shop")).remedy
    await around.desk.put("shop", Setup({**DEFINITION, "check": ""}), by="agent 1")
    assert "check =" in (await around.desk.check("shop")).remedy


async def test_drift_names_the_lines_that_break(around: Around):
    """A newer document is compared, functions are checked against it, and nothing changes."""
    await added(around)
    around.deployed.functions = [
        ("mint", SOURCE, ("shop",)),
        ("other", "x: int = 'already wrong'\n", ("shop",)),
    ]
    newer = document(needed=("email", "context"), kind="integer")
    found = await around.desk.drift("shop", newer)
    assert found.changes == (
        "create_token: parameter context is now required",
        "create_token: result token: str → int",
    )
    assert {(one.function, one.line) for one in found.breaks} == {("mint", 5), ("mint", 6)}
    view = await around.another().get("shop")
    assert view.stored.drift is not None
    assert view.stored.drift.changes == found.changes
    assert "token: str" in (await around.desk.stubs(["shop"]))["shop"]
    accepted = await around.desk.accept("shop", newer, by="agent 2")
    assert (accepted.stored.drift, accepted.stored.changed_by) == (None, "agent 2")
    assert "token: int" in (await around.another().stubs())["shop"]
    assert (await around.desk.drift("shop", newer)).changes == ()


async def test_a_built_in_connector_is_compared_with_what_is_brought(around: Around):
    """A new version of the product may change its connectors; where they call is kept."""
    older = json.loads(json.dumps(built_in()["hubspot"]))
    older["base_url"] = "https://api-eu1.hubapi.com"
    del older["operations"]["batch_upsert_contacts"]
    await around.desk.put("hubspot", Setup(older, source="built-in"), by="command line")
    found = await around.desk.drift("hubspot")
    assert found.changes == ("batch_upsert_contacts: operation added",)
    view = await around.desk.accept("hubspot", None, by="command line")
    assert view.connector is not None
    assert view.connector.base_url == "https://api-eu1.hubapi.com"
    assert "batch_upsert_contacts" in view.connector.operations
    await added(around)
    with pytest.raises(DocumentRefused):
        await around.desk.drift("shop")


async def test_a_definition_that_is_no_longer_understood_is_shown_as_such(around: Around):
    """One connector that an older version wrote stops neither the list nor the others."""
    await added(around)
    stored = await around.parts.store.get("shop")
    assert stored is not None
    broken = type(stored)(
        "broken", {"unheard": True}, None, "app", stored.changed_at, "command line"
    )
    await around.parts.store.put(broken)
    views = {one.stored.name: one.connector is None for one in await around.desk.list()}
    assert views == {"broken": True, "shop": False}
    assert list(await around.desk.stubs()) == ["shop"]
    with pytest.raises(AskRefused, match="cannot be used"):
        await around.desk.call("broken", "get", {"path": "/"}, function="f")


async def test_one_of_many_has_a_claim(database: Database):
    """The database decides who may renew a token, and a dead holder's claim lapses."""
    claims = [SqlClaims(database) for _ in range(4)]
    now = datetime(2030, 1, 1, tzinfo=UTC)
    until = now + timedelta(seconds=20)
    got = await asyncio.gather(
        *(one.claim("crm", f"h{n}", now=now, until=until) for n, one in enumerate(claims * 5))
    )
    assert sum(got) == 1
    holder = f"h{got.index(True)}"
    await claims[0].release("crm", "somebody else")
    assert not await claims[0].claim("crm", "late", now=now, until=until)
    await claims[0].release("crm", holder)
    assert await claims[1].claim("crm", "next", now=now, until=until)
    later = until + timedelta(seconds=1)
    assert await claims[2].claim("crm", "after", now=later, until=later)


@pytest.fixture
async def client(around: Around) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the routes, let in when it shows a header."""
    app = FastAPI()
    install(app)

    async def who(request: Request) -> Actor:
        if "authorization" not in request.headers:
            raise ScopeMissing("no")
        return Actor("agent", "1", "Ada", frozenset({Scope.ADMIN}))

    app.include_router(connector_routes(around.desk, who))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://x/v1/admin", headers={"Authorization": "x"}
    ) as opened:
        yield opened


async def test_a_connector_lives_its_life_over_http(around: Around, client: httpx.AsyncClient):
    """Set up, shown, checked, compared, accepted, deleted; no value of a secret comes out."""
    given = {
        "definition": DEFINITION,
        "openapi": json.loads(document()),
        "secrets": {"SHOP_KEY": KEY},
    }
    made = await client.put("/connectors/shop", json=given)
    assert made.status_code == 200
    shown = made.json()
    assert shown["auth"] == {"kind": "bearer", "secret": "SHOP_KEY"}
    assert shown["secrets"] == [{"name": "SHOP_KEY", "set": True}]
    assert shown["operations"] == [
        {"name": "create_token", "method": "POST", "path": "/tokens", "summary": ""}
    ]
    assert (shown["timeoutMs"], shown["hasOpenapi"], shown["source"]) == (10_000, True, "app")
    every = await client.get("/connectors")
    assert [one["name"] for one in every.json()["connectors"]] == ["shop"]
    assert {one["name"] for one in every.json()["builtIn"]} == set(built_in())
    checked = await client.post("/connectors/shop/check")
    assert checked.json()["ok"] is True
    stub = await client.get("/connectors/shop/stubs")
    assert stub.headers["content-type"] == "text/plain; charset=utf-8"
    assert "def create_token(" in stub.text
    newer = {"openapi": document(kind="integer")}
    drifted = await client.post("/connectors/shop/drift", json=newer)
    assert drifted.json() == {
        "changes": ["create_token: result token: str → int"],
        "breaks": [],
    }
    assert (await client.get("/connectors/shop")).json()["drift"]["changes"]
    accepted = await client.post("/connectors/shop/openapi", json=newer)
    assert accepted.json()["drift"] is None
    around.deployed.functions = [("mint", SOURCE, ("shop",))]
    assert (await client.delete("/connectors/shop")).status_code == 409
    around.deployed.functions = []
    assert (await client.delete("/connectors/shop")).status_code == 204
    assert (await client.get("/connectors/shop")).status_code == 404
    for reply in (made, every, checked, stub, drifted, accepted):
        assert KEY not in reply.text


async def test_mistakes_are_told_over_http(client: httpx.AsyncClient):
    """A wrong definition is 422 with its fields; nobody is let in without a proof."""
    wrong = {"definition": {**DEFINITION, "timeouts": "5s"}}
    reply = await client.put("/connectors/shop", json=wrong)
    assert reply.status_code == 422
    assert reply.json()["fields"] == {"timeouts": "unknown; did you mean timeout?"}
    unknown = await client.put("/connectors/shop", json={"definition": DEFINITION, "x": 1})
    assert unknown.status_code == 422
    assert (await client.put("/connectors/My-Shop", json=wrong)).status_code == 422
    client.headers.pop("Authorization")
    assert (await client.get("/connectors")).status_code == 403


@pytest.mark.parametrize(
    "auth",
    [
        {"kind": "header", "name": "X-Key", "secret": "K", "prefix": "Key "},
        {"kind": "query", "name": "k", "secret": "K"},
        {"kind": "basic", "username": {"secret": "U"}, "password": "P"},
        {
            "kind": "oauth2",
            "grant": "refresh_token",
            "token_url": "https://login.example/token",
            "client_id": "me",
            "client_secret": "S",
            "refresh_token": "R",
            "scope": "a",
        },
    ],
)
async def test_auth_is_shown_as_it_is_written(client: httpx.AsyncClient, auth: Any):
    """What is shown can be sent back, with names of secrets and no values."""
    definition = {"base_url": "https://x.example", "auth": auth}
    made = await client.put("/connectors/x", json={"definition": definition})
    assert made.json()["auth"] == auth
