"""OAuth2 tokens: fetched once for all, kept sealed, renewed before they end.

A token is kept in the secret store, so that other nodes and the next start use it too. It
is renewed by one caller at a time: in this process callers share one task, and between
nodes a claim in the database says who may. Some services give a new refresh token each
time and accept each only once, so the newest is kept before anybody uses what came with it,
and a caller that goes away does not stop a renewal half-way.

https://www.rfc-editor.org/rfc/rfc6749
"""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import quote_plus, urlencode

from callingcard.backends.addresses import checked_url
from callingcard.backends.guarded import CallStopped, Outgoing
from callingcard.errors import CallingcardError
from callingcard.functions.connectors.access import in_header, plain
from callingcard.functions.model.connectors import Connector, Grant, OAuth2
from callingcard.functions.ports.connectors import CallFailed, Claims, ConnectorSecrets
from callingcard.kit.clock import Clock
from callingcard.kit.codec import parse_json_object, parse_rfc3339, rfc3339
from callingcard.kit.wire import Reply

MARGIN: Final = timedelta(seconds=60)
"""How long before its end a token is renewed, if it lives that long at all."""

UNSAID: Final = timedelta(minutes=5)
"""How long a token is used whose service does not say."""

CLAIM: Final = timedelta(seconds=20)
"""How long one node may take to renew a token before another may try."""

SETTLING: Final = timedelta(minutes=1)
"""How long no other token is fetched after a service has refused a new one."""

RENEWAL_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.2
MAX_LIFE: Final = timedelta(days=30)

_CODE: Final = re.compile(r"[a-z_]{1,40}\Z")
_MAX_REPLY: Final = 65_536
_GOOD: Final = 200
_LONGEST: Final = 1e9


class Send(Protocol):
    """Makes one call."""

    async def send(self, call: Outgoing) -> Reply:
        """Return the reply; raises CallStopped."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and what is needed to get the next."""

    access: str = field(repr=False)
    renew_at: datetime
    refresh: str = field(repr=False)
    of: str = field(repr=False)
    """Which client and which first refresh token it comes from."""


class Tokens:
    """The OAuth2 tokens of every connector; for one event loop."""

    def __init__(
        self,
        fetch: Send,
        secrets: ConnectorSecrets,
        claims: Claims,
        *,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._fetch = fetch
        self._secrets = secrets
        self._claims = claims
        self._clock = clock
        self._new_id = new_id
        self._kept: dict[str, Token] = {}
        self._renewals: dict[str, asyncio.Task[Token]] = {}
        self._refused: dict[str, tuple[str, datetime]] = {}

    async def token(
        self, connector: Connector, auth: OAuth2, values: Mapping[str, str], *, stale: str = ""
    ) -> str:
        """Return a token that is good now and is not *stale*; raises CallFailed.

        One that was refused while it was new is returned even so for a while: a service
        that refuses every token would otherwise have one made for each call.
        """
        name = connector.name
        origin = _origin(auth, values)
        kept = self._kept.get(name)
        if self._was_refused(name, stale):
            return stale
        if kept is not None and self._usable(kept, origin, stale):
            return kept.access
        renewal = self._renewals.get(name)
        if renewal is None:
            work = self._renewed(connector, auth, values, stale)
            renewal = asyncio.get_running_loop().create_task(work)
            self._renewals[name] = renewal
            renewal.add_done_callback(lambda _: self._renewals.pop(name, None))
        return (await asyncio.shield(renewal)).access

    def note_refused(self, connector: Connector, token: str) -> None:
        """Take note that a token was refused which had just been made."""
        self._refused[connector.name] = (token, self._clock.now())

    def _was_refused(self, name: str, token: str) -> bool:
        refused, at = self._refused.get(name, ("", self._clock.now()))
        return bool(token) and refused == token and self._clock.now() - at < SETTLING

    def _usable(self, token: Token, origin: str, stale: str) -> bool:
        """Say whether a token that was kept may be used."""
        return (
            token.of == origin and token.access != stale and self._clock.now() < token.renew_at
        )

    async def _renewed(
        self, connector: Connector, auth: OAuth2, values: Mapping[str, str], stale: str
    ) -> Token:
        """Return the token that another node has kept meanwhile, or a new one."""
        origin, holder = _origin(auth, values), self._new_id()
        try:
            async with asyncio.timeout(RENEWAL_SECONDS):
                while True:
                    found = await self._stored(connector.name)
                    if found is not None and self._usable(found, origin, stale):
                        break
                    now = self._clock.now()
                    if await self._claims.claim(
                        connector.name, holder, now=now, until=now + CLAIM
                    ):
                        found = await self._fetched(connector, auth, values, stale)
                        break
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise CallFailed("No token came in time.", cause="late") from None
        finally:
            await self._claims.release(connector.name, holder)
        self._kept[connector.name] = found
        return found

    async def _stored(self, name: str) -> Token | None:
        """Return what is in the secret store."""
        try:
            raw = parse_json_object(await self._secrets.reveal(secret_for(name)))
            return Token(
                raw["access"], parse_rfc3339(raw["renew_at"]), raw["refresh"], raw["of"]
            )
        except (CallingcardError, LookupError, ValueError, TypeError):
            return None  # there is none, or none that can be opened: the next takes its place

    async def _fetched(
        self, connector: Connector, auth: OAuth2, values: Mapping[str, str], stale: str
    ) -> Token:
        """Ask for a new token and keep it, unless somebody did just before."""
        origin = _origin(auth, values)
        before = await self._stored(connector.name)
        if before is not None and self._usable(before, origin, stale):
            return before
        refresh = before.refresh if before is not None and before.of == origin else ""
        if auth.refresh_token is not None and not refresh:
            refresh = values[auth.refresh_token.name]
        answer = await self._ask(connector, auth, values, refresh)
        token = _token(answer, refresh, origin, self._clock.now())
        kept = {
            "access": token.access,
            "renew_at": rfc3339(token.renew_at),
            "refresh": token.refresh,
            "of": token.of,
        }
        name = secret_for(connector.name)
        try:
            await self._secrets.set(name, json.dumps(kept), by=f"connector {connector.name}")
        except CallingcardError as error:
            raise CallFailed(
                f"The token of {connector.title} cannot be kept ({error.code}).",
                cause="secret",
            ) from None
        return token

    async def _ask(
        self, connector: Connector, auth: OAuth2, values: Mapping[str, str], refresh: str
    ) -> Mapping[str, Any]:
        """Return what the token endpoint answers."""
        call = _request(connector, auth, values, refresh)
        try:
            reply = await self._fetch.send(call)
        except CallStopped as error:
            raise CallFailed(
                f"The token endpoint cannot be called: {error.message}", cause=error.cause
            ) from None
        try:
            answer = parse_json_object(reply.body)
        except (ValueError, UnicodeDecodeError):
            answer = dict[str, Any]()
        if reply.status != _GOOD or not isinstance(answer.get("access_token"), str):
            code = answer.get("error")
            said = f" ({code})" if isinstance(code, str) and _CODE.match(code) else ""
            raise CallFailed(
                f"The token endpoint answered {reply.status}{said}.",
                cause="secret" if reply.status in {400, 401, 403} else "status",
                status=reply.status,
            )
        return answer


def secret_for(name: str) -> str:
    """Return what the token of a connector is called in the secret store.

    >>> secret_for("my_shop")
    'OAUTH_MY_SHOP'
    """
    # A secret's name is at most 64 characters; what is cut off is told apart by a hash.
    full = f"OAUTH_{name.upper()}"
    mark = hashlib.sha256(name.encode()).hexdigest()[:8].upper()
    return full if len(full) <= 64 else f"{full[:55]}_{mark}"  # noqa: PLR2004


def _origin(auth: OAuth2, values: Mapping[str, str]) -> str:
    """Return what tells whether a kept token still belongs to what was set up."""
    first = values[auth.refresh_token.name] if auth.refresh_token else ""
    parts = [auth.grant, auth.token_url, plain(auth.client_id, values), first]
    parts += [auth.scope, auth.audience]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _request(
    connector: Connector, auth: OAuth2, values: Mapping[str, str], refresh: str
) -> Outgoing:
    """Return the call of the token endpoint."""
    client = plain(auth.client_id, values)
    secret = values[auth.client_secret.name] if auth.client_secret else ""
    form = {"grant_type": str(auth.grant), "scope": auth.scope, "audience": auth.audience}
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    if auth.grant is Grant.REFRESH_TOKEN:
        form["refresh_token"] = refresh
    if auth.in_body or not secret:
        form |= {"client_id": client, "client_secret": secret}
    else:
        pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    try:
        target = checked_url(auth.token_url, private=connector.private)
    except ValueError as error:
        raise CallFailed(f"token_url cannot be called: {error}.", cause="address") from None
    return Outgoing("POST", target, headers, body, connector.private, _MAX_REPLY)


def _token(answer: Mapping[str, Any], refresh: str, origin: str, now: datetime) -> Token:
    """Return the token in an answer; it counts as spent a little before its end."""
    life = _life(answer.get("expires_in"))
    newer = answer.get("refresh_token")
    return Token(
        access=in_header(answer["access_token"], "the token"),
        renew_at=now + life - min(MARGIN, life / 10),
        refresh=newer if isinstance(newer, str) and newer else refresh,
        of=origin,
    )


def _life(said: Any) -> timedelta:
    """Return how long a token lives; some services write the number as a text."""
    try:
        seconds = float(said)
    except (TypeError, ValueError, OverflowError):
        return UNSAID
    # Not `<= 0`: NaN is below nothing.
    return min(timedelta(seconds=seconds), MAX_LIFE) if 0 < seconds < _LONGEST else UNSAID
