"""The application: every route in one place, behind one edge.

Tokens are answered ahead of everything, by ``server/fastpath.py``. HubSpot's paths
are an application of their own, because their errors look different; the path's
beginning decides. Everything else is FastAPI.
"""

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from callingcard import __version__
from callingcard.access.api import Door, WhoCalls, bearer_key, session_routes
from callingcard.desk.api.hubspot.app import HUBSPOT_PREFIXES
from callingcard.functions.api.running.function_paths import SECURITY_SCHEMES, function_paths
from callingcard.identity.api import AuthenticateKey, TokenDoor
from callingcard.identity.invite_api import invite_routes
from callingcard.identity.jwks_api import jwks_routes
from callingcard.identity.model import Presented
from callingcard.kit.actor import Actor
from callingcard.server import problems
from callingcard.server.admin.routes import admin_routes, operators
from callingcard.server.desk_routes import agent_routes, hubspot_routes, visitor_routes
from callingcard.server.edge.client import networks
from callingcard.server.fastpath import FastPath
from callingcard.server.function_routes import calling_routes, caring_routes
from callingcard.server.health import health_routes
from callingcard.server.middleware import ROUTE_NAME, Edge
from callingcard.server.static import static_routes
from callingcard.server.token_paths import TOKEN_PATHS
from callingcard.server.wiring import Services


def create_app(services: Services) -> ASGIApp:
    """Return the whole application over *services*."""
    trusted = networks(services.settings.server.trusted_proxies)
    inner = _ByPrefix(HUBSPOT_PREFIXES, hubspot_routes(services), create_api(services))
    door = TokenDoor(
        services.sites, _by_headers(bearer_key(services.keys)), clock=services.clock
    )
    edge = Edge(inner, services.metrics, trusted)
    refused = services.site_registry.refused
    return FastPath(door, edge, services.metrics, trusted=trusted, refused=refused)


def create_api(services: Services) -> FastAPI:
    """Return everything but HubSpot's paths; the front end's types are made of it."""
    settings = services.settings
    app = FastAPI(
        title="Callingcard",
        version=__version__,
        description="Tells a company's live chat who is calling.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    problems.install(app)
    key = bearer_key(services.keys)
    for router in visitor_routes(services):  # first: routes are tried one after another
        app.include_router(router)
    app.include_router(
        invite_routes(services.sites, services.invites, key, clock=services.clock)
    )
    app.include_router(jwks_routes(services.sites))
    app.include_router(calling_routes(services))
    _add_agents_side(app, services)
    app.router.routes.extend(
        health_routes(
            services.readiness,
            services.metrics,
            key=key,
            metrics_open=settings.metrics.public or settings.is_local,
        )
    )
    app.router.routes.extend(static_routes(settings.desk.origins))
    _add_to_document(app, TOKEN_PATHS)
    _serve_document(app, services)
    return app


def _add_to_document(app: FastAPI, paths: dict[str, Any]) -> None:
    """Add *paths*, which are answered ahead of *app*, to its OpenAPI document."""
    usual = app.openapi

    def document() -> dict[str, Any]:
        found = usual()
        found["paths"] = {**paths, **found["paths"]}
        return found

    app.openapi = document


def _serve_document(app: FastAPI, services: Services) -> None:
    """Serve the document with the functions that are deployed now."""

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> JSONResponse:
        whole = dict(app.openapi())
        deployed = await services.house.making.versions.all()
        called = function_paths([function.current for function in deployed])
        parts = whole.get("components", {})
        schemes = {**parts.get("securitySchemes", {}), **SECURITY_SCHEMES}
        whole["components"] = {**parts, "securitySchemes": schemes}
        return JSONResponse({**whole, "paths": {**whole["paths"], **called}})


def _by_headers(find: WhoCalls) -> AuthenticateKey:
    """Return *find* for those who have a request's headers and no request."""

    async def authenticate(given: Presented) -> Actor:
        raw = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in given.headers
        ]
        return await find(Request({"type": "http", "headers": raw}))

    return authenticate


def _add_agents_side(app: FastAPI, services: Services) -> None:
    """Add what people who sign in to the app use."""
    door = Door.at(services.settings.public_url)
    who = operators(services, door)
    app.include_router(session_routes(services.users, services.agent_sessions, door=door))
    app.include_router(admin_routes(services, who))
    for router in (*agent_routes(services, door), *caring_routes(services, who)):
        app.include_router(router)


class _ByPrefix:
    """Sends paths with certain beginnings to one application, the rest to another."""

    def __init__(self, prefixes: tuple[str, ...], special: ASGIApp, usual: ASGIApp) -> None:
        self._prefixes = prefixes
        self._special = special
        self._usual = usual

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by the path."""
        is_special = scope["type"] == "http" and scope["path"].startswith(self._prefixes)
        if is_special:
            scope[ROUTE_NAME] = "hubspot"
        await (self._special if is_special else self._usual)(scope, receive, send)
