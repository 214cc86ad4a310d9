"""Every route of functions, over what the house has open."""

from fastapi import APIRouter
from starlette.types import Scope

from callingcard.functions.api.alerts import alert_routes
from callingcard.functions.api.connectors import connector_routes
from callingcard.functions.api.deploys import deploy_routes
from callingcard.functions.api.editing import editing_routes
from callingcard.functions.api.functions import FunctionPages, WhoCalls, function_routes
from callingcard.functions.api.running.invoking import FunctionDoor, invoking_routes
from callingcard.functions.api.running.live import LiveStreams
from callingcard.functions.api.running.runs import run_routes
from callingcard.functions.api.secrets import secret_routes
from callingcard.functions.api.storage import storage_routes
from callingcard.functions.api.templates import template_routes
from callingcard.functions.api.triggers import trigger_routes
from callingcard.server.edge.client import PEER
from callingcard.server.functions.callers import KeyCallers, SiteVisitors
from callingcard.server.wiring import Services


def calling_routes(services: Services) -> APIRouter:
    """Return the routes by which functions are called."""
    house = services.house
    return invoking_routes(
        FunctionDoor(
            house.running.invoker,
            house.making.functions,
            SiteVisitors(services.sites, services.clock),
            KeyCallers(services.keys),
            services.clock,
            _peer_of,
        )
    )


def caring_routes(services: Services, who: WhoCalls) -> list[APIRouter]:
    """Return the routes of those who look after functions; *who* finds them."""
    house, public_url = services.house, services.settings.public_url
    making, running, telling = house.making, house.running, house.telling
    pages = FunctionPages(
        making.functions,
        making.payloads,
        running.desk,
        telling.triggers,
        making.shelf,
        services.clock,
        public_url,
    )
    streams = LiveStreams(
        running.live, running.desk, services.bus, clock=services.clock, node=house.around.node
    )
    return [
        # Ahead of what is under a function's name: `check` and `complete` are no functions.
        editing_routes(making.editor, who, trials=making.trials),
        function_routes(pages, who),
        deploy_routes(making.deploys, who),
        template_routes(making.templates, pages, who),
        run_routes(running.desk, streams, who),
        connector_routes(making.connectors, who),
        secret_routes(services.secrets, who),
        storage_routes(services.storage, who),
        alert_routes(telling.alerts, who),
        trigger_routes(making.functions, telling.triggers, who, public_url=public_url),
    ]


def _peer_of(scope: Scope) -> str:
    """Return who is connected to us, which may be a proxy."""
    return str(scope.get(PEER, ""))
