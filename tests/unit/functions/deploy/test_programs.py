"""A program runs to its end or to the end of its time, and leaves nobody behind."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from callingcard.backends.processes.programs import Ended, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX's")


async def python(text: str, tmp_path: Path, seconds: float = 20, **more: int) -> Ended:
    """Run a line of Python as another program."""
    argv = [sys.executable, "-I", "-c", text]
    limit = timedelta(seconds=seconds)
    return await run(argv, cwd=tmp_path, env={"A": "b"}, limit=limit, **more)


def status_of(process: int) -> str:
    """Return the letter that Linux has for what a process is doing."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2]


async def gone(process: int) -> bool:
    """Say whether a process is gone within a few seconds."""
    for _ in range(200):
        try:
            state = status_of(process)
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_program_says_what_it_says(tmp_path: Path):
    """Both outputs, the exit code, and an environment that is only what was given."""
    text = (
        "import os, sys; print(sorted(os.environ), os.getcwd(), flush=True);"
        "print('wrong', file=sys.stderr); print(sys.stdin.read() == ''); sys.exit(3)"
    )
    ended = await python(text, tmp_path)
    assert (ended.why, ended.code, ended.good) == ("exit", 3, False)
    first, *rest = ended.output.splitlines()
    assert "'A'" in first
    assert "'PATH'" not in first
    assert str(tmp_path) in first
    assert rest == ["wrong", "True"]


async def test_lines_are_told_while_they_are_said(tmp_path: Path):
    """Each line once, the last one too when nothing ends it."""
    told: list[str] = []
    argv = [sys.executable, "-I", "-c", "print('one'); print('two', end='')"]
    ended = await run(
        argv, cwd=tmp_path, env={}, limit=timedelta(seconds=20), on_line=told.append
    )
    assert told == ["one", "two"]
    assert ended.good


async def test_a_program_that_is_not_there_is_told(tmp_path: Path):
    """No exception for the caller to forget."""
    ended = await run(
        [str(tmp_path / "nothing")], cwd=tmp_path, env={}, limit=timedelta(seconds=5)
    )
    assert ended == Ended("missing")


CHILD = (
    "import subprocess, sys, time;"
    "p = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(60)']);"
    "print(p.pid, flush=True); time.sleep(60)"
)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_at_the_end_of_its_time_its_children_die_too(tmp_path: Path):
    """The whole group, and what was said until then is kept."""
    ended = await python(CHILD, tmp_path, seconds=0.7)
    assert ended.why == "time"
    assert await gone(int(ended.output))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_who_is_cancelled_takes_the_program_along(tmp_path: Path):
    """Nobody waits for it any more, so it must not go on."""
    told: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.create_task(
        run(
            [sys.executable, "-I", "-c", CHILD],
            cwd=tmp_path,
            env={},
            limit=timedelta(seconds=60),
            on_line=told.put_nowait,
        )
    )
    child = int(await told.get())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_a_child_left_behind_dies_with_its_parent(tmp_path: Path):
    """A program that ends by itself leaves no one in its group."""
    text = CHILD[: CHILD.rindex(";")]
    ended = await python(
        text.replace("])", "], stdout=subprocess.DEVNULL, stderr=-3)"), tmp_path
    )
    assert ended.good
    assert await gone(int(ended.output))


async def test_too_much_output_ends_it(tmp_path: Path):
    """Memory is not the program's to fill."""
    ended = await python("while True: print('x' * 1000)", tmp_path, max_output=5000)
    assert ended.why == "output"
    assert len(ended.output) == 5000


async def test_a_signal_is_an_end(tmp_path: Path):
    """A crash is an exit code below zero."""
    ended = await python("import os; os.kill(os.getpid(), 9)", tmp_path)
    assert (ended.why, ended.code) == ("exit", -signal.SIGKILL)
