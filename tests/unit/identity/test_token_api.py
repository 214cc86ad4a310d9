"""The token's door: who may ask, what may be read by whom, and what is never minted."""

from datetime import timedelta

import httpx
import jwt
import pytest
from fastapi import FastAPI, Request

from callingcard.backends.fetch import AsyncFetch
from callingcard.errors import ConfigError, NotAllowed
from callingcard.identity.api import SiteIssuer, token_routes
from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.kit.actor import Actor, Scope
from callingcard.server import problems
from tests.support.fake_hubspot import FakeHubSpot

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


async def authenticate(request: Request) -> Actor:
    """Return whose key it is."""
    key = request.headers["authorization"].removeprefix("Bearer ")
    if key not in KEYS:
        raise BadKey("no such key")
    return KEYS[key]


@pytest.fixture
def hubspot() -> FakeHubSpot:
    """Return the platform that is asked."""
    return FakeHubSpot()


@pytest.fixture
async def client(clock, hubspot):
    """Open a client of an app with these routes and the server's own problem table."""
    upstream = AsyncFetch(transport=hubspot.waiting())
    issuer = AsyncIssuer(HubSpot(access_token="pat-1"), clock=clock, upstream=upstream)
    keys = [JwtKey("k1", SECRET)]
    proof = JwtProof(keys, audience="callingcard", issuer="shop")
    app = FastAPI()
    problems.install(app)
    sites = {
        "shop": SiteIssuer(issuer, "hubspot", frozenset({SHOP}), proof, "jwt"),
        "keys-only": SiteIssuer(issuer, "hubspot"),
    }
    app.include_router(token_routes(sites, authenticate, clock=clock))
    transport = httpx.ASGITransport(app)
    async with issuer, httpx.AsyncClient(transport=transport, base_url="http://cc") as opened:
        yield opened


@pytest.fixture
def proof(clock):
    """Return the headers that prove Ada."""
    now = int(clock.now().timestamp())
    claims = {"iss": "shop", "aud": "callingcard", "iat": now, "exp": now + 300}
    claims |= {"email": "ada@example.com", "sub": "u-7"}
    token = jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": "k1"})
    return {"Authorization": f"Bearer {token}"}


def check_private(reply: httpx.Response) -> None:
    """Assert what holds of every answer."""
    assert "no-store, private" == reply.headers["cache-control"]
    assert "Origin, Authorization, Cookie" == reply.headers["vary"]
    assert "access-control-allow-credentials" not in reply.headers


async def test_a_proof_is_answered_with_a_token(client, proof, clock):
    """In the shape of the contract, and no other."""
    reply = await client.post(PATH, headers=proof, json={})
    body = reply.json()
    check_private(reply)
    assert "2030-01-02T00:00:00.000Z" == body["expiresAt"]
    assert body.pop("refreshAt") < body.pop("expiresAt")
    assert {
        "platform": "hubspot",
        "token": "tok-1-ada@example.com",
        "identity": {"email": "ada@example.com", "userId": "u-7"},
        "settings": {
            "identificationEmail": "ada@example.com",
            "identificationToken": "tok-1-ada@example.com",
        },
    } == body


async def test_nobody_signed_in_is_no_error(client, hubspot):
    """The chat opens anonymously."""
    for method in ("POST", "DELETE"):
        reply = await client.request(method, PATH, headers={"Origin": SHOP})
        check_private(reply)
        assert (204, SHOP) == (reply.status_code, reply.headers["access-control-allow-origin"])
    assert 0 == hubspot.calls


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
async def test_what_proves_nothing_is_refused(client, hubspot, authorization, code):
    """With 401, and nothing minted."""
    reply = await client.post(PATH, headers={"Authorization": authorization})
    check_private(reply)
    assert (401, code) == (reply.status_code, reply.json()["code"])
    assert 0 == hubspot.calls


async def test_a_late_proof_says_so(client, proof, clock):
    """So that the shop signs a new one."""
    clock.advance(timedelta(hours=1))
    reply = await client.post(PATH, headers=proof)
    assert (401, "identity.proof_expired") == (reply.status_code, reply.json()["code"])


@pytest.mark.parametrize("address", ["grace@example.com", "nonsense", ""])
async def test_the_body_cannot_name_another_person(client, proof, hubspot, address):
    """The proof's address counts, and a contradiction is an error."""
    reply = await client.post(PATH, headers=proof, json={"email": address})
    assert (403, "identity.email_mismatch") == (reply.status_code, reply.json()["code"])
    assert 0 == hubspot.calls


async def test_the_body_of_a_proof_changes_nothing(client, proof, hubspot):
    """The same address, however typed, is let through; names are the proof's."""
    body = {"email": "ADA@Example.com", "firstName": "Eve", "userId": "1"}
    reply = await client.post(PATH, headers=proof, json=body)
    assert {"email": "ada@example.com", "userId": "u-7"} == reply.json()["identity"]
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
async def test_another_origin_is_refused(client, proof, hubspot, origin, method):
    """Whatever it resembles; it is not told otherwise by any header."""
    headers = {**proof, "Origin": origin}
    reply = await client.request(method, PATH, headers=headers)
    check_private(reply)
    assert (403, "identity.origin_not_allowed") == (reply.status_code, reply.json()["code"])
    assert [] == [name for name in reply.headers if name.startswith("access-control")]
    assert 0 == hubspot.calls


async def test_two_origins_are_none(client, proof):
    """Not even with the right one among them."""
    headers = [*proof.items(), ("Origin", SHOP), ("Origin", SHOP)]
    reply = await client.post(PATH, headers=headers)
    assert 403 == reply.status_code


async def test_the_sites_origin_is_named_on_answers_and_errors(client, proof):
    """So that the page can read why it was refused."""
    for headers in (proof, {"Authorization": "Bearer no"}):
        reply = await client.post(PATH, headers={**headers, "Origin": SHOP})
        check_private(reply)
        assert SHOP == reply.headers["access-control-allow-origin"]


async def test_a_preflight_says_what_may_be_sent(client):
    """For ten minutes, without credentials."""
    reply = await client.options(PATH, headers={"Origin": SHOP})
    check_private(reply)
    assert 204 == reply.status_code
    found = {n: v for n, v in reply.headers.items() if n.startswith("access-control")}
    assert {
        "access-control-allow-origin": SHOP,
        "access-control-allow-methods": "POST, DELETE",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-max-age": "600",
    } == found


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
async def test_other_methods_are_refused(client, proof, hubspot, method):
    """A link or a picture mints nothing."""
    reply = await client.request(method, PATH, headers=proof)
    check_private(reply)
    assert (405, "POST, DELETE, OPTIONS") == (reply.status_code, reply.headers["allow"])
    assert 0 == hubspot.calls


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
    client, proof, hubspot, content, media_type, status
):
    """Anything else is refused before anything is minted."""
    headers = {**proof, **({"Content-Type": media_type} if media_type else {})}
    reply = await client.post(PATH, headers=headers, content=content)
    check_private(reply)
    assert status == reply.status_code
    assert (status == 200) == (hubspot.calls == 1)


async def test_a_server_key_vouches_for_whom_it_names(client, hubspot):
    """Names and all."""
    body = {"email": "grace@example.com", "emailVerified": True, "firstName": "Grace"}
    reply = await client.post(PATH, headers={"Authorization": "Bearer cc_sk_good"}, json=body)
    assert "tok-1-grace@example.com" == reply.json()["token"]
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
async def test_a_server_key_is_held_to_its_terms(client, hubspot, key, body, status, code):
    """Scope, site, and a proved address."""
    reply = await client.post(PATH, headers={"Authorization": f"Bearer {key}"}, json=body)
    assert (status, code, 0) == (reply.status_code, reply.json()["code"], hubspot.calls)


async def test_a_refused_field_is_named_and_not_quoted(client):
    """The path says where, the content stays out of the answer."""
    headers = {"Authorization": "Bearer cc_sk_good"}
    reply = await client.post(PATH, headers=headers, json={"firstName": {"canary": 1}})
    assert ["firstName"] == list(reply.json()["fields"])
    assert "canary" not in reply.text


async def test_signing_out_forgets(client, proof, hubspot):
    """The next token is a new one."""
    await client.post(PATH, headers=proof)
    reply = await client.delete(PATH, headers={**proof, "Origin": SHOP})
    check_private(reply)
    await client.post(PATH, headers=proof)
    assert (204, 2) == (reply.status_code, hubspot.calls)


async def test_an_unknown_site_is_not_found(client, proof):
    """Whatever is proved."""
    for method in ("POST", "DELETE", "OPTIONS"):
        reply = await client.request(method, "/v1/sites/nope/token", headers=proof)
        check_private(reply)
        assert (404, "identity.unknown_site") == (reply.status_code, reply.json()["code"])


async def test_a_site_without_proofs_takes_keys_alone(client, proof):
    """A JWT of another site's is nothing there."""
    reply = await client.post("/v1/sites/keys-only/token", headers=proof)
    assert 401 == reply.status_code


async def test_a_platform_that_fails_is_told_with_the_origin(client, proof, hubspot):
    """And with a time to come again, where that helps."""
    for upstream, status in ((500, 503), (401, 502)):
        hubspot.status = upstream
        reply = await client.post(PATH, headers={**proof, "Origin": SHOP})
        check_private(reply)
        assert SHOP == reply.headers["access-control-allow-origin"]
        assert (status, status == 503) == (reply.status_code, "retry-after" in reply.headers)


@pytest.mark.parametrize("origin", ["*", "null", "shop.example", "https://Shop.example", SHOP + "/"])
def test_an_origin_that_could_never_match_stops_the_start(origin):
    """Rather than refuse every page later."""
    with pytest.raises(ConfigError):
        SiteIssuer(None, "hubspot", frozenset({origin}))  # type: ignore[arg-type]
