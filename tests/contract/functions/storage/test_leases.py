"""Leases: of many runs one fills a place, and the others get what it made."""

import asyncio
from datetime import timedelta

import pytest
from tests.contract.functions.storage.conftest import Node

from callingcard.functions.model.values import Json, RunId
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.service.remembering.leases import BEAT_EVERY, LAPSE


def lease_of(answer: Json) -> str:
    """Return the id in the answer of somebody who is to fill the place."""
    assert isinstance(answer, dict)
    assert answer["hit"] is False
    return str(answer["lease"])


async def test_the_first_fills_and_the_next_hits(node: Node):
    """A lease is the right to put; once put, everybody gets the value."""
    lease = lease_of(await node.ask("lease", key="k"))
    assert await node.ask("lease_put", key="k", lease=lease, value={"t": 1}, ttl=60) == {
        "t": 1
    }
    assert await node.ask("lease", key="k", run="run_2") == {"hit": True, "value": {"t": 1}}
    node.clock.advance(timedelta(seconds=60))
    assert lease_of(await node.ask("lease", key="k", run="run_2")) != lease


async def test_five_hundred_at_once_make_one_call(nodes: list[Node]):
    """Of 500 runs on three nodes exactly one does the work."""
    calls = 0

    async def run(number: int) -> Json:
        nonlocal calls
        node, name = nodes[number % 3], f"run_{number}"
        answer = await node.ask("lease", key="ada", run=name)
        assert isinstance(answer, dict)
        if answer["hit"]:
            return answer["value"]
        calls += 1
        await asyncio.sleep(0.2)
        return await node.ask(
            "lease_put", key="ada", lease=answer["lease"], value="made", run=name, ttl=60
        )

    assert set(map(str, await asyncio.gather(*(run(n) for n in range(500))))) == {"made"}
    assert calls == 1


async def test_who_waits_is_woken_by_a_value_however_it_came(nodes: list[Node]):
    """A value that was put, set or counted ends the wait, on other nodes too."""
    for number, operation in enumerate(("lease_put", "set", "incr", "compare_and_set")):
        key = f"k{number}"
        lease = lease_of(await nodes[0].ask("lease", key=key))
        waiting = [
            asyncio.create_task(node.ask("lease", key=key, run=f"wait_{number}"))
            for node in nodes
        ]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        given: dict[str, dict[str, Json]] = {
            "lease_put": {"lease": lease, "value": 1},
            "set": {"value": 1},
            "incr": {},
            "compare_and_set": {"expected": None, "value": 1},
        }
        arguments: dict[str, Json] = {"key": key, **given[operation]}
        await nodes[0].calls.call("shop", "tokens", operation, arguments, run=RunId("run_1"))
        async with asyncio.timeout(10):
            assert await asyncio.gather(*waiting) == [{"hit": True, "value": 1}] * 3


async def test_a_lease_that_is_given_back_goes_to_one_who_waits(nodes: list[Node]):
    """A holder that gives up, or whose run ends, frees the place for exactly one."""
    for give_up in ("release", "run ends"):
        lease = lease_of(await nodes[0].ask("lease", key=give_up))
        waiting = [
            asyncio.create_task(nodes[n % 3].ask("lease", key=give_up, run=f"{give_up} {n}"))
            for n in range(6)
        ]
        await asyncio.sleep(0.05)
        if give_up == "release":
            await nodes[0].ask("lease_release", key=give_up, lease=lease)
        else:
            await nodes[0].calls.release(RunId("run_1"))
        await asyncio.wait(waiting, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.6)
        done = [task for task in waiting if task.done()]
        assert len(done) == 1
        assert lease_of(done[0].result()) != lease
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for number in range(6):
            await nodes[number % 3].calls.release(RunId(f"{give_up} {number}"))


async def test_a_lease_whose_holder_died_lapses(nodes: list[Node]):
    """Without a beat a lease ends; what its holder puts afterwards is not kept."""
    lease = lease_of(await nodes[0].ask("lease", key="k", run="dead"))
    waiting = asyncio.create_task(nodes[1].ask("lease", key="k", run="next"))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    nodes[0].clock.advance(LAPSE)
    async with asyncio.timeout(10):
        other = lease_of(await waiting)
    with pytest.raises(AskRefused, match="not this run's"):
        await nodes[0].ask("lease_put", key="k", lease=lease, value="late", run="dead")
    await nodes[1].ask("lease_put", key="k", lease=other, value="right", run="next")
    assert await nodes[2].ask("get", key="k") == "right"


async def test_a_lease_goes_on_while_its_run_lives(nodes: list[Node]):
    """Beats keep the leases of living runs and of no others."""
    kept = lease_of(await nodes[0].ask("lease", key="kept", run="lives"))
    lost = lease_of(await nodes[0].ask("lease", key="lost", run="dies"))
    for _ in range(8):
        nodes[0].clock.advance(BEAT_EVERY)
        await nodes[0].calls.beat([RunId("lives"), RunId("holds none")])
    await nodes[0].ask("lease_put", key="kept", lease=kept, value=1, run="lives")
    with pytest.raises(AskRefused):
        await nodes[0].ask("lease_put", key="lost", lease=lost, value=1, run="dies")


async def test_a_lapsed_lease_is_not_brought_back_by_a_beat(node: Node):
    """A beat that comes too late changes nothing, even if nobody took the place."""
    lease = lease_of(await node.ask("lease", key="k"))
    node.clock.advance(LAPSE)
    await node.calls.beat([RunId("run_1")])
    with pytest.raises(AskRefused, match="not this run's"):
        await node.ask("lease_put", key="k", lease=lease, value=1)


async def test_a_lease_is_its_runs_own(node: Node):
    """Another run cannot put or give back with a lease that it learned of."""
    lease = lease_of(await node.ask("lease", key="k"))
    with pytest.raises(AskRefused, match="not this run's"):
        await node.ask("lease_put", key="k", lease=lease, value=1, run="thief")
    await node.ask("lease_release", key="k", lease=lease, run="thief")
    with pytest.raises(AskRefused, match="already has the lease"):
        await node.ask("lease", key="k")
    await node.ask("lease_put", key="k", lease=lease, value=1)


async def test_who_stops_waiting_leaves_nothing_behind(node: Node):
    """A run that is cancelled while it waits holds nothing and hinders nobody."""
    lease = lease_of(await node.ask("lease", key="k"))
    waiting = asyncio.create_task(node.ask("lease", key="k", run="impatient"))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await node.calls.release(RunId("impatient"))
    await node.ask("lease_release", key="k", lease=lease)
    assert lease_of(await node.ask("lease", key="k", run="run_3"))


async def test_lapsed_leases_are_swept(node: Node):
    """Rows of leases that nobody freed do not pile up."""
    await node.ask("lease", key="k")
    node.clock.advance(LAPSE + timedelta(minutes=2))
    assert await node.records.drop_lapsed(node.clock.now()) == 1
    assert await node.desk.sweep(node.clock.now()) == 0
