"""What tests of signing platforms share: a moment, a person, vectors, and forged tokens."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callingcard.identity.model import Visitor
from callingcard.identity.ports import SigningPlatform

NOW = datetime(2029, 12, 31, 23, 0, 0, 700_000, tzinfo=UTC)
SECOND = int(NOW.timestamp())
SECRET = "test-secret-0123456789abcdef0123456789"
OTHER_SECRET = "other-secret-0123456789abcdef012345678"
ADA = Visitor(
    "ada@example.com",
    email_verified=True,
    user_id="u_42",
    first_name="Ada",
    last_name="Lovelace",
    properties={"plan": "pro"},
)
ZOE = Visitor(
    "zoë@exämple.com",
    email_verified=True,
    user_id="ü/7",
    first_name="Zoë",
    last_name="O'\"李/\\😀",
)
NOBODY = Visitor("ada@example.com", first_name="Ada")
"""An address that nobody proved, and no id."""

VECTORS = Path(__file__).parents[1] / "contract" / "platforms" / "vectors"


def vectors(name: str) -> list[dict[str, Any]]:
    """Return the vectors of the platform *name*, made at ``NOW`` by others than us."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["vectors"]


def private_key() -> str:
    """Return the RSA key that the vectors were signed with."""
    return vectors("salesforce")[0]["arguments"]["private_key"]


def handed(
    platform: SigningPlatform, visitor: Visitor = ADA, now: datetime = NOW
) -> dict[str, Any]:
    """Return the settings that the page gets for *visitor*, through JSON as it does."""
    token = platform.sign(visitor, now)
    return json.loads(json.dumps(dict(platform.settings(visitor, token.value))))


def claims(token: str) -> dict[str, Any]:
    """Return the claims of a JWT, unchecked."""
    return json.loads(_unpacked(token.split(".")[1]))


def forged(token: str, secret: str = SECRET, **changed: Any) -> str:
    """Return *token* signed again with other claims, None taking one away."""
    head = token.split(".", maxsplit=1)[0]
    kept = {**claims(token), **changed}
    body = json.dumps({name: value for name, value in kept.items() if value is not None})
    signed = f"{head}.{_packed(body.encode())}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_packed(signature)}"


def unsigned(token: str) -> str:
    """Return *token* with the algorithm none and no signature."""
    head = _packed(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    return f"{head}.{token.split('.')[1]}."


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
