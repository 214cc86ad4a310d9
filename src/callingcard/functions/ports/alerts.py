"""What alerts need: where they are kept, and who sends them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from callingcard.functions.model.alerts import Channel, Delivery, Group


class Groups(Protocol):
    """Keeps groups of failures."""

    async def open(self, new: Group) -> Group:
        """Return the group of this fingerprint, which is *new* when there was none.

        Nobody else changes it until we are done.
        """
        ...

    async def get(self, fingerprint: str) -> Group | None:
        """Return the group; nobody else changes it until we are done."""
        ...

    async def save(self, group: Group) -> None:
        """Keep a changed group."""
        ...

    async def newest(self, limit: int) -> Sequence[Group]:
        """Return groups, the one that failed last first."""
        ...

    async def alerted(self, subject: str | None = None) -> Sequence[Group]:
        """Return the groups that somebody was alerted of and that have not recovered."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Forget groups that last failed before then; return how many."""
        ...


class Channels(Protocol):
    """Keeps the channels that were added in the app, their URLs sealed."""

    async def all(self) -> Sequence[Channel]:
        """Return every channel that was added, by name."""
        ...

    async def add(self, channel: Channel, url: str) -> None:
        """Keep a channel."""
        ...

    async def url(self, channel: str) -> str | None:
        """Return where it leads; None when it is gone, or cannot be opened any more."""
        ...

    async def drop(self, channel: str) -> bool:
        """Remove it; say whether there was one."""
        ...


class Deliveries(Protocol):
    """Keeps what was sent, what waits, and what could not be sent."""

    async def get(self, delivery: str, *, lock: bool = False) -> Delivery | None:
        """Return the delivery; with *lock*, nobody else changes it until we are done."""
        ...

    async def put(self, delivery: Delivery) -> None:
        """Keep a new or changed delivery."""
        ...

    async def newest(self, limit: int) -> Sequence[Delivery]:
        """Return deliveries, newest first."""
        ...

    async def latest_of(self) -> Sequence[Delivery]:
        """Return the newest delivery of each channel that was tried at least once."""
        ...

    async def since(self, channel: str, at: datetime) -> int:
        """Return how many messages the channel got since *at*, digests aside."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Forget deliveries from before then; return how many."""
        ...


class Sender(Protocol):
    """Sends messages to wherever a URL leads."""

    def kind(self, url: str) -> str | None:
        """Return the service that *url* names; None when it names none that is known."""
        ...

    def refusal(self, url: str) -> str | None:
        """Say why a channel with this URL may not be added in the app; None when it may."""
        ...

    async def send(self, url: str, subject: str, body: str, *, trusted: bool) -> None:
        """Send a message within a time limit; raises UpstreamError, which says why not.

        Unless *trusted*, it may only go to the public internet.
        """
        ...


class AlertMeter(Protocol):
    """Counts deliveries, for metrics."""

    def delivery(self, kind: str, state: str) -> None:
        """Count one attempt to deliver over a channel of this kind."""
        ...
