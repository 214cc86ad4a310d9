"""People are told of a fault once, then ever more rarely, and of its end."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.background_house import URL, House

from callingcard.backends.database import Database
from callingcard.errors import Invalid
from callingcard.functions.model.alerts import GroupState
from callingcard.functions.model.runs import RunState
from callingcard.functions.service.telling.alert_rules import BUDGET, KEEP_TRYING
from callingcard.functions.service.telling.alerts import AlertDesk, SiteEvent, UnknownGroup
from callingcard.functions.service.telling.channels import UnknownChannel
from callingcard.kit.clock import FakeClock

ONE, TWO = "fake://one", "fake://two"


@pytest.fixture
def pair(database: Database, clock: FakeClock) -> House:
    """Return the background with two channels."""
    return House(database, clock, urls=(ONE, TWO))


async def test_a_fault_is_told_at_once_then_at_ten_and_a_hundred(house: House):
    """A hundred like failures are three messages and one group."""
    await house.fails(times=100)
    assert house.sender.to(ONE) == [
        "function f: ValueError: it broke",
        "function f: ValueError: it broke (10 times)",
        "function f: ValueError: it broke (100 times)",
    ]
    (group,) = await house.groups()
    assert (group.count, group.state, group.last_run) == (100, GroupState.ALERTED, "run-100")


async def test_failures_at_the_same_moment_are_counted_right(house: House):
    """Fifty runs that fail together, on two servers, are fifty, told at one and at ten."""
    other = AlertDesk(house.units, house.channels, clock=house.clock, public_url=URL)
    runs = [house.ended("f", RunState.RAISED) for _ in range(50)]
    desks = [house.alerts, other] * 25
    told = zip(desks, runs, strict=True)
    await asyncio.gather(*[desk.run_finished(run) for desk, run in told])
    await house.work()
    (group,) = await house.groups()
    assert group.count == 50
    assert 1 <= len(house.sender.sent) <= 2  # counted in a few goes, each past a mark or two


async def test_a_message_says_where_to_look_and_nothing_private(house: House):
    """It names the function, the failure, the count and the run, without an address."""
    await house.fails(message="no order for ada@example.com")
    ((_, subject, body),) = house.sender.sent
    assert "ada@example.com" not in subject + body
    assert "ValueError: no order for [redacted]" in body
    assert f"{URL}/app/runs/run-1" in body
    assert "Counted once" in body


async def test_other_faults_are_other_groups(house: House):
    """Another function, or another message, is another fault; another number is not."""
    await house.fails(message="no order 17")
    await house.fails(message="no order 18")
    await house.fails(message="no customer")
    await house.fails("g", message="no order 17")
    counts = sorted((group.function, group.count) for group in await house.groups())
    assert counts == [("f", 1), ("f", 2), ("g", 1)]


async def test_recovery_is_told_once(house: House):
    """The first success after five quiet minutes ends the fault; the second says nothing."""
    await house.fails()
    house.clock.advance(timedelta(minutes=5))
    await house.succeeds()
    await house.succeeds()
    assert house.sender.to(ONE)[1:] == ["function f works again"]
    (group,) = await house.groups()
    assert group.state is GroupState.RECOVERED


async def test_a_function_that_fails_now_and_then_has_not_recovered(house: House):
    """Successes between failures are no recovery, and cause no second alarm."""
    for _ in range(5):
        await house.fails()
        await house.succeeds()
        house.clock.advance(timedelta(minutes=1))
    assert len(house.sender.sent) == 1


async def test_another_version_that_works_is_a_recovery_at_once(house: House):
    """Who deploys a remedy need not wait to hear that it helped."""
    await house.fails()
    await house.succeeds(version="v2")
    assert house.sender.to(ONE)[1:] == ["function f works again"]


async def test_a_fault_that_comes_back_is_told_again(house: House):
    """After a recovery the count begins anew."""
    await house.fails(times=3)
    await house.succeeds(version="v2")
    await house.fails(version="v2")
    assert len(house.sender.sent) == 3
    (group,) = await house.groups()
    assert (group.count, group.streak, group.state) == (4, 1, GroupState.ALERTED)


async def test_a_muted_fault_is_counted_in_silence(house: House):
    """Until the mute is over nothing is said; then the next failure is told."""
    await house.fails()
    (group,) = await house.groups()
    await house.alerts.mute(group.fingerprint, house.clock.now() + timedelta(hours=1))
    await house.fails(times=20)
    assert len(house.sender.sent) == 1
    house.clock.advance(timedelta(hours=1))
    await house.fails()
    assert len(house.sender.sent) == 2
    await house.alerts.mute(group.fingerprint, None)
    house.clock.advance(timedelta(days=30))
    await house.fails()
    assert len(house.sender.sent) == 2
    (group,) = await house.groups()
    assert (group.count, group.state) == (23, GroupState.MUTED)


async def test_a_fault_is_heard_again_once_it_is_unmuted(house: House):
    """Its next failure is told, and so is its end; unmuting twice says nothing more."""
    await house.fails()
    (group,) = await house.groups()
    await house.alerts.mute(group.fingerprint, None)
    await house.fails(times=3)
    for _ in range(2):
        heard = await house.alerts.unmute(group.fingerprint)
        assert (heard.state, heard.muted_until) == (GroupState.ALERTED, None)
    assert len(house.sender.sent) == 1
    await house.fails()
    assert house.sender.to(ONE)[1:] == ["function f: ValueError: it broke (5 times)"]
    await house.alerts.mute(group.fingerprint, None)
    await house.alerts.unmute(group.fingerprint)
    await house.succeeds(version="v2")
    assert house.sender.to(ONE)[2:] == ["function f works again"]
    assert (await house.alerts.unmute(group.fingerprint)).state is GroupState.RECOVERED
    with pytest.raises(UnknownGroup):
        await house.alerts.unmute("v1-nothing")


async def test_a_fault_can_be_called_over(house: House):
    """Resolving says nothing to anybody, and the next failure is told."""
    await house.fails()
    (group,) = await house.groups()
    assert (await house.alerts.resolve(group.fingerprint)).state is GroupState.RECOVERED
    await house.fails()
    assert len(house.sender.sent) == 2
    with pytest.raises(UnknownGroup):
        await house.alerts.resolve("v1-nothing")


async def test_a_run_in_the_editor_alarms_nobody(house: House):
    """Who runs a function by hand sees what comes of it."""
    run = house.ended("f", RunState.RAISED, trigger="editor")
    await house.alerts.run_finished(run)
    assert await house.groups() == []


async def test_a_run_that_is_tried_again_alarms_nobody_yet(house: House):
    """Cut off, or with tries left, its job sees to it; a run that a caller made has no job."""
    ordered = {"job": "schedule:f:0:noon", "attempt": "1"}
    for state, extra in (
        (RunState.LOST, ordered),
        (RunState.LOST, {**ordered, "retries_left": "0"}),
        (RunState.RAISED, {**ordered, "retries_left": "2"}),
    ):
        await house.alerts.run_finished(house.ended("f", state, extra=extra))
    assert await house.groups() == []
    await house.alerts.run_finished(house.ended("f", RunState.LOST))
    await house.alerts.run_finished(house.ended("g", RunState.RAISED, extra=ordered))
    assert sorted(str(group.function) for group in await house.groups()) == ["f", "g"]


async def test_a_sites_trouble_and_its_end_are_told(house: House):
    """A site that trips is an alert, and so is its return, at once."""
    happened: tuple[tuple[SiteEvent, str], ...] = (
        ("site.tripped", "HubSpot refuses the access token"),
        ("site.recovered", ""),
        ("abuse.suspected", "many addresses from one source"),
    )
    for kind, detail in happened:
        await house.alerts.site_event(kind, "shop", detail)
        await house.work()
    assert house.sender.to(ONE) == [
        "site shop: tokens are not issued: HubSpot refuses the access token",
        "site shop works again",
        "site shop: abuse is suspected: many addresses from one source",
    ]
    assert {group.function for group in await house.groups()} == {None}


async def test_a_flood_becomes_one_message(house: House):
    """After twenty messages in an hour the others are gathered, and sent when it is over."""
    for number in range(BUDGET + 70):
        await house.fails(f"f{number}")
    assert len(house.sender.sent) == BUDGET
    await house.pass_(hours=1)
    assert len(house.sender.sent) == BUDGET + 1
    body = house.sender.sent[-1][2]
    assert "- function f20: ValueError: it broke" in body
    assert "… and 20 more" in body
    assert len(body.splitlines()) == 52


async def test_a_message_that_does_not_arrive_is_sent_again(house: House):
    """It goes out when the channel is back, and shows meanwhile what was wrong."""
    house.sender.down.add(ONE)
    await house.fails()
    (waiting,) = await house.deliveries()
    assert (waiting.state, waiting.problem) == ("waiting", "the service answered 503")
    house.sender.down.clear()
    await house.pass_(seconds=30)
    (sent,) = await house.deliveries()
    assert (sent.state, sent.problem, sent.attempts) == ("sent", None, 2)
    (channel,) = await house.channels.all()
    assert (channel.kind, channel.last_problem, channel.from_settings) == ("fake", None, True)


async def test_a_channel_that_fails_is_told_by_the_others(pair: House):
    """At the third failure the other channel hears of it, and later of its return."""
    pair.sender.down.add(ONE)
    await pair.fails()
    await pair.pass_(seconds=30)
    assert len(pair.sender.to(TWO)) == 1
    await pair.pass_(seconds=60)
    assert pair.sender.to(TWO)[1:] == [
        "channel settings-1: alerts do not arrive: the service answered 503"
    ]
    pair.sender.down.clear()
    await pair.pass_(seconds=120)
    assert pair.sender.to(TWO)[2:] == ["channel settings-1 works again"]


async def test_two_channels_that_fail_do_not_talk_about_it_for_ever(pair: House):
    """What one channel cannot say about the other is told to nobody else."""
    pair.sender.down |= {ONE, TWO}
    await pair.fails()
    for _ in range(60):
        await pair.pass_(hours=1)
    deliveries = await pair.deliveries()
    assert {delivery.state for delivery in deliveries} == {"failed"}
    assert len(deliveries) == 4  # the alert, and that it did not arrive, for each
    assert pair.sender.sent == []


async def test_a_day_later_a_message_is_given_up(house: House):
    """It is kept as failed, with what was wrong."""
    house.sender.down.add(ONE)
    await house.fails()
    for _ in range(30):
        await house.pass_(hours=1)
    (failed,) = await house.deliveries()
    assert failed.state == "failed"
    assert failed.attempts > KEEP_TRYING / timedelta(hours=1)
    assert await house.work() == []


async def test_a_channel_of_the_app_is_sealed_and_used(house: House):
    """Its URL is nowhere in the database in plain, and messages go to it."""
    added = await house.channels.add("Team", TWO + "/hidden-token")
    async with house.database.reading() as connection:
        kept = (
            await connection.exec_driver_sql("select * from functions_alert_channels")
        ).all()
    assert b"hidden-token" not in bytes(kept[0].sealed_url)
    assert "hidden-token" not in repr(kept[0][:3])
    await house.fails()
    assert house.sender.to(TWO + "/hidden-token") == ["function f: ValueError: it broke"]
    await house.channels.drop(added.id)
    await house.fails("g")
    assert len(house.sender.to(TWO + "/hidden-token")) == 1
    for gone in (added.id, "settings-1"):
        with pytest.raises(UnknownChannel):
            await house.channels.drop(gone)


async def test_a_channel_that_cannot_be_is_refused(house: House):
    """A wrong URL and an empty name are told apart, and no URL is quoted."""
    with pytest.raises(Invalid) as refused:
        await house.channels.add(" ", "no url with-a-secret")
    assert refused.value.fields == {"name": "1 to 100 characters", "url": "write a URL"}


async def test_a_message_for_a_channel_that_is_gone_fails(house: House):
    """Whoever removes a channel stops what is on its way to it."""
    added = await house.channels.add("Team", TWO)
    house.sender.down.add(TWO)
    await house.fails()
    await house.channels.drop(added.id)
    await house.pass_(seconds=30)
    states = {d.channel: (d.state, d.problem) for d in await house.deliveries()}
    assert states[added.id] == ("failed", "the channel is gone")


async def test_a_test_goes_to_every_channel(pair: House):
    """It says for each channel whether it arrived, now."""
    pair.sender.down.add(TWO)
    went = await pair.channels.test()
    assert [(d.channel, d.state, d.problem) for d in went] == [
        ("settings-1", "sent", None),
        ("settings-2", "failed", "the service answered 503"),
    ]
    assert await pair.work() == []


async def test_old_groups_are_forgotten(house: House):
    """Ninety days after the last failure a group goes, unless it is muted for good."""
    await house.fails("f")
    await house.fails("g")
    muted = next(group for group in await house.groups() if group.function == "g")
    await house.alerts.mute(muted.fingerprint, None)
    house.clock.advance(timedelta(days=91))
    assert await house.alerts.sweep() == 3  # one group, two deliveries
    assert [group.function for group in await house.groups()] == ["g"]
