"""Webhooks over a desk, with receivers that a test decides about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from callingcard.desk.model.webhooks import Endpoint
from callingcard.desk.ports.webhooks import Sent
from callingcard.desk.service.webhooks.endpoints import Wanted, WebhookDesk
from callingcard.desk.service.webhooks.sending import WebhookSending
from tests.support.desk_house import House

URL = "https://hooks.example/in"


@dataclass
class FakeReceiver:
    """Takes every request, and answers as the test says."""

    answer: Sent = field(default_factory=lambda: Sent(200))
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def refusal(self, url: str) -> str | None:
        """Refuse what is not HTTPS."""
        return None if url.startswith("https://") else "it must look like https://host/path"

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Take a request."""
        self.requests.append((url, headers, body))
        return self.answer

    def events(self) -> list[dict[str, Any]]:
        """Return every event that came, in order."""
        return [event for _, _, body in self.requests for event in json.loads(body)]

    def kinds(self) -> list[str]:
        """Return their kinds."""
        return [event["subscriptionType"] for event in self.events()]


class WebhookTrial:
    """A desk's webhooks, worked by the test and not by a clock."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.receiver = FakeReceiver()
        self.desk = WebhookDesk(house.units, self.receiver, clock=house.clock, ids=house.ids)
        self.sending = self.another()

    def another(self) -> WebhookSending:
        """Return another process's sender over the same database."""
        return WebhookSending(
            self.house.units, self.receiver, clock=self.house.clock, random=lambda: 0.0
        )

    async def endpoint(self, *kinds: str, **wanted: Any) -> Endpoint:
        """Add an endpoint that hears of *kinds*."""
        made, _ = await self.desk.add(replace(Wanted(URL), **wanted), kinds)
        return made

    async def work(self) -> int:
        """Send everything that is due; return how many requests that took."""
        await self.sending.spread()
        done = 0
        while batches := await self.sending.due(8):
            for batch in batches:
                await self.sending.perform(batch)
            done += len(batches)
        return done
