"""The shop as an application: the library in five lines, and the pages around it.

This is the file to read to see how a site gives its signed-in visitors to a chat:
an issuer, and a router that answers the browser with tokens.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from callingcard import AsyncIssuer
from callingcard.demo.shop.browser import with_headers
from callingcard.demo.shop.pages import Shop, page, pages
from callingcard.demo.shop.people import signed_in_visitor
from callingcard.demo.shop.settings import ShopSettings
from callingcard.errors import CallingcardError
from callingcard.integrations.fastapi import token_router
from callingcard.platforms import HubSpot

_STATIC = Path(__file__).parent / "static"


def create_shop(settings: ShopSettings) -> FastAPI:
    """Make the shop; it talks to the desk only over HTTP, as to HubSpot."""
    platform = HubSpot(access_token=settings.access_token, base_url=settings.desk_url)
    issuer = AsyncIssuer(platform)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with issuer:
            yield

    app = FastAPI(title="Ink & Paper", lifespan=lifespan, openapi_url=None)
    app.state.shop = Shop(settings, issuer)
    app.include_router(token_router(issuer, visitor=signed_in_visitor), prefix="/chat")
    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    _add_edges(app, settings)
    return app


def _add_edges(app: FastAPI, settings: ShopSettings) -> None:
    app.add_exception_handler(HTTPException, _show_http_error)
    app.add_exception_handler(CallingcardError, _show_error)
    app.middleware("http")(with_headers(settings.desk_url))
    app.add_middleware(
        SessionMiddleware,
        secret_key=settings.session_secret,
        session_cookie=f"ink_and_paper_{settings.port}",
        same_site="lax",
    )


async def _show_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    if "text/html" not in request.headers.get("accept", ""):
        return await http_exception_handler(request, error)
    status = HTTPStatus(error.status_code)
    said = "There is no such page." if status == HTTPStatus.NOT_FOUND else error.detail
    return page(request, "error.html", status=status, said=said)


async def _show_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CallingcardError)  # noqa: S101 - registered for this class alone
    status = HTTPStatus.BAD_GATEWAY
    return page(request, "error.html", status=status, said=error.message, error=error)
