"""A FastAPI app whose chat knows who is signed in; README.md says how to run it."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates
from starlette.middleware.sessions import SessionMiddleware

from callingcard import AsyncIssuer, Visitor
from callingcard.integrations.fastapi import token_router
from callingcard.platforms import HubSpot

# Callingcard's desk plays HubSpot here; to ask HubSpot itself, leave base_url out.
DESK = os.environ.get("DESK_URL", "http://127.0.0.1:8400")
HUBSPOT = HubSpot(access_token=os.environ["HUBSPOT_ACCESS_TOKEN"], base_url=DESK)
PEOPLE = {"Ada": "ada@example.com", "Grace": "grace@example.com"}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Keep the issuer open as long as the app runs."""
    async with issuer:
        yield


app = FastAPI(lifespan=lifespan)
app.add_middleware(SessionMiddleware, secret_key=secrets.token_hex(32))
pages = Jinja2Templates(Path(__file__).parent)

# Callingcard, in five lines.
issuer = AsyncIssuer(HUBSPOT)


def signed_in(request: Request) -> Visitor | None:
    """Say who is signed in, and that this app has proved the address."""
    name = request.session.get("name")
    return Visitor(PEOPLE[name], email_verified=True, first_name=name) if name else None


app.include_router(token_router(issuer, visitor=signed_in), prefix="/chat")
# The rest is any app with a session.


@app.get("/")
async def home(request: Request) -> Response:
    """Show who is signed in, and the chat."""
    shown = {"desk": DESK, "name": request.session.get("name"), "people": PEOPLE}
    return pages.TemplateResponse(request, "page.html", shown)


@app.post("/sign-in")
async def sign_in(request: Request, name: Annotated[str, Form()]) -> Response:
    """Sign in; a real app checks a password here."""
    if name in PEOPLE:
        request.session["name"] = name
    return RedirectResponse("/", 303)


@app.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Sign out; the page has had the chat forget already."""
    request.session.clear()
    return RedirectResponse("/", 303)
