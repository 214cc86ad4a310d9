"""Wakes up whoever waits for news, inside one process; ``ValkeyBus`` reaches others too.

A topic's news carry nothing: the database is the log, and a reader that wakes
up looks there. So a lost or doubled wake-up costs time and never a message.
"""

import asyncio
from collections import defaultdict
from datetime import timedelta
from typing import Self


class Listener:
    """One reader's ear on some topics; a context manager.

    Thousands of them wait at once, so it is a future and a timer, and no more than that.
    """

    __slots__ = ("_heard", "_topics", "_waiting", "_wake")

    def __init__(
        self,
        waiting: "defaultdict[str, set[Listener]]",
        topics: tuple[str, ...],
        *,
        closed: bool,
    ) -> None:
        self._waiting = waiting
        self._topics = topics
        self._heard = closed
        self._wake: asyncio.Future[None] | None = None

    def __enter__(self) -> Self:
        """Put the ear to the topics."""
        for topic in self._topics:
            self._waiting[topic].add(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away, and forget topics that nobody waits on."""
        for topic in self._topics:
            self._waiting[topic].discard(self)
            if not self._waiting[topic]:
                del self._waiting[topic]

    def ring(self) -> None:
        """Tell that there are news."""
        self._heard = True
        self._wake_up()

    async def wait(self, at_most: timedelta) -> bool:
        """Return at the next news, or after *at_most*; say whether there were news."""
        if not self._heard:
            loop = asyncio.get_running_loop()
            self._wake = loop.create_future()
            timer = loop.call_later(at_most.total_seconds(), self._wake_up)
            try:
                await self._wake
            finally:
                timer.cancel()
                self._wake = None
        heard, self._heard = self._heard, False
        return heard

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


class Bus:
    """Topics to wait on; closing it ends every wait at once, for a graceful stop."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[Listener]] = defaultdict(set)
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the server is stopping and streams should end."""
        return self._closed

    def notify(self, topic: str) -> None:
        """Wake everyone who waits on *topic*."""
        for listener in self._waiting.get(topic, ()):
            listener.ring()

    def listen(self, *topics: str) -> Listener:
        """Start listening; news from now on are not missed, even between two waits."""
        return Listener(self._waiting, topics, closed=self._closed)

    def close(self) -> None:
        """Wake everyone for the last time."""
        self._closed = True
        for listeners in list(self._waiting.values()):
            for listener in listeners:
                listener.ring()

    async def wait_closed(self) -> None:
        """Return once nothing is open, after ``close``."""
