"""Tokens for the visitors of a FastAPI app, in one line.

    app.include_router(token_router(issuer, visitor=signed_in), prefix="/chat")

*signed_in* takes the request and returns the Visitor whom the app's own session
names, or None. The page then asks ``POST /chat/token``; see ``door`` for what is
turned away.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from typing import Any, TypeAlias, cast

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from callingcard.errors import ConfigError, RequestError, UpstreamError
from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.model import Visitor
from callingcard.identity.service.issuing import answer
from callingcard.integrations.door import PRIVATE, Refusal, told, turned_away

WhoIs: TypeAlias = Callable[[Request], Visitor | Awaitable[Visitor | None] | None]
_Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]


class _Edge(APIRoute):
    """Turns away what must not be answered, and answers errors as problems."""

    def get_route_handler(self) -> _Handler:
        """Return the handler, guarded."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            no = turned_away(request.method, request.headers)
            if no is not None:
                return _reply(no)
            try:
                response = await inner(request)
            except (RequestError, UpstreamError) as error:
                return _reply(told(error))
            response.headers.update(PRIVATE)
            return response

        return handle


def token_router(issuer: AsyncIssuer, *, visitor: WhoIs) -> APIRouter:
    """Return a router with ``/token``: POST issues, DELETE forgets, at sign-out.

    *visitor* may be sync, and then runs in a thread, or async. Where it returns None
    nobody is signed in, the answer is 204 and the chat opens anonymously.
    """
    if not inspect.iscoroutinefunction(cast("Any", issuer).issue):
        raise ConfigError(
            "token_router needs an AsyncIssuer.",
            hint="FastAPI serves many visitors from one thread; Issuer would block it.",
        )
    router = APIRouter(route_class=_Edge, tags=["chat"])

    @router.post("/token", summary="A chat token for whoever is signed in")
    async def issue(request: Request) -> Response:
        who = await _ask(visitor, request)
        if who is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return JSONResponse(answer(who, await issuer.issue(who)))

    @router.delete("/token", summary="Forget the chat tokens of whoever signs out")
    async def forget(request: Request) -> Response:
        who = await _ask(visitor, request)
        if who is not None:
            await issuer.forget(who)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @router.api_route(
        "/token", methods=["GET", "HEAD", "PUT", "PATCH"], include_in_schema=False
    )
    async def refused() -> Response:
        raise AssertionError("the edge has turned this method away")

    return router


async def _ask(visitor: WhoIs, request: Request) -> Visitor | None:
    """Return whom the app says is signed in, without blocking on its database."""
    if inspect.iscoroutinefunction(visitor):
        return cast("Visitor | None", await visitor(request))
    found = await run_in_threadpool(visitor, request)
    return await found if inspect.isawaitable(found) else found


def _reply(no: Refusal) -> Response:
    """Return *no* as a response."""
    return JSONResponse(no.body, no.status, headers=no.headers)
