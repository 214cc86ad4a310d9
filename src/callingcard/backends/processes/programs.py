"""Runs another program to its end, or to the end of its time.

The program gets the environment it is given and nothing of ours, no standard input,
and a process group of its own, which dies as a whole: when the time is up, when it has
said too much, and when whoever waits for it is cancelled.

Invariant: when ``run`` has returned or raised, no process of the group is left.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

_CHUNK: Final = 64 * 1024
_LONGEST_LINE: Final = 4000
_REAP_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and what it said on both its outputs."""

    why: Literal["exit", "time", "output", "missing"]
    """It came to its end; its time was up; it said too much; there is no such program."""
    code: int = -1
    """Its exit code, when it came to its end."""
    output: str = field(default="", repr=False)

    @property
    def good(self) -> bool:
        """Whether it came to its end, and said that all went well."""
        return self.why == "exit" and self.code == 0


async def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limit: timedelta,
    on_line: Callable[[str], None] | None = None,
    max_output: int = 1024 * 1024,
) -> Ended:
    """Run *argv* in *cwd*; *on_line* is told each line while it is being said.

    Never raises for what the program does. Both outputs are one text here, in the order
    in which they were written.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except (FileNotFoundError, PermissionError):
        return Ended("missing")
    said = bytearray()
    try:
        async with asyncio.timeout(limit.total_seconds()):
            fits = await _listen(process, said, max_output, on_line)
            if fits:
                await process.wait()
    except TimeoutError:
        return Ended("time", output=_text(said))
    finally:
        await _end(process)
    if not fits:
        return Ended("output", output=_text(said))
    return Ended("exit", process.returncode or 0, _text(said))


async def _listen(
    process: asyncio.subprocess.Process,
    said: bytearray,
    max_output: int,
    on_line: Callable[[str], None] | None,
) -> bool:
    """Collect what the program says until it is done; say whether it kept to the limit."""
    stream = process.stdout
    if stream is None:  # pragma: no cover  (it was asked for)
        return True
    told = 0
    while piece := await stream.read(_CHUNK):
        said += piece
        if on_line is not None:
            told = _tell(said, told, on_line)
        if len(said) > max_output:
            del said[max_output:]
            return False
    if on_line is not None and told < len(said):
        on_line(_text(said[told:])[:_LONGEST_LINE])
    return True


def _tell(said: bytearray, told: int, on_line: Callable[[str], None]) -> int:
    """Tell the whole lines after *told*; return how much was told in all."""
    while (end := said.find(b"\n", told)) >= 0:
        on_line(_text(said[told:end])[:_LONGEST_LINE].rstrip("\r"))
        told = end + 1
    return told


def _text(said: bytes | bytearray) -> str:
    return bytes(said).decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill whatever is left of the group, and wait until the program is gone."""
    with suppress(ProcessLookupError, PermissionError):
        # The group outlives its leader while a child of it lives, under the same number.
        os.killpg(process.pid, signal.SIGKILL)
    reaping = asyncio.ensure_future(_reap(process))
    try:
        await asyncio.shield(reaping)
    except asyncio.CancelledError:
        await reaping
        raise


async def _reap(process: asyncio.subprocess.Process) -> None:
    """Collect a killed program; what it had still to say is let go of.

    The time limit is for one that got out of its group and keeps our pipe open.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_REAP_SECONDS):
            while process.stdout is not None and await process.stdout.read(_CHUNK):
                pass
            await process.wait()
