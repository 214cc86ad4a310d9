"""Functions with packages: they see theirs and no other, and a bad package harms itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from callingcard.functions.errors import SandboxUnavailable
from callingcard.functions.model.runs import RunState
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from tests.sandbox.house import LEVELS, need, run
from tests.sandbox.test_apart import started

USE = "import greet\ndef main():\n return greet.WHEN"


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    """Make three environments: one good, one that exits on import, one with a thread."""
    bodies = {
        "good": "import os\nprint('imported')\nWHEN = os.getpid()",
        "exits": "import os\nos._exit(3)",
        "thread": (
            "import threading, time\n"
            "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nWHEN = 1"
        ),
        "other": "",
    }
    for name, body in bodies.items():
        (tmp_path / name / "greet").mkdir(parents=True)
        (tmp_path / name / "greet" / "__init__.py").write_text(body, encoding="utf-8")
        (tmp_path / name / f"only_{name}.py").write_text("", encoding="utf-8")
    return tmp_path


@pytest_asyncio.fixture(params=LEVELS)
async def sandbox(
    request: pytest.FixtureRequest, environments: Path
) -> AsyncIterator[ForkSandbox]:
    """Open a sandbox on each level in turn that keeps two zygotes at most."""
    await need(request.param)

    def locate(environment: str) -> Path:
        found = environments / environment
        if not found.is_dir():
            raise LookupError(environment)
        return found

    opened = ForkSandbox(level=request.param, locate=locate, zygotes=2)
    yield opened
    await opened.close()


async def test_a_package_is_imported_once_for_all_runs(sandbox: ForkSandbox):
    """The zygote imports it before it forks; what it prints then is in no run's log."""
    first = await run(sandbox, USE, environment="good")
    second = await run(sandbox, USE, environment="good")
    assert first.state is RunState.SUCCEEDED
    assert (first.value, first.start) == (second.value, "cold")
    assert (second.start, second.log) == ("warm", "")


async def test_a_package_that_a_later_function_uses_is_imported_once_too(sandbox: ForkSandbox):
    """The process that waited for the next run lacks it, so another one takes its place."""
    await run(sandbox, "def main(): return 1", environment="good")
    first = await run(sandbox, USE, environment="good")
    second = await run(sandbox, USE, environment="good")
    assert first.state is RunState.SUCCEEDED
    assert (first.value, first.log) == (second.value, "")


async def test_what_is_usual_is_imported_when_a_function_needs_it(sandbox: ForkSandbox):
    """It is there when the run begins, also beside runs that are under way, and no sooner."""
    look = "import sys\nHAD = [n in sys.modules for n in ('statistics', 'asyncio')]\n"
    plain, adds = "def main(): return HAD", "import statistics\ndef main(): return HAD"
    assert (await run(sandbox, look + plain)).value == [False, False]
    going = await started(sandbox)
    assert (await run(sandbox, look + adds)).value == [True, False]
    assert (await run(sandbox, f"{look}async {plain}")).value == [True, True]
    assert (await run(sandbox, look + plain)).value == [True, True]
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going


async def test_an_environment_is_seen_by_its_own_functions(sandbox: ForkSandbox):
    """Another's packages cannot be imported, and its files cannot be read."""
    peek = (
        "import importlib.util\n"
        "def main(path: str):\n"
        " found = [n for n in ('only_good', 'only_other') if importlib.util.find_spec(n)]\n"
        " try: return found + [open(path).read(0)]\n"
        " except OSError: return found"
    )
    path = {"path": str(sandbox._locate("other") / "only_other.py")}
    assert (await run(sandbox, peek, path, environment="good")).value == ["only_good"]
    assert (await run(sandbox, peek, path)).value == []


async def test_a_package_with_a_thread_is_imported_by_each_run(sandbox: ForkSandbox):
    """A process with threads cannot be forked, so there the run itself imports it."""
    outcome = await run(sandbox, USE, environment="thread")
    assert (outcome.state, outcome.value) == (RunState.SUCCEEDED, 1)
    again = await run(sandbox, USE, environment="thread")
    assert (again.value, again.start) == (1, "warm")


async def test_a_package_that_ends_its_process_ends_one_run(sandbox: ForkSandbox):
    """The run that imports it crashes; other environments go on."""
    outcome = await run(sandbox, USE, environment="exits")
    assert outcome.state is RunState.CRASHED
    assert (await run(sandbox, "def main(): return 1")).value == 1


async def test_the_least_used_zygote_is_ended(sandbox: ForkSandbox):
    """There are never more than two, and the one used last is kept."""
    for environment in ("good", "", "other"):
        await run(sandbox, "def main(): return 1", environment=environment)
    assert sandbox.environments_in_use() == {"", "other"}
    assert (await run(sandbox, "def main(): return 1")).start == "warm"
    assert (await run(sandbox, "def main(): return 1", environment="good")).start == "cold"


async def test_an_environment_that_is_not_there(sandbox: ForkSandbox):
    """It is the caller's mistake, and told as such."""
    with pytest.raises(LookupError):
        await run(sandbox, "def main(): return 1", environment="gone")


async def test_below_the_floor_nothing_runs():
    """A server that asks for namespaces does not make do with less."""
    weak = ForkSandbox(level="landlock", floor="namespaces")
    with pytest.raises(SandboxUnavailable) as raised:
        await run(weak, "def main(): return 1")
    assert "namespaces" in raised.value.message


async def test_a_zygote_can_be_at_hand_before_the_first_run(sandbox: ForkSandbox):
    """Whoever warms an environment spares its first run the start."""
    await sandbox.warm("good")
    assert (await run(sandbox, "def main(): return 1", environment="good")).start == "warm"


async def test_an_idle_zygote_is_ended():
    """Nothing is kept for functions that nobody calls, and the next call is served."""
    await need("landlock")
    idle = ForkSandbox(level="landlock", idle=timedelta(seconds=0.05))
    await run(idle, "def main(): return 1")
    for _ in range(200):
        if not idle.environments_in_use():
            break
        await asyncio.sleep(0.02)
    assert idle.environments_in_use() == frozenset()
    assert (await run(idle, "def main(): return 2")).value == 2
    await idle.close()
