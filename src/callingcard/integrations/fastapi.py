"""Tokens for the visitors of a FastAPI app, in one line.

    app.include_router(token_router(issuer, visitor=signed_in), prefix="/chat")

*signed_in* takes the request and returns the Visitor whom the app's own session
names, or None. The page then asks ``POST /chat/token``; see ``door`` for what is
turned away.
"""

from typing import Final

from fastapi import APIRouter

from callingcard.identity.issuer import AsyncIssuer
from callingcard.integrations.door import METHODS
from callingcard.integrations.starlette import WhoIs, token_endpoint

_SUMMARIES: Final = {
    "POST": "A chat token for whoever is signed in",
    "DELETE": "Forget the chat tokens of whoever signs out",
}


def token_router(issuer: AsyncIssuer, *, visitor: WhoIs) -> APIRouter:
    """Return a router with ``/token``: POST issues, DELETE forgets, at sign-out.

    *visitor* may be sync, and then runs in a thread, or async. Where it returns None
    nobody is signed in, the answer is 204 and the chat opens anonymously. Raises
    ConfigError when the issuer blocks.
    """
    endpoint = token_endpoint(issuer, visitor)
    router = APIRouter(tags=["chat"])
    for method in METHODS:
        summary = _SUMMARIES.get(method)
        router.add_api_route(
            "/token",
            endpoint,
            methods=[method],
            summary=summary,
            include_in_schema=summary is not None,
        )
    return router
