"""A worker: one helping process that answers questions, a line of JSON each way.

What may crash, hang or eat memory does so there and not in the server: whatever a
question does, its asker has an answer or a WorkerFailed in time, and the next question
finds a worker again. A worker starts with its first question. One that nobody asks for
long ends itself, which is the program's own part; its input ending means the same.

Invariant: a question that is too late, or that nobody waits for any more, takes the
worker with it, so that no answer is ever given to another question.
"""

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_MOST_REPLY_BYTES: Final = 8 * 1024 * 1024
_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class WorkerFailed(Exception):
    """There is no answer: the worker died of the question, or was too slow."""


class WorkerBusy(WorkerFailed):
    """There is no answer, as too many others wait for theirs."""


class Worker:
    """Runs *argv* in *cwd* when there is something to ask, one question at a time.

    The program writes one line when it is ready, within *start_seconds*, and then one
    line for each that it reads. At most *queue* questions wait or are answered.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        start_seconds: float = 20,
        queue: int = 16,
    ) -> None:
        """Give the program *env* beside a plain ``PATH``, and nothing of our own."""
        self._argv = tuple(argv)
        self._env = {**_ENVIRONMENT, **(env or {})}
        self._cwd = cwd
        self._start_seconds = start_seconds
        self._queue = queue
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process that would be asked next, if it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def ask(self, question: Mapping[str, Any], *, seconds: float) -> Any:
        """Return what the worker answers in time; raises WorkerFailed, WorkerBusy."""
        if self._waiting >= self._queue:
            raise WorkerBusy("too many questions wait already")
        line = json.dumps(question).encode() + b"\n"
        self._waiting += 1
        try:
            async with self._turn:
                return await self._asked(line, seconds)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the process; the next question would start another."""
        process, self._process = self._process, None
        if process is not None:
            await _ended(process)

    async def _asked(self, line: bytes, seconds: float) -> Any:
        """Ask; and once more, if the worker may have ended itself before it was asked."""
        tries = 2 if self._process is not None else 1
        try:
            for _ in range(tries):
                with suppress(ConnectionError, EOFError):
                    process = await self._running()
                    async with asyncio.timeout(seconds):
                        return await _exchanged(process, line)
                await self.close()
        except TimeoutError:
            await self.close()
            raise WorkerFailed("the worker took too long") from None
        except BaseException:  # cancelled: the answer would meet the next question
            await self.close()
            raise
        raise WorkerFailed("the worker ended in the middle of a question")

    async def _running(self) -> asyncio.subprocess.Process:
        """Return the process, started and ready."""
        if self._process is None or self._process.returncode is not None:
            await self.close()
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=self._cwd,
                env=self._env,
                start_new_session=True,
                limit=_MOST_REPLY_BYTES,
            )
            async with asyncio.timeout(self._start_seconds):
                await _line_from(self._process)
        return self._process


async def _exchanged(process: asyncio.subprocess.Process, line: bytes) -> Any:
    if process.stdin is None:
        raise EOFError
    process.stdin.write(line)
    await process.stdin.drain()
    return json.loads(await _line_from(process))


async def _line_from(process: asyncio.subprocess.Process) -> bytes:
    """Return the next line; raises EOFError when there is none, or one without an end."""
    if process.stdout is None:
        raise EOFError
    try:
        line = await process.stdout.readline()
    except ValueError as error:  # longer than the limit
        raise EOFError from error
    if not line.endswith(b"\n"):
        raise EOFError
    return line


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Kill the process and its group, and wait until it is gone."""
    if process.returncode is None:  # else its number may be another's by now
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
