"""The application: every route in one place, behind one edge.

HubSpot's paths are an application of their own, because their errors look different;
the path's beginning decides. Everything else is FastAPI.
"""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from callingcard import __version__
from callingcard.access.api import Door, bearer_key, current_agent, session_routes
from callingcard.desk.api.contacts import contact_routes
from callingcard.desk.api.hubspot.app import HUBSPOT_PREFIXES, HubSpotServices, hubspot_app
from callingcard.desk.api.inbox import InboxRoutes, inbox_routes
from callingcard.desk.api.streams import Streams
from callingcard.desk.api.widget import WidgetRoutes, widget_routes
from callingcard.identity.api import token_routes
from callingcard.server import problems
from callingcard.server.health import health_routes
from callingcard.server.middleware import ROUTE_NAME, Edge
from callingcard.server.static import static_routes
from callingcard.server.wiring import Services


def create_app(services: Services) -> ASGIApp:
    """Return the whole application over *services*."""
    return Edge(
        _ByPrefix(HUBSPOT_PREFIXES, _hubspot(services), create_api(services)), services.metrics
    )


def create_api(services: Services) -> FastAPI:
    """Return everything but HubSpot's paths; the front end's types are made of it."""
    settings = services.settings
    app = FastAPI(
        title="Callingcard",
        version=__version__,
        description="Tells a company's live chat who is calling.",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    key = bearer_key(services.keys)
    app.include_router(token_routes(services.sites, key))
    _add_agents_side(app, services)
    widget = WidgetRoutes(
        services.visitor_sessions,
        services.conversations,
        following=services.following,
        streams=Streams(services.bus),
        clock=services.clock,
    )
    app.include_router(widget_routes(widget, own_origin=settings.public_url))
    app.router.routes.extend(
        health_routes(
            services.readiness,
            services.metrics,
            key=key,
            metrics_open=settings.metrics.public or settings.is_local,
        )
    )
    app.router.routes.extend(static_routes(settings.desk.origins))
    return app


def _add_agents_side(app: FastAPI, services: Services) -> None:
    """Add what people who sign in to the app use."""
    door = Door.at(services.settings.public_url)
    agent = current_agent(services.agent_sessions, door=door)
    app.include_router(session_routes(services.users, services.agent_sessions, door=door))
    inbox = InboxRoutes(
        services.conversations,
        following=services.following,
        streams=Streams(services.bus),
        agent=agent,
    )
    app.include_router(inbox_routes(inbox, agent))
    app.include_router(contact_routes(services.contacts, services.conversations, agent))


def _hubspot(services: Services) -> ASGIApp:
    """Return the application that answers as HubSpot does."""
    return hubspot_app(
        HubSpotServices(
            contacts=services.contacts,
            batches=services.batches,
            conversations=services.conversations,
            people=services.users,
            inboxes=services.inboxes.all,
            mint=services.identification.mint,
            clock=services.clock,
        ),
        bearer_key(services.keys),
    )


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
