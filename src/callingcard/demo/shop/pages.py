"""The pages of the shop: products, signing in and out, and the way to the agents' app.

Invariant: whatever the desk does, every page of the shop still opens.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from callingcard import AsyncIssuer
from callingcard.demo.shop.browser import require_own_page
from callingcard.demo.shop.catalogue import PRODUCTS
from callingcard.demo.shop.people import PEOPLE, Person, signed_in, visitor_of
from callingcard.demo.shop.settings import ShopSettings
from callingcard.errors import CallingcardError

_log = logging.getLogger(__name__)
_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


@dataclass(frozen=True, slots=True)
class Shop:
    """What the pages need: the settings, and the library's issuer."""

    settings: ShopSettings
    issuer: AsyncIssuer


def shop_of(request: Request) -> Shop:
    """Find the shop that a request came to."""
    shop = request.app.state.shop
    assert isinstance(shop, Shop)  # noqa: S101 - set by create_shop before any request
    return shop


TheShop = Annotated[Shop, Depends(shop_of)]
pages = APIRouter(default_response_class=Response)


@pages.get("/")
async def show_products(request: Request) -> Response:
    """Show everything for sale."""
    return page(request, "products.html", products=PRODUCTS.values())


@pages.get("/products/{slug}")
async def show_product(request: Request, slug: str) -> Response:
    """Show one product."""
    if slug not in PRODUCTS:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return page(request, "product.html", product=PRODUCTS[slug])


@pages.get("/sign-in")
async def show_people(request: Request) -> Response:
    """Show who can sign in."""
    return page(request, "sign_in.html", people=PEOPLE.values())


@pages.post("/sign-in", dependencies=[Depends(require_own_page)])
async def sign_in(request: Request, shop: TheShop, person: Annotated[str, Form()]) -> Response:
    """Sign in as the person whose card was clicked."""
    if person not in PEOPLE:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    await leave(request, shop)
    request.session["person"] = person
    return _go("/")


@pages.post("/sign-out", dependencies=[Depends(require_own_page)])
async def sign_out(request: Request, shop: TheShop) -> Response:
    """Sign out; the chat's token is forgotten with the session."""
    left = await leave(request, shop)
    if left:
        request.session["left"] = left.key
    return _go("/")


@pages.get("/agent")
async def open_agents_app(shop: TheShop) -> Response:
    """Go to the agents' app, signed in: only a demo gives its visitors this door."""
    return _go(await shop.settings.agent_link())


@pages.get("/hubspot-only")
async def show_hubspot_only(request: Request, shop: TheShop) -> Response:
    """Show the chat as HubSpot's own documentation says, without callingcard.js."""
    identity = await _identification(request, shop)
    return page(request, "hubspot_only.html", chat=False, identification=identity)


async def leave(request: Request, shop: Shop) -> Person | None:
    """End the session, whoever's it is, and have the library forget their token."""
    person = signed_in(request)
    request.session.clear()
    if person:
        try:
            await shop.issuer.forget(visitor_of(person))
        except CallingcardError as error:
            # Signing out of the shop must work even when the token cache does not.
            _log.warning("a chat token could not be forgotten: %s", error.code)
    return person


def page(
    request: Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **context: Any
) -> Response:
    """Render a page with what every page shows."""
    person = signed_in(request)
    left = None if person else PEOPLE.get(str(request.session.get("left", "")))
    settings = shop_of(request).settings
    shown = {"person": person, "left": left, "settings": settings, "chat": True} | context
    return _templates.TemplateResponse(request, template, shown, status_code=status)


async def _identification(request: Request, shop: Shop) -> dict[str, Any]:
    person = signed_in(request)
    if not person:
        return {}
    try:
        return dict((await shop.issuer.issue(visitor_of(person))).settings)
    except CallingcardError as error:
        _log.warning("the chat opens anonymously: %s", error.code)
        return {}


def _go(url: str) -> Response:
    # 303: the browser must fetch the next page, not send the form again.
    return RedirectResponse(url, status_code=HTTPStatus.SEE_OTHER)
