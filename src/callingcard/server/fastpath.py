"""The way round the framework: requests for tokens are answered before anything else is.

Every page of every customer waits for this one path. So it passes no router and no
middleware, and does for itself what ``server.middleware`` does for the rest: a name,
safe headers, limits, a log line, a count, and an end for exceptions nobody meant.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from callingcard.errors import CallingcardError
from callingcard.identity.api import (
    BODY_SECONDS,
    EXPOSED,
    MAX_BODY_BYTES,
    PATH,
    PRIVATE,
    Answer,
    Asked,
    Headers,
    TokenDoor,
)
from callingcard.identity.errors import BodyTooLarge, UnknownSite
from callingcard.identity.model import Presented
from callingcard.kit.clock import stopwatch
from callingcard.server import problems
from callingcard.server.edge.client import Network, client_ip
from callingcard.server.metrics import Metrics
from callingcard.server.middleware import SAFE_HEADERS, name_of, tell

Raw: TypeAlias = Sequence[tuple[bytes, bytes]]
Refused: TypeAlias = Callable[[str, CallingcardError], None]
"""Is told the name of a site, and why it refused somebody."""

_BEFORE, _AFTER = PATH.split("{site}")
_JSON: Final = (b"content-type", b"application/json")
_CLOSE: Final = (b"connection", b"close")
_SAFE: Final[Headers] = tuple(
    (name.lower().encode(), value.encode()) for name, value in SAFE_HEADERS.items()
)

log = structlog.get_logger("callingcard.request")
_CORS: Final = b"access-control-allow-origin: %%b\r\n%b: %b\r\n" % EXPOSED
_LINES: Final = b"".join(b"%b: %b\r\n" % line for line in (*PRIVATE, *_SAFE, _JSON))


class FastPath:
    """Answers at ``TokenDoor``'s path itself, and passes everything else on to *usual*."""

    def __init__(
        self,
        door: TokenDoor,
        usual: ASGIApp,
        metrics: Metrics,
        *,
        trusted: Sequence[Network] = (),
        refused: Refused | None = None,
    ) -> None:
        self._door = door
        self._usual = usual
        self._metrics = metrics
        self._trusted = trusted
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, whatever happens."""
        site = _site_in(scope["path"]) if scope["type"] == "http" else None
        if site is None:
            await self._usual(scope, receive, send)
            return
        started = stopwatch()
        headers: Raw = scope["headers"]
        peer = scope["client"][0] if scope.get("client") else ""
        asked = self._asked(scope["method"], site, headers, peer)
        if _may_have_a_body(scope, headers):
            asked.read = lambda: _read(headers, receive)
        name = name_of(dict(headers).get(b"x-request-id", b""))
        with structlog.contextvars.bound_contextvars(request_id=name):
            status, head, body = _finished(*await self._answer(asked, name), name)
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": body})
            seconds = stopwatch() - started
            self._tell(name, scope["method"], scope["path"], status, seconds)

    def at_once(self, path: str, given: Mapping[bytes, bytes]) -> bytes | None:
        """Return what follows the status line of a 200, if that needs no waiting.

        *path* is of a POST of HTTP/1.1 without a body to speak of, *given* its headers,
        each there once. None says to ask again as an ASGI application.
        """
        started = stopwatch()
        site = _site_in(path)
        if site is None:
            return None
        origin = given.get(b"origin", b"")
        authorization = given.get(b"authorization", b"").decode("latin-1")
        try:
            body = self._door.at_once(site, authorization, origin.decode("latin-1"))
        except Exception:  # noqa: BLE001  (it is met again, and told, as an application)
            return None
        if body is None:
            return None
        name = name_of(given.get(b"x-request-id", b""))
        cors = _CORS % origin if origin else b""
        self._tell(name, "POST", path, 200, stopwatch() - started)
        return b"%b%bx-request-id: %b\r\ncontent-length: %d\r\n\r\n%b" % (
            _LINES,
            cors,
            name.encode(),
            len(body),
            body,
        )

    def _asked(self, method: str, site: str, headers: Raw, peer: str) -> Asked:
        """Return the request as the door looks at it."""
        lines = tuple([(n.decode("latin-1"), v.decode("latin-1")) for n, v in headers])
        return Asked(
            method,
            site,
            Presented(lines, peer),
            origins=tuple([value for name, value in lines if name == "origin"]),
            client=client_ip(peer, headers, self._trusted) if self._trusted else peer,
        )

    async def _answer(self, asked: Asked, name: str) -> tuple[Answer, Headers]:
        """Return what the door says, a refusal too, and the headers it wants on it."""
        headers = PRIVATE
        try:
            headers = self._door.headers(asked)
            return await self._door.answer(asked), headers
        except CallingcardError as error:
            if self._refused is not None and not isinstance(error, UnknownSite):
                self._refused(asked.site, error)
            return _problem(problems.reply_to(error)), headers
        except HTTPException as error:
            return _problem(problems.reply_to_http(error)), headers
        except Exception:
            log.exception("unexpected", path=PATH)
            return _problem(problems.unexpected(name)), headers

    def _tell(self, name: str, method: str, path: str, status: int, seconds: float) -> None:
        """Count the request and write its line."""
        self._metrics.request(PATH, status, seconds)
        tell(name, method, path, status=status, seconds=seconds)


def _site_in(path: str) -> str | None:
    """Return the site whose tokens *path* is for; None when it is for something else.

    >>> _site_in("/v1/sites/shop/token"), _site_in("/v1/sites/a/b/token")
    ('shop', None)
    """
    if not path.startswith(_BEFORE) or not path.endswith(_AFTER):
        return None
    site = path[len(_BEFORE) : -len(_AFTER)]
    return site if site and "/" not in site else None


def _may_have_a_body(scope: Scope, headers: Raw) -> bool:
    """Say whether a body may come: HTTP/1 announces one, later versions need not."""
    announced = dict(headers).get(b"content-length", b"0")
    if announced != b"0" or not scope["http_version"].startswith("1"):
        return True
    return any(name == b"transfer-encoding" for name, _ in headers)


async def _read(headers: Raw, receive: Receive) -> bytes:
    """Return the whole body, read under a deadline, and never too much."""
    announced = dict(headers).get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise _too_large()
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise HTTPException(HTTPStatus.BAD_REQUEST, "The body ended too soon.")
                raw += message.get("body", b"")
                more = message.get("more_body", False)
                if len(raw) > MAX_BODY_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
    return bytes(raw)


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")


def _problem(reply: Response) -> Answer:
    """Return *reply* as an answer."""
    return Answer(reply.status_code, bytes(reply.body), tuple(reply.raw_headers))


def _finished(answer: Answer, extra: Headers, name: str) -> tuple[int, Any, bytes]:
    """Return the status, headers and body to send for *answer*."""
    status, body = int(answer.status), answer.body
    head = [*extra, *_SAFE, (b"x-request-id", name.encode())]
    if status == HTTPStatus.OK:
        head += (_JSON, (b"content-length", b"%d" % len(body)))
    else:
        head = [*(dict(head) | dict(answer.headers) | dict(extra)).items()]
        if status in _LEFT_UNREAD:
            head.append(_CLOSE)
    return status, head, body


_LEFT_UNREAD: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
"""After these the rest of a body may still be on its way, and nobody will read it."""
