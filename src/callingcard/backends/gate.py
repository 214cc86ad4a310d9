"""Waiting and repeating, for parts that know no event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog

log = structlog.get_logger("callingcard.background")


class AsyncBell:
    """Something to wait for, once; made and rung on one event loop."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """End the wait, now or before it begins."""
        self._event.set()

    async def wait(self, at_most: timedelta) -> bool:
        """Wait until it rings; False when it did not in time."""
        if not self._event.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(at_most.total_seconds()):
                    await self._event.wait()
        return self._event.is_set()


class Repeating:
    """Does one thing again and again until it is stopped; a fault costs one turn only."""

    def __init__(self, what: Callable[[], Awaitable[object]], every: timedelta) -> None:
        self._what = what
        self._every = every.total_seconds()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, the first time after one pause."""
        if self._task is None:
            self._task = asyncio.create_task(self._go())

    async def stop(self) -> None:
        """End; what is being done is cut off."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _go(self) -> None:
        """Go on after a fault: this is the job edge."""
        while True:
            await asyncio.sleep(self._every)
            try:
                await self._what()
            except Exception:
                log.exception("repeating failed")
