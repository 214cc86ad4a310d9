"""One run, from the fork to the death of its process.

Invariant: when ``run_in`` returns or raises, the process is dead or about to be: it was
sent a signal that it cannot refuse.
"""

import asyncio
import re
import socket
from asyncio import open_unix_connection
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from callingcard.functions.model.runs import Failure, RunState
from callingcard.functions.ports.sandbox import Broker, Outcome, Task
from callingcard.functions.sandbox.frames import Done, Failed, Violation
from callingcard.functions.sandbox.logs import LogTap
from callingcard.functions.sandbox.outcomes import cpu_seconds, judge
from callingcard.functions.sandbox.talks import Line, Talk, tell
from callingcard.functions.sandbox.zygotes import Ended, Order, Running, Zygote

_IMPORT: Final = re.compile(r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w{0,60})", re.MULTILINE)
_ASYNC: Final = re.compile(r"^[ \t]*async[ \t]", re.MULTILINE)
_IMPORTS: Final = 20

_LINE_BUFFER: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class _LastWord:
    """How the talk went."""

    said: Done | Failed | Violation | None
    late: bool
    duration: timedelta


async def run_in(
    zygote: Zygote,
    task: Task,
    broker: Broker,
    on_log: Callable[[str], None] | None = None,
    *,
    preload: bool = False,
) -> Outcome:
    """Run *task* in a copy of *zygote*; raises ZygoteGone or ForkRefused.

    The zygote first imports what the source seems to, for all runs to come; packages of the
    environment with *preload* only.
    """
    try:
        told = tell(task)
    except ValueError:
        failure = Failure("ArgumentError", "its source or its arguments are not JSON")
        return Outcome(RunState.RAISED, failure=failure)
    log = LogTap(task.limits.log_bytes, on_log)
    order = Order(
        task.limits.memory_bytes,
        cpu_seconds(task.limits),
        imported(task.source),
        packages=preload,
    )
    ended: Ended | None = None
    try:
        async with _line() as (line, theirs):
            running = await _fork(zygote, order, theirs, log)
            try:
                # Not before: what could not be forked is tried again, and must not have run.
                line[1].write(told)
                word = await _talk(task, broker, line, zygote.turns)
            finally:
                zygote.end(running)
                ended = await zygote.see_end(running)
    finally:
        log.close()
    verdict = judge(word.said, ended, task.limits, late=word.late)
    return Outcome(
        state=verdict.state,
        value=verdict.value,
        failure=verdict.failure,
        log=log.text,
        duration=word.duration,
        cpu=ended.cpu if ended else timedelta(),
        memory_bytes=ended.memory_bytes if ended else 0,
    )


def imported(source: str) -> tuple[str, ...]:
    r"""Return the names that *source* seems to import, without making sense of it.

    >>> imported("import httpx\nfrom jwt.utils import x\nimport httpx")
    ('httpx', 'jwt')
    >>> imported("async def main(): pass")
    ('asyncio',)
    """
    needed = ["asyncio"] if _ASYNC.search(source) else []
    return tuple(dict.fromkeys([*needed, *_IMPORT.findall(source)]))[:_IMPORTS]


@asynccontextmanager
async def _line() -> AsyncGenerator[tuple[Line, socket.socket]]:
    """Open a line: our end of it, and the run's."""
    ours, theirs = socket.socketpair()
    with theirs:
        reader, writer = await open_unix_connection(sock=ours, limit=_LINE_BUFFER)
        try:
            yield (reader, writer), theirs
        finally:
            # Not close, which would wait for a run that does not read.
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def _fork(zygote: Zygote, order: Order, line: socket.socket, log: LogTap) -> Running:
    """Start the process with its end of the line and of the log, which we let go of."""
    try:
        return await zygote.fork(order, line.fileno(), log.write_end)
    finally:
        line.close()
        log.passed_on()


async def _talk(task: Task, broker: Broker, line: Line, turns: asyncio.Lock) -> _LastWord:
    """Let the run and its broker talk until the last word, or until its time is up."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    said = None
    timer = asyncio.timeout(task.limits.wall.total_seconds())
    try:
        async with timer:
            said = await Talk(task, broker, line, turns).hold()
    except TimeoutError:
        if not timer.expired():  # then it is the broker's own
            raise
    return _LastWord(said, timer.expired(), timedelta(seconds=loop.time() - began))
