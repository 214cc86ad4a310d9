"""``/v1/sites/{site}/token``: a proof or a server key in, a token out.

What is decided here is who may ask and how an answer may be kept; everything
else is the issuer's. Invariant: with a visitor's proof, the address is the
proof's and never the body's. Invariant: every answer, a refusal too, carries
``no-store`` and ``Vary``, and names the origin only if it is on the site's list.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, Protocol, TypeAlias

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from callingcard.errors import ConfigError, Invalid
from callingcard.identity.errors import (
    BodyTooLarge,
    EmailMismatch,
    KeyNotAllowed,
    OriginNotAllowed,
    ProofInvalid,
    UnknownSite,
)
from callingcard.identity.model import IdentityToken, Presented, PropertyValue, Visitor
from callingcard.identity.ports import Proof
from callingcard.identity.service.issuing import answer
from callingcard.kit.actor import Actor, Scope
from callingcard.kit.clock import Clock, SystemClock
from callingcard.kit.email import NotAnAddress, canonical_email
from callingcard.kit.urls import checked_origin

MAX_BODY_BYTES: Final = 16_384
BODY_SECONDS: Final = 10.0

_PATH: Final = "/v1/sites/{site}/token"
_METHODS: Final = "POST, DELETE, OPTIONS"
_KEY_PREFIXES: Final = ("bearer cc_sk_", "bearer pat-local-")
_PRIVATE: Final = {
    "Cache-Control": "no-store, private",
    "Vary": "Origin, Authorization, Cookie",
}

AuthenticateKey: TypeAlias = Callable[[Request], Awaitable[Actor | None]]


class TokenIssuer(Protocol):
    """Issues and forgets; ``issuer.AsyncIssuer`` does."""

    async def issue(self, visitor: Visitor) -> IdentityToken:
        """Return a token for *visitor*."""
        ...

    async def forget(self, visitor: Visitor) -> None:
        """Drop every token of *visitor*."""
        ...


@dataclass(frozen=True, slots=True)
class SiteIssuer:
    """One site as this door sees it: who may ask, how they prove it, who issues.

    *proof* is None for a site whose backend alone may ask, with a key. Raises
    ConfigError for an origin that no browser would send.
    """

    issuer: TokenIssuer
    platform: str
    origins: frozenset[str] = frozenset()
    proof: Proof | None = None
    proof_kind: str = "key"

    def __post_init__(self) -> None:
        """Refuse an origin that could never match."""
        for origin in self.origins:
            try:
                checked_origin(origin)
            except ValueError as error:
                raise ConfigError(f"An origin of a site cannot be used: {error}.") from None


class VisitorBody(BaseModel):
    """A visitor as a customer's backend describes them."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, hide_input_in_errors=True
    )

    email: Annotated[str, Field(max_length=320)] | None = None
    email_verified: bool = False
    user_id: Annotated[str, Field(max_length=200)] | None = None
    first_name: Annotated[str, Field(max_length=200)] = ""
    last_name: Annotated[str, Field(max_length=200)] = ""
    properties: dict[str, PropertyValue] = Field(default_factory=dict)


_Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]


def token_routes(
    sites: Mapping[str, SiteIssuer],
    authenticate_key: AuthenticateKey,
    *,
    clock: Clock | None = None,
) -> APIRouter:
    """Return the routes that issue and forget tokens for *sites*.

    *authenticate_key* returns who the request's bearer key belongs to, or raises
    NotAllowed. Errors are raised; the headers they must carry are left on
    ``request.state.extra_headers`` for whoever turns them into replies.
    """
    door = _Door(sites, authenticate_key, clock or SystemClock())

    class Edge(APIRoute):
        """Puts the headers of this door on every answer."""

        def get_route_handler(self) -> _Handler:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                request.state.extra_headers = dict(_PRIVATE)
                headers = door.check_origin(request)
                request.state.extra_headers = headers
                response = await inner(request)
                response.headers.update(headers)
                return response

            return handle

    router = APIRouter(route_class=Edge, tags=["tokens"])
    _add_routes(router, door)
    return router


def _add_routes(router: APIRouter, door: "_Door") -> None:
    """Declare what can be asked at the one path there is."""

    @router.post(
        _PATH,
        operation_id="issueToken",
        summary="Issue a token for whoever is signed in",
        responses={204: {"description": "Nobody is signed in"}},
    )
    async def issue(site: str, request: Request) -> Response:
        visitor = await door.visitor(site, request)
        if visitor is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        token = await door.site(site).issuer.issue(visitor)
        return JSONResponse(answer(visitor, token))

    @router.delete(
        _PATH,
        operation_id="forgetToken",
        summary="Forget the tokens of whoever signs out",
        status_code=HTTPStatus.NO_CONTENT,
    )
    async def forget(site: str, request: Request) -> Response:
        visitor = await door.visitor(site, request)
        if visitor is not None:
            await door.site(site).issuer.forget(visitor)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @router.options(_PATH, include_in_schema=False)
    async def preflight(request: Request) -> Response:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_preflight(request))

    @router.api_route(_PATH, methods=["GET", "HEAD", "PUT", "PATCH"], include_in_schema=False)
    async def refused(request: Request) -> Response:
        headers = {**request.state.extra_headers, "Allow": _METHODS}
        raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)


class _Door:
    """Finds out, for one request, which site it is for and whom it is about."""

    def __init__(
        self, sites: Mapping[str, SiteIssuer], authenticate_key: AuthenticateKey, clock: Clock
    ) -> None:
        self._sites = sites
        self._authenticate_key = authenticate_key
        self._clock = clock

    def site(self, name: str) -> SiteIssuer:
        """Return the site *name*; raises UnknownSite."""
        site = self._sites.get(name)
        if site is None:
            raise UnknownSite
        return site

    def check_origin(self, request: Request) -> dict[str, str]:
        """Return the headers of every answer; raises OriginNotAllowed.

        A request without an Origin is no page of another site, and is let through.
        """
        site = self.site(request.path_params["site"])
        given = request.headers.getlist("origin")
        if not given:
            return dict(_PRIVATE)
        if len(given) > 1 or given[0] not in site.origins:
            raise OriginNotAllowed
        return {**_PRIVATE, "Access-Control-Allow-Origin": given[0]}

    async def visitor(self, name: str, request: Request) -> Visitor | None:
        """Return whom the request is about, or None when nobody is signed in."""
        given = _presented(request)
        bearer = given.header("authorization") or ""
        if bearer.lower().startswith(_KEY_PREFIXES):
            await self._check_key(name, request)
            return _described(await _body(request))
        proof = self.site(name).proof
        if proof is None:
            if bearer:
                raise ProofInvalid
            return None
        visitor = await proof.visitor(given, self._clock.now())
        if visitor is not None:
            _check_email(visitor, await _body(request))
        return visitor

    async def _check_key(self, name: str, request: Request) -> None:
        """Raise unless the key of *request* may issue tokens for the site *name*."""
        actor = await self._authenticate_key(request)
        if actor is None:
            raise ProofInvalid
        if not actor.may(Scope.TOKENS, site=name):
            raise KeyNotAllowed


def _presented(request: Request) -> Presented:
    """Return what *request* brings along that may prove somebody."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.headers.raw
    )
    return Presented(headers, request.client.host if request.client else "")


async def _body(request: Request) -> VisitorBody:
    """Return the body, which may be empty; read under a deadline, and never too much."""
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                raw.extend(chunk)
                if len(raw) > MAX_BODY_BYTES:
                    raise BodyTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
    except TimeoutError:
        raise HTTPException(
            HTTPStatus.REQUEST_TIMEOUT, headers=request.state.extra_headers
        ) from None
    if not raw:
        return VisitorBody()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Send the body as application/json.",
            headers=request.state.extra_headers,
        )
    try:
        return VisitorBody.model_validate_json(bytes(raw))
    except ValidationError as error:
        raise Invalid(
            "The body is not of the expected shape.", fields=_reasons(error)
        ) from None


def _reasons(error: ValidationError) -> dict[str, str]:
    """Return what pydantic found, by the path of each member."""
    return {
        ".".join(str(part)[:80] for part in found["loc"]) or "body": found["msg"]
        for found in error.errors(
            include_url=False, include_context=False, include_input=False
        )
    }


def _described(body: VisitorBody) -> Visitor:
    """Return the visitor that a customer's backend describes; raises InvalidVisitor."""
    return Visitor(
        body.email,
        email_verified=body.email_verified,
        user_id=body.user_id,
        first_name=body.first_name,
        last_name=body.last_name,
        properties=body.properties,
    )


def _check_email(visitor: Visitor, body: VisitorBody) -> None:
    """Raise EmailMismatch when the body names another address than the proof does."""
    if body.email is None:
        return
    try:
        same = canonical_email(body.email) == visitor.email
    except NotAnAddress:
        same = False
    if not same:
        raise EmailMismatch


def _preflight(request: Request) -> dict[str, str]:
    """Return what a browser asks before it sends; nothing when it is no browser."""
    if "origin" not in request.headers:
        return {"Allow": _METHODS}
    return {
        "Allow": _METHODS,
        "Access-Control-Allow-Methods": "POST, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": "600",
    }
