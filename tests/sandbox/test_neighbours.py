"""Runs of one zygote cannot reach each other through what they have in common."""
# ruff: noqa: E501

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from callingcard.functions.model.manifest import Limits
from callingcard.functions.model.runs import RunState
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from tests.sandbox.house import LEVELS, NotingBroker, a_task, need, run
from tests.sandbox.test_apart import descendants, started, until_gone
from tests.sandbox.test_protocol import HEAD

LONG = Limits(wall=timedelta(seconds=30))


@pytest_asyncio.fixture(params=LEVELS)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[ForkSandbox]:
    """Open a sandbox of the test's own on each level in turn."""
    await need(request.param)
    opened = ForkSandbox(level=request.param)
    yield opened
    await opened.close()


LEAVE = """
import fcntl, struct
def main():
    for number in (0, 1, 2):
        fcntl.fcntl(number, fcntl.F_SETFL, 0o6000)
    for command in (6, 37):
        try:
            fcntl.fcntl(0, command, struct.pack("hhxxxxqqixxxx", 0, 0, 4, 1, 0))
        except OSError:
            pass
"""
FIND = """
import fcntl, struct
def main():
    found = [fcntl.fcntl(number, fcntl.F_GETFL) & 0o6003 for number in (0, 1, 2)]
    for number in (0, 1):
        answer = fcntl.fcntl(number, 5, struct.pack("hhxxxxqqixxxx", 1, 0, 0, 99, 0))
        found.append(struct.unpack("hhxxxxqqixxxx", answer)[0])
    return found
"""


async def test_nothing_is_left_on_a_descriptor(sandbox: ForkSandbox):
    """Flags and locks are a run's own, also on what every run has open."""
    clean = [os.O_RDONLY, os.O_WRONLY, os.O_WRONLY, 2, 2]  # 2 is F_UNLCK: nobody has a lock
    assert (await run(sandbox, FIND)).value == clean
    assert (await run(sandbox, LEAVE)).state is RunState.SUCCEEDED
    assert (await run(sandbox, FIND)).value == clean


async def test_a_log_is_not_read_or_written_by_another_run(sandbox: ForkSandbox):
    """Not even by whoever knows the number of its process."""
    spy = (
        "import os\ndef main(numbers: list[int]):\n"
        " found = []\n"
        " for number in set(numbers) - {os.getpid()}:\n"
        "  for name in ('fd/0', 'fd/1', 'fd/2', 'fd/3', 'mem', 'maps', 'environ', 'cwd/x'):\n"
        "   for mode in (os.O_RDONLY | os.O_NONBLOCK, os.O_WRONLY | os.O_NONBLOCK):\n"
        "    try: os.open(f'/proc/{number}/{name}', mode); found.append(name)\n"
        "    except OSError: pass\n"
        " return found"
    )
    await run(sandbox, "def main(): pass")
    before = descendants(os.getpid())
    going = await started(sandbox)
    numbers = sorted(descendants(os.getpid()) - before) + sorted(before)
    outcome = await run(sandbox, spy, {"numbers": numbers})
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going
    assert (len(numbers) > 1, outcome.value) == (True, [])


async def test_threads_of_one_run_leave_room_for_others():
    """Where runs have namespaces, one that has all the threads it may is alone with that."""
    await need("namespaces")
    sandbox = ForkSandbox(level="namespaces")
    many = (
        "import threading, time\nthreading.stack_size(65536)\n"
        "def main():\n"
        " try:\n"
        "  while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        " except RuntimeError: print('full', flush=True)\n"
        " time.sleep(60)"
    )
    heard = asyncio.Event()
    task = a_task(many, limits=LONG)
    going = asyncio.create_task(
        sandbox.run(task, NotingBroker(), on_log=lambda _: heard.set())
    )
    await asyncio.wait_for(heard.wait(), 10)
    few = (
        "import asyncio\nasync def main():\n"
        " return sum(await asyncio.gather(*[asyncio.to_thread(int, 1) for _ in range(30)]))"
    )
    assert (await run(sandbox, few)).value == 30
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going
    await sandbox.close()


async def test_a_run_may_only_say_so_much(sandbox: ForkSandbox):
    """The server reads what it says while everybody waits, so there is an end to it."""
    source = (
        f"{HEAD}\ndef main():\n"
        " for n in range(1, 999):\n"
        "  ask(n, operation='refuse', arguments={'x': 'y' * 250_000})\n"
        "  hear()\n"
        " return 'honest'"
    )
    broker = NotingBroker()
    task = a_task(source, connectors=("hubspot",), limits=LONG)
    outcome = await sandbox.run(task, broker)
    assert outcome.state is RunState.CRASHED
    assert outcome.failure is not None
    assert "more asks" in outcome.failure.message
    assert 60 < len(broker.asks) < 72


async def test_an_ask_has_a_size(sandbox: ForkSandbox):
    """Who asks honestly is told; who writes on the line itself is ended."""
    honest = (
        "from connectors import ConnectorError, hubspot\ndef main():\n"
        " try: hubspot.x(a='y' * 300_000)\n"
        " except ConnectorError as e: return [e.kind, hubspot.x(a='é').arguments.a]"
    )
    outcome = await run(sandbox, honest, connectors=("hubspot",))
    assert outcome.value == ["limit", "é"]
    forged = f"{HEAD}\ndef main():\n ask(1, arguments={{'x': 'y' * 300_000}}); time.sleep(9)"
    broken = await run(sandbox, forged, connectors=("hubspot",))
    assert broken.failure is not None
    assert (broken.state, "too large" in broken.failure.message) == (RunState.CRASHED, True)


@pytest.mark.parametrize("value", ["\ud800", float("nan"), {1, 2}])
async def test_a_task_that_is_not_json_is_not_run(sandbox: ForkSandbox, value: object):
    """It is an outcome, as everything is, and no process is started for it."""
    outcome = await run(sandbox, "def main(x): return 1", {"x": value})  # pyright: ignore[reportArgumentType]
    assert outcome.failure is not None
    assert (outcome.state, outcome.failure.type) == (RunState.RAISED, "ArgumentError")


async def test_a_database_works_in_a_folder_of_its_own(sandbox: ForkSandbox):
    """SQLite takes locks that are not there, in every mode of its journal."""
    source = (
        "import os, sqlite3\ndef main():\n"
        " if 'TMPDIR' not in os.environ: return [1, 1, 1]\n"
        " found = []\n"
        " for mode in ('delete', 'truncate', 'wal'):\n"
        "  one, two = sqlite3.connect(mode), sqlite3.connect(mode)\n"
        "  one.execute(f'pragma journal_mode = {mode}')\n"
        "  one.execute('create table t (x)'); one.execute('insert into t values (1)'); one.commit()\n"
        "  found += two.execute('select x from t').fetchone()\n"
        " return found"
    )
    assert (await run(sandbox, source)).value == [1, 1, 1]


async def test_many_environments_at_once_are_not_ended_unused(tmp_path: Path):
    """A zygote that was started for a run is there when the run comes to it."""
    await need("landlock")
    for number in range(3):
        (tmp_path / str(number)).mkdir()
    before = descendants(os.getpid())
    crowded = ForkSandbox(level="landlock", locate=tmp_path.joinpath, zygotes=1)
    for number in range(3):
        await crowded.warm(str(number))
    assert crowded.environments_in_use() == {"0", "1", "2"}
    runs = [run(crowded, "def main(): return 1", environment=str(n)) for n in range(3)]
    assert [outcome.start for outcome in await asyncio.gather(*runs)] == ["warm"] * 3
    processes = descendants(os.getpid()) - before
    await crowded.close()
    assert await until_gone(processes) == set()
