"""A provider of keys that answers as told, and the sets that are kept of it."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

from callingcard.backends.fetch import Unreachable
from callingcard.identity.errors import KeysUnavailable
from callingcard.identity.keysets import KeySets
from callingcard.identity.proofs.keys import KeyLocation
from callingcard.kit.clock import FakeClock
from callingcard.kit.wire import Reply, Request
from tests.support.identity_provider import KID, jwk, pem

SECOND = timedelta(seconds=1)
PLACE = KeyLocation("https://id.example/jwks")
PEMS = KeyLocation("https://keys.example/{kid}", "pem")
ISSUER = "https://id.example"
DISCOVERY = KeyLocation(f"{ISSUER}/.well-known/openid-configuration", "discovery", ISSUER)


def published(*kids: str, **headers: str) -> Reply:
    """Return an answer with a key for each of *kids*."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps({"keys": [jwk("ES256", kid) for kid in kids]}).encode()
    return Reply(200, names, body)


class House:
    """A provider that answers as told, the sets that are kept of it, and a clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.answer: Callable[[str], Reply] = lambda _: published(KID)
        self.asked: list[str] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.sets = KeySets(self, self.clock)

    async def send(self, request: Request) -> Reply:
        """Answer one call, once nothing holds it."""
        self.asked.append(request.url)
        await self.hold.wait()
        return self.answer(request.url)

    async def close(self) -> None:
        """Close nothing."""

    def down(self) -> None:
        """Answer no more."""
        self.answer = self._unreachable

    def _unreachable(self, _url: str) -> Reply:
        raise Unreachable("No answer came in time.")

    async def finds(self, kid: str = KID, place: KeyLocation = PLACE) -> bool | None:
        """Say whether the key is found; None when the keys cannot be had."""
        try:
            return await self.sets.source(place).find(kid) is not None
        except KeysUnavailable:
            return None


async def settle() -> None:
    """Let what runs in the background run to its next wait."""
    for _ in range(5):
        await asyncio.sleep(0)


def one_by_one(url: str) -> Reply:
    """Answer as AWS does: a PEM for each kid that there is."""
    there = url.rpartition("/")[2].startswith("real-")
    return Reply(200, {}, pem("ES256").encode()) if there else Reply(404, {}, b"")
