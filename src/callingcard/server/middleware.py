"""What surrounds every request: a name, limits, safe headers, a log line, a count.

Plain ASGI, so that streams pass through untouched. This is the request edge: the
one place where an exception that nobody meant ends, as a 500 without internals.
(``server/fastpath.py`` is the same for the one path that goes ahead of this.)
"""

import asyncio
import logging
import random
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callingcard.desk.api.streams import TAKEN_OVER, EventStream
from callingcard.kit.clock import stopwatch
from callingcard.server.edge.client import Network, see_client
from callingcard.server.metrics import Metrics
from callingcard.server.problems import problem, unexpected

ROUTE_NAME: Final = "callingcard.route"
"""Where an application notes, in the scope, what its paths are counted as."""

MAX_BODY_BYTES: Final = 2 * 1024 * 1024
BODY_SECONDS: Final = 10
MAX_UPLOAD_BYTES: Final = 16 * 1024 * 1024
UPLOAD_SECONDS: Final = 120
UPLOADS: Final = frozenset({"/v1/contacts/import"})
"""The paths to which whole files are sent, which are read as they come."""

_OF_THE_REQUEST: Final = frozenset(
    {"type", "asgi", "http_version", "method", "path", "headers", "state", ROUTE_NAME}
)
"""What of a scope is of use when the application has answered."""

_SAFE_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}\Z")
SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""On every answer that does not say otherwise."""

log = structlog.get_logger("callingcard.request")
_lines = logging.getLogger("callingcard.request")


def name_of(given: bytes) -> str:
    """Return the name to quote a request by: the one *given*, if it is fit to be written.

    >>> name_of(b"from-the-proxy-1")
    'from-the-proxy-1'
    >>> len(name_of(b"<script>"))
    34
    """
    if given and _SAFE_REQUEST_ID.match(given):
        return given.decode("ascii")
    return f"r_{random.getrandbits(128):032x}"  # it names, it guards nothing


def tell(
    name: str, method: str, path: str, *, status: int, seconds: float, quiet: bool = False
) -> None:
    """Write the line of the request *name*, without its query, which is nobody's business.

    Whether anybody wants the line is asked first: making one costs more than a token.
    """
    if not _lines.isEnabledFor(logging.DEBUG if quiet else logging.INFO):
        return
    (log.debug if quiet else log.info)(
        "request",
        request_id=name,
        method=method,
        path=path[:200],
        status=status,
        ms=round(seconds * 1000, 1),
    )


class _BodyTooLarge(Exception):
    """The body grew over the limit while it was read."""


class _BodyTooSlow(Exception):
    """The body was not there in time."""


class Edge:
    """Wraps the whole application; see the module."""

    def __init__(
        self, app: ASGIApp, metrics: Metrics, trusted: Sequence[Network] = ()
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        see_client(scope, self._trusted)
        exchange = _Exchange(scope, send, self._metrics)
        scope.setdefault("state", {}).update({"request_id": exchange.id, TAKEN_OVER: None})
        started = stopwatch()
        with structlog.contextvars.bound_contextvars(request_id=exchange.id):
            await self._serve(exchange, _guarded(scope, receive))
            self._tell(exchange, stopwatch() - started)

    async def _serve(self, exchange: "_Exchange", receive: Receive) -> None:
        """Run the application, and answer for it when it cannot."""
        try:
            await self._app(exchange.scope, receive, exchange.send)
            stream: EventStream | None = exchange.scope["state"][TAKEN_OVER]
            if stream is not None:
                exchange.forget_the_way()
                await stream.send(receive, exchange.send)
        except _BodyTooLarge:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            await exchange.reply(problem(status, "too_large", "The body is too large."))
        except _BodyTooSlow:
            status = HTTPStatus.REQUEST_TIMEOUT
            await exchange.reply(
                problem(status, "request_timeout", "The body came too slowly.")
            )
        except Exception:
            log.exception("unexpected", path=exchange.path)
            await exchange.reply(unexpected(exchange.id))

    def _tell(self, exchange: "_Exchange", seconds: float) -> None:
        """Write the log line and count the request, by route and never by address."""
        if exchange.is_stream:
            self._metrics.streams.dec()  # how long it was open says nothing of our speed
        else:
            self._metrics.request(exchange.route, exchange.status, seconds)
        quiet = exchange.route in {"/livez", "/readyz", "/metrics", "static"}
        tell(
            exchange.id,
            exchange.scope["method"],
            exchange.path,
            status=exchange.status,
            seconds=seconds,
            quiet=quiet,
        )


class _Exchange:
    """One request and what was answered so far."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics) -> None:
        self.scope = scope
        self.status = 0
        self.is_stream = False
        self._metrics = metrics
        self._send = send
        self.id = name_of(dict(scope["headers"]).get(b"x-request-id", b""))

    @property
    def path(self) -> str:
        """The path, without its query."""
        return str(self.scope["path"])

    @property
    def route(self) -> str:
        """The route's template, so that metrics do not grow with every id."""
        if named := self.scope.get(ROUTE_NAME):
            return str(named)
        if "endpoint" not in self.scope:
            return "other"
        names = {str(value): name for name, value in self.scope["path_params"].items()}
        parts = str(self.scope["path"]).split("/")
        return "/".join(f"{{{names[part]}}}" if part in names else part for part in parts)

    def forget_the_way(self) -> None:
        """Let go of what the application left in the scope; a stream is open for long."""
        self.scope[ROUTE_NAME] = self.route
        for name in self.scope.keys() - _OF_THE_REQUEST:
            del self.scope[name]

    async def send(self, message: Message) -> None:
        """Pass an answer on, adding the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.id
            if headers.get("content-type", "").startswith("text/event-stream"):
                self.is_stream = True
                self._metrics.streams.inc()
            for name, value in SAFE_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)

    async def reply(self, response: Response) -> None:
        """Answer with *response*, unless an answer has begun: then just end it."""
        if not self.status:
            await response(self.scope, _nothing, self.send)


async def _nothing() -> MutableMapping[str, Any]:
    """Receive nothing: a problem needs no body."""
    return {"type": "http.disconnect"}


def _guarded(scope: Scope, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """Return a *receive* that gives up on a body that is too large or too slow."""
    is_upload = scope["path"] in UPLOADS
    most = MAX_UPLOAD_BYTES if is_upload else MAX_BODY_BYTES
    seconds = UPLOAD_SECONDS if is_upload else BODY_SECONDS
    deadline = asyncio.get_running_loop().time() + seconds
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    read, complete = 0, False

    async def guarded() -> Message:
        nonlocal read, complete
        if complete:
            return await receive()
        if announced.isdigit() and int(announced) > most:
            raise _BodyTooLarge
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError as error:
            raise _BodyTooSlow from error
        read += len(message.get("body", b""))
        if read > most:
            raise _BodyTooLarge
        complete = not message.get("more_body", False)
        return message

    return guarded
