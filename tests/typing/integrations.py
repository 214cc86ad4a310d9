"""How the integrations look to their users: never run, only checked by mypy."""

from collections.abc import Awaitable
from typing import Any, assert_type

from flask import Blueprint, Flask, session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from callingcard import AsyncIssuer, Issuer, Visitor
from callingcard.integrations.django import AsyncView, View, token_view
from callingcard.integrations.flask import token_blueprint
from callingcard.integrations.starlette import token_route
from callingcard.platforms import HubSpot

blocking = Issuer(HubSpot(access_token="pat-example"))
waiting = AsyncIssuer(HubSpot(access_token="pat-example"))


def of_starlette(request: Request) -> Visitor | None:
    """Return whom Starlette's own authentication names."""
    user = request.user
    return Visitor(user.email, email_verified=True) if user.is_authenticated else None


async def of_starlette_async(request: Request) -> Visitor | None:
    """Return the same, awaited."""
    return of_starlette(request)


def of_starlette_later(request: Request) -> Awaitable[Visitor | None]:
    """Return something to await."""
    return of_starlette_async(request)


def of_flask() -> Visitor | None:
    """Return whom the session names."""
    return Visitor(session["email"], email_verified=True) if "email" in session else None


def of_django(request: Any) -> Visitor | None:
    """Return whom the session names."""
    return Visitor(user_id=request.session["user"]) if "user" in request.session else None


async def of_django_async(request: Any) -> Visitor | None:
    """Return the same, awaited."""
    return of_django(request)


assert_type(token_route(waiting, visitor=of_starlette), Route)
Starlette(
    routes=[
        token_route(waiting, visitor=of_starlette_async, path="/a"),
        token_route(waiting, visitor=of_starlette_later, path="/b"),
    ]
)
token_route(blocking, visitor=of_starlette)  # type: ignore[arg-type]

assert_type(token_blueprint(blocking, email_verified=lambda user: user.confirmed), Blueprint)
Flask("shop").register_blueprint(token_blueprint(blocking, visitor=of_flask))
token_blueprint(waiting)  # type: ignore[arg-type]

assert_type(token_view(blocking), View)
assert_type(token_view(blocking, of_django), View)
assert_type(token_view(waiting, email_verified=True), AsyncView)
assert_type(token_view(waiting, of_django), AsyncView)
assert_type(token_view(waiting, of_django_async), AsyncView)
token_view(blocking, of_django_async)  # type: ignore[arg-type]
