"""A worker answers or is replaced; nobody waits for ever, and no answer is another's."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callingcard.backends.processes.workers import Worker, WorkerBusy, WorkerFailed

PROGRAM = """
import json, os, sys, time
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "sleep":
        time.sleep(60)
    if asked["do"] == "die":
        os._exit(3)
    if asked["do"] == "babble":
        sys.stdout.write("x" * 9_000_000 + "\\n")
        sys.stdout.flush()
    print(json.dumps({"echo": asked["text"], "pid": os.getpid()}), flush=True)
    if asked["do"] == "last":
        os._exit(0)
"""


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    """Return a worker that echoes, and does what it is told to."""
    made = Worker((sys.executable, "-I", "-c", PROGRAM), cwd=tmp_path, queue=3)
    yield made
    await made.close()


async def echo(worker: Worker, text: str, do: str = "echo", seconds: float = 20) -> str:
    """Ask for *text* back."""
    return (await worker.ask({"do": do, "text": text}, seconds=seconds))["echo"]


async def test_nothing_runs_before_the_first_question(worker: Worker):
    """A worker that nobody asks costs nothing."""
    assert worker.pid is None
    assert await echo(worker, "hello\nthere é") == "hello\nthere é"
    assert worker.pid is not None


async def test_one_process_answers_many_questions_in_turn(worker: Worker):
    """Each asker has the answer to what they asked."""
    asked = [worker.ask({"do": "echo", "text": str(n)}, seconds=20) for n in range(3)]
    answers = await asyncio.gather(*asked)
    assert [answer["echo"] for answer in answers] == ["0", "1", "2"]
    assert {answer["pid"] for answer in answers} == {worker.pid}


async def test_a_slow_answer_ends_the_worker_and_the_next_question_has_another(
    worker: Worker,
):
    """What takes too long is killed, not waited for."""
    await echo(worker, "start")
    slow = worker.pid
    with pytest.raises(WorkerFailed, match="too long"):
        await echo(worker, "never", do="sleep", seconds=0.2)
    assert worker.pid is None
    assert await echo(worker, "after") == "after"
    assert worker.pid not in {slow, None}


@pytest.mark.parametrize("do", ["die", "babble"])
async def test_a_question_that_kills_the_worker_has_no_answer(worker: Worker, do: str):
    """It is asked of a fresh worker once more at most, and the next question is answered."""
    with pytest.raises(WorkerFailed, match="middle"):
        await echo(worker, "fatal", do=do)
    assert await echo(worker, "after") == "after"


async def test_a_worker_that_left_is_replaced_without_anybody_seeing(worker: Worker):
    """One that ended itself between two questions is no failure of the second."""
    await echo(worker, "bye", do="last")
    assert await echo(worker, "again") == "again"


async def test_who_gives_up_takes_the_answer_along(worker: Worker):
    """A cancelled question's answer does not reach the next asker."""
    await echo(worker, "start")
    given_up = asyncio.create_task(echo(worker, "old", do="sleep"))
    await asyncio.sleep(0.05)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await echo(worker, "new") == "new"


async def test_too_many_questions_are_refused_at_once(worker: Worker):
    """The queue is bounded."""
    waiting = [asyncio.create_task(echo(worker, str(n))) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(WorkerBusy):
        await echo(worker, "one too many")
    assert await asyncio.gather(*waiting) == ["0", "1", "2"]


async def test_closing_leaves_no_process(worker: Worker):
    """The process is gone when close has returned."""
    await echo(worker, "start")
    pid = worker.pid
    await worker.close()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
