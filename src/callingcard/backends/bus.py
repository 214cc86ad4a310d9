"""Wakes up whoever waits for news, inside one process; ``ValkeyBus`` reaches others too.

A topic's news carry nothing: the database is the log, and a reader that wakes
up looks there. So a lost or doubled wake-up costs time and never a message.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import Self


class Bus:
    """Topics to wait on; closing it ends every wait at once, for a graceful stop."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the server is stopping and streams should end."""
        return self._closed

    def notify(self, topic: str) -> None:
        """Wake everyone who waits on *topic*."""
        for waiter in self._waiting.get(topic, ()):
            waiter.set()

    def listen(self, *topics: str) -> "Listener":
        """Start listening; news from now on are not missed, even between two waits."""
        return Listener(self._waiting, topics, closed=self._closed)

    def close(self) -> None:
        """Wake everyone for the last time."""
        self._closed = True
        for waiters in list(self._waiting.values()):
            for waiter in waiters:
                waiter.set()

    async def wait_closed(self) -> None:
        """Return once nothing is open, after ``close``."""


class Listener:
    """One reader's ear on some topics; a context manager."""

    def __init__(
        self,
        waiting: defaultdict[str, set[asyncio.Event]],
        topics: tuple[str, ...],
        *,
        closed: bool,
    ) -> None:
        self._waiting = waiting
        self._topics = topics
        self._event = asyncio.Event()
        if closed:
            self._event.set()

    def __enter__(self) -> Self:
        """Put the ear to the topics."""
        for topic in self._topics:
            self._waiting[topic].add(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away, and forget topics that nobody waits on."""
        for topic in self._topics:
            self._waiting[topic].discard(self._event)
            if not self._waiting[topic]:
                del self._waiting[topic]

    async def wait(self, at_most: timedelta) -> bool:
        """Return at the next news, or after *at_most*; say whether there were news."""
        # Not wait_for: in Python 3.11 it can swallow being cancelled.
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most.total_seconds()):
                await self._event.wait()
        heard = self._event.is_set()
        self._event.clear()
        return heard
