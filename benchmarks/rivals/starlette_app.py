"""The token endpoint as one writes it in Starlette, with PyJWT and a dict."""

import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from world import AUDIENCE, HEADERS, ISSUER, ORIGIN, SECRET, TOKENS, told


async def token(request: Request) -> JSONResponse:
    """Hand out the token of whoever the bearer proves."""
    origin = request.headers.get("origin")
    if origin is not None and origin != ORIGIN:
        return JSONResponse({"detail": "origin not allowed"}, 403)
    try:
        claims = jwt.decode(
            request.headers.get("authorization", "").removeprefix("Bearer "),
            SECRET,
            algorithms=["HS256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
    except jwt.InvalidTokenError:
        return JSONResponse({"detail": "bad proof"}, 401)
    email = claims["email"]
    found = TOKENS[f"hubspot:{email}"]
    return JSONResponse(
        told(email, found["token"], found["expiresAt"], found["refreshAt"]), headers=HEADERS
    )


app = Starlette(routes=[Route("/v1/sites/{site}/token", token, methods=["POST"])])
