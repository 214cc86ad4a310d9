"""The process of the next run waits behind its fences, and is like one made for it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from callingcard.functions.model.manifest import MIB
from callingcard.functions.model.runs import RunState
from callingcard.functions.model.values import Json
from callingcard.functions.ports.sandbox import Outcome
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from tests.sandbox.house import LEVELS, SMALL, need, run
from tests.sandbox.test_apart import descendants, until_gone

T = TypeVar("T")


@dataclass
class Opened:
    """A sandbox, and the processes that belong to others."""

    sandbox: ForkSandbox
    others: set[int]

    async def run(self, source: str, arguments: dict[str, Json] | None = None) -> Outcome:
        """Run *source* in it."""
        return await run(self.sandbox, source, arguments)

    def leaves(self) -> list[int]:
        """Return its processes that have no child: runs and spares, and no zygote."""
        ours = descendants(os.getpid()) - self.others
        return [one for one in ours if not descendants(one)]

    def spare(self) -> int:
        """Return the only one of them."""
        (found,) = self.leaves()
        return found


@pytest_asyncio.fixture(params=LEVELS)
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    """Open a sandbox on each level in turn, of which one run was made."""
    await need(request.param)
    made = Opened(ForkSandbox(level=request.param), descendants(os.getpid()))
    await made.run("def main(): return 1")
    yield made
    await made.sandbox.close()


async def until(look: Callable[[], T], is_so: Callable[[T], bool]) -> T:
    """Return what *look* finds as soon as it *is_so*, or after ten seconds."""
    for _ in range(500):
        if is_so(look()):
            break
        await asyncio.sleep(0.02)
    return look()


def status_of(process: int) -> dict[str, str]:
    """Return what the kernel tells of *process*."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def test_a_spare_waits_behind_its_fences(opened: Opened):
    """It has no capability, no way to get one, and a filter, before it is told anything."""
    status = await until(
        lambda: status_of(opened.spare()), lambda now: int(now["CapEff"], 16) == 0
    )
    assert (int(status["CapEff"], 16), int(status["CapPrm"], 16)) == (0, 0)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


async def test_a_spare_that_died_is_replaced(opened: Opened):
    """Whatever killed it, nobody who calls notices."""
    dead = opened.spare()
    os.kill(dead, signal.SIGKILL)
    assert await until_gone({dead}) == set()
    after = await opened.run("def main(): return 2")
    assert (after.value, after.start) == (2, "warm")
    assert opened.spare() != dead


async def test_a_run_has_its_own_limits_and_not_those_of_the_one_before(opened: Opened):
    """A spare learns what it may use when it learns whose run it is."""
    take = "def main():\n return len(bytearray(100 << 20)) >> 20"
    large = replace(SMALL, memory_bytes=256 * MIB)
    states = [
        (await run(opened.sandbox, take, limits=limits)).state
        for limits in (large, SMALL, large)
    ]
    assert states == [RunState.SUCCEEDED, RunState.OUT_OF_MEMORY, RunState.SUCCEEDED]


async def test_the_time_in_which_a_spare_waits_is_nobodys(opened: Opened):
    """It is not counted as the run's, neither by the clock nor by the processor."""
    await asyncio.sleep(0.5)
    outcome = await opened.run("def main(): return 3")
    assert outcome.value == 3
    assert outcome.duration < timedelta(seconds=0.5)
    assert outcome.cpu < timedelta(seconds=0.5)


async def test_a_burst_finds_room_beside_the_spare(opened: Opened):
    """Who comes while there is none at hand gets a process of its own, too."""
    runs = [opened.run("def main(n: int): return n", {"n": n}) for n in range(20)]
    assert [one.value for one in await asyncio.gather(*runs)] == list(range(20))
    assert len(await until(opened.leaves, lambda left: len(left) == 1)) == 1


async def test_nothing_of_the_rehearsal_is_left(opened: Opened):
    """A function finds itself, and nothing that ran before it, under the names it knows."""
    look = (
        "import linecache, sys\n"
        "def main():\n"
        " found = [sys.modules[name].main is main for name in ('main', '__main__')]\n"
        " return found + [name for name in linecache.cache if 'rehears' in name]"
    )
    assert (await opened.run(look)).value == [True, True]
