"""Signing in over HTTP: cookies, cross-site requests, bodies, keys."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from callingcard.access.api import (
    MAX_BODY,
    Door,
    bearer_key,
    current_agent,
    session_routes,
)
from callingcard.access.model import User
from callingcard.access.service.keys import Keys
from callingcard.access.service.sessions import Sessions
from callingcard.access.service.users import Users
from callingcard.errors import CallingcardError, ConfigError, Invalid
from callingcard.kit.actor import Actor, Role, Scope

PATH = "/v1/app/session"
PLAIN, TLS = "http://127.0.0.1:9400", "https://chat.example"
ADA, WORD = "ada@example.com", "correct horse"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
RIGHT = {"email": ADA, "password": WORD}


def service(users: Users, sessions: Sessions, keys: Keys, *, public_url: str) -> FastAPI:
    """Put the routes together with one route for agents, owners and keys each."""
    app, door = FastAPI(), Door.at(public_url)
    app.include_router(session_routes(users, sessions, door=door))
    guards = {
        "/agent": current_agent(sessions, door=door),
        "/owner": current_agent(sessions, door=door, role=Role.OWNER),
        "/key": bearer_key(keys),
        "/desk": bearer_key(keys, scope=Scope.DESK),
    }

    def add(path: str, who: Any) -> None:
        @app.api_route(path, methods=METHODS, include_in_schema=False)
        async def show(actor: Annotated[Actor, Depends(who)]) -> dict[str, str]:
            return {"kind": actor.kind, "id": actor.id}

    for path, who in guards.items():
        add(path, who)

    @app.exception_handler(CallingcardError)
    async def tell(_request: Request, error: CallingcardError) -> JSONResponse:
        fields = error.fields if isinstance(error, Invalid) else {}
        return JSONResponse({"code": error.code, "fields": fields}, status_code=400)

    return app


def client(app: FastAPI, base_url: str) -> httpx.AsyncClient:
    """Return a browser without the headers of one."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url)


@pytest.fixture
async def ada(users: Users) -> User:
    """Add Ada, an operator."""
    return (await users.add(ADA, "Ada", role=Role.OPERATOR, password=WORD))[0]


@pytest.fixture
async def app(users: Users, sessions: Sessions, keys: Keys) -> FastAPI:
    """Return the service without TLS."""
    return service(users, sessions, keys, public_url=PLAIN)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Return a browser at the service without TLS."""
    async with client(app, PLAIN) as opened:
        yield opened


def code(answer: httpx.Response) -> str:
    """Return the error of an answer."""
    return answer.json()["code"]


async def test_signing_in_and_out(browser: httpx.AsyncClient, ada: User):
    """The app signs in, finds itself signed in, signs out, and is out."""
    expected = {
        "agent": {"id": ada.id, "email": ADA, "name": "Ada", "role": "operator"},
        "workspace": "Callingcard",
    }
    assert code(await browser.get(PATH)) == "access.signed_out"
    answer = await browser.post(PATH, json=RIGHT)
    assert (200, expected) == (answer.status_code, answer.json())
    assert answer.headers["cache-control"] == "no-store"
    looked = await browser.get(PATH)
    assert (200, expected) == (looked.status_code, looked.json())
    assert {"kind": "agent", "id": ada.id} == (await browser.get("/agent")).json()
    kept = dict(browser.cookies)
    out = await browser.delete(PATH)
    assert (out.status_code, out.content) == (204, b"")
    assert not browser.cookies
    again = await browser.get(
        "/agent", headers={"cookie": f"callingcard-9400={kept['callingcard-9400']}"}
    )
    assert code(again) == "access.signed_out"
    assert (await browser.delete(PATH)).status_code == 204


async def test_a_ticket_signs_in_once_over_http(
    browser: httpx.AsyncClient, sessions: Sessions, ada: User
):
    """A link's ticket works like a password, the first time."""
    ticket = {"ticket": await sessions.ticket(ada.id)}
    first = await browser.post(PATH, json=ticket)
    assert (200, ada.id) == (first.status_code, first.json()["agent"]["id"])
    assert (await browser.get(PATH)).status_code == 200
    assert code(await browser.post(PATH, json=ticket)) == "access.bad_credentials"


async def test_signing_in_again_ends_the_session_before(
    browser: httpx.AsyncClient, sessions: Sessions, ada: User
):
    """A browser has one session; a cookie planted in it is worth nothing afterwards."""
    planted = await sessions.start(ada)
    await browser.post(PATH, json=RIGHT, headers={"cookie": f"callingcard-9400={planted}"})
    answer = await browser.get("/agent", headers={"cookie": f"callingcard-9400={planted}"})
    assert code(answer) == "access.signed_out"


async def test_a_failed_sign_in_keeps_the_session_there_was(
    browser: httpx.AsyncClient, ada: User
):
    """A mistyped password signs nobody out and sets no cookie."""
    await browser.post(PATH, json=RIGHT)
    failed = await browser.post(PATH, json={**RIGHT, "password": "wrong"})
    assert code(failed) == "access.bad_credentials"
    assert "set-cookie" not in failed.headers
    assert ada.id == (await browser.get(PATH)).json()["agent"]["id"]


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [(PLAIN, "callingcard-9400", False), (TLS, "__Host-callingcard", True)],
)
async def test_the_cookie_is_kept_from_scripts_and_other_sites(  # noqa: PLR0913
    users: Users,
    sessions: Sessions,
    keys: Keys,
    ada: User,
    *,
    public_url: str,
    name: str,
    secure: bool,
):
    """Its flags are right with and without TLS, when it is set and when it is taken back."""
    app = service(users, sessions, keys, public_url=public_url)
    async with client(app, public_url) as browser:
        signed_in = await browser.post(PATH, json=RIGHT)
        signed_out = await browser.delete(PATH)
    for answer, age in ((signed_in, "2592000"), (signed_out, "0")):
        pair, *rest = answer.headers["set-cookie"].split("; ")
        flags = {part.lower() for part in rest if not part.lower().startswith("expires=")}
        wanted = {"httponly", "samesite=strict", "path=/", f"max-age={age}"}
        assert name == pair.partition("=")[0]
        assert wanted | ({"secure"} if secure else set()) == flags
    assert ada.id not in signed_in.headers["set-cookie"]


JSON = {"content-type": "application/json"}
OURS, SAME = {"origin": PLAIN}, {"sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "body", "allowed"),
    [
        ({}, None, True),
        (JSON, "{}", True),
        ({"content-type": "Application/JSON; charset=utf-8"}, "{}", True),
        ({**JSON, **SAME}, "{}", True),
        ({**JSON, **OURS}, "{}", True),
        (SAME, None, True),
        ({**SAME, "origin": "https://proxy.example"}, None, True),
        ({"sec-fetch-site": "same-site", **OURS}, None, False),
        ({"sec-fetch-site": "cross-site", **OURS}, None, False),
        ({"sec-fetch-site": "none"}, None, False),
        ({"sec-fetch-site": ""}, None, False),
        ({"sec-fetch-site": "Same-Origin"}, None, False),
        ({"origin": "null"}, None, False),
        ({"origin": ""}, None, False),
        ({"origin": "http://127.0.0.1:9401"}, None, False),
        ({"origin": "http://127.0.0.1"}, None, False),
        ({"origin": "https://127.0.0.1:9400"}, None, False),
        ({"origin": "http://127.0.0.1:9400.evil.example"}, None, False),
        ({"origin": "http://evil.example"}, None, False),
        ({}, "{}", False),
        ({**SAME, "content-type": "text/plain"}, "{}", False),
        ({"content-type": "application/x-www-form-urlencoded"}, "a=b", False),
        ({"content-type": "multipart/form-data; boundary=x"}, "--x--", False),
        ({"content-type": "application/jsonp"}, "{}", False),
        ({"content-type": "text/plain; application/json"}, "{}", False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_other_sites_cannot_act_for_somebody_signed_in(
    browser: httpx.AsyncClient,
    ada: User,
    *,
    method: str,
    headers: dict[str, str],
    body: str | None,
    allowed: bool,
):
    """The table of what a browser may send, for each method that changes something."""
    await browser.post(PATH, json=RIGHT)
    answer = await browser.request(method, "/agent", headers=headers, content=body)
    if allowed:
        assert (200, ada.id) == (answer.status_code, answer.json()["id"])
    else:
        assert code(answer) == "access.cross_site"


async def test_two_contradicting_headers_are_refused(browser: httpx.AsyncClient, ada: User):
    """A second header does not hide the first."""
    await browser.post(PATH, json=RIGHT)
    for name, ours, theirs in (
        ("sec-fetch-site", "same-origin", "cross-site"),
        ("origin", PLAIN, "http://evil.example"),
    ):
        for values in ((ours, theirs), (theirs, ours)):
            answer = await browser.delete("/agent", headers=[(name, one) for one in values])
            assert code(answer) == "access.cross_site"
    assert ada.id == (await browser.get(PATH)).json()["agent"]["id"]


async def test_a_body_of_unknown_length_must_be_json_too(
    browser: httpx.AsyncClient, ada: User
):
    """Without a declared length there may still be a body."""

    async def body() -> AsyncIterator[bytes]:
        yield b"{}"

    await browser.post(PATH, json=RIGHT)
    assert code(await browser.post("/agent", content=body())) == "access.cross_site"
    answer = await browser.post("/agent", content=body(), headers=JSON)
    assert ada.id == answer.json()["id"]


async def test_looking_is_safe_from_anywhere(browser: httpx.AsyncClient, ada: User):
    """A page we link from may open the app; nothing changes by it."""
    await browser.post(PATH, json=RIGHT)
    answer = await browser.request("GET", "/agent", headers={"sec-fetch-site": "cross-site"})
    assert ada.id == answer.json()["id"]


async def test_other_sites_can_neither_sign_in_nor_out(browser: httpx.AsyncClient, ada: User):
    """Signing a victim in as somebody else is an attack as well."""
    theirs = {"sec-fetch-site": "cross-site"}
    refused = await browser.post(PATH, json=RIGHT, headers=theirs)
    assert code(refused) == "access.cross_site"
    assert "set-cookie" not in refused.headers
    await browser.post(PATH, json=RIGHT)
    assert code(await browser.delete(PATH, headers=theirs)) == "access.cross_site"
    assert ada.id == (await browser.get(PATH)).json()["agent"]["id"]


async def test_a_cross_site_request_is_refused_before_anything_is_read(
    browser: httpx.AsyncClient,
):
    """Even without a session the answer is that it is cross-site."""
    answer = await browser.post("/agent", headers={"origin": "http://evil.example"})
    assert code(answer) == "access.cross_site"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"{}", "body"),
        (b'{"email":"ada@example.com"}', "body"),
        (b'{"password":"correct horse"}', "body"),
        (b'{"email":"ada@example.com","password":"correct horse","ticket":"t"}', "body"),
        (b'{"email":"ada@example.com","ticket":"t"}', "body"),
        (b'{"email":1,"password":"correct horse"}', "email"),
        (b'{"email":"ada@example.com","password":["correct horse"]}', "password"),
        (b'{"ticket":"t","role":"owner"}', "role"),
        (b'{"ticket":"\\ud800"}', "body"),
        (b'\xff{"ticket":"t"}', "body"),
    ],
)
async def test_a_body_that_is_no_sign_in_is_refused(
    browser: httpx.AsyncClient, body: bytes, field: str
):
    """The answer says where and never repeats what was sent."""
    answer = await browser.post(PATH, content=body, headers=JSON)
    assert code(answer) == "access.invalid"
    assert [field] == list(answer.json()["fields"])
    assert "horse" not in answer.text


async def test_a_large_body_is_not_read(browser: httpx.AsyncClient):
    """Reading stops soon after the limit, with and without a declared length."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 1024
            yield b" " * 1024

    exact = b'{"ticket":"t"}'.ljust(MAX_BODY)
    fits = await browser.post(PATH, content=exact, headers=JSON)
    assert code(fits) == "access.bad_credentials"
    over = await browser.post(PATH, content=exact + b" ", headers=JSON)
    assert code(over) == "access.too_large"
    assert (
        code(await browser.post(PATH, content=endless(), headers=JSON)) == "access.too_large"
    )
    assert read <= MAX_BODY + 2 * 1024


async def test_guessing_over_http_is_limited(browser: httpx.AsyncClient, ada: User):
    """The eleventh wrong password is not even looked at, for known and unknown alike."""
    for email in (ada.email, "nobody@example.com"):
        answers = [
            code(await browser.post(PATH, json={"email": email, "password": f"guess {n}"}))
            for n in range(11)
        ]
        assert answers[-1] == "access.too_many_tries"


async def test_a_role_is_needed_where_one_is_asked_for(
    browser: httpx.AsyncClient, users: Users, ada: User
):
    """An operator is refused what takes an owner, until they are one."""
    await browser.post(PATH, json=RIGHT)
    assert code(await browser.get("/owner")) == "access.role_needed"
    await users.set_role(ada.id, Role.OWNER)
    assert ada.id == (await browser.get("/owner")).json()["id"]


async def test_a_key_is_taken_from_the_authorization_header(
    browser: httpx.AsyncClient, keys: Keys
):
    """The scheme may be in any case; a key is no agent, and an agent's cookie no key."""
    made, secret = await keys.create("Shop", [Scope.TOKENS])
    for header in (f"Bearer {secret}", f"bearer {secret}", f"BEARER   {secret} "):
        answer = await browser.post("/key", headers={"authorization": header})
        assert {"kind": "key", "id": made.id} == answer.json()
    shown = {"authorization": f"Bearer {secret}"}
    assert code(await browser.get("/agent", headers=shown)) == "access.signed_out"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], "access.no_key"),
        ([("authorization", "")], "access.no_key"),
        ([("authorization", "Bearer")], "access.no_key"),
        ([("authorization", "Bearer  ")], "access.no_key"),
        ([("authorization", "Basic YTpi")], "access.no_key"),
        ([("authorization", "Bearer a"), ("authorization", "Bearer b")], "access.no_key"),
        ([("authorization", "Bearer cc_sk_unknown")], "access.bad_key"),
        ([("authorization", b"Bearer \xff\xfe")], "access.bad_key"),
        ([("authorization", "Bearer " + "a" * 5000)], "access.bad_key"),
    ],
)
async def test_without_a_good_key_nothing_is_done(
    browser: httpx.AsyncClient, headers: list[tuple[str, Any]], expected: str
):
    """A missing key and a bad one are told apart; nothing else is."""
    assert expected == code(await browser.get("/key", headers=headers))


async def test_a_key_needs_the_scope_of_the_route(browser: httpx.AsyncClient, keys: Keys):
    """``admin`` includes the others, also for a key of one site."""
    _, without = await keys.create("One", [Scope.TOKENS, Scope.FUNCTIONS])
    refused = await browser.get("/desk", headers={"authorization": f"Bearer {without}"})
    assert code(refused) == "access.scope_missing"
    for key, secret in (
        await keys.create("Two", [Scope.DESK], style="pat"),
        await keys.create("Three", [Scope.ADMIN], site="shop"),
    ):
        answer = await browser.get("/desk", headers={"authorization": f"Bearer {secret}"})
        assert key.id == answer.json()["id"]


async def test_a_publishable_key_needs_its_origin_over_http(
    browser: httpx.AsyncClient, keys: Keys
):
    """The page's origin is read from the request."""
    made, secret = await keys.create(
        "Page", [Scope.TOKENS], site="shop", origins=["https://shop.example"]
    )
    shown = {"authorization": f"Bearer {secret}"}
    good = await browser.post("/key", headers={**shown, "origin": "https://shop.example"})
    assert made.id == good.json()["id"]
    for headers in (shown, {**shown, "origin": "https://evil.example"}):
        assert code(await browser.post("/key", headers=headers)) == "access.origin_refused"


async def test_the_sign_in_is_documented(app: FastAPI):
    """OpenAPI shows the body, although it is read by hand."""
    posted = app.openapi()["paths"][PATH]["post"]
    shown = posted["requestBody"]["content"]["application/json"]["schema"]
    assert {"email", "password", "ticket"} == set(shown["properties"])


@pytest.mark.parametrize("public_url", ["", "chat.example", "ftp://chat.example", "https://"])
def test_a_door_needs_a_web_address(public_url: str):
    """The operator is told before anything starts."""
    with pytest.raises(ConfigError):
        Door.at(public_url)


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://Chat.Example:443/desk", "https://chat.example"),
        ("http://chat.example:80", "http://chat.example"),
        ("http://[::1]:8400/", "http://[::1]:8400"),
    ],
)
def test_a_door_has_the_origin_that_browsers_send(public_url: str, origin: str):
    """Origins are compared as text, so the usual port is left out."""
    assert origin == Door.at(public_url).origin
