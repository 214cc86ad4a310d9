"""The token endpoint as one writes it in Flask, with PyJWT and a dict."""

import jwt
from flask import Flask, Response, jsonify, request
from world import AUDIENCE, HEADERS, ISSUER, ORIGIN, SECRET, TOKENS, told

app = Flask(__name__)


@app.post("/v1/sites/<site>/token")
def token(site: str) -> tuple[Response, int] | tuple[Response, int, dict[str, str]]:
    """Hand out the token of whoever the bearer proves."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != ORIGIN:
        return jsonify(detail="origin not allowed"), 403
    try:
        claims = jwt.decode(
            request.headers.get("Authorization", "").removeprefix("Bearer "),
            SECRET,
            algorithms=["HS256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
    except jwt.InvalidTokenError:
        return jsonify(detail="bad proof"), 401
    email = claims["email"]
    found = TOKENS[f"hubspot:{email}"]
    answer = told(email, found["token"], found["expiresAt"], found["refreshAt"])
    return jsonify(answer), 200, HEADERS
