"""Calls to connectors: the one place that has both what a function asks and the key.

A call that may be made twice is tried up to three times, for 429, 5xx and broken
connections; any other only when no connection came about. ``Retry-After`` is honoured when
it fits into the connector's timeout. Redirects are followed for GET, on the same host,
to a path that ``allow`` lets through.

Invariant: no value of a secret is in what comes back, in a reply or in an error.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from callingcard.backends.addresses import Target, checked_url
from callingcard.backends.guarded import CallStopped, Outgoing
from callingcard.errors import CallingcardError, NotFound
from callingcard.functions.connectors.access import Access, access_of, target_of
from callingcard.functions.connectors.oauth import Send, Tokens
from callingcard.functions.connectors.replies import problem_of, value_of
from callingcard.functions.connectors.requests import Prepared, allowed, check_path, prepare
from callingcard.functions.connectors.signing import SIGN, signed
from callingcard.functions.model.connectors import Connector, OAuth2, Signature
from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import CallFailed, ConnectorReply, ConnectorSecrets
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.kit.clock import Clock, stopwatch
from callingcard.kit.wire import Reply, retry_after

ATTEMPTS: Final = 3
MAX_REDIRECTS: Final = 3

_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BROKEN: Final = frozenset({"connection", "late", "name"})
_FIRST_WAIT: Final = 0.1
_REFUSED: Final = 401


@dataclass(slots=True)
class _Call:
    """A call under way."""

    connector: Connector
    name: str
    prepared: Prepared
    access: Access
    end: float
    """When it must be over, on the stopwatch."""


class ConnectorCaller:
    """Makes the calls; *fetch* is ``backends.guarded.GuardedFetch``, *pause* waits."""

    def __init__(
        self,
        fetch: Send,
        secrets: ConnectorSecrets,
        tokens: Tokens,
        *,
        clock: Clock,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._fetch = fetch
        self._secrets = secrets
        self._tokens = tokens
        self._clock = clock
        self._pause = pause

    async def call(
        self, connector: Connector, operation: str, arguments: Mapping[str, Json]
    ) -> ConnectorReply:
        """Call *operation*; raises AskRefused, CallFailed among them."""
        if isinstance(connector.auth, Signature):
            values = await self._values(connector)
            return signed(operation, arguments, values[connector.auth.secret.name])
        prepared = prepare(connector, operation, arguments)
        return await self._within(connector, operation, prepared)

    async def probe(self, connector: Connector) -> ConnectorReply:
        """Make the call that tells whether the connector works.

        What ``allow`` says is for functions, and does not bind this.
        """
        if isinstance(connector.auth, Signature):
            return await self.call(connector, SIGN.name, {"text": connector.name})
        free = replace(connector, allow=())
        if connector.check in connector.operations:
            return await self.call(free, connector.check, {})
        split = urlsplit(connector.check or "/")
        query = dict(parse_qsl(split.query))
        return await self.call(free, "get", {"path": split.path, "query": query})

    async def _within(
        self, connector: Connector, name: str, prepared: Prepared
    ) -> ConnectorReply:
        """Make a call in the time that it has."""
        seconds = connector.timeout.total_seconds()
        end = stopwatch() + seconds
        try:
            async with asyncio.timeout(seconds):
                access = await self._access(connector)
                call = _Call(connector, name, prepared, access, end)
                return self._outcome(call, await self._authorised(call))
        except TimeoutError:
            raise CallFailed(
                f"{connector.title} did not answer within {seconds:g} s.", cause="late"
            ) from None

    async def _access(self, connector: Connector, *, stale: str = "") -> Access:
        """Return what lets a call in."""
        values = await self._values(connector)
        token = ""
        if isinstance(connector.auth, OAuth2):
            token = await self._tokens.token(connector, connector.auth, values, stale=stale)
        return access_of(connector, values, token)

    async def _values(self, connector: Connector) -> dict[str, str]:
        """Return its secrets, by name."""
        values: dict[str, str] = {}
        for name in connector.secrets:
            try:
                values[name] = (await self._secrets.reveal(name)).strip()
            except NotFound:
                raise CallFailed(
                    f"{connector.title} needs the secret {name}, which is not set.",
                    cause="secret",
                ) from None
            except CallingcardError as error:
                raise CallFailed(
                    f"The secret {name} cannot be read ({error.code}).", cause="secret"
                ) from None
        return values

    async def _authorised(self, call: _Call) -> Reply:
        """Make the call; once more with a new token when the one there is was refused."""
        reply = await self._redirected(call)
        if reply.status == _REFUSED and isinstance(call.connector.auth, OAuth2):
            stale = call.access.headers["Authorization"].removeprefix("Bearer ")
            call.access = await self._access(call.connector, stale=stale)
            token = call.access.headers["Authorization"].removeprefix("Bearer ")
            if token != stale:
                reply = await self._redirected(call)
                if reply.status == _REFUSED:
                    self._tokens.note_refused(call.connector, token)
        return reply

    async def _redirected(self, call: _Call) -> Reply:
        """Make the call, and go where it is sent as long as that is the same host."""
        target = target_of(call.connector, call.prepared, call.access)
        redirects = 0
        while True:
            reply = await self._repeated(call, _outgoing(call, target))
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                return reply
            further = _further(call, target, reply.headers["location"])
            redirects += 1
            if further is None or redirects > MAX_REDIRECTS:
                raise CallFailed(
                    f"{call.connector.title} redirects elsewhere, which is not followed.",
                    cause="redirect",
                    status=reply.status,
                )
            target = further

    async def _repeated(self, call: _Call, outgoing: Outgoing) -> Reply:
        """Make one request, again where that may help and harms nobody."""
        again = call.prepared.idempotent
        attempt = 0
        while True:
            attempt += 1
            wait = random.uniform(0, _FIRST_WAIT * 2**attempt)  # noqa: S311  (no secret)
            try:
                reply = await self._fetch.send(outgoing)
            except CallStopped as error:
                harmless = error.retryable or (again and error.cause in _BROKEN)
                if not harmless or attempt == ATTEMPTS or stopwatch() + wait > call.end:
                    raise CallFailed(
                        f"{call.connector.title}: {error.message}", cause=error.cause
                    ) from None
            else:
                if not again or reply.status not in _AGAIN or attempt == ATTEMPTS:
                    return reply
                asked = retry_after(reply, self._clock.now())
                wait = asked.total_seconds() if asked is not None else wait
                if stopwatch() + wait > call.end:
                    return reply
            await self._pause(wait)

    def _outcome(self, call: _Call, reply: Reply) -> ConnectorReply:
        """Return what a function gets of a reply; raises CallFailed for a refusal."""
        title = call.connector.title
        good = 200 <= reply.status < 300  # noqa: PLR2004
        hidden = call.access.hidden
        text = reply.body.decode("utf-8", errors="replace")
        if not good:
            raise CallFailed(
                f"{title} answered {reply.status}{problem_of(text, hidden.text)}",
                cause="status",
                status=reply.status,
            )
        try:
            value = hidden.value(value_of(text, reply.headers.get("content-type", ""), title))
        except RecursionError:
            said = f"{title} answered with what nests too deeply."
            raise CallFailed(said, cause="reply", status=reply.status) from None
        success = call.connector.success
        if success and not (isinstance(value, Mapping) and value.get(success) is True):
            raise CallFailed(
                f"{title} refused{problem_of(text, hidden.text)}",
                cause="status",
                status=reply.status,
            )
        return ConnectorReply(value, reply.status)


def _outgoing(call: _Call, target: Target) -> Outgoing:
    """Return a call as it goes out: ours and the key's headers are last, so they count."""
    headers = {"Accept": "application/json, */*;q=0.5"}
    for more in (call.prepared.headers, call.connector.headers, call.access.headers):
        lower = {name.lower() for name in more}
        headers = {name: one for name, one in headers.items() if name.lower() not in lower}
        headers |= dict(more)
    return Outgoing(
        call.prepared.method,
        target,
        headers,
        call.prepared.body,
        call.connector.private,
        call.connector.max_reply_bytes,
    )


def _further(call: _Call, here: Target, place: str) -> Target | None:
    """Return where a redirect leads; None when it is not followed."""
    if call.prepared.method not in {"GET", "HEAD"}:
        return None
    base = f"{here.scheme}://{_netloc(here.host, here.port)}{here.target}"
    try:
        further = checked_url(urljoin(base, place), private=call.connector.private)
    except ValueError:
        return None
    return further if further.origin == here.origin and _may_go(call, further.target) else None


def _may_go(call: _Call, target: str) -> bool:
    """Say whether a redirect leads to where this function may call."""
    path = target.partition("?")[0]
    base = urlsplit(call.access.base).path
    if not path.startswith(f"{base}/"):
        return False
    below = path[len(base) :]
    try:
        check_path(below)
    except AskRefused:
        return False
    paths = replace(
        call.connector, allow=tuple(one for one in call.connector.allow if " " in one)
    )
    return not call.connector.allow or (
        bool(paths.allow) and allowed(paths, call.name, call.prepared.method, below)
    )


def _netloc(host: str, port: int) -> str:
    """Return host and port as a URL has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
