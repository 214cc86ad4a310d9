"""A desk on loopback for a client's whole list of calls, and what the calls need.

The server lives as long as a test file, and the desk's time passes with every call, so
that their number does not matter to the limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, Final

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callingcard.desk.api.hubspot.limits import MAX_CALLS
from callingcard.kit.clock import FakeClock

KEY: Final = "pat-local-desk"
NAMING: Final = {"contacts": "email", "companies": "name", "deals": "dealname"}
"""What each kind of record cannot be without."""


@dataclass
class Desk:
    """A served desk: where it is, and what its records are called."""

    address: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def number(self) -> int:
        """Return a number that was not used before."""
        return next(self.numbers)

    def properties(self, kind: str) -> dict[str, str]:
        """Return what a record of *kind* needs, unlike that of any other."""
        number = self.number()
        value = f"n{number}@example.com" if kind == "contacts" else f"n{number}"
        return {NAMING[kind]: value}

    def fill(self, number: int) -> list[str]:
        """Make as many contacts, in batches; return their addresses in that order."""
        emails = [f"n{each:04}@example.com" for each in range(number)]
        headers = {"authorization": f"Bearer {KEY}"}
        for start in range(0, number, 100):
            inputs = [{"properties": {"email": one}} for one in emails[start : start + 100]]
            httpx.post(
                f"{self.address}/crm/v3/objects/contacts/batch/create",
                json={"inputs": inputs},
                headers=headers,
            ).raise_for_status()
        return emails

    def use_up(self) -> None:
        """Make as many calls as the key may in ten seconds."""
        headers = {"authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=self.address, headers=headers) as client:
            for _ in range(MAX_CALLS):
                client.get("/crm/v3/owners").raise_for_status()


class Unhurried:
    """An application each of whose calls takes a tenth of a second of its time."""

    def __init__(self, app: ASGIApp, clock: FakeClock) -> None:
        """Let the time of *app* pass on *clock*."""
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let time pass, and answer."""
        self._clock.advance(timedelta(milliseconds=100))
        await self._app(scope, receive, send)


class Waiting:
    """An application after whose refusals as much time passes as they ask to wait."""

    def __init__(self, app: ASGIApp, clock: FakeClock) -> None:
        """Let the time of *app* pass on *clock*."""
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and let time pass after a refusal."""
        refused: list[int] = []

        async def watched(message: Message) -> None:
            if message.get("status") == 429:
                refused.append(int(dict(message["headers"])[b"retry-after"]))
            await send(message)

        await self._app(scope, receive, watched)
        for seconds in refused:
            self._clock.advance(timedelta(seconds=seconds))


def default_tie(end: Any, number: int = 279) -> list[dict[str, Any]]:
    """Return an association of a new record with *end*, as clients write it."""
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]
    return [{"to": {"id": str(end)}, "types": types}]
