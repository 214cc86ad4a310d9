"""Measures the library by itself: what a token from memory costs, and what importing it does.

Prints a JSON list of rows; ``run.py`` makes a table of it.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import jwt

from callingcard import AsyncIssuer, Issuer, Visitor
from callingcard.identity.model import IdentityToken
from callingcard.kit.wire import Reply, Request
from callingcard.platforms import HubSpot

SECRET = "the secret of a benchmark, known to all who read it"
ADA = Visitor("ada@example.com", email_verified=True, first_name="Ada")
ROUNDS, TIMES = 7, 20_000
IMPORTS = {
    "import callingcard": "callingcard",
    "import httpx": "httpx",
    "import jwt (PyJWT)": "jwt",
    "import fastapi": "fastapi",
}


class _Memory:
    """A HubSpot that answers at once, so that only our own work is measured."""

    async def send(self, request: Request) -> Reply:
        """Return a token."""
        return Reply(200, {}, b'{"token": "t"}')

    async def close(self) -> None:
        """Do nothing."""


def microseconds(call: Callable[[], object]) -> float:
    """Return the median of what one *call* costs."""
    found: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(TIMES):
            call()
        found.append((time.perf_counter() - began) / TIMES * 1e6)
    return round(statistics.median(found), 2)


async def async_microseconds(call: Callable[[], Awaitable[object]]) -> float:
    """Return the median of what one *call* costs, waited for."""
    found: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(TIMES):
            await call()
        found.append((time.perf_counter() - began) / TIMES * 1e6)
    return round(statistics.median(found), 2)


async def issued_asynchronously() -> float:
    """Return what ``await issuer.issue(visitor)`` costs when the token is in memory."""
    async with AsyncIssuer(HubSpot(access_token="pat-1"), upstream=_Memory()) as issuer:
        await issuer.issue(ADA)
        return await async_microseconds(lambda: issuer.issue(ADA))


def issued() -> float:
    """Return what ``issuer.issue(visitor)`` costs when the token is in memory."""
    with Issuer(HubSpot(access_token="pat-1"), upstream=_Memory()) as issuer:
        issuer.issue(ADA)
        return microseconds(lambda: issuer.issue(ADA))


def kept_in_a_dict() -> float:
    """Return what the least one would write costs: a dict by address, and the time."""
    token = IdentityToken("t", datetime.now(UTC) + timedelta(hours=12))
    kept = {"ada@example.com": token}

    def look() -> IdentityToken | None:
        found = kept.get(ADA.email or "")
        usable = found is not None and found.expires_at is not None
        return found if usable and found.expires_at > datetime.now(UTC) else None  # type: ignore[union-attr,operator]

    return microseconds(look)


def signed_with_pyjwt() -> float:
    """Return what signing a token for each request costs with PyJWT."""
    claims = {"iss": "shop", "aud": "callingcard", "iat": 1, "exp": 2, "email": ADA.email}
    return microseconds(lambda: jwt.encode(claims, SECRET, algorithm="HS256"))


def import_time(module: str) -> float:
    """Return the median of what importing *module* costs in a new process."""
    code = (
        "import time; began = time.perf_counter(); "
        f"import {module}; took = time.perf_counter() - began; import sys; "
        f"assert {module!r} != 'callingcard' or 'httpx' not in sys.modules; print(took * 1e6)"
    )
    found = [
        float(subprocess.check_output([sys.executable, "-c", code], text=True))
        for _ in range(ROUNDS)
    ]
    return round(statistics.median(found))


def main() -> None:
    """Measure everything and print it."""
    rows = [
        {"name": "AsyncIssuer.issue, from memory", "us": asyncio.run(issued_asynchronously())},
        {"name": "Issuer.issue, from memory", "us": issued()},
        {"name": "a dict and a look at the clock", "us": kept_in_a_dict()},
        {"name": "jwt.encode (PyJWT)", "us": signed_with_pyjwt()},
        *({"name": name, "us": import_time(module)} for name, module in IMPORTS.items()),
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
