"""Places are given out fairly, and nobody waits for ever."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.backends.gate import AsyncBell
from callingcard.errors import LimitExceeded
from callingcard.functions.errors import SandboxUnavailable
from callingcard.functions.service.running.queue import RunQueue, Turns

MOVES = st.lists(
    st.tuples(st.sampled_from(["enter", "leave", "give up"]), st.sampled_from("abc")),
    max_size=120,
)


def queue(at_once: int = 2, line: int = 10, longest: float = 30) -> RunQueue:
    """Return a queue."""
    return RunQueue(AsyncBell, at_once=at_once, line=line, longest=timedelta(seconds=longest))


@given(moves=MOVES, at_once=st.integers(1, 6))
def test_places_are_never_overbooked_and_never_wasted(
    moves: list[tuple[str, str]], at_once: int
):
    """At any time: no more runs than places, no function over its share, none idle in vain."""
    turns = Turns[int](at_once=at_once, line=5)
    running: dict[str, int] = dict.fromkeys("abc", 0)
    waiting: dict[str, list[int]] = {name: [] for name in "abc"}
    share = max(1, at_once * 3 // 4)
    for number, (move, name) in enumerate(moves):
        if move == "enter":
            entered = turns.enter(name, number)
            if entered:
                running[name] += 1
            elif entered is False:
                waiting[name].append(number)
            else:
                assert len(waiting[name]) == 5
        elif move == "leave" and running[name]:
            running[name] -= 1
            for served in turns.leave(name):
                owner = next(n for n in waiting if served in waiting[n])
                assert waiting[owner].pop(0) == served  # first come, first served
                running[owner] += 1
        elif move == "give up" and waiting[name]:
            assert turns.give_up(name, waiting[name].pop())
        assert turns.running == sum(running.values()) <= at_once
        assert all(count <= share for count in running.values())
        idle = at_once - turns.running
        assert not idle or all(not waiting[n] or running[n] >= share for n in "abc")


@given(busy=st.integers(0, 300), at_once=st.integers(1, 8), others=st.integers(1, 10))
def test_a_busy_function_cannot_starve_others(busy: int, at_once: int, others: int):
    """However many calls of one function wait, each other's is served within one round."""
    turns = Turns[str](at_once=at_once, line=1000)
    running = [who for who in ["busy"] * (busy + at_once) if turns.enter("busy", who)]
    names = [f"other {number}" for number in range(others)]
    waiting = {name for name in names if not turns.enter(name, name)}
    assert at_once == 1 or len(waiting) < others  # a place stays free of the busy one
    running += [name for name in names if name not in waiting]
    for _ in range(others + 1):
        served = turns.leave(running.pop(0))
        running += served
        waiting -= set(served)
        if not running:
            break
    assert waiting == set()


async def test_a_call_waits_for_its_turn():
    """The third of two places runs once one is free."""
    line = queue(at_once=2)
    order: list[str] = []

    async def run(name: str, what: str) -> None:
        async with line.turn(name):
            order.append(what)
            await asyncio.sleep(0)

    await asyncio.gather(run("a", "1"), run("a", "2"), run("b", "3"))
    assert sorted(order) == ["1", "2", "3"]
    assert line.running == 0
    assert line.waiting() == {}


async def test_a_full_line_is_told_at_once():
    """Who would have to wait behind too many others is told to come again."""
    line = queue(at_once=1, line=0)
    async with line.turn("a"):
        with pytest.raises(LimitExceeded) as refused:
            async with line.turn("a"):
                pass
    assert refused.value.retry_after == timedelta(seconds=1)


async def test_nobody_waits_for_ever():
    """A call whose turn does not come in time is refused, and its place in line is gone."""
    line = queue(at_once=1, longest=0.01)
    async with line.turn("a"):
        with pytest.raises(LimitExceeded):
            async with line.turn("a"):
                pass
        assert line.waiting() == {}


async def test_a_caller_that_leaves_frees_its_place():
    """Cancelled while waiting, or just when it was served, a call holds nothing."""
    line = queue(at_once=1)

    async def wait() -> None:
        async with line.turn("a"):
            pass

    async with line.turn("a"):
        waiting = asyncio.create_task(wait())
        served = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        assert line.waiting() == {"a": 1}
    served.cancel()
    await asyncio.gather(waiting, served, return_exceptions=True)
    assert line.running == 0
    await asyncio.wait_for(wait(), 1)


async def test_a_stop_waits_for_the_runs_and_refuses_the_rest():
    """Whoever waits is told that the server stops; what runs may end."""
    line = queue(at_once=1)
    go = asyncio.Event()

    async def run() -> str:
        async with line.turn("a"):
            await go.wait()
            return "done"

    running, waiting = asyncio.create_task(run()), asyncio.create_task(run())
    await asyncio.sleep(0)
    draining = asyncio.create_task(line.drain(timedelta(seconds=5)))
    with pytest.raises(SandboxUnavailable):
        await waiting
    go.set()
    assert await running == "done"
    assert await draining is True
    with pytest.raises(SandboxUnavailable):
        await run()
