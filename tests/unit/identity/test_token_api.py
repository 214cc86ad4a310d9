"""The token's door: who may ask, what may be read by whom, and what is never minted."""

from datetime import timedelta
from typing import Any, cast

import httpx
import jwt
import pytest
from tests.support.fake_hubspot import FakeHubSpot

from callingcard.backends.fetch import AsyncFetch
from callingcard.errors import ConfigError, NotAllowed
from callingcard.identity.api import Asked, SiteIssuer, TokenDoor
from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.model import Presented
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.kit.actor import Actor, Scope
from callingcard.kit.clock import FakeClock
from callingcard.server.fastpath import FastPath
from callingcard.server.metrics import Metrics

SECRET = "0123456789abcdef0123456789abcdefXYZ"
SHOP = "https://shop.example"
PATH = "/v1/sites/shop/token"
KEYS = {
    "cc_sk_good": Actor("key", "1", "shop", frozenset({Scope.TOKENS}), site="shop"),
    "cc_sk_other": Actor("key", "2", "other", frozenset({Scope.TOKENS}), site="other"),
    "cc_sk_desk": Actor("key", "3", "desk", frozenset({Scope.DESK})),
}


class BadKey(NotAllowed):
    """What the real thing raises of an unknown key."""

    code = "access.bad_key"
    reason = "who"


async def authenticate(given: Presented) -> Actor:
    """Return whose key it is."""
    key = given.bearer()
    if key not in KEYS:
        raise BadKey("no such key")
    return KEYS[key]


async def nowhere(*_: object) -> None:
    """Stand for the rest of the server, where no request of these tests may get."""
    pytest.fail("the request went past the door")


@pytest.fixture
def hubspot() -> FakeHubSpot:
    """Return the platform that is asked."""
    return FakeHubSpot()


@pytest.fixture
async def client(clock: FakeClock, hubspot: FakeHubSpot):
    """Open a client of the door, with the server's own problem table."""
    upstream = AsyncFetch(transport=hubspot.waiting())
    issuer = AsyncIssuer(HubSpot(access_token="pat-1"), clock=clock, upstream=upstream)
    keys = [JwtKey("k1", SECRET)]
    proof = JwtProof(keys, audience="callingcard", issuer="shop")
    sites = {
        "shop": SiteIssuer(issuer, "hubspot", frozenset({SHOP}), proof, "jwt"),
        "keys-only": SiteIssuer(issuer, "hubspot"),
    }
    door = TokenDoor(sites, authenticate, clock=clock)
    transport = httpx.ASGITransport(FastPath(door, nowhere, Metrics()))
    async with issuer, httpx.AsyncClient(transport=transport, base_url="http://cc") as opened:
        yield opened


@pytest.fixture
def proof(clock: FakeClock):
    """Return the headers that prove Ada."""
    now = int(clock.now().timestamp())
    claims = {"iss": "shop", "aud": "callingcard", "iat": now, "exp": now + 300}
    claims |= {"email": "ada@example.com", "sub": "u-7"}
    token = jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": "k1"})
    return {"Authorization": f"Bearer {token}"}


def check_private(reply: httpx.Response) -> None:
    """Assert what holds of every answer."""
    assert reply.headers["cache-control"] == "no-store, private"
    assert reply.headers["vary"] == "Origin, Authorization, Cookie"
    assert "access-control-allow-credentials" not in reply.headers


async def test_a_proof_is_answered_with_a_token(
    client: httpx.AsyncClient, proof: dict[str, str], clock: FakeClock
):
    """In the shape of the contract, and no other."""
    reply = await client.post(PATH, headers=proof, json={})
    body = reply.json()
    check_private(reply)
    assert body["expiresAt"] == "2030-01-02T00:00:00.000Z"
    assert body.pop("refreshAt") < body.pop("expiresAt")
    assert body == {
        "platform": "hubspot",
        "token": "tok-1-ada@example.com",
        "identity": {"email": "ada@example.com", "userId": "u-7"},
        "settings": {
            "identificationEmail": "ada@example.com",
            "identificationToken": "tok-1-ada@example.com",
        },
    }


async def test_nobody_signed_in_is_no_error(client: httpx.AsyncClient, hubspot: FakeHubSpot):
    """The chat opens anonymously."""
    for method in ("POST", "DELETE"):
        reply = await client.request(method, PATH, headers={"Origin": SHOP})
        check_private(reply)
        assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (204, SHOP)
    assert hubspot.calls == 0


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("Bearer nonsense", "identity.proof_invalid"),
        ("Basic YTpi", "identity.proof_invalid"),
        ("Bearer", "identity.proof_invalid"),
        ("Bearer cc_sk_unknown", "access.bad_key"),
        ("Bearer cc_pk_public", "identity.proof_invalid"),
    ],
)
async def test_what_proves_nothing_is_refused(
    client: httpx.AsyncClient, hubspot: FakeHubSpot, authorization: str, code: str
):
    """With 401, and nothing minted."""
    reply = await client.post(PATH, headers={"Authorization": authorization})
    check_private(reply)
    assert (401, code) == (reply.status_code, reply.json()["code"])
    assert hubspot.calls == 0


async def test_a_late_proof_says_so(
    client: httpx.AsyncClient, proof: dict[str, str], clock: FakeClock
):
    """So that the shop signs a new one."""
    clock.advance(timedelta(hours=1))
    reply = await client.post(PATH, headers=proof)
    assert (reply.status_code, reply.json()["code"]) == (401, "identity.proof_expired")


@pytest.mark.parametrize("address", ["grace@example.com", "nonsense", ""])
async def test_the_body_cannot_name_another_person(
    client: httpx.AsyncClient, proof: dict[str, str], hubspot: FakeHubSpot, address: str
):
    """The proof's address counts, and a contradiction is an error."""
    reply = await client.post(PATH, headers=proof, json={"email": address})
    assert (reply.status_code, reply.json()["code"]) == (403, "identity.email_mismatch")
    assert hubspot.calls == 0


async def test_the_body_of_a_proof_changes_nothing(
    client: httpx.AsyncClient, proof: dict[str, str], hubspot: FakeHubSpot
):
    """The same address, however typed, is let through; names are the proof's."""
    body = {"email": "ADA@Example.com", "firstName": "Eve", "userId": "1"}
    reply = await client.post(PATH, headers=proof, json=body)
    assert reply.json()["identity"] == {"email": "ada@example.com", "userId": "u-7"}
    assert b"Eve" not in hubspot.requests[0].content


ORIGINS = [
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://sub.shop.example",
    "http://shop.example",
    "https://shop.example:443",
    "https://shop.example:8443",
    "HTTPS://SHOP.EXAMPLE",
    "https://Shop.example",
    "https://shop.example.",
    "https://shop.example/",
    "https://xn--shp-0na.example",
    "https://shop.example@evil.example",
    "https://shop.example, https://evil.example",
    "null",
    "",
    "*",
]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "GET"])
async def test_another_origin_is_refused(
    client: httpx.AsyncClient,
    proof: dict[str, str],
    hubspot: FakeHubSpot,
    origin: str,
    method: str,
):
    """Whatever it resembles; it is not told otherwise by any header."""
    headers = {**proof, "Origin": origin}
    reply = await client.request(method, PATH, headers=headers)
    check_private(reply)
    assert (reply.status_code, reply.json()["code"]) == (403, "identity.origin_not_allowed")
    assert [name for name in reply.headers if name.startswith("access-control")] == []
    assert hubspot.calls == 0


async def test_two_origins_are_none(client: httpx.AsyncClient, proof: dict[str, str]):
    """Not even with the right one among them."""
    headers = [*proof.items(), ("Origin", SHOP), ("Origin", SHOP)]
    reply = await client.post(PATH, headers=headers)
    assert reply.status_code == 403


async def test_the_sites_origin_is_named_on_answers_and_errors(
    client: httpx.AsyncClient, proof: dict[str, str]
):
    """So that the page can read why it was refused."""
    for headers in (proof, {"Authorization": "Bearer no"}):
        reply = await client.post(PATH, headers={**headers, "Origin": SHOP})
        check_private(reply)
        assert reply.headers["access-control-allow-origin"] == SHOP


async def test_a_preflight_says_what_may_be_sent(client: httpx.AsyncClient):
    """For ten minutes, without credentials."""
    reply = await client.options(PATH, headers={"Origin": SHOP})
    check_private(reply)
    assert reply.status_code == 204
    found = {n: v for n, v in reply.headers.items() if n.startswith("access-control")}
    assert found == {
        "access-control-allow-origin": SHOP,
        "access-control-allow-methods": "POST, DELETE",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-expose-headers": "Retry-After, Date",
        "access-control-max-age": "600",
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
async def test_other_methods_are_refused(
    client: httpx.AsyncClient, proof: dict[str, str], hubspot: FakeHubSpot, method: str
):
    """A link or a picture mints nothing."""
    reply = await client.request(method, PATH, headers=proof)
    check_private(reply)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST, DELETE, OPTIONS")
    assert hubspot.calls == 0


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"email=a%40b.cd", "application/x-www-form-urlencoded", 415),
        (b"{}", None, 415),
        (b"{}", "application/json; charset=utf-8", 200),
        (b"", "text/plain", 200),
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"mail": "a@b.cd"}', "application/json", 422),
        (b'{"emailVerified": "yes"}', "application/json", 422),
        (b'{"properties": ' + b"[" * 9000, "application/json", 422),
        (b" " * 16_385, "application/json", 413),
    ],
)
async def test_a_body_is_json_of_the_one_shape(
    client: httpx.AsyncClient,
    proof: dict[str, str],
    hubspot: FakeHubSpot,
    content: bytes,
    media_type: str | None,
    status: int,
):
    """Anything else is refused before anything is minted."""
    headers = {**proof, **({"Content-Type": media_type} if media_type else {})}
    reply = await client.post(PATH, headers=headers, content=content)
    check_private(reply)
    assert status == reply.status_code
    assert (status == 200) == (hubspot.calls == 1)


async def test_a_server_key_vouches_for_whom_it_names(
    client: httpx.AsyncClient, hubspot: FakeHubSpot
):
    """Names and all."""
    body = {"email": "grace@example.com", "emailVerified": True, "firstName": "Grace"}
    reply = await client.post(PATH, headers={"Authorization": "Bearer cc_sk_good"}, json=body)
    assert reply.json()["token"] == "tok-1-grace@example.com"
    assert b'"firstName":"Grace"' in hubspot.requests[0].content


@pytest.mark.parametrize(
    ("key", "body", "status", "code"),
    [
        ("cc_sk_other", {}, 403, "identity.key_not_allowed"),
        ("cc_sk_desk", {}, 403, "identity.key_not_allowed"),
        ("cc_sk_good", {"email": "grace@example.com"}, 403, "identity.unverified"),
        ("cc_sk_good", {"email": "g@example.com", "userId": "1"}, 403, "identity.unverified"),
        ("cc_sk_good", {}, 422, "identity.invalid_visitor"),
        ("cc_sk_good", {"email": "nobody"}, 422, "identity.invalid_visitor"),
        ("cc_sk_good", {"firstName": 7}, 422, "invalid"),
    ],
)
async def test_a_server_key_is_held_to_its_terms(
    client: httpx.AsyncClient,
    hubspot: FakeHubSpot,
    key: str,
    body: dict[str, Any],
    status: int,
    code: str,
):
    """Scope, site, and a proved address."""
    reply = await client.post(PATH, headers={"Authorization": f"Bearer {key}"}, json=body)
    assert (status, code, 0) == (reply.status_code, reply.json()["code"], hubspot.calls)


async def test_a_refused_field_is_named_and_not_quoted(client: httpx.AsyncClient):
    """The path says where, the content stays out of the answer."""
    headers = {"Authorization": "Bearer cc_sk_good"}
    reply = await client.post(PATH, headers=headers, json={"firstName": {"canary": 1}})
    assert list(reply.json()["fields"]) == ["firstName"]
    assert "canary" not in reply.text


async def test_signing_out_forgets(
    client: httpx.AsyncClient, proof: dict[str, str], hubspot: FakeHubSpot
):
    """The next token is a new one."""
    await client.post(PATH, headers=proof)
    reply = await client.delete(PATH, headers={**proof, "Origin": SHOP})
    check_private(reply)
    await client.post(PATH, headers=proof)
    assert (reply.status_code, hubspot.calls) == (204, 2)


async def test_an_unknown_site_is_not_found(client: httpx.AsyncClient, proof: dict[str, str]):
    """Whatever is proved."""
    for method in ("POST", "DELETE", "OPTIONS"):
        reply = await client.request(method, "/v1/sites/nope/token", headers=proof)
        check_private(reply)
        assert (reply.status_code, reply.json()["code"]) == (404, "identity.unknown_site")


async def test_a_site_without_proofs_takes_keys_alone(
    client: httpx.AsyncClient, proof: dict[str, str]
):
    """A JWT of another site's is nothing there."""
    reply = await client.post("/v1/sites/keys-only/token", headers=proof)
    assert reply.status_code == 401


async def test_a_platform_that_fails_is_told_with_the_origin(
    client: httpx.AsyncClient, proof: dict[str, str], hubspot: FakeHubSpot
):
    """And with a time to come again, where that helps."""
    for upstream, status in ((500, 503), (401, 502)):
        hubspot.status = upstream
        reply = await client.post(PATH, headers={**proof, "Origin": SHOP})
        check_private(reply)
        assert reply.headers["access-control-allow-origin"] == SHOP
        assert (status, status == 503) == (reply.status_code, "retry-after" in reply.headers)


@pytest.mark.parametrize(
    "origin", ["*", "null", "shop.example", "https://Shop.example", SHOP + "/"]
)
def test_an_origin_that_could_never_match_stops_the_start(origin: str):
    """Rather than refuse every page later."""
    with pytest.raises(ConfigError):
        SiteIssuer(None, "hubspot", frozenset({origin}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "allowed"), [("jwt", None), ("key", None), ("jwks", "true"), ("header", "true")]
)
def test_cookies_of_another_origin_count_only_where_they_are_the_proof(
    kind: str, allowed: str | None
):
    """A page of a listed origin may send them; for other proofs they say nothing."""
    site = SiteIssuer(cast("Any", None), "hubspot", frozenset({SHOP}), proof_kind=kind)
    door = TokenDoor({"shop": site}, cast("Any", None))
    asked = Asked("POST", "shop", Presented(()), origins=(SHOP,))
    found = {name.decode(): value.decode() for name, value in door.headers(asked)}
    assert found.get("access-control-allow-credentials") == allowed
    assert found["access-control-expose-headers"] == "Retry-After, Date"
