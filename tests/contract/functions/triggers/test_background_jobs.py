"""Jobs are done at least once, by one worker at a time, in the order of their line."""

import asyncio
from datetime import timedelta

from tests.support.background_house import House

from callingcard.functions.model.jobs import Job, NewJob
from callingcard.functions.service.telling.jobs import KEPT, LOAN, JobDesk, TryAgain


async def add(house: House, *names: str, line: str = "", kind: str = "note") -> int:
    """Add jobs of these ids, due now."""
    now = house.clock.now()
    jobs = [NewJob(name, kind, {"n": name}, now, line) for name in names]
    async with house.units.writing() as unit:
        return await unit.jobs.add(jobs, now=now)


def notes(house: House, seen: list[str]) -> JobDesk:
    """Return a desk whose handler writes down which job it did."""

    async def note(job: Job) -> None:
        seen.append(job.id)

    return JobDesk(house.units, {"note": note}, clock=house.clock)


async def test_a_job_is_added_once(house: House):
    """A job of an id that was ever added is nothing new, also after it is done."""
    seen: list[str] = []
    desk = notes(house, seen)
    assert await add(house, "a", "b") == 2
    assert await add(house, "a") == 0
    for job in await desk.due(10):
        await desk.perform(job)
    assert await add(house, "a") == 0
    assert await desk.due(10) == ()
    assert seen == ["a", "b"]


async def test_two_workers_never_hold_one_job(house: House):
    """Of many who look at the same moment, each job goes to one."""
    await add(house, *[f"job-{n:02}" for n in range(20)])
    first, second = notes(house, []), notes(house, [])
    taken = await asyncio.gather(*[desk.due(7) for desk in (first, second) * 3])
    ids = [job.id for jobs in taken for job in jobs]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) >= 7


async def test_a_dead_workers_job_is_taken_up_again(house: House):
    """What a worker does not finish is another's when the loan is over, with a new number."""
    await add(house, "a")
    desk = notes(house, [])
    (lost,) = await desk.due(1)
    assert await desk.due(1) == ()
    house.clock.advance(LOAN)
    (again,) = await desk.due(1)
    assert (lost.attempt, again.attempt) == (1, 2)
    assert not await desk.renew(lost)
    assert await desk.renew(again)


async def test_a_late_worker_cannot_end_anothers_attempt(house: House):
    """Who comes back after the loan was over changes nothing."""
    await add(house, "a")
    seen: list[str] = []
    desk = notes(house, seen)
    (lost,) = await desk.due(1)
    house.clock.advance(LOAN)
    (again,) = await desk.due(1)
    async with house.units.writing() as unit:
        assert not await unit.jobs.end(lost, now=house.clock.now())
    await desk.perform(again)
    assert seen == ["a"]


async def test_a_loan_that_is_renewed_is_kept(house: House):
    """A worker that goes on working is not disturbed."""
    await add(house, "a")
    desk = notes(house, [])
    (job,) = await desk.due(1)
    for _ in range(3):
        house.clock.advance(LOAN / 2)
        assert await desk.renew(job)
        assert await desk.due(1) == ()


async def test_a_line_is_done_in_its_order(house: House):
    """Of one line only the first is lent; others of no line go on beside it."""
    await add(house, "a1", "a2", line="a")
    house.clock.advance(timedelta(seconds=1))
    await add(house, "a0", line="a")
    await add(house, "free")
    desk = notes(house, [])
    order: list[str] = []
    while jobs := await desk.due(10):
        order += [job.id for job in jobs]
        for job in jobs:
            await desk.perform(job)
    assert order == ["a1", "free", "a2", "a0"]


async def test_a_job_that_asks_for_it_is_tried_again(house: House):
    """It waits as long as it asks for, and holds its line up meanwhile."""
    tries: list[int] = []

    async def later(job: Job) -> None:
        tries.append(job.attempt)
        if job.attempt < 3:
            raise TryAgain(timedelta(minutes=1))

    desk = JobDesk(house.units, {"note": later}, clock=house.clock)
    await add(house, "a", line="x")
    for _ in range(4):
        for job in await desk.due(10):
            await desk.perform(job)
        assert await desk.due(10) == ()
        house.clock.advance(timedelta(minutes=1))
    assert tries == [1, 2, 3]


async def test_a_fault_of_ours_is_tried_ten_times(house: House):
    """A handler that breaks does not go on for ever."""
    await add(house, "a")
    desk = notes(house, [])
    kept: list[bool] = []
    for _ in range(12):
        kept += [await desk.stumbled(job) for job in await desk.due(1)]
        house.clock.advance(timedelta(hours=1))
    assert kept == [True] * 9 + [False]


async def test_what_ended_is_forgotten_after_a_while(house: House):
    """The id of a job is remembered for two days after its end, its payload not at all."""
    await add(house, "a")
    desk = notes(house, [])
    for job in await desk.due(1):
        await desk.perform(job)
    house.clock.advance(KEPT)
    assert await desk.sweep() == 0
    house.clock.advance(timedelta(seconds=1))
    assert await desk.sweep() == 1
    assert await add(house, "a") == 1


async def test_a_line_is_forgotten_whoever_is_told_of_it(house: House):
    """What one conversation was about to tell goes; another of a longer number stays."""
    await add(house, "a", line="greet conversation 51")
    await add(house, "b", line="count conversation 51")
    await add(house, "c", line="greet conversation 512")
    desk = notes(house, [])
    assert await desk.forget(["conversation 51", "contact 7"]) == 2
    assert await desk.forget([]) == 0
    assert [job.id for job in await desk.due(10)] == ["c"]
