"""A worker does what is due, keeps it meanwhile, and survives whatever fails."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from callingcard.backends import jobs
from callingcard.backends.jobs import Worker


@dataclass(frozen=True)
class Errand:
    """A job of a test."""

    id: str
    kind: str = "errand"


@dataclass
class Office:
    """Hands errands out, and remembers what became of them."""

    waiting: list[Errand] = field(default_factory=list[Errand])
    done: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    renewed: list[str] = field(default_factory=list[str])
    doing: int = 0
    most: int = 0
    breaks: bool = False
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    async def due(self, limit: int) -> Sequence[Errand]:
        """Hand out as many as are wanted."""
        if self.breaks:
            raise RuntimeError("the database is away")
        given, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return given

    async def perform(self, job: Errand) -> None:
        """Do it, or fail at a bad one."""
        self.doing += 1
        self.most = max(self.most, self.doing)
        try:
            await asyncio.sleep(0)
            if job.id.startswith("bad"):
                raise ValueError(job.id)
            if job.id.startswith("slow"):
                await self.hold.wait()
            self.done.append(job.id)
        finally:
            self.doing -= 1

    async def stumbled(self, job: Errand) -> bool:
        """Remember that it failed."""
        self.failed.append(job.id)
        return job.id != "bad-for-good"

    async def renew(self, job: Errand) -> bool:
        """Remember that it is still being done."""
        self.renewed.append(job.id)
        return True


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110  (there is no event for what a test looks at)
            await asyncio.sleep(0.005)


QUICK = timedelta(milliseconds=10)


async def test_everything_is_done_a_few_at_a_time():
    """More errands than there is room for are done in turns."""
    office = Office([Errand(str(n)) for n in range(20)])
    async with Worker(office, {}, at_once=3, every=timedelta(minutes=1)):
        await until(lambda: len(office.done) == 20)
    assert office.most <= 3


async def test_a_failing_errand_stops_nobody():
    """The others are done, and the office hears of the one that failed."""
    office = Office([Errand("bad"), Errand("bad-for-good"), Errand("good")])
    async with Worker(office, {}, every=QUICK):
        await until(lambda: len(office.failed) == 2 and office.done)
    assert (sorted(office.failed), office.done) == (["bad", "bad-for-good"], ["good"])


async def test_a_failing_beat_stops_neither_beats_nor_jobs():
    """Each beat goes on at the next turn, whatever another does."""
    beats: list[int] = []

    async def broken() -> None:
        raise RuntimeError("no database")

    async def steady() -> None:
        beats.append(1)

    office = Office([Errand("a")])
    async with Worker(office, {"broken": broken, "steady": steady}, every=QUICK):
        await until(lambda: len(beats) > 2 and office.done)
    assert office.done == ["a"]


async def test_a_database_that_is_away_is_waited_for():
    """When it is back, what was due is done."""
    office = Office([Errand("a")], breaks=True)
    async with Worker(office, {}, every=QUICK):
        await asyncio.sleep(0.03)
        office.breaks = False
        await until(lambda: office.done)
    assert office.done == ["a"]


async def test_what_takes_long_is_kept(monkeypatch: pytest.MonkeyPatch):
    """A loan is renewed for as long as the errand is being done, and not after."""
    monkeypatch.setattr(jobs, "RENEW_EVERY", QUICK)
    office = Office([Errand("slow")])
    async with Worker(office, {}, every=QUICK):
        await until(lambda: len(office.renewed) > 2)
        office.hold.set()
        await until(lambda: office.done)
        count = len(office.renewed)
        await asyncio.sleep(0.05)
        assert len(office.renewed) <= count + 1


async def test_news_are_looked_at_at_once():
    """Who wakes the worker need not wait for its next turn."""
    office = Office()
    async with Worker(office, {}, every=timedelta(hours=1)) as worker:
        await asyncio.sleep(0.01)
        office.waiting.append(Errand("a"))
        worker.wake()
        await until(lambda: office.done)
    assert office.done == ["a"]


async def test_stopping_leaves_nothing_running():
    """What was being done is ended, and is neither done nor failed: another takes it up."""
    office = Office([Errand("slow")])
    async with Worker(office, {}, every=QUICK):
        await until(lambda: office.doing)
    assert (office.doing, office.done, office.failed) == (0, [], [])
