"""A Starlette app whose chat knows who is signed in; README.md says how to run it."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from callingcard import AsyncIssuer, Visitor
from callingcard.integrations.starlette import token_route
from callingcard.platforms import HubSpot

# Callingcard's desk plays HubSpot here; to ask HubSpot itself, leave base_url out.
DESK = os.environ.get("DESK_URL", "http://127.0.0.1:8400")
HUBSPOT = HubSpot(access_token=os.environ["HUBSPOT_ACCESS_TOKEN"], base_url=DESK)
PEOPLE = {"Ada": "ada@example.com", "Grace": "grace@example.com"}
pages = Jinja2Templates(Path(__file__).parent)

# Callingcard, in five lines; the last is the route.
issuer = AsyncIssuer(HUBSPOT)


def signed_in(request: Request) -> Visitor | None:
    """Say who is signed in, and that this app has proved the address."""
    user = request.user
    if not user.is_authenticated:
        return None
    return Visitor(user.email, email_verified=True, first_name=user.display_name)


chat = token_route(issuer, visitor=signed_in)
# The rest is any app with users.


class User(SimpleUser):
    """Somebody with an account."""

    @property
    def email(self) -> str:
        """The address, which the app has proved at sign-up."""
        return PEOPLE[self.username]


class SessionBackend(AuthenticationBackend):
    """Finds the user of a request by the session."""

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, User] | None:
        """Return the user, or None when nobody is signed in."""
        name = conn.session.get("name")
        return (AuthCredentials(["authenticated"]), User(name)) if name else None


async def home(request: Request) -> Response:
    """Show who is signed in, and the chat."""
    shown = {"desk": DESK, "name": request.user.display_name, "people": PEOPLE}
    return pages.TemplateResponse(request, "page.html", shown)


async def sign_in(request: Request) -> Response:
    """Sign in; a real app checks a password here."""
    name = (await request.form()).get("name")
    if name in PEOPLE:
        request.session["name"] = name
    return RedirectResponse("/", 303)


async def sign_out(request: Request) -> Response:
    """Sign out; the page has had the chat forget already."""
    request.session.clear()
    return RedirectResponse("/", 303)


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """Keep the issuer open as long as the app runs."""
    async with issuer:
        yield


app = Starlette(
    routes=[
        chat,
        Route("/", home),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ],
    middleware=[
        Middleware(SessionMiddleware, secret_key=secrets.token_hex(32)),
        Middleware(AuthenticationMiddleware, backend=SessionBackend()),
    ],
    lifespan=lifespan,
)
