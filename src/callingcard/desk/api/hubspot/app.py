"""HubSpot's API as an application of its own, to be put in front of its paths.

It is apart from the rest of the server because everything it says, down to the
unknown path and the mistake of ours, is in HubSpot's envelope and not in problem
details.

Invariant: no endpoint is reached without an actor who may use the desk.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlencode

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths
from callingcard.desk.api.hubspot.directory import Actors, ChannelEndpoints, ListInboxes
from callingcard.desk.api.hubspot.envelope import (
    VALIDATION,
    Fault,
    bad_request,
    correlation_id,
    fault_of,
    internal,
    missing_scopes,
    not_found,
    reply,
)
from callingcard.desk.api.hubspot.identification import Mint, identification_paths
from callingcard.desk.api.hubspot.limits import TenSecondly
from callingcard.desk.api.hubspot.threads import thread_paths
from callingcard.desk.api.hubspot.webhooks import webhook_paths
from callingcard.desk.ports.chat import Assigning
from callingcard.desk.ports.units import People
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.webhooks.endpoints import WebhookDesk
from callingcard.errors import CallingcardError
from callingcard.kit import actor
from callingcard.kit.clock import Clock

HUBSPOT_PREFIXES: Final = (
    "/conversations/",
    "/visitor-identification/",
    "/crm/",
    "/webhooks/v3/",
    "/webhooks/2026-03/",
)
"""The beginnings of the paths that belong to this application."""

_DEVELOPER_KEY: Final = "hapikey"

Authorize = Callable[[Request], Awaitable[actor.Actor]]
"""Says who calls, or raises NotAllowed."""
_Match = tuple[Mapping[str, Operation], Mapping[str, str]]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HubSpotServices:
    """What the API needs of the rest of the desk, and of the house."""

    contacts: ContactDesk
    conversations: ConversationDesk
    people: People
    inboxes: ListInboxes
    mint: Mint
    clock: Clock
    more: Paths = field(default_factory=dict[str, Mapping[str, Operation]])
    """The operations of other rooms; they stand before those of the same path here."""
    assigning: Assigning | None = None
    webhooks: WebhookDesk | None = None


def hubspot_app(services: HubSpotServices, authorize: Authorize) -> ASGIApp:
    """Return HubSpot's API over *services*, for whoever *authorize* knows."""
    actors = Actors(services.contacts, services.conversations, services.people, services.clock)
    paths = {
        **identification_paths(services.mint),
        **thread_paths(
            services.conversations,
            actors,
            ChannelEndpoints(services.inboxes),
            services.assigning,
        ),
        **(
            {}
            if services.webhooks is None
            else webhook_paths(services.webhooks, services.clock)
        ),
        **services.more,
    }
    return HubSpotApp(paths, authorize, services.clock)


@dataclass
class _Answering:
    """What is known so far of a request that is being answered."""

    scopes: Sequence[str] = ()
    headers: dict[str, str] = field(default_factory=dict[str, str])


class HubSpotApp:
    """Finds the endpoint of a request, and wraps what it does in HubSpot's manners."""

    def __init__(self, paths: Paths, authorize: Authorize, clock: Clock) -> None:
        """Serve *paths*, of which those without a parameter are looked at first."""
        self._plain = {path: methods for path, methods in paths.items() if "{" not in path}
        self._paths = [
            (compile_path(path)[0], methods)
            for path, methods in sorted(paths.items())
            if "{" in path
        ]
        self._authorize = authorize
        self._clock = clock
        self._limit = TenSecondly(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answer(Request(_with_developer_key(scope), receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        """Return the reply to *request*, whatever happens on the way."""
        correlation = correlation_id(self._clock.now())
        state = _Answering()
        try:
            response = await self._allowed(request, state)
        except Fault as fault:
            response = _told(fault, correlation)
        except CallingcardError as error:
            response = _told(fault_of(error, state.scopes), correlation)
        except Exception:  # noqa: BLE001  (the edge of a request)
            _log.exception("hubspot_request_failed", correlation_id=correlation)
            response = _told(internal(), correlation)
        response.headers.update(state.headers)
        response.headers["X-HubSpot-Correlation-Id"] = correlation
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    async def _allowed(self, request: Request, state: _Answering) -> Response:
        """Answer *request* if its caller may make it."""
        methods, parameters = self._match(request.url.path)
        operation = methods.get(request.method)
        if operation is None:
            raise Fault(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "HTTP 405 Method Not Allowed",
                VALIDATION,
                headers={"Allow": ", ".join(sorted(methods))},
            )
        state.scopes = operation.scopes
        caller = await self._authorize(request)
        try:
            self._limit.count(caller.id)
        finally:
            state.headers = dict(self._limit.headers(caller.id))
        if not caller.may(actor.Scope.DESK):
            raise missing_scopes(operation.scopes)
        if "\0" in request.url.path or "%00" in request.url.query:
            raise bad_request("The URL has a character that is no text")
        request.scope["path_params"] = dict(parameters)
        return await operation.endpoint(Call(request, caller))

    def _match(self, path: str) -> _Match:
        """Return the operations at *path*, or raise the fault that there are none."""
        path = path.rstrip("/")
        if path in self._plain:
            return self._plain[path], {}
        for pattern, methods in self._paths:
            match = pattern.match(path)
            if match is not None:
                return methods, match.groupdict()
        raise not_found("There is no such path in this API")


def _with_developer_key(scope: Scope) -> Scope:
    """Return *scope* with a developer key of the query in the header of any other key.

    HubSpot's own clients show it nowhere else when they set up webhooks
    (https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide). It is
    taken out of the query, so that nothing behind this can tell it to anybody.
    """
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in query if name == _DEVELOPER_KEY]
    if not keys or not scope["path"].startswith("/webhooks/"):
        return scope
    left = urlencode([(name, value) for name, value in query if name != _DEVELOPER_KEY])
    headers = list(scope["headers"])
    if len(keys) == 1 and "authorization" not in Headers(scope=scope):
        headers.append((b"authorization", f"Bearer {keys[0]}".encode()))
    return {**scope, "query_string": left.encode(), "headers": headers}


def _told(fault: Fault, correlation: str) -> Response:
    response = reply(fault.body(correlation), fault.status)
    response.headers.update(fault.headers)
    return response
