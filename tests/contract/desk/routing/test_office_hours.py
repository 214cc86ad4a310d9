"""What becomes of visitors who come when a team is closed."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.routing_house import RoutingHouse

from callingcard.desk.errors import HoursInUse, HoursNotFound, TeamInUse, TeamNotFound
from callingcard.desk.model.routing import Holiday, Hours, Overflow, Span, Team
from callingcard.errors import Invalid

DAY = (Span(9 * 60, 17 * 60),)
OFFICE = Hours("office", "Europe/Berlin", (DAY,) * 7)
LATE = Hours("late", "Europe/Berlin", ((Span(17 * 60, 33 * 60),),) * 7)
EVENING = datetime(2030, 1, 1, 19, tzinfo=UTC)


async def office(routing: RoutingHouse, **changes: object) -> None:
    """Make a support team with office hours, of one agent who is here, at noon."""
    await routing.desk.put_hours(OFFICE)
    await routing.desk.put_hours(LATE)
    await routing.support("1", hours="office", **changes)


async def evening(routing: RoutingHouse) -> None:
    """Let it be 20:00 in Berlin, with everybody's app still open."""
    routing.clock.advance(EVENING - routing.clock.now())
    await routing.here("1", "2")


async def test_a_closed_team_gives_out_nothing_and_says_when_it_opens(routing: RoutingHouse):
    """The visitor is told a time that is computed from the hours.

    https://github.com/PostHog/posthog/issues/70074
    """
    await office(routing)
    await evening(routing)
    routed = await routing.routed()
    assert not routed.is_open
    assert routed.opens_at == datetime(2030, 1, 2, 8, tzinfo=UTC)
    assert await routing.agent_of(routed.conversation.id) is None


async def test_who_waited_overnight_is_given_out_in_the_morning(routing: RoutingHouse):
    """The beat notices that the office opened."""
    await office(routing)
    await evening(routing)
    talk = await routing.come()
    routing.clock.advance(timedelta(hours=13))
    await routing.here("1")
    assert await routing.agent_of(talk) == "1"


async def test_a_stand_in_takes_what_comes_out_of_hours(routing: RoutingHouse):
    """Nobody on duty is a way to go, and not a dead end."""
    await routing.team("night", "2")
    await office(routing, out_of_hours="night")
    await evening(routing)
    routed = await routing.routed()
    assert (routed.team, routed.is_open) == ("night", True)
    assert await routing.agent_of(routed.conversation.id) == "2"
    assert (await routing.steps_of(routed.conversation.id))[0] == "out_of_hours:fallback"


async def test_who_still_waits_at_closing_time_goes_to_the_stand_in(routing: RoutingHouse):
    """A queue is not locked in for the night."""
    await routing.team("night", "2")
    await office(routing, out_of_hours="night")
    talk = await routing.come()
    await evening(routing)
    await routing.away("1")
    await routing.attendance.beat()
    assert await routing.agent_of(talk) == "2"
    assert "out_of_hours:support" in await routing.steps_of(talk)


async def test_a_closed_team_takes_no_overflow(routing: RoutingHouse):
    """Who waits is not sent from an open queue into a closed one."""
    await routing.desk.put_hours(LATE)
    await routing.team("second", "2", hours="late")
    await routing.support("1", overflow=Overflow("second", timedelta(minutes=1)))
    talk = await routing.come()
    routing.clock.advance(timedelta(minutes=5))
    await routing.attendance.beat()
    assert (await routing.get(talk)).team == "support"


async def test_what_does_not_fit_together_is_refused(routing: RoutingHouse):
    """Unknown agents, hours and teams, and circles, are refused with the place of each."""
    await office(routing)
    wrong = {
        "agents.1": Team("x", ("1", "nobody@example.com")),
        "hours": Team("x", (), hours="none"),
        "out_of_hours": Team("x", (), out_of_hours="none"),
        "overflow.team": Team("x", (), overflow=Overflow("none", timedelta(minutes=1))),
        "overflow.after": Team("x", (), overflow=Overflow("support", timedelta(days=8))),
        "capacity": Team("x", (), capacity=0),
        "sticky": Team("x", (), sticky=timedelta(days=91)),
        "overflow": Team("x", (), overflow=Overflow("x", timedelta(minutes=1))),
    }
    for field, team in wrong.items():
        with pytest.raises(Invalid) as caught:
            await routing.desk.put_team(team)
        assert list(caught.value.fields) == [field]
    assert [team.name for team in await routing.desk.teams()] == ["support"]


async def test_hours_that_make_no_sense_are_refused(routing: RoutingHouse):
    """A zone that is none, spans that overlap, and a day that is there twice."""
    christmas = Holiday(EVENING.date(), "a day")
    wrong = {
        "zone": Hours("x", "Mars/Olympus", (DAY,) * 7),
        "days.tue": Hours("x", "UTC", (DAY, (*DAY, Span(600, 700)), *[DAY] * 5)),
        "holidays": Hours("x", "UTC", (DAY,) * 7, (christmas, christmas)),
        "holidays.0.spans": Hours(
            "x", "UTC", (DAY,) * 7, (Holiday(EVENING.date(), "a day", DAY + DAY),)
        ),
    }
    for field, hours in wrong.items():
        with pytest.raises(Invalid) as caught:
            await routing.desk.put_hours(hours)
        assert list(caught.value.fields) == [field]


async def test_what_is_in_use_is_not_deleted(routing: RoutingHouse):
    """A team that is sent conversations, or has visitors waiting, and the hours it keeps."""
    await office(routing)
    await routing.team("other")
    waiting = await routing.come(team="other")
    for name in ("support", "other"):
        with pytest.raises(TeamInUse):
            await routing.desk.delete_team(name)
    with pytest.raises(HoursInUse):
        await routing.desk.delete_hours("office")
    await routing.close(waiting)
    await routing.desk.delete_team("other")
    await routing.desk.delete_hours("late")
    with pytest.raises(TeamNotFound):
        await routing.desk.delete_team("other")
    with pytest.raises(HoursNotFound):
        await routing.desk.delete_hours("late")


async def test_hours_and_teams_are_read_as_they_were_kept(routing: RoutingHouse):
    """Every part comes back from the database, agents by their ids."""
    holiday = Holiday(EVENING.date(), "New Year", (Span(600, 1500),))
    hours = Hours(
        "odd", "Asia/Kolkata", (DAY, (), *[(*DAY, Span(1300, 1600))] * 5), (holiday,)
    )
    await routing.desk.put_hours(hours)
    assert await routing.desk.hours_named("odd") == hours
    await routing.support("1")
    team = Team(
        "odd",
        ("ada@example.com", "2"),
        hours="odd",
        sticky=timedelta(hours=1),
        overflow=Overflow("support", timedelta(seconds=90)),
        out_of_hours="support",
    )
    kept = await routing.desk.put_team(team)
    assert kept.agents == ("1", "2")
    assert await routing.desk.team("odd") == kept
