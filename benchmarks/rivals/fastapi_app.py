"""The token endpoint as one writes it in FastAPI: PyJWT, a dict or Redis, a dict as answer."""

import json
from typing import Annotated

import jwt
import redis.asyncio
from fastapi import FastAPI, Header, HTTPException, Response
from world import AUDIENCE, HEADERS, ISSUER, ORIGIN, REDIS_URL, SECRET, TOKENS, told

app = FastAPI()
store = redis.asyncio.from_url(REDIS_URL, decode_responses=True) if REDIS_URL else None


@app.post("/v1/sites/{site}/token")
async def token(
    site: str,
    response: Response,
    authorization: Annotated[str, Header()] = "",
    origin: Annotated[str | None, Header()] = None,
) -> dict[str, object]:
    """Hand out the token of whoever the bearer proves."""
    if origin is not None and origin != ORIGIN:
        raise HTTPException(403, "origin not allowed")
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            SECRET,
            algorithms=["HS256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
    except jwt.InvalidTokenError:
        raise HTTPException(401, "bad proof") from None
    email = claims["email"]
    key = f"hubspot:{email}"
    found = json.loads(await store.get(key)) if store else TOKENS[key]
    response.headers.update(HEADERS)
    return told(email, found["token"], found["expiresAt"], found["refreshAt"])
