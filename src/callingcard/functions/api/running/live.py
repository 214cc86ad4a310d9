"""What runs do now, told to those who look on as server-sent events.

The runs of this process come as they happen. Those of other nodes come from history, when
they have ended, since only there do nodes meet.

Invariant: a slow reader misses lines and holds up no run.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Final

from callingcard.backends.bus import Bus
from callingcard.functions.api.running.run_shapes import row_shown
from callingcard.functions.model.values import RunId
from callingcard.functions.ports.runs import Kept
from callingcard.functions.service.running.runs import RunDesk
from callingcard.kit.clock import Clock, stopwatch
from callingcard.kit.codec import canonical_json, rfc3339

HEARTBEAT: Final = timedelta(seconds=10)
_SLICE: Final = 1.0
"""How long a stop of the server waits for a stream, and news of other nodes for us."""
_MOST_WAITING: Final = 1_000
_OVERLAP: Final = timedelta(seconds=5)
"""Clocks of two nodes differ; what was told twice is dropped."""


class LiveRuns:
    """Passes on what runs do; implements ``ports.runs.RunNews``."""

    def __init__(self) -> None:
        self._ears: defaultdict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)

    def watched(self, function: str) -> bool:
        """Say whether anybody looks on."""
        return function in self._ears

    def log(self, function: str, run: RunId, at: datetime, text: str) -> None:
        """Tell some lines of a run's log."""
        self._tell(function, log_event(run, at, text))

    def run(self, kept: Kept) -> None:
        """Tell that a run began or ended."""
        if kept.run.function in self._ears:
            self._tell(kept.run.function, run_event(kept))

    @contextmanager
    def listen(self, function: str) -> Generator[asyncio.Queue[bytes]]:
        """Hear of a function's runs from now on, event by event."""
        ear: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._ears[function].add(ear)
        try:
            yield ear
        finally:
            self._ears[function].discard(ear)
            if not self._ears[function]:
                del self._ears[function]

    def _tell(self, function: str, event: bytes) -> None:
        for ear in self._ears.get(function, ()):
            with suppress(asyncio.QueueFull):
                ear.put_nowait(event)


async def _heard(ear: asyncio.Queue[bytes]) -> bytes | None:
    """Return the next event, or None after a slice of time without any."""
    # Not wait_for: in Python 3.11 it can swallow being cancelled.
    with suppress(TimeoutError):
        async with asyncio.timeout(_SLICE):
            return await ear.get()
    return None


class LiveStreams:
    """Makes streams of what ``LiveRuns`` passes on and other nodes write down."""

    def __init__(
        self,
        live: LiveRuns,
        desk: RunDesk,
        bus: Bus,
        *,
        clock: Clock,
        node: str,
        heartbeat: timedelta = HEARTBEAT,
    ) -> None:
        """Stop with *bus*; *node* is this process, whose runs need no looking up."""
        self._live = live
        self._desk = desk
        self._bus = bus
        self._clock = clock
        self._node = node
        self._heartbeat = heartbeat.total_seconds()

    async def follow(self, function: str) -> AsyncGenerator[bytes]:
        """Yield events until the reader leaves or the server stops."""
        told: deque[str] = deque(maxlen=_MOST_WAITING)
        since = self._clock.now()
        beaten = stopwatch()
        with self._live.listen(function) as ear:
            yield _event("heartbeat", {})
            while not self._bus.closed:
                if (event := await _heard(ear)) is not None:
                    yield event
                    continue
                since = self._clock.now()
                async for missed in self._elsewhere(function, since - _OVERLAP, told):
                    yield missed
                if stopwatch() - beaten >= self._heartbeat:
                    beaten = stopwatch()
                    yield _event("heartbeat", {})

    async def _elsewhere(
        self, function: str, since: datetime, told: deque[str]
    ) -> AsyncGenerator[bytes]:
        """Yield what ended on other nodes and was not told before."""
        for kept in await self._desk.ended(function, since=since, but=self._node):
            if kept.run.id in told:
                continue
            told.append(kept.run.id)
            if kept.run.log:
                yield log_event(kept.run.id, self._clock.now(), kept.run.log)
            yield run_event(kept)


def log_event(run: str, at: datetime, text: str) -> bytes:
    """Write some lines of a log as an event."""
    return _event("log", {"runId": run, "at": rfc3339(at), "text": text})


def run_event(kept: Kept) -> bytes:
    """Write how a run stands as an event."""
    return _event("run", row_shown(kept).model_dump(mode="json", by_alias=True))


def _event(name: str, data: dict[str, Any]) -> bytes:
    """Write one event; JSON has no line break in it, so one line is enough."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), canonical_json(data))
