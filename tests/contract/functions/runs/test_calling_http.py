"""``/v1/functions/{name}`` over HTTP: who may, what is refused, what is answered."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.support.run_house import RunHouse, version

from callingcard.backends.database import Database
from callingcard.functions.api.running.function_paths import function_paths
from callingcard.functions.api.running.invoking import FunctionDoor, invoking_routes
from callingcard.functions.model.manifest import (
    Caller,
    HttpTrigger,
    Limits,
    Manifest,
    OnError,
    Rate,
    ScheduleTrigger,
)
from callingcard.functions.model.runs import Failure, RunState, RunVisitor
from callingcard.functions.ports.callers import Shown
from callingcard.functions.ports.sandbox import Broker, Outcome, Task
from callingcard.identity.errors import ProofInvalid
from callingcard.kit.clock import FakeClock
from callingcard.server import problems

SHOP = "https://shop.example"
PROOF = {"Authorization": "Bearer proof"}
KEY = {"Authorization": "Bearer cc_sk_key"}


class Visitors:
    """A site whose visitors prove themselves by one word."""

    async def prove(self, shown: Shown, *, site: str | None) -> RunVisitor:
        """Return Ada for the right word."""
        assert site is None
        if dict(shown.headers).get("authorization") != PROOF["Authorization"]:
            raise ProofInvalid
        return RunVisitor("ada@example.com", email_verified=True)

    def origins(self, site: str | None) -> frozenset[str]:
        """Return the shop's origin."""
        return frozenset() if site else frozenset({SHOP})


class Callers:
    """One key, for one function."""

    async def allowed(self, shown: Shown, *, function: str) -> str:
        """Return the key's name."""
        assert function
        if dict(shown.headers).get("authorization") != KEY["Authorization"]:
            raise ProofInvalid
        return "key 7"


def http(name: str = "greet", **trigger: Any) -> Any:
    """Return a version that is called over HTTP."""
    return version(name, Manifest(triggers=(HttpTrigger(**trigger),)))


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> AsyncIterator[RunHouse]:
    """Return a node with a function for each kind of caller."""
    opened = RunHouse(database, clock)
    rate = Rate(2, timedelta(minutes=1))
    query = {"properties": {"n": {"type": "integer"}}, "additionalProperties": False}
    opened.deploy(
        http(auth=Caller.KEY),
        http("who", auth=Caller.VISITOR),
        http("open", auth=Caller.PUBLIC, origins=(SHOP,), rate=rate),
        replace(http("look", auth=Caller.VISITOR, method="GET"), schema=query),
        version("nightly", Manifest(triggers=(ScheduleTrigger("0 9 * * *"),))),
    )
    yield opened
    await opened.close()


@pytest.fixture
async def client(house: RunHouse, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the one route."""
    app = FastAPI()
    problems.install(app)
    door = FunctionDoor(
        house.invoker, house.deployed, Visitors(), Callers(), clock, lambda _: "10.0.0.1"
    )
    app.include_router(invoking_routes(door))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as opened:
        yield opened


async def test_a_visitor_calls_from_a_page(client: httpx.AsyncClient, house: RunHouse):
    """The function runs for whom the proof names, and the page may read the answer."""
    reply = await client.post(
        "/v1/functions/who", json={"n": 1}, headers={**PROOF, "Origin": SHOP}
    )
    assert (reply.status_code, reply.json()) == (200, {"n": 1})
    assert reply.headers["access-control-allow-origin"] == SHOP
    assert "X-Run-Id" in reply.headers["access-control-expose-headers"]
    assert reply.headers["cache-control"] == "no-store, private"
    kept = await house.desk.get(reply.headers["x-run-id"])
    assert kept.run.trigger == "http"
    visitor = house.sandbox.tasks[0].visitor
    assert visitor is not None
    assert visitor.email == "ada@example.com"


@pytest.mark.parametrize("name", ["who", "greet"])
async def test_nothing_runs_without_a_proof(
    client: httpx.AsyncClient, house: RunHouse, name: str
):
    """It is 401 before a body is read or anything runs."""
    reply = await client.post(f"/v1/functions/{name}", content=b"{" * 100_000)
    assert (reply.status_code, reply.json()["code"]) == (401, "identity.proof_invalid")
    assert reply.headers["cache-control"] == "no-store, private"
    assert house.sandbox.tasks == []


async def test_other_origins_are_refused(client: httpx.AsyncClient, house: RunHouse):
    """A page that is not listed is refused, with a good proof too, and is not named."""
    for name in ("who", "open"):
        for method in ("POST", "OPTIONS"):
            reply = await client.request(
                method,
                f"/v1/functions/{name}",
                headers={**PROOF, "Origin": "https://evil.example"},
            )
            assert reply.status_code == 403
            assert "access-control-allow-origin" not in reply.headers
    two = [("Origin", SHOP), ("Origin", SHOP), ("Authorization", "Bearer proof")]
    assert (await client.post("/v1/functions/who", headers=two)).status_code == 403
    assert house.sandbox.tasks == []


async def test_a_key_is_refused_in_a_browser(client: httpx.AsyncClient):
    """What has an Origin is a page, and a page's key is everybody's."""
    assert (await client.post("/v1/functions/greet", headers=KEY)).status_code == 200
    for origin in (SHOP, "null", ""):
        reply = await client.post("/v1/functions/greet", headers={**KEY, "Origin": origin})
        assert reply.status_code == 403


async def test_anothers_page_cannot_use_a_visitors_cookie(client: httpx.AsyncClient):
    """An image on another site sends the cookie and no Origin; browsers say where from."""
    for site in ("cross-site", "same-site"):
        elsewhere = {**PROOF, "Sec-Fetch-Site": site}
        assert (await client.get("/v1/functions/look", headers=elsewhere)).status_code == 403
    near = {**PROOF, "Sec-Fetch-Site": "same-origin"}
    assert (await client.get("/v1/functions/look", headers=near)).status_code == 200


async def test_public_is_for_listed_pages_within_a_rate(
    client: httpx.AsyncClient, clock: FakeClock
):
    """Two calls in a minute by one client, and the third is told when to come again."""
    page = {"Origin": SHOP}
    assert (await client.post("/v1/functions/open")).status_code == 403
    codes = [
        (await client.post("/v1/functions/open", headers=page)).status_code for _ in range(3)
    ]
    assert codes == [200, 200, 429]
    reply = await client.post("/v1/functions/open", headers=page)
    assert reply.headers["retry-after"] == "30"
    clock.advance(timedelta(seconds=30))
    assert (await client.post("/v1/functions/open", headers=page)).status_code == 200


@pytest.mark.parametrize("name", ["nobody", "nightly", "Greet", "a" * 70])
async def test_what_is_not_there_and_what_has_no_door_look_alike(
    client: httpx.AsyncClient, name: str
):
    """A function for the clock alone cannot be told from one that does not exist."""
    reply = await client.post(f"/v1/functions/{name}", headers=KEY)
    assert reply.status_code == 404
    assert reply.json()["code"] == "functions.unknown_function"


async def test_only_the_declared_method_runs(client: httpx.AsyncClient, house: RunHouse):
    """Any other is 405, and says which would do."""
    for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD"):
        reply = await client.request(method, "/v1/functions/greet", headers=KEY)
        assert (reply.status_code, reply.headers["allow"]) == (405, "POST, OPTIONS")
    assert (await client.post("/v1/functions/look", headers=PROOF)).status_code == 405
    assert house.sandbox.tasks == []


async def test_a_preflight_says_what_is_allowed(client: httpx.AsyncClient):
    """A listed page may send the method, a proof and JSON."""
    reply = await client.options("/v1/functions/who", headers={"Origin": SHOP})
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-methods"] == "POST"
    assert reply.headers["access-control-allow-headers"] == "Authorization, Content-Type"
    assert reply.headers["access-control-allow-credentials"] == "true"
    bare = await client.options("/v1/functions/greet")
    assert (bare.status_code, bare.headers["allow"]) == (204, "POST, OPTIONS")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"a": 1, "a": 2}', 422),
        (b'{"a": NaN}', 422),
        (b'{"a": 1e999}', 422),
        (b'{"a": "\\ud800"}', 422),
        (b"[1]", 422),
        (b"{", 422),
        (b'"\xff"', 422),
        (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", 422),
        (b'{"a":' + b"[" * 8000 + b"]" * 8000 + b"}", 422),
        (b'{"a": ' + b"9" * 5000 + b"}", 422),
        (b" " * 17_000, 413),
        (b"", 200),
        (b" ", 200),
    ],
)
async def test_bodies_are_bounded_before_they_are_parsed(
    client: httpx.AsyncClient, content: bytes, status: int
):
    """What two readers could read differently, or what is too large or deep, is refused."""
    headers = {**KEY, "Content-Type": "application/json"}
    reply = await client.post("/v1/functions/greet", content=content, headers=headers)
    assert reply.status_code == status


async def test_a_body_that_does_not_say_its_size_is_bounded(client: httpx.AsyncClient):
    """Chunk by chunk, it ends where the function's input does."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    headers = {**KEY, "Content-Type": "application/json"}
    reply = await client.post("/v1/functions/greet", content=chunks(), headers=headers)
    assert reply.status_code == 413


async def test_a_body_is_json_by_name(client: httpx.AsyncClient):
    """A form of another site, which needs no preflight, is no call."""
    headers = {**KEY, "Content-Type": "text/plain"}
    reply = await client.post("/v1/functions/greet", content=b"{}", headers=headers)
    assert reply.status_code == 415


async def test_a_query_is_typed(client: httpx.AsyncClient):
    """GET takes its arguments from the query, and says which are wrong."""
    good = await client.get("/v1/functions/look?n=7", headers=PROOF)
    assert good.json() == {"n": 7}
    bad = await client.get("/v1/functions/look?n=x&m=1", headers=PROOF)
    assert bad.status_code == 422
    assert bad.json()["fields"] == {"n": "must be a whole number", "m": "is not a parameter"}
    long = await client.get(f"/v1/functions/look?n={'1' * 17_000}", headers=PROOF)
    assert long.status_code == 413


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (RunState.RAISED, 500),
        (RunState.CRASHED, 500),
        (RunState.TOO_LARGE, 500),
        (RunState.TIMED_OUT, 504),
        (RunState.OUT_OF_MEMORY, 507),
    ],
)
async def test_a_failure_names_the_run_and_no_internals(
    client: httpx.AsyncClient, house: RunHouse, state: RunState, status: int
):
    """The caller can quote the run; why it failed is for its author."""

    async def fail(_task: Task, _broker: Broker) -> Outcome:
        return Outcome(state, failure=Failure("ValueError", "inside-canary"), log="canary")

    house.sandbox.code = fail
    reply = await client.post("/v1/functions/greet", headers=KEY)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["run_id"] == reply.headers["x-run-id"]
    assert "canary" not in reply.text
    assert (await house.desk.get(reply.headers["x-run-id"])).run.state is state


async def test_a_fallback_says_that_it_is_one(client: httpx.AsyncClient, house: RunHouse):
    """null, and a header by which a page can tell."""

    async def fail(_task: Task, _broker: Broker) -> Outcome:
        return Outcome(RunState.TIMED_OUT, failure=Failure("Timeout", ""))

    house.sandbox.code = fail
    anonymous = Manifest(triggers=(HttpTrigger(),), on_error=OnError.ANONYMOUS)
    house.deploy(version(manifest=anonymous))
    reply = await client.post("/v1/functions/greet", headers=KEY)
    assert (reply.status_code, reply.text) == (200, "null")
    assert reply.headers["x-callingcard-fallback"] == "anonymous"


async def test_an_idempotency_key_is_honoured(client: httpx.AsyncClient, house: RunHouse):
    """The same key is the same run and the same answer, for programs."""
    headers = {**KEY, "Idempotency-Key": "order-1"}
    replies = [
        await client.post("/v1/functions/greet", json={"n": n}, headers=headers)
        for n in (1, 1, 2)
    ]
    other = replies.pop()
    assert [reply.json() for reply in replies] == [{"n": 1}, {"n": 1}]
    assert len({reply.headers["x-run-id"] for reply in replies}) == 1
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert "with other arguments" in other.json()["detail"]
    assert len(house.sandbox.tasks) == 1
    bad = await client.post(
        "/v1/functions/greet", headers={**KEY, "Idempotency-Key": "x" * 300}
    )
    assert bad.status_code == 422


async def test_a_full_queue_is_429(database: Database, clock: FakeClock):
    """Too many at once are told to come again."""
    small = RunHouse(database, clock, at_once=1, line=0)
    small.deploy(http())
    app = FastAPI()
    problems.install(app)
    door = FunctionDoor(
        small.invoker, small.deployed, Visitors(), Callers(), clock, lambda _: ""
    )
    app.include_router(invoking_routes(door))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://desk") as client,
        small.queue.turn("greet"),
    ):
        reply = await client.post("/v1/functions/greet", headers=KEY)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "1")
    await small.close()


def test_functions_are_in_openapi():
    """Parameters and results are described, and each reference leads somewhere."""
    schema = {
        "type": "object",
        "required": ["item"],
        "properties": {"item": {"$ref": "#/$defs/Item"}},
        "$defs": {"Item": {"type": "object"}},
    }
    post = version("make", Manifest(triggers=(HttpTrigger(),), limits=Limits()), schema)
    get = version("look", Manifest(triggers=(HttpTrigger("GET"),)), schema)
    night = version("nightly", Manifest(triggers=(ScheduleTrigger("0 9 * * *"),)))
    document = {"paths": function_paths([post, get, night])}
    assert set(document["paths"]) == {"/v1/functions/make", "/v1/functions/look"}
    body = document["paths"]["/v1/functions/make"]["post"]["requestBody"]
    reference = body["content"]["application/json"]["schema"]["properties"]["item"]["$ref"]
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    assert found == {"type": "object"}
    [parameter] = document["paths"]["/v1/functions/look"]["get"]["parameters"]
    assert (parameter["name"], parameter["schema"]) == ("item", {"type": "object"})
    assert json.dumps(document)
