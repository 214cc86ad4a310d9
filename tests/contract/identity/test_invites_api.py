"""A server key makes invites over HTTP; nothing else does, and none leads elsewhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from callingcard.access.api import bearer_key
from callingcard.access.service.keys import Keys
from callingcard.access.store import SqlAccess
from callingcard.backends.database import Database
from callingcard.identity.errors import InviteSpent
from callingcard.identity.invite_api import MAX_BODY_BYTES, invite_routes
from callingcard.identity.model import Visitor
from callingcard.identity.service.invites import InviteDesk
from callingcard.identity.store import SqlSpentInvites
from callingcard.kit.actor import Scope
from callingcard.kit.clock import FakeClock
from callingcard.kit.codec import parse_rfc3339
from callingcard.kit.ids import NumericIds
from callingcard.server import problems

PAGE = "https://shop.example"
ADA = {"email": "Ada@Example.com", "firstName": "Ada", "lastName": "Lovelace"}
SECRETS = [b"a server secret of 32 bytes or more"]


@dataclass
class Shop:
    """What the route reads of a site."""

    origins: frozenset[str] = frozenset({PAGE})


class House:
    """The route over a real database, and a caller."""

    def __init__(self, database: Database, clock: FakeClock, ids: NumericIds) -> None:
        self.clock = clock
        self.keys = Keys(SqlAccess(database), clock=clock, ids=ids)
        self.invites = InviteDesk(SECRETS, SqlSpentInvites(database))
        app = FastAPI()
        sites = {"shop": Shop(), "other": Shop()}
        app.include_router(
            invite_routes(sites, self.invites, bearer_key(self.keys), clock=clock)
        )
        problems.install(app)
        self.app = app
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8400"
        )

    async def key(self, *scopes: Scope, **how: Any) -> dict[str, str]:
        """Return the header of a new key, for the site shop unless it says otherwise."""
        asked = {"site": "shop", **how}
        _, secret = await self.keys.create("Key", scopes or (Scope.TOKENS,), **asked)
        return {"authorization": f"Bearer {secret}"}

    async def ask(
        self, body: Any = ADA, *, headers: dict[str, str] | None = None, site: str = "shop"
    ) -> httpx.Response:
        """Ask for an invite with *body*."""
        shown = await self.key() if headers is None else headers
        return await self.http.post(f"/v1/sites/{site}/invites", json=body, headers=shown)


@pytest.fixture
async def house(database: Database, clock: FakeClock, ids: NumericIds) -> AsyncIterator[House]:
    """Return the route, open."""
    opened = House(database, clock, ids)
    yield opened
    await opened.http.aclose()


async def test_an_invite_for_a_page(house: House):
    """201 with the invite, its end, and the page's link with the invite in it."""
    reply = await house.ask({**ADA, "userId": "u-1", "page": f"{PAGE}/hi?a=1"})
    answer = reply.json()
    assert reply.status_code == 201, reply.text
    assert reply.headers["cache-control"] == "no-store, private"
    assert set(answer) == {"invite", "expiresAt", "url"}
    assert parse_rfc3339(answer["expiresAt"]) == house.clock.now() + timedelta(days=7)
    query = parse_qs(urlsplit(answer["url"]).query)
    assert query == {"a": ["1"], "callingcard_invite": [answer["invite"]]}
    visitor = await house.invites.redeem(
        "shop", answer["invite"], attempt="1", now=house.clock.now()
    )
    assert visitor == Visitor(
        "ada@example.com",
        email_verified=True,
        user_id="u-1",
        first_name="Ada",
        last_name="Lovelace",
    )
    with pytest.raises(InviteSpent):
        await house.invites.redeem(
            "shop", answer["invite"], attempt="2", now=house.clock.now()
        )


async def test_without_a_page_there_is_no_link(house: House):
    """The answer leaves ``url`` out; the life is as asked."""
    answer = (await house.ask({"email": "ada@example.com", "life": 3600})).json()
    assert set(answer) == {"invite", "expiresAt"}
    assert parse_rfc3339(answer["expiresAt"]) == house.clock.now() + timedelta(hours=1)


@pytest.mark.parametrize(
    ("scopes", "how", "site", "status"),
    [
        ((Scope.TOKENS,), {}, "shop", 201),
        ((Scope.TOKENS,), {"site": None}, "other", 201),
        ((Scope.ADMIN,), {"site": None}, "shop", 201),
        ((Scope.TOKENS,), {}, "other", 403),
        ((Scope.DESK,), {}, "shop", 403),
        ((Scope.DESK,), {"style": "pat"}, "shop", 403),
        ((Scope.TOKENS,), {"origins": [PAGE]}, "shop", 403),
        ((Scope.TOKENS,), {"site": None}, "nowhere", 404),
    ],
)
async def test_which_keys_may_invite(
    house: House, scopes: tuple[Scope, ...], how: dict[str, Any], site: str, status: int
):
    """A server key with the scope and the site; a page's own key never."""
    headers = {**await house.key(*scopes, **how), "origin": PAGE}
    assert (await house.ask(headers=headers, site=site)).status_code == status


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer cc_sk_unknown", "Basic YTpi"])
async def test_without_a_key_nothing_is_told(house: House, shown: str):
    """401 for a site that is there and for one that is not, and before the body is read."""
    for site in ("shop", "nowhere"):
        headers = {"authorization": shown} if shown else {}
        reply = await house.ask({"nonsense": True}, headers=headers, site=site)
        assert reply.status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": 7}, "email"),
        ({**ADA, "life": 0}, "life"),
        ({**ADA, "life": 604_801}, "life"),
        ({**ADA, "life": "3600"}, "life"),
        ({**ADA, "page": "https://evil.example/"}, "page"),
        ({**ADA, "page": "/hello"}, "page"),
        ({**ADA, "emailVerified": False}, "emailVerified"),
        ({**ADA, "first_name": "Ada"}, "first_name"),
        ({**ADA, "properties": {"a": ["b"]}}, "properties"),
        ({**ADA, "properties": {"a": "b" * 5000}}, "properties"),
        ([], ""),
    ],
)
async def test_what_cannot_be_invited_is_told_by_field(house: House, body: Any, field: str):
    """422 with the reason; the address is quoted nowhere."""
    reply = await house.ask(body)
    assert reply.status_code == 422, reply.text
    assert any(name.startswith(field) for name in reply.json()["fields"])
    assert "xample.com" not in reply.text


async def test_a_body_is_read_no_further_than_it_may_be(house: House):
    """One byte too many is 413, and is not parsed."""
    headers = await house.key()
    reply = await house.http.post(
        "/v1/sites/shop/invites", content=b"x" * (MAX_BODY_BYTES + 1), headers=headers
    )
    assert reply.status_code == 413


async def test_the_body_is_documented(house: House):
    """OpenAPI shows it, although it is read by hand."""
    posted = house.app.openapi()["paths"]["/v1/sites/{site}/invites"]["post"]
    shown = posted["requestBody"]["content"]["application/json"]["schema"]
    names = {"email", "firstName", "lastName", "userId", "properties", "life", "page"}
    assert names == set(shown["properties"])
    assert "201" in posted["responses"]
