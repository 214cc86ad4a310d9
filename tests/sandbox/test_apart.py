"""Runs are apart from each other and from the server, and none outlives its end."""
# ruff: noqa: E501

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from callingcard.functions.model.manifest import Limits
from callingcard.functions.model.runs import RunState
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from tests.sandbox.house import ADA, LEVELS, NotingBroker, a_task, need, run

SLEEP = "import time\ndef main(mark: str = ''):\n print('here', flush=True)\n time.sleep(60)"
LONG = Limits(wall=timedelta(seconds=30))


@pytest_asyncio.fixture(params=LEVELS)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[ForkSandbox]:
    """Open a sandbox of the test's own on each level in turn."""
    await need(request.param)
    opened = ForkSandbox(level=request.param)
    yield opened
    await opened.close()


def descendants(process: int) -> set[int]:
    """Return the processes below *process*, which are the zygote's and its runs."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found, new = set[int](), {process}
    while new:
        new = {child for child, parent in parents.items() if parent in new}
        found |= new
    return found


def memory_of(process: int) -> Iterator[bytes]:
    """Yield all readable memory of *process*, from outside; for others than root, none.

    A process that has ended since it was listed has no memory.
    """
    try:
        maps = Path(f"/proc/{process}/maps").read_text(encoding="utf-8", errors="replace")
        memory = Path(f"/proc/{process}/mem").open("rb", 0)  # noqa: SIM115
    except PermissionError:
        assert os.geteuid() != 0
        return
    except (FileNotFoundError, ProcessLookupError):
        return
    with memory:
        for line in maps.splitlines():
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if rights.startswith("r") and "[v" not in line:
                with suppress(OSError, OverflowError):
                    memory.seek(start)
                    yield memory.read(end - start)


async def started(sandbox: ForkSandbox, **more: object) -> asyncio.Task[object]:
    """Start a run that sleeps, and wait until it does."""
    heard = asyncio.Event()
    task = a_task(SLEEP, limits=LONG, **more)
    going = asyncio.create_task(
        sandbox.run(task, NotingBroker(), on_log=lambda _: heard.set())
    )
    await asyncio.wait_for(heard.wait(), 10)
    return going


async def until_gone(processes: set[int]) -> set[int]:
    """Wait until none of *processes* runs any more; return those that still do."""
    for _ in range(100):
        left = {process for process in processes if not _is_dead(process)}
        if not left:
            return left
        await asyncio.sleep(0.05)
    return left


def _is_dead(process: int) -> bool:
    try:
        return ") Z" in Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return True


async def test_no_state_is_seen_by_the_next_run(sandbox: ForkSandbox):
    """Globals, the environment, patched modules and files end with the run that made them."""
    leave = (
        "import builtins, json, os, random, sys\n"
        "def main():\n"
        " builtins.left = json.left = sys.left = 'state'\n"
        " os.environ['LEFT'] = 'state'\n"
        " try: open('left', 'w').write('state')\n"
        " except OSError: pass\n"
        " os.chdir('/dev')\n"
        " return random.random()"
    )
    look = (
        "import builtins, json, os, random, sys\n"
        "def main():\n"
        " return [hasattr(builtins, 'left'), hasattr(json, 'left'), hasattr(sys, 'left'),"
        " 'LEFT' in os.environ, os.path.exists('left'), os.getcwd() == '/dev']"
    )
    first = await run(sandbox, leave)
    assert first.state is RunState.SUCCEEDED
    assert (await run(sandbox, look)).value == [False] * 6
    assert (await run(sandbox, leave)).value != first.value


async def test_runs_at_the_same_time_do_not_meet(sandbox: ForkSandbox):
    """Forty runs at once each get their own arguments and their own folder."""
    source = (
        "import os, time\n"
        "def main(n: int):\n"
        " try: open('n', 'x').write(str(n)); time.sleep(0.05); return int(open('n').read())\n"
        " except PermissionError: time.sleep(0.05); return n"
    )
    runs = [run(sandbox, source, {"n": n}, limits=LONG) for n in range(40)]
    assert [outcome.value for outcome in await asyncio.gather(*runs)] == list(range(40))


async def test_no_secret_is_in_the_memory_of_a_run(sandbox: ForkSandbox):
    """Neither the server's heap, nor its environment, nor what another run was told."""
    marks = {name: f"canary-{name}-{os.urandom(8).hex()}" for name in ("heap", "other", "own")}
    kept = [marks["heap"].encode() * 1000]
    os.environ["CALLINGCARD_MARK"] = marks["heap"]
    try:
        source = (
            "from connectors import hubspot\ndef main(mark: str):\n return hubspot.x(a=mark)"
        )
        other = await run(sandbox, source, {"mark": marks["other"]}, connectors=("hubspot",))
        assert other.state is RunState.SUCCEEDED
        going = await started(sandbox, arguments={"mark": marks["own"]})
        processes = descendants(os.getpid())
        found = {
            name
            for process in processes
            for part in memory_of(process)
            for name, mark in marks.items()
            if mark.encode() in part
        }
    finally:
        del os.environ["CALLINGCARD_MARK"]
    going.cancel()
    assert len(processes) >= 2
    # What the run was told itself is there, so the search works, where we may search at all.
    assert found == ({"own"} if os.geteuid() == 0 else set())
    assert kept


async def test_a_cancelled_caller_takes_the_run_along(sandbox: ForkSandbox):
    """Nothing of a run is left when whoever waits for it is cancelled."""
    await run(sandbox, "def main(): pass")
    before = descendants(os.getpid())
    going = await started(sandbox)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    # It was the spare of the run before it, and left a spare in its place.
    for _ in range(100):
        after = descendants(os.getpid())
        if len(before - after) == 1 and len(after) == len(before):
            break
        await asyncio.sleep(0.05)
    assert (len(before - after), len(after)) == (1, len(before))


async def test_closing_ends_every_process(sandbox: ForkSandbox):
    """No zygote and no run is left behind; a run that was under way is over."""
    before = descendants(os.getpid())
    going = await started(sandbox)
    new = descendants(os.getpid()) - before
    await sandbox.close()
    assert await until_gone(new) == set()
    outcome = await going
    assert outcome.state is RunState.CRASHED  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_dead_zygote_is_replaced(sandbox: ForkSandbox):
    """Its runs crash, and the next one comes from a new zygote."""
    assert (await run(sandbox, "def main(): return 1")).start == "cold"
    before = descendants(os.getpid())
    going = await started(sandbox)
    for process in before:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    outcome = await going
    assert outcome.state is RunState.CRASHED  # pyright: ignore[reportAttributeAccessIssue]
    after = await run(sandbox, "def main(): return 2")
    assert (after.value, after.start) == (2, "cold")
    assert (await run(sandbox, "def main(): return 3")).start == "warm"


@pytest.mark.parametrize("level", LEVELS)
async def test_a_killed_server_leaves_nothing_behind(level: str):
    """Zygote and runs end with the server, even when that had no time to say so."""
    await need(level)
    script = (
        "import asyncio, sys\n"
        "from tests.sandbox.house import NotingBroker, a_task\n"
        "from tests.sandbox.test_apart import LONG, SLEEP\n"
        "from callingcard.functions.sandbox.sandboxes import ForkSandbox\n"
        f"sandbox = ForkSandbox(level={level!r})\n"
        "say = lambda text: print(text, flush=True)\n"
        "asyncio.run(sandbox.run(a_task(SLEEP, limits=LONG), NotingBroker(), on_log=say))\n"
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert server.stdout is not None
    line = await server.stdout.readline()
    processes = descendants(server.pid)
    server.kill()
    await server.wait()
    assert line == b"here\n"
    assert len(processes) >= 2
    assert await until_gone(processes) == set()


async def test_the_log_is_told_as_it_is_written(sandbox: ForkSandbox):
    """Prints, logging and what native code writes come at once, in order, up to the limit."""
    pieces: list[str] = []
    source = (
        "import logging, os, sys\n"
        "def main():\n"
        " print('printed \\ud800')\n"
        " logging.getLogger('me').info('logged')\n"
        " os.write(2, b'raw \\xff\\0\\n')\n"
        " print('x' * 100_000)"
    )
    outcome = await sandbox.run(a_task(source), NotingBroker(), on_log=pieces.append)
    assert outcome.log == "".join(pieces)
    assert outcome.log.startswith("printed \\ud800\nINFO me: logged\nraw \ufffd\ufffd\nxxx")
    assert outcome.log.endswith("xx\n[the log ends here: 16384 bytes are kept]\n")
    assert len(outcome.log) < 16500


async def test_whoever_is_proven_can_be_imported(sandbox: ForkSandbox):
    """``import visitor`` has the fields of the one who calls; without one it says why not."""
    source = "import visitor\ndef main():\n return [visitor.email, visitor.user_id, visitor.email_verified]"
    assert (await run(sandbox, source, visitor=ADA)).value == ["ada@example.com", "7", True]
    alone = await run(sandbox, source)
    assert alone.failure is not None
    assert (alone.failure.type, "proves who is calling" in alone.failure.message) == (
        "ImportError",
        True,
    )


async def test_asks_reach_the_broker_from_many_threads(sandbox: ForkSandbox):
    """Each thread of a run gets the answer to its own ask; refusals are exceptions."""
    broker = NotingBroker()
    source = (
        "import asyncio\n"
        "from connectors import ConnectorError, hubspot\n"
        "async def main():\n"
        " calls = [asyncio.to_thread(hubspot.find, n=n) for n in range(50)]\n"
        " found = [made.arguments.n for made in await asyncio.gather(*calls)]\n"
        " try: hubspot.refuse()\n"
        " except ConnectorError as e: return [found, e.status, e.kind, str(e)]"
    )
    task = a_task(source, connectors=("hubspot",), limits=LONG)
    outcome = await sandbox.run(task, broker)
    assert outcome.value == [list(range(50)), 418, "connector", "not today"]
    assert (len(broker.asks), broker.closed) == (51, 1)


async def test_a_failure_names_the_lines_of_the_function(sandbox: ForkSandbox):
    """Its author sees their own lines, with their text, and nobody else's."""
    source = "import json\ndef inner(x):\n    return json.loads(x)\ndef main():\n    return inner('{')"
    failure = (await run(sandbox, source)).failure
    assert failure is not None
    assert failure.type == "JSONDecodeError"
    assert [(f.module, f.function, f.line, f.text) for f in failure.frames] == [
        ("main", "main", 5, "return inner('{')"),
        ("main", "inner", 3, "return json.loads(x)"),
    ]


async def test_describing_runs_the_file_and_not_main(sandbox: ForkSandbox):
    """The schema comes back; visitor can be imported, and nothing can be asked for."""
    source = (
        "import visitor\nfrom storage import tokens\n"
        "def main(n: int, name: str | None = None) -> list[str]:\n"
        '    """Do.\n\n    n: how many\n    """\n'
        "    raise ValueError"
    )
    broker = NotingBroker()
    task = a_task(source, job="describe", storage=("tokens",))
    outcome = await sandbox.run(task, broker)
    assert outcome.value == {
        "schema": {
            "type": "object",
            "properties": {
                "n": {"type": "integer", "description": "how many"},
                "name": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
            },
            "required": ["n"],
            "additionalProperties": False,
        },
        "returns": {"type": "array", "items": {"type": "string"}},
    }
    asking = a_task(
        "from storage import a\na.get('k')\ndef main(): pass", job="describe", storage=("a",)
    )
    refused = await sandbox.run(asking, broker)
    assert refused.failure is not None
    assert (refused.failure.type, broker.asks) == ("StorageError", [])


async def test_the_time_of_a_run_begins_with_the_run(sandbox: ForkSandbox):
    """A cold start is not counted against the function; what it used is measured."""
    source = "import time\ndef main():\n x = bytearray(30 << 20); time.sleep(0.1); return sum(range(10**6))"
    outcome = await run(sandbox, source)
    assert outcome.state is RunState.SUCCEEDED
    assert timedelta(seconds=0.1) <= outcome.duration < timedelta(seconds=1)
    assert timedelta(0) < outcome.cpu < outcome.duration
    assert outcome.memory_bytes > 30 << 20
