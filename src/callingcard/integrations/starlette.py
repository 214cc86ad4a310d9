"""Tokens for the visitors of a Starlette app, in one route.

    Starlette(routes=[token_route(issuer, visitor=signed_in)], lifespan=…)

*signed_in* takes the request and returns the Visitor whom the app's own session names,
or None. With Starlette's AuthenticationMiddleware that is ``request.user``:

    def signed_in(request: Request) -> Visitor | None:
        user = request.user
        if not user.is_authenticated:
            return None
        return Visitor(user.email, email_verified=user.email_verified, user_id=user.id)

The page then asks ``POST /chat/token``; see ``door`` for what is turned away.
https://www.starlette.io/authentication/
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.model import Visitor
from callingcard.integrations.door import METHODS, AsyncDoor, Reply

WhoIs: TypeAlias = Callable[[Request], Visitor | Awaitable[Visitor | None] | None]
"""Says who is signed in; may be sync, and then runs in a thread, or async."""


def token_route(issuer: AsyncIssuer, *, visitor: WhoIs, path: str = "/chat/token") -> Route:
    """Return the route at *path*: POST issues, DELETE forgets, at sign-out.

    Where *visitor* returns None nobody is signed in, the answer is 204 and the chat
    opens anonymously. Open the *issuer* in the app's lifespan. Raises ConfigError when
    the issuer blocks.
    """
    endpoint = token_endpoint(issuer, visitor)
    return Route(path, endpoint, methods=METHODS, name="callingcard_token")


def token_endpoint(
    issuer: AsyncIssuer, visitor: WhoIs
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return what answers a request, for routers that are not Starlette's own."""
    door = AsyncDoor(issuer)

    async def token(request: Request) -> Response:
        reply = await door.answer(
            request.method, request.headers, lambda: _ask(visitor, request)
        )
        return _response(reply)

    return token


async def _ask(visitor: WhoIs, request: Request) -> Visitor | None:
    """Return whom the app says is signed in, without blocking on its database."""
    if inspect.iscoroutinefunction(visitor):
        return cast("Visitor | None", await visitor(request))
    found = await run_in_threadpool(visitor, request)
    return await found if inspect.isawaitable(found) else found


def _response(reply: Reply) -> Response:
    if reply.body is None:
        return Response(status_code=reply.status, headers=reply.headers)
    return JSONResponse(reply.body, reply.status, headers=reply.headers)
