"""``/v1/functions/{name}``: an answer for a visitor, a program, or anybody.

Who may call is asked first, so that nobody without a proof makes us read a body. What a
body may hold is bounded before it is parsed.

Invariant: every answer, a refusal too, carries ``no-store`` and ``Vary``, and names the
origin only when it is on the trigger's list.
Invariant: an API key is refused from a page, where everybody could read it.
Invariant: a function without an HTTP trigger answers as one that is not there.
"""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from callingcard.errors import Invalid, LimitExceeded, NotAllowed, TooLarge
from callingcard.functions.errors import UnknownFunction
from callingcard.functions.model.manifest import Caller, HttpTrigger, Rate
from callingcard.functions.model.runs import RunVisitor
from callingcard.functions.model.values import Json
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.callers import Callers, Shown, Visitors
from callingcard.functions.ports.runs import Deployed
from callingcard.functions.service.running.invoke import Invoker
from callingcard.functions.service.running.parameters import from_query
from callingcard.functions.service.running.run_calls import Call
from callingcard.kit.clock import Clock
from callingcard.kit.codec import parse_json_object
from callingcard.kit.pace import Pace, network_of

PATH: Final = "/v1/functions/{name}"
BODY_SECONDS: Final = 10.0
_METHODS: Final = ("GET", "POST", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")
_PRIVATE: Final = {
    "Cache-Control": "no-store, private",
    "Vary": "Origin, Authorization, Cookie",
}
_EXPOSED: Final = "X-Run-Id, X-Callingcard-Fallback, Retry-After, Date"
_DEEPEST: Final = 64
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}\Z")
_MOST_RATES: Final = 1_000
_DEFAULT_RATE: Final = Rate(60, timedelta(minutes=1))
"""For a public trigger whose manifest names none, which a deploy would refuse."""


@dataclass(frozen=True, slots=True)
class FunctionDoor:
    """Who may call, and what runs then; *peer_of* finds who is connected to us."""

    invoker: Invoker
    deployed: Deployed
    visitors: Visitors
    callers: Callers
    clock: Clock
    peer_of: Callable[[Scope], str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request for a function that is there."""

    request: Request
    version: Version
    trigger: HttpTrigger

    @property
    def origins(self) -> list[str]:
        """Every Origin header there was."""
        return self.request.headers.getlist("origin")


def invoking_routes(door: FunctionDoor) -> APIRouter:
    """Return the one route by which functions are called."""
    router = APIRouter()
    rates = _Rates(door.clock)

    async def call(request: Request, name: str) -> Response:
        request.state.extra_headers = dict(_PRIVATE)
        asked = await _found(door, request, name)
        request.state.extra_headers |= _cors(door, asked)
        if request.method == "OPTIONS":
            return _preflight(request, asked.trigger)
        if request.method != asked.trigger.method:
            raise HTTPException(
                HTTPStatus.METHOD_NOT_ALLOWED,
                headers={"Allow": f"{asked.trigger.method}, OPTIONS"},
            )
        return await _answer(door, asked, rates)

    router.add_api_route(PATH, call, methods=list(_METHODS), include_in_schema=False)
    return router


async def _found(door: FunctionDoor, request: Request, name: str) -> _Asked:
    """Return what is called; raises UnknownFunction."""
    if _NAME.match(name):
        try:
            version = await door.deployed.current(name)
        except UnknownFunction:
            version = None
        if version is not None and version.manifest.http is not None:
            return _Asked(request, version, version.manifest.http)
    raise UnknownFunction(
        "No function of this name can be called over HTTP.",
        hint="Check the name, and that a version with an http trigger is deployed.",
    )


def _cors(door: FunctionDoor, asked: _Asked) -> dict[str, str]:
    """Return what a page of another origin needs; raises NotAllowed for one not listed."""
    origins, trigger = asked.origins, asked.trigger
    if not origins:
        _refuse_without_origin(asked)
        return {}
    if trigger.auth is Caller.KEY:
        raise NotAllowed(
            "This function takes API keys, and no page may hold one.",
            hint='Call it from your backend, or deploy it with auth = "visitor".',
        )
    is_visitor = trigger.auth is Caller.VISITOR
    listed = door.visitors.origins(trigger.site) if is_visitor else frozenset(trigger.origins)
    if len(origins) > 1 or origins[0] not in listed:
        raise NotAllowed(
            "Pages of this origin may not call this function.",
            hint="Add the origin to the site, or to the trigger of a public function.",
        )
    named = {
        "Access-Control-Allow-Origin": origins[0],
        "Access-Control-Expose-Headers": _EXPOSED,
    }
    # A cookie that another site's page cannot make the browser send: the origin is listed.
    return named | ({"Access-Control-Allow-Credentials": "true"} if is_visitor else {})


def _refuse_without_origin(asked: _Asked) -> None:
    """Refuse a request that names no origin where a browser would have to."""
    if asked.trigger.auth is Caller.PUBLIC:
        raise NotAllowed("This function is called by the pages of listed origins only.")
    # An image or a link on somebody else's page brings our visitor's cookie and no Origin.
    # So does one of a subdomain that somebody else may have: same-site is not same-origin.
    asked_from = asked.request.headers.get("sec-fetch-site")
    from_elsewhere = asked_from in {"cross-site", "same-site"}
    if asked.trigger.auth is Caller.VISITOR and from_elsewhere:
        raise NotAllowed("This function is called by scripts of listed origins only.")


def _preflight(request: Request, trigger: HttpTrigger) -> Response:
    """Answer what a browser asks before it sends the request itself."""
    headers = dict(request.state.extra_headers) | {"Allow": f"{trigger.method}, OPTIONS"}
    if "Access-Control-Allow-Origin" in headers:
        headers |= {
            "Access-Control-Allow-Methods": trigger.method,
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


async def _answer(door: FunctionDoor, asked: _Asked, rates: "_Rates") -> Response:
    """Run the function for whoever may, and write what it returned."""
    request, version = asked.request, asked.version
    caller, visitor = await _admit(door, asked, rates)
    if request.method == "GET":
        arguments = _query(request, version)
    else:
        arguments = await _body(request, version.manifest.limits.input_bytes)
    finished = await door.invoker.invoke(
        Call(
            function=version.function,
            arguments=arguments,
            trigger="http",
            caller=caller,
            visitor=visitor,
            idempotency_key=_key(asked, caller),
            version=version,
        )
    )
    headers = dict(request.state.extra_headers) | {"X-Run-Id": finished.run.id}
    if finished.fallback:
        headers["X-Callingcard-Fallback"] = finished.fallback
    written = json.dumps(finished.value, ensure_ascii=False, separators=(",", ":"))
    return Response(
        written.encode(errors="replace"), media_type="application/json", headers=headers
    )


async def _admit(
    door: FunctionDoor, asked: _Asked, rates: "_Rates"
) -> tuple[str, RunVisitor | None]:
    """Return who calls; raises NotAllowed, LimitExceeded."""
    request, trigger = asked.request, asked.trigger
    client = request.client.host if request.client else ""
    shown = Shown(
        headers=tuple((name.lower(), value) for name, value in request.headers.items()),
        peer=door.peer_of(request.scope),
        client=client,
    )
    if trigger.auth is Caller.VISITOR:
        return "visitor", await door.visitors.prove(shown, site=trigger.site)
    if trigger.auth is Caller.KEY:
        return await door.callers.allowed(shown, function=asked.version.function), None
    rates.count(asked.version.function, trigger.rate or _DEFAULT_RATE, client)
    return "public", None


def _query(request: Request, version: Version) -> dict[str, Json]:
    """Return the arguments in the query, within what a body might hold."""
    most = version.manifest.limits.input_bytes
    if len(request.scope["query_string"]) > most:
        raise TooLarge(f"The query is larger than {most} bytes.")
    return from_query(version.schema, request.query_params.multi_items())


async def _body(request: Request, most: int) -> dict[str, Json]:
    """Return the JSON object in the body, or nothing when it is empty."""
    announced = request.headers.get("content-length", "0")
    too_large = TooLarge(f"The body is larger than {most} bytes.")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise too_large
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > most:
                    raise too_large
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The body ended too soon.") from None
    if not raw.strip():
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != (
        "application/json"
    ):
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the arguments as application/json."
        )
    return _parsed(bytes(raw))


def _parsed(raw: bytes) -> dict[str, Json]:
    """Return the object that *raw* is; raises Invalid."""
    try:
        found = parse_json_object(raw)
    except ValueError as error:
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else "not JSON"
        plain = isinstance(error, json.JSONDecodeError | UnicodeDecodeError)
        detail = reason if plain else str(error)
        raise Invalid(
            "The body is not a JSON object that can be read.", fields={"body": detail}
        ) from None
    if not _shallow(found):
        raise Invalid("The body nests too deeply.", fields={"body": "nested too deeply"})
    return found


def _shallow(value: Json) -> bool:
    """Say whether *value* nests no deeper than anybody needs, without recursion."""
    level = [value]
    for _ in range(_DEEPEST):
        deeper: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                deeper += item.values()
            elif isinstance(item, list):
                deeper += item
        level = deeper
    return not level


def _key(asked: _Asked, caller: str) -> str:
    """Return under which key the call runs only once; keys of two callers never meet."""
    given = asked.request.headers.get("idempotency-key")
    if given is None or asked.trigger.auth is not Caller.KEY or asked.trigger.method != "POST":
        return ""
    if not _KEY.match(given):
        raise Invalid(
            "The Idempotency-Key cannot be used.",
            fields={"idempotency-key": "must be 1 to 255 visible ASCII characters"},
        )
    return f"http {caller} {given}"


class _Rates:
    """How fast each client may call each public function, in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._paces: OrderedDict[tuple[str, Rate], Pace] = OrderedDict()

    def count(self, function: str, rate: Rate, client: str) -> None:
        """Count one call; raises LimitExceeded when it is one too many."""
        pace = self._paces.setdefault((function, rate), Pace(rate.count, rate.per))
        self._paces.move_to_end((function, rate))
        if len(self._paces) > _MOST_RATES:
            self._paces.popitem(last=False)
        wait = pace.wait(network_of(client), self._clock.now())
        if wait is not None:
            raise LimitExceeded(
                "Too many calls from your address.",
                retry_after=wait,
                hint="Call again later, or less often.",
            )
