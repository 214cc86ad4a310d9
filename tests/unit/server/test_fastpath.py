"""The way round the framework: as guarded as the way through it, and told who asks."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from tests.support.fake_hubspot import FakeHubSpot

from callingcard.backends.fetch import AsyncFetch
from callingcard.errors import ConfigError, LimitExceeded
from callingcard.identity import api
from callingcard.identity.api import SiteIssuer, TokenDoor
from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.identity.proofs.invite import Invites
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.identity.service.landing import Claim
from callingcard.kit.actor import Actor, Scope
from callingcard.kit.clock import FakeClock
from callingcard.server import fastpath
from callingcard.server.edge.client import client_ip, networks
from callingcard.server.fastpath import FastPath
from callingcard.server.metrics import Metrics
from callingcard.server.token_paths import PROBLEM, TOKEN, TOKEN_PATHS

SECRET = "0123456789abcdef0123456789abcdefXYZ"
SHOP = "https://shop.example"
PATH = "/v1/sites/shop/token"
NEAR, FAR = "10.0.0.1", "203.0.113.9"


class FakeLanding:
    """Notes what it is asked, and admits whom it was told to."""

    def __init__(self) -> None:
        self.answer: Visitor | Exception | None = None
        self.claims: list[Claim] = []
        self.peers: list[str] = []
        self.taken_back: list[Claim] = []

    async def admit(
        self, site: str, claim: Claim, given: Presented, now: datetime
    ) -> Visitor | None:
        """Do as told."""
        assert (site, now.year) == ("shop", 2030)
        self.claims.append(claim)
        self.peers.append(given.peer)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def failed(self, site: str, claim: Claim) -> None:
        """Note it."""
        assert site == "shop"
        self.taken_back.append(claim)


class House:
    """A fast path with one site, and all that it is made of."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.hubspot = FakeHubSpot()
        self.landing = FakeLanding()
        self.metrics = Metrics()
        self.refused: list[tuple[str, str]] = []
        self.issuer = AsyncIssuer(
            HubSpot(access_token="pat-1"),
            clock=clock,
            upstream=AsyncFetch(transport=self.hubspot.waiting()),
            allow_unverified=True,
        )
        proof = JwtProof([JwtKey("k1", SECRET)], audience="callingcard", issuer="shop")
        self.sites = {
            "shop": SiteIssuer(
                self.issuer, "hubspot", frozenset({SHOP}), proof, "jwt", self.landing, "mint"
            )
        }
        self.app = FastPath(
            TokenDoor(self.sites, self.authenticate, clock=clock),
            self.usual,
            self.metrics,
            trusted=networks(["10.0.0.0/24"]),
            refused=lambda site, error: self.refused.append((site, error.code)),
        )

    async def authenticate(self, _given: Presented) -> Actor:
        """Know every key."""
        return Actor("key", "1", "shop", frozenset({Scope.TOKENS}))

    async def usual(self, scope: Any, _receive: Any, send: Any) -> None:
        """Say that the request came past."""
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    def proof(self, **more: Any) -> dict[str, str]:
        """Return the headers that prove Ada."""
        now = int(self.clock.now().timestamp())
        claims = {"iss": "shop", "aud": "callingcard", "iat": now, "exp": now + 300}
        claims |= {"email": "ada@example.com", **more}
        token = jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": "k1"})
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
async def house(clock: FakeClock):
    """Open the house."""
    made = House(clock)
    async with made.issuer:
        yield made


@pytest.fixture
async def client(house: House):
    """Open a client that is connected from a trusted proxy."""
    transport = httpx.ASGITransport(house.app, client=(NEAR, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://cc") as opened:
        yield opened


FORWARDED: list[tuple[str, list[tuple[bytes, bytes]], str]] = [
    (FAR, [(b"x-forwarded-for", b"6.6.6.6")], FAR),
    (FAR, [(b"forwarded", b"for=6.6.6.6"), (b"x-real-ip", b"6.6.6.6")], FAR),
    (NEAR, [(b"forwarded", b"for=6.6.6.6"), (b"x-real-ip", b"6.6.6.6")], NEAR),
    (NEAR, [], NEAR),
    (NEAR, [(b"x-forwarded-for", b"203.0.113.9")], FAR),
    (NEAR, [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9")], FAR),
    (NEAR, [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9, 10.0.0.2")], FAR),
    (NEAR, [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.9")], FAR),
    (NEAR, [(b"x-forwarded-for", b"203.0.113.9:5555")], FAR),
    (NEAR, [(b"x-forwarded-for", b"[2001:db8::7]:5555")], "2001:db8::7"),
    (NEAR, [(b"x-forwarded-for", b"2001:db8::7")], "2001:db8::7"),
    (NEAR, [(b"x-forwarded-for", b"203.0.113.9, nonsense")], NEAR),
    (NEAR, [(b"x-forwarded-for", b"nonsense, 10.0.0.3")], "10.0.0.3"),
    (NEAR, [(b"x-forwarded-for", b"unknown")], NEAR),
    (NEAR, [(b"x-forwarded-for", b"\xff\xfe")], NEAR),
    (NEAR, [(b"x-forwarded-for", b"10.0.0.4, 10.0.0.3")], "10.0.0.4"),
    (NEAR, [(b"x-forwarded-for", b"6.6.6.6" + b", 10.0.0.3" * 5000)], "10.0.0.3"),
    (f"::ffff:{NEAR}", [(b"x-forwarded-for", b"203.0.113.9")], FAR),
    ("", [(b"x-forwarded-for", b"6.6.6.6")], ""),
    ("testclient", [(b"x-forwarded-for", b"6.6.6.6")], "testclient"),
]


@pytest.mark.parametrize(("peer", "headers", "client"), FORWARDED)
def test_only_our_own_proxies_say_who_asks(
    peer: str, headers: list[tuple[bytes, bytes]], client: str
):
    """And only by what the nearest of them added themselves."""
    assert client_ip(peer, headers, networks(["10.0.0.0/24"])) == client


def test_without_proxies_nobody_speaks_for_others():
    """An empty list trusts no header at all."""
    assert client_ip(NEAR, [(b"x-forwarded-for", b"6.6.6.6")], ()) == NEAR


def test_a_proxy_that_is_no_address_stops_the_start():
    """Rather than be ignored."""
    with pytest.raises(ConfigError):
        networks(["proxy.internal"])


async def test_what_is_no_token_goes_its_usual_way(client: httpx.AsyncClient):
    """Also what looks nearly like one."""
    for path in (
        "/",
        "/v1/sites/token",
        "/v1/sites//token",
        "/v1/sites/a/b/token",
        PATH + "/",
    ):
        reply = await client.post(path)
        assert (reply.status_code, reply.text) == (299, path)


async def test_every_answer_is_guarded_and_has_a_name(house: House, client: httpx.AsyncClient):
    """A good one, none at all, and a refusal, as everywhere else in the server."""
    for headers in (house.proof(), {}, {"Authorization": "Bearer no"}):
        found = (await client.post(PATH, headers=headers)).headers
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert found["content-security-policy"].startswith("default-src 'none'")
        assert found["x-request-id"].startswith("r_")
        assert len(found.get_list("cache-control")) == len(found.get_list("vary")) == 1
    named = await client.post(PATH, headers={"X-Request-Id": "from-the-proxy-1"})
    assert named.headers["x-request-id"] == "from-the-proxy-1"
    forged = await client.post(PATH, headers={"X-Request-Id": "a b\x1b[31m"})
    assert forged.headers["x-request-id"].startswith("r_")


async def test_an_unmeant_exception_is_told_without_internals(
    house: House, client: httpx.AsyncClient
):
    """It ends as a 500 with a name to quote, and mints nothing."""

    class Broken:
        kind = "broken"

        async def visitor(self, _given: Presented, _now: datetime) -> Visitor:
            raise RuntimeError("canary")

    house.sites["shop"] = SiteIssuer(house.issuer, "hubspot", proof=Broken())
    reply = await client.post(PATH, headers=house.proof())
    assert (reply.status_code, reply.json()["code"]) == (500, "unexpected")
    assert reply.headers["cache-control"] == "no-store, private"
    assert reply.headers["x-request-id"] in reply.text
    assert "canary" not in reply.text
    assert house.hubspot.calls == 0


async def test_requests_are_counted_by_route(house: House, client: httpx.AsyncClient):
    """And never by site or visitor."""
    await client.post(PATH, headers=house.proof())
    await client.post("/v1/sites/a-random-name/token")
    counted = house.metrics.exposition().decode()
    assert 'count{route="/v1/sites/{site}/token",status="200"} 1.0' in counted
    assert 'count{route="/v1/sites/{site}/token",status="404"} 1.0' in counted
    assert "a-random-name" not in counted


async def test_a_refusal_is_reported_for_sites_that_exist(
    house: House, client: httpx.AsyncClient
):
    """Names that anybody can make up are not."""
    await client.post(PATH, headers={"Authorization": "Bearer no"})
    await client.post("/v1/sites/nope/token")
    assert house.refused == [("shop", "identity.proof_invalid")]


async def test_sites_are_looked_up_at_every_request(house: House, client: httpx.AsyncClient):
    """One that is replaced or removed is so at once."""
    assert (await client.post(PATH, headers=house.proof())).status_code == 200
    other = JwtProof([JwtKey("k2", SECRET[::-1])], audience="callingcard", issuer="shop")
    house.sites["shop"] = SiteIssuer(house.issuer, "hubspot", proof=other)
    assert (await client.post(PATH, headers=house.proof())).status_code == 401
    del house.sites["shop"]
    assert (await client.post(PATH, headers=house.proof())).status_code == 404


async def test_a_body_that_does_not_come_is_not_waited_for(
    house: House, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    """The answer is 408, and the connection is closed behind it."""
    monkeypatch.setattr(fastpath, "BODY_SECONDS", 0.01)

    async def slow():
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "http_version": "1.1",
        "client": None,
        "headers": [
            (b"transfer-encoding", b"chunked"),
            *((n.lower().encode(), v.encode()) for n, v in house.proof().items()),
        ],
    }
    sent: list[dict[str, Any]] = []
    chunks = slow()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(chunks), "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await house.app(scope, receive, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["code"] == "request_timeout"
    assert house.hubspot.calls == 0


async def test_a_body_announced_too_large_is_not_read(house: House, client: httpx.AsyncClient):
    """Nor is the connection kept for what is still to come."""
    headers = {**house.proof(), "Content-Type": "application/json"}
    reply = await client.post(PATH, headers=headers, content=b" " * 20_000)
    assert (reply.status_code, reply.headers["connection"]) == (413, "close")


def invite() -> str:
    """Return an invite; whether it is good is not the door's to say."""
    visitor = Visitor("ada@example.com", email_verified=True)
    clock = FakeClock()
    return Invites([b"x" * 32], "shop").make(visitor, clock.now(), timedelta(days=1))[0]


async def test_who_is_not_signed_in_is_the_landings_to_decide(
    house: House, client: httpx.AsyncClient
):
    """It hears what was claimed, with what, from which page, and from where."""
    house.landing.answer = Visitor("grace@example.com")
    headers = {"Origin": SHOP, "X-Forwarded-For": f"6.6.6.6, {FAR}"}
    body = {"email": "Grace@Example.com", "emailVerified": True}
    bearers = [("publishable", "cc_pk_abc"), ("invite", invite()), ("nothing", "")]
    for kind, bearer in bearers:
        shown = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        reply = await client.post(PATH, headers={**headers, **shown}, json=body)
        claim = house.landing.claims.pop()
        assert (reply.status_code, claim.kind, claim.bearer) == (200, kind, bearer)
        assert (claim.origin, claim.client, house.landing.peers.pop()) == (SHOP, FAR, NEAR)
        assert claim.body is not None
        assert (claim.body.email, claim.body.email_verified) == ("grace@example.com", False)
    assert house.landing.taken_back == []


async def test_nothing_at_all_is_not_even_a_claim(house: House, client: httpx.AsyncClient):
    """An empty body without a credential is nobody, and no business of the landing's."""
    assert (await client.post(PATH, json={})).status_code == 204
    assert house.landing.claims == []


async def test_what_a_landing_says_is_done(house: House, client: httpx.AsyncClient):
    """Nobody, and a limit with a time to come again."""
    headers = {"Authorization": "Bearer cc_pk_abc"}
    assert (await client.post(PATH, headers=headers)).status_code == 204
    house.landing.answer = LimitExceeded("too many", retry_after=timedelta(seconds=7))
    reply = await client.post(PATH, headers=headers)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "7")
    assert house.hubspot.calls == 0


async def test_an_invite_is_given_back_when_there_is_no_token(
    house: House, client: httpx.AsyncClient
):
    """The link in a mail must not be burnt by an outage."""
    house.landing.answer = Visitor("ada@example.com", email_verified=True)
    house.hubspot.status = 500
    reply = await client.post(PATH, headers={"Authorization": f"Bearer {invite()}"})
    assert reply.status_code == 503
    assert house.landing.taken_back == house.landing.claims


async def test_without_a_landing_claims_prove_nothing(house: House, client: httpx.AsyncClient):
    """A publishable key and an invite are refused; a typed address is nobody."""
    site = house.sites["shop"]
    house.sites["shop"] = SiteIssuer(house.issuer, "hubspot", proof=site.proof)
    for bearer in ("cc_pk_abc", invite()):
        reply = await client.post(PATH, headers={"Authorization": f"Bearer {bearer}"})
        assert (reply.status_code, reply.json()["code"]) == (401, "identity.proof_invalid")
    assert (await client.post(PATH, json={"email": "ada@example.com"})).status_code == 204


async def test_signing_out_spends_no_invite(house: House, client: httpx.AsyncClient):
    """It asks nobody."""
    for bearer in ("cc_pk_abc", invite()):
        reply = await client.delete(PATH, headers={"Authorization": f"Bearer {bearer}"})
        assert reply.status_code == 204
    assert house.landing.claims == []


async def test_minting_is_for_landings_alone(house: House, client: httpx.AsyncClient):
    """On a site that mints, a key still has to say that an address is verified."""
    headers = {"Authorization": "Bearer cc_sk_abc"}
    reply = await client.post(PATH, headers=headers, json={"email": "ada@example.com"})
    assert (reply.status_code, reply.json()["code"]) == (403, "identity.unverified")
    assert house.hubspot.calls == 0


async def _said(client: httpx.AsyncClient, method: str, **more: Any) -> httpx.Response:
    """Return the answer to one request."""
    return await client.request(method, PATH, **more)


Ask = Callable[[House, httpx.AsyncClient], Any]
ANSWERS: list[tuple[str, str, Ask]] = [
    ("post", "200", lambda h, c: _said(c, "POST", headers=h.proof())),
    ("post", "204", lambda _, c: _said(c, "POST")),
    ("post", "401", lambda _, c: _said(c, "POST", headers={"Authorization": "Bearer no"})),
    ("post", "403", lambda _, c: _said(c, "POST", headers={"Origin": "https://evil.example"})),
    ("post", "404", lambda _, c: c.post("/v1/sites/nope/token")),
    ("post", "413", lambda h, c: _said(c, "POST", headers=h.proof(), content=b" " * 20_000)),
    ("post", "415", lambda h, c: _said(c, "POST", headers=h.proof(), content=b"[]")),
    ("post", "422", lambda h, c: _said(c, "POST", headers=h.proof(), json={"mail": 1})),
    ("delete", "204", lambda h, c: _said(c, "DELETE", headers=h.proof())),
    ("delete", "401", lambda _, c: _said(c, "DELETE", headers={"Authorization": "Bearer no"})),
    ("delete", "415", lambda h, c: _said(c, "DELETE", headers=h.proof(), content=b"[]")),
]


@pytest.mark.parametrize(("method", "status", "ask"), ANSWERS)
async def test_the_document_says_what_is_answered(
    house: House, client: httpx.AsyncClient, method: str, status: str, ask: Ask
):
    """Status, media type and members agree, since no framework sees to it here."""
    reply: httpx.Response = await ask(house, client)
    documented = TOKEN_PATHS[api.PATH][method]["responses"][status]
    assert str(reply.status_code) == status
    if "content" not in documented:
        assert reply.content == b""
        return
    ((media_type, content),) = documented["content"].items()
    assert reply.headers["content-type"] == media_type
    shape, members = content["schema"], reply.json()
    assert shape in (TOKEN, PROBLEM)
    assert set(shape["required"]) <= set(members) <= set(shape["properties"])
    kinds = {"string": str, "integer": int, "object": dict, "null": type(None)}
    for name, value in members.items():
        allowed = shape["properties"][name]["type"]
        names = allowed if isinstance(allowed, list) else [allowed]
        assert isinstance(value, tuple(kinds[kind] for kind in names)), name
