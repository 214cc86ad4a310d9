"""How the library looks to its users: never run, only checked by mypy."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_type

from fastapi import FastAPI, Request

from callingcard import (
    AsyncIssuer,
    CallingcardError,
    IdentityToken,
    Issuer,
    PlatformUnavailable,
    Unverified,
    Visitor,
)
from callingcard.integrations.fastapi import token_router
from callingcard.platforms import Desk, HubSpot


def blocking() -> str:
    """Issue one token and read all of it."""
    ada = Visitor(
        email="ada@example.com",
        email_verified=True,
        first_name="Ada",
        properties={"plan": "pro", "seats": 3},
    )
    with Issuer(HubSpot(access_token="pat-example"), cache="sqlite:///tokens.db") as issuer:
        try:
            token = issuer.issue(ada)
        except Unverified as error:
            return error.hint
        except PlatformUnavailable as error:
            return str(error.retry_after)
        except CallingcardError as error:
            return error.code
        issuer.forget(ada)
    assert_type(token, IdentityToken)
    assert_type(token.expires_at, datetime | None)
    assert_type(token.refresh_at, datetime | None)
    assert_type(token.settings, Mapping[str, Any])
    return token.value


async def waiting() -> IdentityToken:
    """Issue one for our own desk."""
    desk = Desk(base_url="https://desk.example", inbox="web", key_id="k1", secret="…")
    async with AsyncIssuer(desk, allow_unverified=True) as issuer:
        return await issuer.issue(Visitor(user_id="7"))


def signed_in(request: Request) -> Visitor | None:
    """Return whom the session names."""
    email = request.session.get("email")
    return Visitor(str(email), email_verified=True) if email else None


async def signed_in_async(request: Request) -> Visitor | None:
    """Return the same, awaited."""
    return signed_in(request)


app = FastAPI()
chat = AsyncIssuer(HubSpot(access_token="pat-example"))
app.include_router(token_router(chat, visitor=signed_in), prefix="/chat")
app.include_router(token_router(chat, visitor=signed_in_async), prefix="/chat2")
