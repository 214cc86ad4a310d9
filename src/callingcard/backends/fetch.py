"""Calls to other companies: the one place that opens connections outwards.

Connecting may take 2 seconds and a whole call, its repetitions included, 8: a
real deadline, which a peer that sends a byte a second cannot stretch. A call is
made again at most twice, and only when no connection came about, or for 429 and
5xx; ``Retry-After`` is honoured when it fits into the deadline. Redirects are not
followed, since a secret is for the host it was given for, and no proxy is taken
from the environment.

Invariant: an error from here quotes no URL, header or body.
"""

import asyncio
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from callingcard.errors import UpstreamError
from callingcard.kit.clock import Clock, SystemClock, stopwatch
from callingcard.kit.wire import Reply, Request, retry_after

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS: Final = 2.0
CALL_SECONDS: Final = 8.0
MAX_REPLY_BYTES: Final = 65_536
ATTEMPTS: Final = 3

_FIRST_WAIT: Final = 0.1
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500


class Unreachable(UpstreamError):
    """No answer came: no connection, a broken one, or not in time."""

    code = "upstream.unreachable"

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True)


class _Again(Exception):
    """An attempt that may be repeated: with *reply*, or none for want of a connection."""

    def __init__(self, reply: Reply | None, wait: timedelta | None) -> None:
        super().__init__("the call is made again")
        self.reply = reply
        self.wait = wait


class AsyncFetch:
    """Makes calls without blocking; *transport* is httpx's, for tests."""

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
        self._client: httpx.AsyncClient | None = None

    async def send(self, request: Request) -> Reply:
        """Return the reply, of whatever status; raises Unreachable when there is none."""
        import httpx

        end = stopwatch() + self._call_seconds
        try:
            async with asyncio.timeout(self._call_seconds):
                return await self._repeat(request, end)
        except TimeoutError:
            raise _late() from None
        except httpx.HTTPError as error:
            raise _broken(error) from None

    async def close(self) -> None:
        """Let go of connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _repeat(self, request: Request, end: float) -> Reply:
        """Make the call until it is answered for good, or not worth another try."""
        import stamina

        try:
            async for attempt in stamina.retry_context(
                on=_hook(end), attempts=ATTEMPTS, timeout=self._call_seconds
            ):
                with attempt:
                    return await self._once(request, attempt.num)
        except _Again as last:
            return _settle(last)
        raise _late()

    async def _once(self, request: Request, attempt: int) -> Reply:
        """Make the call once."""
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(**_options(self._transport))
        try:
            async with self._client.stream(**_arguments(request)) as response:
                body = _empty_body(response)
                async for chunk in response.aiter_bytes():
                    _grow(body, chunk)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise _Again(None, None) from None
        return _judged(response, body, attempt, self._clock)


class Fetch:
    """Makes calls and blocks; safe among threads. *transport* is httpx's, for tests."""

    def __init__(
        self,
        *,
        transport: "httpx.BaseTransport | None" = None,
        clock: Clock | None = None,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._transport = transport
        self._clock = clock or SystemClock()
        self._call_seconds = call_seconds
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def send(self, request: Request) -> Reply:
        """Return the reply, of whatever status; raises Unreachable when there is none."""
        import httpx

        end = stopwatch() + self._call_seconds
        # A socket's own time limit starts anew with every byte. Closing the connections
        # under a call that is late is what ends one whose peer drips.
        watchdog = threading.Timer(self._call_seconds, self.close)
        watchdog.daemon = True
        watchdog.start()
        try:
            return self._repeat(request, end)
        except httpx.HTTPError as error:
            raise (_late() if stopwatch() >= end else _broken(error)) from None
        finally:
            watchdog.cancel()

    def close(self) -> None:
        """Let go of connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _repeat(self, request: Request, end: float) -> Reply:
        """Make the call until it is answered for good, or not worth another try."""
        import stamina

        try:
            for attempt in stamina.retry_context(
                on=_hook(end), attempts=ATTEMPTS, timeout=self._call_seconds
            ):
                with attempt:
                    return self._once(request, attempt.num, end)
        except _Again as last:
            return _settle(last)
        raise _late()

    def _once(self, request: Request, attempt: int, end: float) -> Reply:
        """Make the call once."""
        import httpx

        left = max(0.001, end - stopwatch())
        limits = httpx.Timeout(left, connect=min(left, CONNECT_SECONDS))
        try:
            with self._open().stream(**_arguments(request), timeout=limits) as response:
                body = _empty_body(response)
                for chunk in response.iter_bytes():
                    _grow(body, chunk)
                    if stopwatch() >= end:
                        raise _late()
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise _Again(None, None) from None
        except RuntimeError as error:  # what httpx raises of a client that was closed
            raise Unreachable("The connection was closed while it was in use.") from error
        return _judged(response, body, attempt, self._clock)

    def _open(self) -> "httpx.Client":
        """Return the client, made at first use."""
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(**_options(self._transport))
            return self._client


def _options(transport: object) -> dict[str, Any]:
    """Return how either client of httpx is made."""
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


def _empty_body(response: "httpx.Response") -> bytearray:
    """Return where the body goes; refuse one that is packed, which we did not ask for.

    A few packed kilobytes can unpack to gigabytes before anybody counts them.
    """
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unreachable("The answer was packed in a way that was not asked for.")
    return bytearray()


def _grow(body: bytearray, chunk: bytes) -> None:
    """Add *chunk* to *body*, refusing more than a token ever needs."""
    if len(body) + len(chunk) > MAX_REPLY_BYTES:
        raise Unreachable("The answer was longer than any that is expected.")
    body.extend(chunk)


def _judged(response: "httpx.Response", body: bytearray, attempt: int, clock: Clock) -> Reply:
    """Return the reply, or raise _Again when another attempt may bring a better one."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    reply = Reply(response.status_code, headers, bytes(body))
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


def _settle(last: _Again) -> Reply:
    """Return the reply of the last attempt; raises Unreachable when it had none."""
    if last.reply is None:
        raise Unreachable("No connection came about.") from None
    return last.reply


def _late() -> Unreachable:
    return Unreachable("No answer came in time.")


def _broken(error: Exception) -> Unreachable:
    """Name the kind of failure only: httpx's text may quote a URL."""
    return Unreachable(f"The call failed on the way ({type(error).__name__}).")
