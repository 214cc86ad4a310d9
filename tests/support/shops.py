"""A shop in every framework: whoever the cookie names is signed in, and may have a token."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from callingcard.backends.fetch import AsyncFetch
from callingcard.identity.issuer import AsyncIssuer, Issuer
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.kit.clock import FakeClock
from tests.support.fake_hubspot import FakeHubSpot

HOST = "http://shop.example"
PATH = "/chat/token"

Send = Callable[..., Awaitable[httpx.Response]]
"""Takes a method, and what httpx takes for headers, cookies and content."""


@dataclass(frozen=True)
class Shop:
    """A running shop, and the platform that its issuer asks."""

    send: Send
    hubspot: FakeHubSpot


def signed_in(cookies: Any) -> Visitor | None:
    """Return whom the cookie names."""
    name = cookies.get("who")
    return Visitor(name, email_verified="eve" not in name, user_id="7") if name else None


def issuer_of(hubspot: FakeHubSpot, clock: FakeClock) -> Issuer:
    """Return an issuer that blocks."""
    upstream = AsyncFetch(transport=hubspot.waiting())
    return Issuer(HubSpot(access_token="pat-canary"), clock=clock, upstream=upstream)


def async_issuer_of(hubspot: FakeHubSpot, clock: FakeClock) -> AsyncIssuer:
    """Return an issuer that does not."""
    upstream = AsyncFetch(transport=hubspot.waiting())
    return AsyncIssuer(HubSpot(access_token="pat-canary"), clock=clock, upstream=upstream)


def fastapi_app(issuer: AsyncIssuer) -> Any:
    """Return the shop in FastAPI."""
    from fastapi import FastAPI

    from callingcard.integrations.fastapi import token_router

    app = FastAPI()
    router = token_router(issuer, visitor=lambda request: signed_in(request.cookies))
    app.include_router(router, prefix="/chat")
    return app


def starlette_app(issuer: AsyncIssuer) -> Any:
    """Return the shop in Starlette."""
    from starlette.applications import Starlette

    from callingcard.integrations.starlette import token_route

    route = token_route(issuer, visitor=lambda request: signed_in(request.cookies))
    return Starlette(routes=[route])


def flask_app(issuer: Issuer) -> Any:
    """Return the shop in Flask."""
    from flask import Flask, request

    from callingcard.integrations.flask import token_blueprint

    app = Flask("shop")
    blueprint = token_blueprint(issuer, visitor=lambda: signed_in(request.cookies))
    app.register_blueprint(blueprint, url_prefix="/chat")
    return app


def django_view(issuer: Issuer | AsyncIssuer) -> Any:
    """Return the view of the shop in Django."""
    from callingcard.integrations.django import token_view

    return token_view(issuer, visitor=lambda request: signed_in(request.COOKIES))


def served_by_django(view: Any) -> Any:
    """Return the settings under which Django serves *view* and a form."""
    from django.http import HttpResponse
    from django.test import override_settings
    from django.urls import path

    form = path("form", lambda _request: HttpResponse("sent"))
    return override_settings(ROOT_URLCONF=(path(PATH[1:], view), form))


@asynccontextmanager
async def open_shop(kind: str, clock: FakeClock) -> AsyncIterator[Shop]:
    """Open the shop that *kind* names; Django's take the fixture ``django_site``."""
    hubspot = FakeHubSpot()
    if kind in {"flask", "django"}:
        with issuer_of(hubspot, clock) as issuer:
            if kind == "flask":
                yield Shop(over_wsgi(flask_app(issuer)), hubspot)
            else:
                from django.core.handlers.wsgi import WSGIHandler

                with served_by_django(django_view(issuer)):
                    yield Shop(over_wsgi(WSGIHandler()), hubspot)
        return
    async with async_issuer_of(hubspot, clock) as waiting:
        if kind == "django-async":
            from django.core.handlers.asgi import ASGIHandler

            with served_by_django(django_view(waiting)):
                yield Shop(over_asgi(ASGIHandler()), hubspot)
        else:
            app = {"fastapi": fastapi_app, "starlette": starlette_app}[kind](waiting)
            yield Shop(over_asgi(app), hubspot)


KINDS = ("fastapi", "starlette", "flask", "django", "django-async")


def over_wsgi(app: Any) -> Send:
    """Return what sends a request to a WSGI app."""

    def blocking(method: str, path: str, cookies: dict[str, str], **more: Any):
        transport = httpx.WSGITransport(app)
        with httpx.Client(transport=transport, base_url=HOST, cookies=cookies) as client:
            return client.request(method, path, **more)

    async def send(method: str, path: str = PATH, **more: Any) -> httpx.Response:
        return blocking(method, path, more.pop("cookies", {}), **more)

    return send


def over_asgi(app: Any) -> Send:
    """Return what sends a request to an ASGI app."""

    async def send(method: str, path: str = PATH, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=HOST, cookies=more.pop("cookies", {})
        ) as client:
            return await client.request(method, path, **more)

    return send
