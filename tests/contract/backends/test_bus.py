"""A bus wakes whoever listens: at once in this process, soon in others, and never hangs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from tests.support.stores import frozen
from tools.with_services import Valkey, started

from callingcard.backends.bus import Bus
from callingcard.backends.choose import open_bus
from callingcard.backends.valkey import ValkeyBus
from callingcard.kit.clock import stopwatch

SOON = timedelta(seconds=5)
NEVER = timedelta(seconds=0.2)


@pytest.fixture(params=["memory", "valkey", "valkey that is down"])
def url(request: pytest.FixtureRequest) -> str:
    """Return what opens each kind of bus in turn."""
    if request.param == "valkey":
        return str(request.getfixturevalue("valkey_url"))
    return "memory" if request.param == "memory" else "redis://127.0.0.1:1/0"


@pytest.fixture
async def opened() -> AsyncIterator[Callable[[str], Bus]]:
    """Return what opens a bus that is closed at the end."""
    buses: list[Bus] = []

    def again(url: str) -> Bus:
        buses.append(open_bus(url))
        return buses[-1]

    yield again
    for bus in buses:
        bus.close()
        await bus.wait_closed()


@pytest.fixture
def bus(url: str, opened: Callable[[str], Bus]) -> Bus:
    """Return a bus of each kind in turn."""
    return opened(url)


async def heard(bus: Bus) -> None:
    """Return once a bus hears the others."""
    assert isinstance(bus, ValkeyBus)
    with bus.listen("anything"):
        async with asyncio.timeout(5):
            await bus._connected.wait()


async def woken(bus: Bus, topic: str, *, within: timedelta) -> bool:
    """Say whether news of *topic* come in time."""
    with bus.listen(topic) as ear:
        start = stopwatch()
        await ear.wait(within)
        return stopwatch() - start < within.total_seconds()


async def test_news_wake_who_listens_at_once(bus: Bus):
    """Whatever the state of the server that would tell others."""
    with bus.listen("a", "b") as ear:
        bus.notify("b")
        start = stopwatch()
        await ear.wait(SOON)
        assert stopwatch() - start < 5


async def test_news_of_other_topics_wake_nobody(bus: Bus):
    """Nor do news from before one listened."""
    bus.notify("a")
    with bus.listen("a") as ear:
        bus.notify("b")
        start = stopwatch()
        await ear.wait(NEVER)
        assert stopwatch() - start >= 0.19


async def test_news_between_two_waits_are_not_missed(bus: Bus):
    """They ring at the next wait."""
    with bus.listen("a") as ear:
        await ear.wait(timedelta(0))
        bus.notify("a")
        start = stopwatch()
        await ear.wait(SOON)
        assert stopwatch() - start < 5


async def test_closing_ends_every_wait(bus: Bus):
    """Those that begin later too, for a graceful stop."""
    with bus.listen("a") as ear:
        waiting = asyncio.create_task(ear.wait(SOON))
        await asyncio.sleep(0)
        bus.close()
        async with asyncio.timeout(1):
            await waiting
    assert bus.closed
    with bus.listen("a") as late:
        async with asyncio.timeout(1):
            await late.wait(SOON)
    async with asyncio.timeout(3):
        await bus.wait_closed()


async def test_nothing_is_left_of_those_who_stopped_listening(bus: Bus):
    """However many topics there were."""
    for number in range(100):
        with bus.listen(f"t{number}"):
            pass
    assert not bus._waiting


async def test_news_reach_the_other_processes(valkey_url: str, opened: Callable[[str], Bus]):
    """And ring once where they come from."""
    one, other = opened(valkey_url), opened(valkey_url)
    await heard(one)
    await heard(other)
    with one.listen("a") as mine, other.listen("a") as theirs:
        one.notify("a")
        start = stopwatch()
        await theirs.wait(SOON)
        assert stopwatch() - start < 2
        await mine.wait(SOON)
        start = stopwatch()
        await mine.wait(NEVER)  # no echo of one's own news
        assert stopwatch() - start >= 0.19


async def test_news_that_come_thick_and_fast_all_arrive(
    valkey_url: str, opened: Callable[[str], Bus]
):
    """A few hundred topics at once, in any language."""
    one, other = opened(valkey_url), opened(valkey_url)
    await heard(other)
    topics = [f"conversation:ü{number}" for number in range(300)]
    ears = [other.listen(topic).__enter__() for topic in topics]
    for topic in topics:
        one.notify(topic)
    assert all(await asyncio.gather(*(ear.wait(timedelta(seconds=5)) for ear in ears)))
    for ear in ears:
        ear.__exit__()


async def test_a_bus_connects_only_when_it_is_used(
    valkey_url: str, opened: Callable[[str], Bus]
):
    """A command that only needs the services opens no connection."""
    bus = opened(valkey_url)
    await asyncio.sleep(0.05)
    assert isinstance(bus, ValkeyBus)
    assert (bus._tasks, bus.connected) == ([], False)


@pytest.mark.parametrize("fault", ["killed", "hanging"])
async def test_a_bus_hears_again_once_the_server_is_back(
    valkey_url: str, opened: Callable[[str], Bus], fault: str
):
    """Meanwhile its own process loses nothing."""
    with started(Valkey) as service:
        one, other = opened(service.url), opened(service.url)
        await heard(one)
        await heard(other)
        assert isinstance(other, ValkeyBus)
        if fault == "killed":
            service.stop()
            await lost(other)
            service.start()
        else:
            with frozen(service):
                await lost(other)
        await heard(one)
        await heard(other)
        waiting = asyncio.create_task(woken(other, "a", within=SOON))
        await asyncio.sleep(0)
        one.notify("a")
        assert await waiting
        for bus in (one, other):
            bus.close()
            await bus.wait_closed()


async def lost(bus: ValkeyBus) -> None:
    """Return once a bus has seen that it hears nobody; its own readers still wake."""
    async with asyncio.timeout(10):
        while bus.connected:
            with bus.listen("own") as ear:
                bus.notify("own")
                async with asyncio.timeout(1):
                    await ear.wait(SOON)
            await asyncio.sleep(0.05)
