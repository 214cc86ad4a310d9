"""What is FastAPI's and Starlette's own: who it is, said in three ways."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection, Request
from tests.support.fake_hubspot import FakeHubSpot
from tests.support.shops import async_issuer_of, issuer_of, over_asgi, signed_in

from callingcard.errors import ConfigError
from callingcard.identity.model import Visitor
from callingcard.integrations.fastapi import token_router
from callingcard.integrations.starlette import token_route
from callingcard.kit.clock import FakeClock

ADA = {"who": "ada@example.com"}


def who(request: Request) -> Visitor | None:
    """Return whom the cookie names."""
    return signed_in(request.cookies)


async def who_async(request: Request) -> Visitor | None:
    """Return the same, awaited."""
    return who(request)


def who_later(request: Request) -> Awaitable[Visitor | None]:
    """Return the same from a function that is not async itself."""
    return who_async(request)


@pytest.mark.parametrize("visitor", [who, who_async, who_later])
async def test_the_app_may_say_who_it_is_at_once_or_later(
    visitor: Callable[[Request], Any], clock: FakeClock
):
    """A function, an async one, or one that returns something to await."""
    async with async_issuer_of(FakeHubSpot(), clock) as issuer:
        fastapi = FastAPI()
        fastapi.include_router(token_router(issuer, visitor=visitor), prefix="/chat")
        starlette = Starlette(routes=[token_route(issuer, visitor=visitor)])
        for app in (fastapi, starlette):
            reply = await over_asgi(app)("POST", json={}, cookies=ADA)
            assert reply.json()["identity"]["email"] == "ada@example.com"
            assert (await over_asgi(app)("POST", json={})).status_code == 204


async def test_the_user_of_starlettes_own_authentication_is_known(clock: FakeClock):
    """As the module's first lines say: ``request.user``, when it is authenticated."""

    class Account(SimpleUser):
        email, email_verified, id = "ada@example.com", True, "7"

    class ByCookie(AuthenticationBackend):
        async def authenticate(self, conn: HTTPConnection):
            return (AuthCredentials(), Account("ada")) if "who" in conn.cookies else None

    def signed_in_user(request: Request) -> Visitor | None:
        user = request.user
        if not user.is_authenticated:
            return None
        return Visitor(user.email, email_verified=user.email_verified, user_id=user.id)

    async with async_issuer_of(FakeHubSpot(), clock) as issuer:
        app = Starlette(
            routes=[token_route(issuer, visitor=signed_in_user, path="/t")],
            middleware=[Middleware(AuthenticationMiddleware, backend=ByCookie())],
        )
        send = over_asgi(app)
        assert (await send("POST", "/t", json={})).status_code == 204
        reply = await send("POST", "/t", json={}, cookies=ADA)
        assert reply.json()["identity"] == {"email": "ada@example.com", "userId": "7"}


async def test_the_apps_description_tells_of_both_methods_and_no_others(clock: FakeClock):
    """The refusals are none of its business."""
    async with async_issuer_of(FakeHubSpot(), clock) as issuer:
        app = FastAPI()
        app.include_router(token_router(issuer, visitor=who), prefix="/chat")
        described = app.openapi()["paths"]
        assert {"/chat/token": {"post", "delete"}} == {k: set(v) for k, v in described.items()}
        assert len({each["operationId"] for each in described["/chat/token"].values()}) == 2


def test_a_blocking_issuer_is_refused_at_the_start(clock: FakeClock):
    """It would hold up every visitor."""
    with issuer_of(FakeHubSpot(), clock) as issuer:
        for make in (token_router, token_route):
            with pytest.raises(ConfigError, match="AsyncIssuer"):
                make(issuer, visitor=who)  # type: ignore[arg-type]
