"""Calls to addresses that somebody typed in: nothing inside one's own network is reached.

A customer's connector names a host. The name is resolved once for a connection, the call
is refused when *any* of its addresses is not a public one, and the connection goes to the
very address that was looked at, with the name kept for TLS and ``Host``. So a name that
changes its mind between looking and connecting gains nothing.

What may be called is in ``addresses``. Redirects are never followed here, and no proxy is
taken from the environment.

Invariant: no address is connected to that ``forbidden`` did not see.
Invariant: an error from here quotes no URL, header, body or address.
"""

import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from callingcard.backends.addresses import Target, forbidden
from callingcard.errors import UpstreamError
from callingcard.kit.wire import Reply

if TYPE_CHECKING:
    import httpcore

CONNECT_SECONDS: Final = 3.0

Stop: TypeAlias = Literal["name", "address", "connection", "tls", "late", "large", "reply"]
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns every address of a host, as text; raises OSError."""


class CallStopped(UpstreamError):
    """A call ended without an answer; *cause* says at which step.

    It is ``retryable`` when no connection came about, so that nothing can have been done.
    """

    code = "upstream.stopped"

    def __init__(self, message: str, *, cause: Stop, retryable: bool = False) -> None:
        super().__init__(message, retryable=retryable)
        self.cause: Stop = cause


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call to make."""

    method: str
    target: Target
    headers: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )
    body: bytes = field(default=b"", repr=False)
    private: bool = False
    max_reply_bytes: int = 1024 * 1024


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the system for every address of *host*."""
    import asyncio
    import socket

    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def safe_addresses(
    host: str, port: int, *, private: bool, resolve: Resolve
) -> Sequence[str]:
    """Return the addresses of *host*, all of which may be called; raises CallStopped."""
    try:
        texts = list(dict.fromkeys(await resolve(host, port)))
        addresses = [ipaddress.ip_address(text) for text in texts]
    except (OSError, UnicodeError, ValueError):
        texts, addresses = [], []
    if not addresses:
        raise CallStopped("The host's name is not known.", cause="name", retryable=True)
    for address in addresses:
        reason = forbidden(address, private=private)
        if reason:
            raise CallStopped(f"The host may not be called: {reason}.", cause="address")
    return texts


class GuardedFetch:
    """Makes calls that somebody else chose the address of; for one event loop.

    *resolve*, *dial* and *tls* are for tests: names, connections and trust.
    """

    def __init__(
        self,
        *,
        resolve: Resolve = resolve_by_system,
        dial: "httpcore.AsyncNetworkBackend | None" = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._resolve = resolve
        self._dial = dial
        self._tls = tls
        self._pools: dict[bool, httpcore.AsyncConnectionPool] = {}

    async def send(self, call: Outgoing) -> Reply:
        """Make *call* once and return the reply, of whatever status; raises CallStopped."""
        import httpcore

        try:
            return await self._once(call)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            # The pool raises it again "from None", which forgets the cause.
            if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
                raise CallStopped(
                    "The host's certificate could not be verified.", cause="tls"
                ) from None
            raise CallStopped(
                "No connection came about.", cause="connection", retryable=True
            ) from None
        except httpcore.PoolTimeout:
            raise CallStopped(
                "Too many calls are under way.", cause="late", retryable=True
            ) from None
        except httpcore.TimeoutException:
            raise CallStopped("No answer came in time.", cause="late") from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise CallStopped("The connection broke.", cause="connection") from None

    async def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    async def _once(self, call: Outgoing) -> Reply:
        """Make the call and read its answer."""
        import httpcore

        where = call.target
        url = httpcore.URL(
            scheme=where.scheme,
            host=where.host,
            port=where.port,
            target=where.target.encode("ascii"),
        )
        pool = self._pool(private=call.private)
        async with pool.stream(
            call.method,
            url,
            headers=_headers(call),
            content=call.body,
            extensions={"timeout": {"connect": CONNECT_SECONDS, "pool": CONNECT_SECONDS}},
        ) as response:
            headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            body = await _read(response, headers, call.max_reply_bytes)
        return Reply(response.status, headers, bytes(body))

    def _pool(self, *, private: bool) -> "httpcore.AsyncConnectionPool":
        """Return the pool for such calls; the two kinds never share a connection."""
        import httpcore
        import httpx

        pool = self._pools.get(private)
        if pool is None:
            # One's own services have certificates of one's own, which the system knows.
            public = httpx.create_ssl_context(trust_env=False)
            system = ssl.create_default_context() if private else public
            pool = httpcore.AsyncConnectionPool(
                ssl_context=self._tls or system,
                max_connections=64,
                max_keepalive_connections=16,
                keepalive_expiry=30.0,
                network_backend=_guarded_backend(self._resolve, self._dial, private=private),
            )
            self._pools[private] = pool
        return pool


def _headers(call: Outgoing) -> list[tuple[str, str]]:
    """Return the headers of *call*, with ours first; nothing packed is asked for."""
    named = {"User-Agent": "callingcard", "Accept-Encoding": "identity", **call.headers}
    return list(named.items())


async def _read(
    response: "httpcore.Response", headers: Mapping[str, str], at_most: int
) -> bytearray:
    """Return the body; raises CallStopped for one that is too long or packed."""
    # A few packed kilobytes can unpack to gigabytes before anybody counts them.
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise CallStopped("The answer was packed, which was not asked for.", cause="reply")
    body = bytearray()
    async for chunk in response.aiter_stream():
        if len(body) + len(chunk) > at_most:
            raise CallStopped(f"The answer is longer than {at_most} bytes.", cause="large")
        body.extend(chunk)
    return body


def _guarded_backend(
    resolve: Resolve, dial: "httpcore.AsyncNetworkBackend | None", *, private: bool
) -> "httpcore.AsyncNetworkBackend":
    """Return what opens connections, to addresses that were looked at and no others."""
    import httpcore
    from httpcore import AnyIOBackend
    from typing_extensions import override

    inner = dial or AnyIOBackend()

    class Guarded(httpcore.AsyncNetworkBackend):
        """Looks at every address of a host, then connects to one of them."""

        @override
        async def connect_tcp(
            self, host: str, port: int, *args: Any, **options: Any
        ) -> httpcore.AsyncNetworkStream:
            """Connect to the first address of *host* that answers."""
            addresses = await safe_addresses(host, port, private=private, resolve=resolve)
            last: Exception | None = None
            for address in addresses[:4]:
                try:
                    return await inner.connect_tcp(address, port, *args, **options)
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    last = error
            raise last or httpcore.ConnectError("no address")

        @override
        async def connect_unix_socket(
            self, path: str, *args: Any, **options: Any
        ) -> httpcore.AsyncNetworkStream:
            """Refuse: no connector is a file of this machine."""
            raise CallStopped("Sockets of this machine are not called.", cause="address")

        @override
        async def sleep(self, seconds: float) -> None:
            """Wait, as the pool does between attempts."""
            await inner.sleep(seconds)

    return Guarded()
