"""A customer's app hands out tokens to its own pages, and to nobody else's."""

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.shops import KINDS, Shop, open_shop

from callingcard.kit.clock import FakeClock

JSON = {"Content-Type": "application/json"}
ADA = {"who": "ada@example.com"}


@pytest.fixture(params=KINDS)
async def shop(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Shop]:
    """Open the shop in one framework after the other."""
    if request.param.startswith("django"):
        request.getfixturevalue("django_site")
    async with open_shop(request.param, clock) as opened:
        yield opened


def check_private(reply: httpx.Response) -> None:
    """Assert what holds of every answer."""
    assert reply.headers["cache-control"] == "no-store, private"
    assert reply.headers["vary"] == "Origin, Authorization, Cookie"


async def test_whoever_is_signed_in_gets_a_token(shop: Shop):
    """In the same shape as from our own server."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://shop.example"}
    reply = await shop.send("POST", json={}, headers=headers, cookies=ADA)
    check_private(reply)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    body = reply.json()
    assert {"platform", "token", "expiresAt", "refreshAt", "identity", "settings"} == set(body)
    assert body["identity"] == {"email": "ada@example.com", "userId": "7"}
    assert body["token"] == body["settings"]["identificationToken"]


async def test_nobody_signed_in_is_no_error(shop: Shop):
    """The chat opens anonymously."""
    for method in ("POST", "DELETE"):
        reply = await shop.send(method, headers=JSON)
        check_private(reply)
        assert (reply.status_code, reply.content) == (204, b"")
        assert "content-type" not in reply.headers
    assert shop.hubspot.calls == 0


async def test_signing_out_forgets(shop: Shop):
    """With or without a body."""
    for more in ({}, {"json": {}}):
        await shop.send("POST", json={}, cookies=ADA)
        reply = await shop.send("DELETE", cookies=ADA, **more)
        assert reply.status_code == 204
    await shop.send("POST", json={}, cookies=ADA)
    assert shop.hubspot.calls == 3


async def test_a_token_is_kept_between_requests(shop: Shop):
    """The platform is asked once for one visitor, and again for another."""
    for who in ("ada@example.com", "ada@example.com", "grace@example.com"):
        assert (await shop.send("POST", json={}, cookies={"who": who})).status_code == 200
    assert shop.hubspot.calls == 2


async def test_the_body_says_nothing_about_who_it_is(shop: Shop):
    """Only the app's own session does."""
    body = {"email": "grace@example.com", "emailVerified": True}
    reply = await shop.send("POST", json=body, cookies=ADA)
    assert reply.json()["identity"]["email"] == "ada@example.com"
    assert (await shop.send("POST", json=body)).status_code == 204


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
    shop: Shop, headers: dict[str, str], status: int
):
    """Not by a form, a script or a link, though the browser sends the cookie along."""
    reply = await shop.send("POST", headers=headers, content=b"{}", cookies=ADA)
    check_private(reply)
    assert status == reply.status_code
    assert (status == 200) == (shop.hubspot.calls == 1)
    if status != 200:
        assert reply.headers["content-type"] == "application/problem+json"


async def test_no_other_site_can_sign_a_visitor_out_of_the_chat(shop: Shop):
    """A DELETE from elsewhere forgets nothing, and one with a form's body neither."""
    await shop.send("POST", json={}, cookies=ADA)
    abroad = {**JSON, "Origin": "https://evil.example"}
    assert (await shop.send("DELETE", headers=abroad, cookies=ADA)).status_code == 403
    plain = {"Content-Type": "text/plain"}
    refused = await shop.send("DELETE", headers=plain, content=b"x", cookies=ADA)
    assert refused.status_code == 415
    await shop.send("POST", json={}, cookies=ADA)
    assert shop.hubspot.calls == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(shop: Shop, method: str):
    """A link or a picture mints nothing."""
    reply = await shop.send(method, headers=JSON, cookies=ADA)
    check_private(reply)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST, DELETE")
    assert shop.hubspot.calls == 0


@pytest.mark.parametrize(
    ("upstream", "wait", "code"),
    [
        (500, "5", "identity.platform_unavailable"),
        (401, "60", "identity.platform_refused"),
    ],
)
async def test_a_platform_that_fails_is_a_503(
    shop: Shop, caplog: pytest.LogCaptureFixture, upstream: int, wait: str, code: str
):
    """The page hears when to come again, the log what is to be done, neither a secret."""
    caplog.set_level(logging.DEBUG)
    shop.hubspot.status = upstream
    reply = await shop.send("POST", json={}, cookies=ADA)
    check_private(reply)
    said = (reply.status_code, reply.headers["retry-after"], reply.json()["code"])
    assert (503, wait, code) == said
    assert reply.headers["content-type"] == "application/problem+json"
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert code in logged
    assert [c for c in ("pat-canary", "ada@", "scope") if c in reply.text] == []
    assert [c for c in ("pat-canary", "ada@") if c in logged] == []


async def test_a_visitor_that_cannot_be_used_is_a_problem(shop: Shop):
    """And not a page of the framework's."""
    reply = await shop.send("POST", json={}, cookies={"who": "nonsense"})
    check_private(reply)
    assert (reply.status_code, reply.json()["code"]) == (422, "identity.invalid_visitor")
    assert list(reply.json()["fields"]) == ["email"]


async def test_an_address_that_nobody_proved_is_refused(shop: Shop):
    """With 403: asking again will not help."""
    reply = await shop.send("POST", json={}, cookies={"who": "eve@example.com"})
    assert (reply.status_code, reply.json()["code"]) == (403, "identity.unverified")
    assert shop.hubspot.calls == 0
