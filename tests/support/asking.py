"""One process that asks for tokens: ``python -m tests.support.asking URL CACHE KIND COUNT``.

It says "ready", waits for a line on its standard input so that several start at the
same moment, then prints the different tokens it got and how long the slowest took.
"""

import asyncio
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from callingcard import AsyncIssuer, Issuer, Visitor
from callingcard.platforms import HubSpot

ADA = Visitor("ada@example.com", email_verified=True)
NOBODY = Visitor("nobody@example.com", email_verified=True)
"""Forgotten before the start, so that the store is connected to, as a server's is."""


async def with_tasks(url: str, cache: str, count: int) -> set[str]:
    """Ask from *count* tasks at once."""
    async with AsyncIssuer(HubSpot(access_token="pat-x", base_url=url), cache=cache) as issuer:
        await issuer.forget(NOBODY)
        await asyncio.to_thread(start_together)
        tokens = await asyncio.gather(*(issuer.issue(ADA) for _ in range(count)))
    return {token.value for token in tokens}


def with_threads(url: str, cache: str, count: int) -> set[str]:
    """Ask *count* times from a few dozen threads."""
    with (
        Issuer(HubSpot(access_token="pat-x", base_url=url), cache=cache) as issuer,
        ThreadPoolExecutor(32) as pool,
    ):
        issuer.forget(NOBODY)
        start_together()
        return {token.value for token in pool.map(issuer.issue, [ADA] * count)}


def start_together() -> None:
    """Wait for the word to start."""
    print("ready", flush=True)
    sys.stdin.readline()


def main(url: str, cache: str, kind: str, count: str) -> None:
    """Ask, and print what came of it."""
    started = time.monotonic()
    if kind == "tasks":
        values = asyncio.run(with_tasks(url, cache, int(count)))
    else:
        values = with_threads(url, cache, int(count))
    print(json.dumps({"values": sorted(values), "seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])
