"""Schedules follow what is deployed, run once for each due time, and are missed aloud."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.support.background_house import House

from callingcard.errors import Invalid, LimitExceeded
from callingcard.functions.errors import UnknownFunction
from callingcard.functions.model.manifest import EventTrigger, ScheduleTrigger
from callingcard.functions.model.runs import RunState
from callingcard.functions.service.telling.triggers import TriggerDesk

HOURLY = ScheduleTrigger("0 * * * *")
DAILY = ScheduleTrigger("30 9 * * *", "Europe/Paris")


def due_times(house: House) -> list[str]:
    """Return the due times that functions were run for, as hours and minutes."""
    return [
        datetime.fromisoformat(order.extra["scheduled_at"]).strftime("%H:%M")
        for order in house.invokes.orders
    ]


async def test_schedules_follow_what_is_deployed(house: House):
    """A deploy brings a schedule, another line replaces it, a deletion takes it away."""
    house.deployed.deploy("report", HOURLY, EventTrigger("contact.created"), DAILY)
    await house.triggers.tick()
    found = await house.triggers.schedules("report")
    assert [(s.position, s.cron, s.next_at.isoformat()) for s in found] == [
        (0, "0 * * * *", "2030-01-01T13:00:00+00:00"),
        (2, "30 9 * * *", "2030-01-02T08:30:00+00:00"),
    ]
    house.deployed.deploy("report", DAILY)
    house.clock.advance(timedelta(seconds=5))
    await house.triggers.tick()
    assert [s.cron for s in await house.triggers.schedules()] == ["30 9 * * *"]
    del house.deployed.functions["report"]
    house.triggers.changed()
    await house.triggers.tick()
    assert await house.triggers.schedules() == []


async def test_a_new_deploy_of_the_same_line_moves_nothing(house: House):
    """A schedule's next time is its own, and not put off by deploying again and again."""
    house.deployed.deploy("report", HOURLY)
    await house.triggers.tick()
    await house.pass_(minutes=59)
    house.deployed.deploy("report", HOURLY)
    await house.pass_(minutes=1)
    assert due_times(house) == ["13:00"]


async def test_a_schedule_runs_when_it_is_due(house: House):
    """Each due time is one run, with the time it was due in its parameters."""
    house.deployed.deploy("report", HOURLY)
    await house.triggers.tick()
    for _ in range(4):
        await house.pass_(minutes=30)
    assert due_times(house) == ["13:00", "14:00"]
    order = house.invokes.orders[0]
    assert order.arguments == {"scheduled_at": "2030-01-01T13:00:00+00:00"}
    assert order.trigger == "schedule"
    (state,) = await house.triggers.schedules("report")
    assert (state.last_at, state.missed) == (datetime(2030, 1, 1, 14, tzinfo=UTC), 0)


async def test_of_many_servers_one_runs_it(house: House):
    """Ten servers look at the clock in the same moment: one run."""
    house.deployed.deploy("report", HOURLY)
    await house.triggers.tick()
    others = [
        TriggerDesk(
            house.units,
            house.deployed,
            house.triggers._orders,
            house.alerts,
            clock=house.clock,
        )
        for _ in range(10)
    ]
    house.clock.advance(timedelta(hours=1))
    made = await asyncio.gather(*[other.tick() for other in others])
    await house.work()
    assert sum(made) == 1
    assert due_times(house) == ["13:00"]


async def test_after_a_short_stop_the_latest_is_made_up_for(house: House):
    """It runs once, for the latest due time; those before it are missed."""
    house.deployed.deploy("often", ScheduleTrigger("*/5 * * * *"))
    await house.triggers.tick()
    await house.pass_(minutes=19)
    assert due_times(house) == ["12:15"]
    (state,) = await house.triggers.schedules()
    assert state.missed == 2
    (group,) = await house.groups()
    assert (group.kind, group.count, group.function) == ("missed", 2, "often")
    assert "2 due times of “*/5 * * * *” missed" in house.sender.to("fake://one")[0]


async def test_after_a_long_stop_nothing_is_made_up_for(house: House):
    """What was due long ago is not run any more, and somebody is told."""
    house.deployed.deploy("report", HOURLY)
    await house.triggers.tick()
    await house.pass_(hours=3, minutes=30)
    assert due_times(house) == []
    (state,) = await house.triggers.schedules()
    assert (state.missed, state.last_at) == (3, None)
    assert len(house.sender.sent) == 1
    await house.pass_(minutes=30)
    assert due_times(house) == ["16:00"]


async def test_a_year_of_missed_minutes_is_quick(house: House):
    """Very many missed times are counted as a thousand, and the next is still right."""
    house.deployed.deploy("often", ScheduleTrigger("* * * * *"))
    await house.triggers.tick()
    await house.pass_(days=365)
    (state,) = await house.triggers.schedules()
    assert state.missed == 1000
    assert due_times(house) == ["12:00"]
    assert state.next_at == house.clock.now() + timedelta(minutes=1)


async def test_a_failing_scheduled_run_is_not_repeated(house: House):
    """The next due time comes soon enough; the alert is sent."""
    house.deployed.deploy("report", HOURLY)
    house.invokes.outcome = lambda _: RunState.RAISED
    await house.triggers.tick()
    await house.pass_(hours=1)
    await house.pass_(minutes=10)
    assert due_times(house) == ["13:00"]
    assert [group.title for group in await house.groups()] == ["ValueError: it broke"]


async def test_a_run_that_finds_no_room_is_tried_again(house: House):
    """A full queue is no reason to leave a due time out."""
    full = LimitExceeded("too many runs wait", retry_after=timedelta(seconds=1))
    house.deployed.deploy("report", HOURLY)
    house.invokes.outcome = lambda order: (
        full if order.extra["attempt"] == "1" else RunState.SUCCEEDED
    )
    await house.triggers.tick()
    await house.pass_(hours=1)
    await house.pass_(seconds=10)
    assert [order.key[-2:] for order in house.invokes.orders] == [":1", ":2"]
    assert await house.groups() == []


async def test_a_run_that_never_finds_room_is_told(house: House):
    """After the fourth try it is given up, and an alert says why."""
    full = LimitExceeded("too many runs wait", retry_after=timedelta(seconds=1))
    house.deployed.deploy("report", HOURLY)
    house.invokes.outcome = lambda _: full
    await house.triggers.tick()
    await house.pass_(hours=1)
    for _ in range(6):
        await house.pass_(minutes=6)
    assert len(house.invokes.orders) == 4
    (group,) = await house.groups()
    assert group.title == "not run for its schedule: too many runs wait"


async def test_parameters_that_do_not_fit_are_told(house: House):
    """A function that wants what no schedule has is not run, and its author hears of it."""
    house.deployed.deploy("report", HOURLY)
    house.invokes.outcome = lambda _: Invalid("no", fields={"email": "is missing"})
    await house.triggers.tick()
    await house.pass_(hours=1)
    (group,) = await house.groups()
    assert group.title.endswith("its parameters do not fit: email is missing")


async def test_a_function_deleted_meanwhile_is_no_alarm(house: House):
    """Its job finds nothing to run, and that is all."""
    house.deployed.deploy("report", HOURLY)
    house.invokes.outcome = lambda _: UnknownFunction("there is no such function")
    await house.triggers.tick()
    await house.pass_(hours=1)
    assert await house.groups() == []


async def test_silence_is_told_once(house: House):
    """A schedule whose runs never come to an end sets off the dead man's alarm."""
    house.deployed.deploy("report", HOURLY)
    await house.triggers.tick()
    for _ in range(36):  # the clock moves on and nobody does the jobs
        house.clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
        await house.triggers.tick()
    silent = [group for group in await house.groups() if group.kind == "silent"]
    assert [(group.function, group.count) for group in silent] == [("report", 1)]
    await house.work()
    assert any("no run for “0 * * * *”" in said for said in house.sender.to("fake://one"))


async def test_a_server_that_has_just_begun_tells_of_no_silence(house: House):
    """After a weekend switched off, the first minutes are for making up."""
    house.deployed.deploy("report", HOURLY)
    await house.triggers.tick()
    house.clock.advance(timedelta(days=3))
    begun = TriggerDesk(
        house.units, house.deployed, house.triggers._orders, house.alerts, clock=house.clock
    )
    await begun.tick()
    assert [group.kind for group in await house.groups()] == ["missed"]
