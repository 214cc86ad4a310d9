"""Opens webhooks: who is told, and how.

Invariant: an endpoint inside one's own network is only called when the settings allow it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from callingcard.backends.addresses import checked_url
from callingcard.backends.guarded import CallStopped, GuardedFetch, Outgoing
from callingcard.desk.ports.webhooks import Sent
from callingcard.desk.service.webhooks.endpoints import WebhookDesk
from callingcard.desk.service.webhooks.sending import WebhookSending
from callingcard.server.desk.around import DeskAround

TIMEOUT: Final = timedelta(seconds=5)
"""How long a receiver may take, as with HubSpot."""

_MAX_REPLY_BYTES: Final = 64 * 1024


class GuardedSender:
    """Calls endpoints; implements ``desk.ports.webhooks.WebhookSender``."""

    def __init__(
        self, fetch: GuardedFetch, *, private: bool, timeout: timedelta = TIMEOUT
    ) -> None:
        """Call addresses of one's own network only when *private*."""
        self._fetch = fetch
        self._private = private
        self._timeout = timeout.total_seconds()

    def refusal(self, url: str) -> str | None:
        """Say why *url* may not be called, or None when it may."""
        try:
            checked_url(url, private=self._private)
        except ValueError as error:
            return str(error)
        return None

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """POST *body* once; a redirect is an answer like any other, and not followed."""
        try:
            target = checked_url(url, private=self._private)
        except ValueError:
            return Sent(None, "the URL may not be called any more")
        call = Outgoing(
            "POST",
            target,
            headers,
            body,
            private=self._private,
            max_reply_bytes=_MAX_REPLY_BYTES,
        )
        try:
            async with asyncio.timeout(self._timeout):
                return Sent((await self._fetch.send(call)).status)
        except CallStopped as error:
            return Sent(None, error.message)
        except TimeoutError:
            return Sent(None, f"no answer within {self._timeout:g} seconds")


@dataclass(frozen=True, slots=True)
class WebhookHouse:
    """What was opened."""

    desk: WebhookDesk
    sending: WebhookSending
    """What a worker tells, and looks for what is to be told."""
    fetch: GuardedFetch

    async def close(self) -> None:
        """Close the connections."""
        await self.fetch.close()

    async def sweep(self) -> int:
        """Forget deliveries of long ago; return how many."""
        return await self.sending.sweep()


def open_webhooks(around: DeskAround, *, private: bool) -> WebhookHouse:
    """Open webhooks; with *private*, endpoints may be inside one's own network."""
    fetch = GuardedFetch()
    sender = GuardedSender(fetch, private=private)
    sending = WebhookSending(around.units, sender, clock=around.clock)
    return WebhookHouse(
        WebhookDesk(around.units, sender, clock=around.clock, ids=around.new_id),
        sending,
        fetch,
    )
