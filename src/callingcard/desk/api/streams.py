"""News over HTTP: server-sent events, or the same by long poll.

A stream is a loop around one question, "what is new since my cursor?". Between
two questions it sleeps on the bus, or until a heartbeat is due, and holds no
connection and no queue; so a slow reader costs only itself, and a wake-up that
was lost costs a few seconds and never a message.

Invariant: every event is written in the order of its ``seq``, and none twice.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from callingcard.backends.bus import Bus
from callingcard.desk.model.visitors import Watched
from callingcard.errors import NotAllowed
from callingcard.kit.clock import stopwatch
from callingcard.kit.codec import canonical_json

HEARTBEAT: Final = timedelta(seconds=14)
MAX_WAIT: Final = 25.0
_RELOOK: Final = 300.0
"""After how many seconds a stream looks for itself again, whatever it is told."""
NO_STORE: Final = {"Cache-Control": "no-store"}
STREAM_DOCS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events; with `Accept: application/json` a long poll.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
_BREATH: Final = 0.04
"""How many seconds are between two looks of a stream: what comes meanwhile is told at once."""
TAKEN_OVER: Final = "callingcard.stream"
"""Where, in a request's state, an application leaves the stream that is its answer."""

_STREAM_HEADERS: Final = {
    **NO_STORE,
    "Content-Type": "text/event-stream",  # no charset: it is UTF-8 by definition
    "X-Accel-Buffering": "no",
}
_ENDED: Final = b"event: ended\ndata: {}\n\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """One event: its place in the log, its name and what it carries."""

    seq: int
    event: str
    data: BaseModel


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the log found."""

    frames: Sequence[Frame]
    head: int
    reset: bool
    cursor: int
    """Where to go on."""
    more: bool
    """Whether there may be more to read at once."""
    topics: tuple[str, ...]
    live: BaseModel | None = None
    """What is so now and is in no log, such as who types; told when it changes."""
    watched: Watched | None = None
    """What was told by now, for looking ``Together``; None when that cannot tell more."""


Read = Callable[[int], Awaitable[Look]]
"""Looks for what is after a cursor; raises NotAllowed once the reader may no more."""
Together = Callable[[Look], Awaitable[Look | None]]
"""Looks again beside other streams, for less; None when only a look of its own can tell."""


@dataclass(frozen=True, slots=True)
class Streams:
    """Turns looks into answers; *heartbeat* is shorter in tests.

    *dice* returns from 0 up to 1: by it streams that were opened together, as all are after
    a restart, have their heartbeats one after the other.
    """

    bus: Bus
    heartbeat: timedelta = HEARTBEAT
    dice: Callable[[], float] = random.random

    async def stream(
        self, read: Read, after: int, *, together: Together | None = None
    ) -> Response:
        """Answer with server-sent events for as long as the reader may and stays."""
        first = await read(after)  # so that who may not read at all gets a plain 401
        return EventStream(self._follow(read, first, after, together))

    async def poll(self, read: Read, after: int, wait: float) -> Look:
        """Return the first look that found something, or the last one after *wait* seconds."""
        end = stopwatch() + min(max(wait, 0.0), MAX_WAIT)
        look = await read(after)
        while True:
            with self.bus.listen(*look.topics) as ear:
                topics = look.topics
                while look.topics == topics:
                    look = await read(after)
                    after = look.cursor
                    left = end - stopwatch()
                    if look.frames or look.reset or left <= 0 or self.bus.closed:
                        return look
                    # Not only the end: news of another process ring no bell here.
                    await ear.wait(min(self.heartbeat, timedelta(seconds=left)))

    async def _follow(
        self, read: Read, look: Look, after: int, together: Together | None
    ) -> AsyncGenerator[bytes]:
        """Yield frames: a heartbeat first, then whatever is new, until it is over."""
        yield _heartbeat(look.head)
        early = self.dice()
        beaten = stopwatch() - early * self.heartbeat.total_seconds()
        looked = -_RELOOK
        live: BaseModel | None = None
        while not self.bus.closed:
            topics = look.topics
            with self.bus.listen(*topics) as ear:
                while not self.bus.closed and look.topics == topics:
                    is_recent = stopwatch() - looked < _RELOOK
                    seen = await _beside_others(together, look) if is_recent else None
                    if seen is None:
                        await _breathe(look, looked)
                        try:
                            seen = await read(after)
                        except NotAllowed:
                            yield _ENDED
                            return
                        looked, early = stopwatch() - early * _RELOOK, 0.0
                    if seen is not look:
                        for written in _told(seen, live):
                            yield written
                        live = seen.live or live
                        # It is kept for as long as nothing comes, and this is told.
                        look, after = replace(seen, frames=(), reset=False), seen.cursor
                    left = self.heartbeat.total_seconds() - (stopwatch() - beaten)
                    if left <= 0:
                        yield _heartbeat(look.head)
                        beaten, left = stopwatch(), self.heartbeat.total_seconds()
                    if not look.more and look.topics == topics:
                        await ear.wait(timedelta(seconds=left))


class EventStream(Response):
    """Sends what a generator yields, until it ends or the reader is gone.

    Thousands of readers wait at once, and what each of them holds meanwhile is most of
    what a server needs. So whoever called the application may take the stream over, by
    an empty ``state[TAKEN_OVER]``, and send it when all between has returned; and nobody
    waits for a reader to go: that is asked after each thing sent, at the latest at the
    next heartbeat.
    """

    def __init__(self, frames: AsyncGenerator[bytes]) -> None:
        super().__init__(None, headers=_STREAM_HEADERS)
        del self.headers["content-length"]
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the stream over, or send it."""
        state = scope.get("state", {})
        if TAKEN_OVER in state:
            state[TAKEN_OVER] = self
        else:
            await self.send(receive, send)

    async def send(self, receive: Receive, send: Send) -> None:
        """Send everything."""
        begun = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(begun)
        async with aclosing(self._frames) as frames:
            async for frame in frames:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
                if is_gone(receive):
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def is_gone(receive: Receive) -> bool:
    """Say whether the reader is gone, if that is known by now.

    ``Request.is_disconnected`` asks the same by a scope that it cancels, which costs more
    than to write an event. The first step of asking is enough: it ends, or it waits.
    """
    asked = receive().__await__()
    try:
        next(asked)
    except StopIteration as answered:
        return answered.value["type"] == "http.disconnect"
    else:
        return False
    finally:
        asked.close()


def wants_poll(request: Request) -> bool:
    """Say whether the reader asked for a long poll instead of a stream."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/event-stream" not in accepted


def cursor(request: Request, after: int) -> int:
    """Return where to go on: what the browser saw last, or else *after*.

    A browser that reconnects by itself repeats the first URL, so the header is newer.
    """
    seen = request.headers.get("last-event-id", "")
    most = 18
    if seen.isascii() and seen.isdecimal() and len(seen) <= most:
        return int(seen)
    return after


def polled(answer: BaseModel, look: Look, *, live: bool = False) -> Response:
    """Return a long poll's *answer*.

    It names ``reset`` only when there was one, and ``live`` only for who asked for it.
    """
    left_out = {name for name, there in (("reset", look.reset), ("live", live)) if not there}
    return Response(
        answer.model_dump_json(exclude=left_out),
        media_type="application/json",
        headers=NO_STORE,
    )


async def _breathe(look: Look, looked: float) -> None:
    """Wait until it is time for another look, unless there is more to read at once."""
    early = looked + _BREATH - stopwatch()
    if early > 0 and not look.more:
        await asyncio.sleep(early)


async def _beside_others(together: Together | None, look: Look) -> Look | None:
    return None if together is None else await together(look)


def _told(look: Look, live: BaseModel | None) -> Iterator[bytes]:
    """Write what a look found; *live* is what was so before."""
    if look.reset:
        yield _written("reset", canonical_json({"head": look.head}))
    now = look.live
    if now is not None and now is not live and now != (live or type(now)()):
        yield _written("live", now.model_dump_json().encode())
    for frame in look.frames:
        yield _frame(frame)


def _frame(frame: Frame) -> bytes:
    data = frame.data.model_dump_json(exclude={"event"}).encode()
    return b"id: %d\n" % frame.seq + _written(frame.event, data)


def _heartbeat(head: int) -> bytes:
    return _written("heartbeat", canonical_json({"head": head}))


def _written(event: str, data: bytes) -> bytes:
    """Write one event; JSON has no line break in it, so one line is enough."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), data)
