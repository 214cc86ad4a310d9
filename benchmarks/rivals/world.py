"""What every rival written in Python is given: the secret, the page, and the tokens."""

import json
import os
from pathlib import Path

SECRET = os.environ["BENCH_SECRET"]
ORIGIN = os.environ["BENCH_ORIGIN"]
AUDIENCE = "callingcard"
ISSUER = "shop"
REDIS_URL = os.environ.get("BENCH_REDIS", "")

TOKENS: dict[str, dict[str, str]] = json.loads(Path(os.environ["BENCH_TOKENS"]).read_text())
"""By ``hubspot:EMAIL``: the token, and when it ends."""

HEADERS = {
    "Cache-Control": "no-store, private",
    "Vary": "Origin, Authorization, Cookie",
    "Access-Control-Allow-Origin": ORIGIN,
}


def told(email: str, token: str, expires_at: str, refresh_at: str) -> dict[str, object]:
    """Return the answer of the contract."""
    return {
        "platform": "hubspot",
        "token": token,
        "expiresAt": expires_at,
        "refreshAt": refresh_at,
        "identity": {"email": email, "userId": None},
        "settings": {"identificationEmail": email, "identificationToken": token},
    }
