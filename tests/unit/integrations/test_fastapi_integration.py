"""A customer's FastAPI app hands out tokens to its own pages, and to nobody else's."""

import logging
from collections.abc import Awaitable

import httpx
import pytest
from fastapi import FastAPI, Request
from tests.support.fake_hubspot import FakeHubSpot

from callingcard.backends.fetch import AsyncFetch
from callingcard.errors import ConfigError
from callingcard.identity.issuer import AsyncIssuer, Issuer
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.integrations.fastapi import token_router
from callingcard.kit.clock import FakeClock

JSON = {"Content-Type": "application/json"}


def who(request: Request) -> Visitor | None:
    """Return whom the cookie names."""
    name = request.cookies.get("who")
    return Visitor(name, email_verified=True, user_id="7") if name else None


async def who_async(request: Request) -> Visitor | None:
    """Return the same, awaited."""
    return who(request)


@pytest.fixture
def hubspot() -> FakeHubSpot:
    """Return the platform that is asked."""
    return FakeHubSpot()


def who_later(request: Request) -> Awaitable[Visitor | None]:
    """Return the same from a function that is not async itself."""
    return who_async(request)


@pytest.fixture(params=[who, who_async, who_later])
async def client(request: pytest.FixtureRequest, clock: FakeClock, hubspot: FakeHubSpot):
    """Open a client of a shop that has Ada signed in."""
    upstream = AsyncFetch(transport=hubspot.waiting())
    issuer = AsyncIssuer(HubSpot(access_token="pat-canary"), clock=clock, upstream=upstream)
    app = FastAPI()
    app.include_router(token_router(issuer, visitor=request.param), prefix="/chat")
    transport = httpx.ASGITransport(app)
    cookies = {"who": "ada@example.com"}
    async with (
        issuer,
        httpx.AsyncClient(
            transport=transport, base_url="http://shop.example", cookies=cookies
        ) as opened,
    ):
        yield opened


def check_private(reply: httpx.Response) -> None:
    """Assert what holds of every answer."""
    assert reply.headers["cache-control"] == "no-store, private"
    assert reply.headers["vary"] == "Origin, Authorization, Cookie"


async def test_whoever_is_signed_in_gets_a_token(client: httpx.AsyncClient):
    """In the same shape as from our own server."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://shop.example"}
    reply = await client.post("/chat/token", json={}, headers=headers)
    check_private(reply)
    body = reply.json()
    assert {"platform", "token", "expiresAt", "refreshAt", "identity", "settings"} == set(body)
    assert body["identity"] == {"email": "ada@example.com", "userId": "7"}
    assert body["token"] == body["settings"]["identificationToken"]


async def test_nobody_signed_in_is_no_error(client: httpx.AsyncClient, hubspot: FakeHubSpot):
    """The chat opens anonymously."""
    client.cookies.clear()
    for method in ("POST", "DELETE"):
        reply = await client.request(method, "/chat/token", headers=JSON)
        check_private(reply)
        assert (reply.status_code, reply.content) == (204, b"")
    assert hubspot.calls == 0


async def test_signing_out_forgets(client: httpx.AsyncClient, hubspot: FakeHubSpot):
    """With or without a body."""
    for more in ({}, {"json": {}}):
        await client.post("/chat/token", json={})
        reply = await client.request("DELETE", "/chat/token", **more)
        assert reply.status_code == 204
    await client.post("/chat/token", json={})
    assert hubspot.calls == 3


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({}, 415),
        ({**JSON, "Sec-Fetch-Site": "cross-site"}, 403),
        ({**JSON, "Sec-Fetch-Site": "same-site"}, 403),
        ({**JSON, "Sec-Fetch-Site": "none"}, 403),
        ({**JSON, "Origin": "https://evil.example"}, 403),
        ({**JSON, "Origin": "http://shop.example.evil.example"}, 403),
        ({**JSON, "Origin": "http://shop.example:81"}, 403),
        ({**JSON, "Origin": "null"}, 403),
        ({**JSON, "Origin": ""}, 403),
        ({**JSON, "Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 403),
        ({**JSON, "Origin": "https://shop.example"}, 200),
        (JSON, 200),
    ],
)
async def test_no_other_site_can_cause_a_token(
    client: httpx.AsyncClient, hubspot: FakeHubSpot, headers: dict[str, str], status: int
):
    """Not by a form, a script or a link, though the browser sends the cookie along."""
    reply = await client.post("/chat/token", headers=headers, content=b"{}")
    check_private(reply)
    assert status == reply.status_code
    assert (status == 200) == (hubspot.calls == 1)
    if status != 200:
        assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH"])
async def test_other_methods_are_refused(
    client: httpx.AsyncClient, hubspot: FakeHubSpot, method: str
):
    """A link or a picture mints nothing."""
    reply = await client.request(method, "/chat/token", headers=JSON)
    check_private(reply)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST, DELETE")
    assert hubspot.calls == 0


@pytest.mark.parametrize(
    ("upstream", "wait", "code"),
    [
        (500, "5", "identity.platform_unavailable"),
        (401, "60", "identity.platform_refused"),
        (403, "60", "identity.platform_refused"),
    ],
)
async def test_a_platform_that_fails_is_a_503(
    client: httpx.AsyncClient,
    hubspot: FakeHubSpot,
    caplog: pytest.LogCaptureFixture,
    upstream: int,
    wait: str,
    code: str,
):
    """The page hears when to come again, the log what is to be done, neither a secret."""
    caplog.set_level(logging.DEBUG)
    hubspot.status = upstream
    reply = await client.post("/chat/token", json={})
    check_private(reply)
    assert (503, wait, code) == (
        reply.status_code,
        reply.headers["retry-after"],
        reply.json()["code"],
    )
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert code in logged
    told = reply.text + logged
    assert [c for c in ("pat-canary", "ada@", "scope") if c in reply.text] == []
    assert [c for c in ("pat-canary", "ada@") if c in told] == []


async def test_a_visitor_that_cannot_be_used_is_a_problem(
    client: httpx.AsyncClient, hubspot: FakeHubSpot
):
    """And not a page of the framework's."""
    client.cookies.set("who", "nonsense")
    reply = await client.post("/chat/token", json={})
    assert (reply.status_code, reply.json()["code"]) == (422, "identity.invalid_visitor")
    assert list(reply.json()["fields"]) == ["email"]


async def test_an_address_that_nobody_proved_is_refused(
    clock: FakeClock, hubspot: FakeHubSpot
):
    """With 403: asking again will not help."""
    app = FastAPI()
    issuer = AsyncIssuer(
        HubSpot(access_token="pat-1"),
        clock=clock,
        upstream=AsyncFetch(transport=hubspot.waiting()),
    )
    app.include_router(token_router(issuer, visitor=lambda _: Visitor("eve@example.com")))
    transport = httpx.ASGITransport(app)
    async with issuer, httpx.AsyncClient(transport=transport, base_url="http://s") as client:
        reply = await client.post("/token", json={})
    assert (
        reply.status_code,
        reply.json()["code"],
        hubspot.calls,
    ) == (403, "identity.unverified", 0)


def test_a_blocking_issuer_is_refused_at_the_start():
    """It would hold up every visitor."""
    with Issuer(HubSpot(access_token="pat-1")) as issuer, pytest.raises(ConfigError):
        token_router(issuer, visitor=who)  # type: ignore[arg-type]
