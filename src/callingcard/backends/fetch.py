"""Calls to other companies: the one place that opens connections outwards.

Connecting may take 2 seconds and a whole call, its repetitions included, 8: a
real deadline, which a peer that sends a byte a second cannot stretch. A call is
made again as often as its request allows, and only when no connection came about,
or for 429 and 5xx; ``Retry-After`` is honoured when it fits into the deadline.
Redirects are not followed, since a secret is for the host it was given for, and no
proxy is taken from the environment.

Invariant: an error from here quotes no URL, header or body.
"""

import asyncio
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from callingcard.errors import UpstreamError
from callingcard.kit.clock import Clock, SystemClock, stopwatch
from callingcard.kit.wire import Reply, Request, retry_after

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS: Final = 2.0
CALL_SECONDS: Final = 8.0
MAX_REPLY_BYTES: Final = 65_536

_FIRST_WAIT: Final = 0.1
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_LATE: Final = "No answer came in time."

_Where: TypeAlias = tuple[int, asyncio.AbstractEventLoop]


class Unreachable(UpstreamError):
    """No answer came after *attempts*: no connection, a broken one, or not in time."""

    code = "upstream.unreachable"

    def __init__(self, message: str, *, attempts: int = 1) -> None:
        super().__init__(message, retryable=True)
        self.attempts = attempts


class _Again(Exception):
    """An attempt that may be repeated: with *reply*, or none for want of a connection."""

    def __init__(self, reply: Reply | None, wait: timedelta | None) -> None:
        super().__init__("the call is made again")
        self.reply = reply
        self.wait = wait


@dataclass(slots=True)
class _Call:
    """A call under way: what is asked, until when, and which attempt this is."""

    request: Request
    end: float
    attempt: int = 0

    def gone_wrong(self, message: str) -> Unreachable:
        """Return the error that says *message*."""
        return Unreachable(message, attempts=self.attempt)


class AsyncFetch:
    """Makes calls without blocking; *transport* is httpx's, for tests.

    Connections are for one loop in one process: what another loop opened, or a fork left
    us, is neither used nor closed here.
    """

    def __init__(
        self,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        clock: Clock | None = None,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._transport = transport
        self._clock = clock or SystemClock()
        self._call_seconds = call_seconds
        self._clients: dict[_Where, httpx.AsyncClient] = {}

    async def send(self, request: Request) -> Reply:
        """Return the reply, of whatever status; raises Unreachable when there is none."""
        import httpx

        call = _Call(request, stopwatch() + self._call_seconds)
        try:
            async with asyncio.timeout(self._call_seconds):
                return await self._repeat(call)
        except TimeoutError:
            raise call.gone_wrong(_LATE) from None
        except httpx.HTTPError as error:
            # The kind only: httpx's words may quote a URL.
            kind = type(error).__name__
            raise call.gone_wrong(f"The call failed on the way ({kind}).") from None

    async def close(self) -> None:
        """Let go of the connections of this loop."""
        client = self._clients.pop(_here(), None)
        if client is not None:
            await client.aclose()

    async def _repeat(self, call: _Call) -> Reply:
        """Make the call until it is answered for good, or not worth another try."""
        import stamina

        try:
            async for attempt in stamina.retry_context(
                on=_hook(call.end),
                attempts=call.request.attempts,
                timeout=self._call_seconds,
            ):
                call.attempt = attempt.num
                with attempt:
                    return await self._once(call)
        except _Again as last:
            if last.reply is None:
                raise call.gone_wrong("No connection came about.") from None
            return last.reply
        raise call.gone_wrong(_LATE)

    async def _once(self, call: _Call) -> Reply:
        """Make the call once."""
        import httpx

        try:
            async with self._client().stream(**_arguments(call.request)) as response:
                body = _empty_body(response, call)
                async for chunk in response.aiter_bytes():
                    _grow(body, chunk, call)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise _Again(None, None) from None
        return _judged(response, body, call.attempt, self._clock)

    def _client(self) -> "httpx.AsyncClient":
        """Return the client of this loop, made at its first use."""
        import httpx

        here = _here()
        client = self._clients.get(here)
        if client is None:
            for where in tuple(self._clients):
                if where[0] == here[0] and where[1].is_closed():
                    del self._clients[where]
            client = httpx.AsyncClient(**_options(self._transport))
            self._clients[here] = client
        return client


def _here() -> _Where:
    """Return which process and which loop of it we run in."""
    return os.getpid(), asyncio.get_running_loop()


def _options(transport: object) -> dict[str, Any]:
    """Return how httpx's client is made."""
    import httpx

    return {
        "transport": transport,
        "timeout": httpx.Timeout(CALL_SECONDS, connect=CONNECT_SECONDS),
        "limits": httpx.Limits(max_connections=32, max_keepalive_connections=16),
        "follow_redirects": False,
        "trust_env": False,
    }


def _arguments(request: Request) -> dict[str, Any]:
    """Return *request* as httpx takes it."""
    headers = {"User-Agent": "callingcard", "Accept-Encoding": "identity", **request.headers}
    return {
        "method": request.method,
        "url": request.url,
        "headers": headers,
        "content": request.body,
    }


def _empty_body(response: "httpx.Response", call: _Call) -> bytearray:
    """Return where the body goes; refuse one that is packed, which we did not ask for.

    A few packed kilobytes can unpack to gigabytes before anybody counts them.
    """
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise call.gone_wrong("The answer was packed in a way that was not asked for.")
    return bytearray()


def _grow(body: bytearray, chunk: bytes, call: _Call) -> None:
    """Add *chunk* to *body*, refusing more than a token ever needs."""
    if len(body) + len(chunk) > MAX_REPLY_BYTES:
        raise call.gone_wrong("The answer was longer than any that is expected.")
    body.extend(chunk)


def _judged(response: "httpx.Response", body: bytearray, attempt: int, clock: Clock) -> Reply:
    """Return the reply, or raise _Again when another attempt may bring a better one."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    reply = Reply(response.status_code, headers, bytes(body), attempt)
    if reply.status != _TOO_MANY and reply.status < _SERVER_FAULT:
        return reply
    wait = retry_after(reply, clock.now())
    if wait is None:
        wait = _backoff(attempt)
    raise _Again(reply, wait)


def _backoff(attempt: int) -> timedelta:
    """Return a wait that doubles each time, drawn from its whole length."""
    longest = _FIRST_WAIT * 2**attempt
    return timedelta(seconds=random.uniform(0, longest))  # noqa: S311  (no secret)


def _hook(end: float) -> Callable[[Exception], bool | timedelta]:
    """Return what tells stamina whether to try again, and when."""

    def wait_for(error: Exception) -> bool | timedelta:
        if not isinstance(error, _Again):
            return False
        wait = error.wait or _backoff(1)
        return wait if stopwatch() + wait.total_seconds() < end else False

    return wait_for
