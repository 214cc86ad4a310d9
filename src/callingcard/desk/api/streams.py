"""News over HTTP: server-sent events, or the same by long poll.

A stream is a loop around one question, "what is new since my cursor?". Between
two questions it sleeps on the bus, or until a heartbeat is due, and holds no
connection and no queue; so a slow reader costs only itself, and a wake-up that
was lost costs a few seconds and never a message.

Invariant: every event is written in the order of its ``seq``, and none twice.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from callingcard.backends.bus import Bus
from callingcard.errors import NotAllowed
from callingcard.kit.clock import stopwatch
from callingcard.kit.codec import canonical_json

HEARTBEAT: Final = timedelta(seconds=10)
MAX_WAIT: Final = 25.0
NO_STORE: Final = {"Cache-Control": "no-store"}
STREAM_DOCS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events; with `Accept: application/json` a long poll.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
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


Read = Callable[[int], Awaitable[Look]]
"""Looks for what is after a cursor; raises NotAllowed once the reader may no more."""


@dataclass(frozen=True, slots=True)
class Streams:
    """Turns looks into answers; *heartbeat* is shorter in tests."""

    bus: Bus
    heartbeat: timedelta = HEARTBEAT

    async def stream(self, read: Read, after: int) -> Response:
        """Answer with server-sent events for as long as the reader may and stays."""
        first = await read(after)  # so that who may not read at all gets a plain 401
        return StreamingResponse(self._follow(read, first, after), headers=_STREAM_HEADERS)

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

    async def _follow(self, read: Read, look: Look, after: int) -> AsyncGenerator[bytes]:
        """Yield frames: a heartbeat first, then whatever is new, until it is over."""
        yield _heartbeat(look.head)
        beaten = stopwatch()
        shown: BaseModel | None = None
        while not self.bus.closed:
            topics = look.topics
            with self.bus.listen(*topics) as ear:
                while not self.bus.closed and look.topics == topics:
                    try:
                        look = await read(after)
                    except NotAllowed:
                        yield _ENDED
                        return
                    after = look.cursor
                    if look.reset:
                        yield _written("reset", canonical_json({"head": look.head}))
                    if look.live is not None and look.live != (shown or type(look.live)()):
                        shown = look.live
                        yield _written("live", shown.model_dump_json().encode())
                    for frame in look.frames:
                        yield _frame(frame)
                    left = self.heartbeat.total_seconds() - (stopwatch() - beaten)
                    if left <= 0:
                        yield _heartbeat(look.head)
                        beaten, left = stopwatch(), self.heartbeat.total_seconds()
                    if not look.more and look.topics == topics:
                        await ear.wait(timedelta(seconds=left))


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


def _frame(frame: Frame) -> bytes:
    data = frame.data.model_dump_json(exclude={"event"}).encode()
    return b"id: %d\n" % frame.seq + _written(frame.event, data)


def _heartbeat(head: int) -> bytes:
    return _written("heartbeat", canonical_json({"head": head}))


def _written(event: str, data: bytes) -> bytes:
    """Write one event; JSON has no line break in it, so one line is enough."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), data)
