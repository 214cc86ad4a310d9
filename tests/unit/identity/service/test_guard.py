"""The guard calls a platform as often as it may, and no more while it fails."""

from datetime import UTC, datetime, timedelta

import pytest

from callingcard.errors import UpstreamError
from callingcard.identity.errors import PlatformRefused, PlatformUnavailable
from callingcard.identity.service.guard import Guard, Permit

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DOWN = PlatformUnavailable("down")


def a_guard() -> Guard:
    """Return a guard that no quota holds up."""
    return Guard((10_000, SECOND))


def permit(guard: Guard, now: datetime) -> Permit:
    """Return a permit, which there must be."""
    found = guard.ask(now)
    assert isinstance(found, Permit)
    return found


def fail(guard: Guard, now: datetime, times: int = 1, error: UpstreamError = DOWN) -> None:
    """Let calls fail at *now*, each with all its attempts."""
    for _ in range(times):
        one = permit(guard, now)
        guard.ended(one, now, error, one.attempts)


def test_five_failures_open_the_breaker_at_once():
    """After that nobody waits for a call that would fail."""
    guard = a_guard()
    fail(guard, NOON, 5)
    with pytest.raises(PlatformUnavailable) as caught:
        guard.ask(NOON)
    assert (caught.value.retry_after, guard.trouble) == (5 * SECOND, DOWN)


def test_a_few_failures_among_many_calls_do_not():
    """A platform that mostly answers is asked."""
    guard = a_guard()
    for _ in range(4):
        fail(guard, NOON)
        for _ in range(2):
            guard.ended(permit(guard, NOON), NOON, None, 1)
    fail(guard, NOON)
    assert guard.trouble is None


def test_one_probe_finds_out_whether_it_is_over():
    """The others are told to wait meanwhile, and a success closes the breaker."""
    guard = a_guard()
    fail(guard, NOON, 5)
    later = NOON + 6 * SECOND
    probe = permit(guard, later)
    assert Permit(1, is_probe=True) == probe
    with pytest.raises(PlatformUnavailable):
        guard.ask(later)
    assert guard.ended(probe, later, None, 1)
    assert (guard.trouble, permit(guard, later).is_probe) == (None, False)


def test_each_probe_that_fails_doubles_the_wait_up_to_a_minute():
    """A platform that is down for hours is asked once a minute."""
    guard, now, waits = a_guard(), NOON, []
    fail(guard, now, 5)
    for _ in range(6):
        with pytest.raises(PlatformUnavailable) as caught:
            guard.ask(now)
        waits.append(caught.value.retry_after.total_seconds())
        now += caught.value.retry_after
        fail(guard, now)
    assert waits == [5, 10, 20, 40, 60, 60]


def test_a_probe_that_nobody_heard_of_again_is_replaced():
    """Its process may be dead."""
    guard = a_guard()
    fail(guard, NOON, 5)
    permit(guard, NOON + 6 * SECOND)
    assert permit(guard, NOON + 22 * SECOND).is_probe


def test_a_clock_that_was_set_back_does_not_keep_the_breaker_open():
    """An hour of nothing would be the price of a corrected clock."""
    guard = a_guard()
    fail(guard, NOON, 5)
    assert permit(guard, NOON - timedelta(hours=1)).is_probe


def test_a_clock_that_was_set_back_does_not_use_up_the_quota():
    """What was counted lies in the future then, and would never be paid off."""
    guard = Guard((1, 10 * SECOND))
    permit(guard, NOON)
    assert permit(guard, NOON - timedelta(hours=1)).attempts >= 1


def test_a_platform_that_asks_us_to_wait_is_left_alone_for_as_long():
    """Retry-After counts for everybody, not just for whoever was told."""
    guard = a_guard()
    busy = PlatformUnavailable("busy", retry_after=7 * SECOND)
    fail(guard, NOON, 1, busy)
    with pytest.raises(PlatformUnavailable) as caught:
        guard.ask(NOON + 3 * SECOND)
    assert caught.value.retry_after == 4 * SECOND
    assert permit(guard, NOON + 7 * SECOND).attempts >= 1


def test_a_refused_key_trips_the_site_and_a_refused_visitor_does_not():
    """The one is the operator's to mend, the other concerns one person."""
    guard = a_guard()
    fail(guard, NOON, 8, PlatformRefused("this visitor"))
    assert guard.trouble is None
    fail(guard, NOON, 1, PlatformRefused("this key", whole_site=True))
    with pytest.raises(PlatformRefused):
        guard.ask(NOON + 59 * SECOND)
    assert permit(guard, NOON + 60 * SECOND).is_probe


def test_the_quota_tells_how_long_to_wait():
    """Below the platform's own limit, it never has to refuse us."""
    guard = Guard((8, 12 * SECOND))
    asked = [guard.ask(NOON) for _ in range(3)]
    assert [isinstance(one, Permit) or one for one in asked] == [True, True, 2 * SECOND]


@pytest.mark.parametrize(("calls", "span"), [(80, 10), (3, 1), (1, 5)])
def test_no_span_of_time_sees_more_calls_than_the_quota(calls: int, span: int):
    """Not the one that begins when a rested bucket is emptied, either."""
    guard, made = Guard((calls, timedelta(seconds=span))), list[datetime]()
    for tick in range(40 * span):
        now = NOON + timedelta(milliseconds=100 * tick)
        while isinstance(guard.ask(now), Permit):
            made.append(now)
    most = max(sum(one <= m < one + span * SECOND for m in made) for one in made)
    assert 0 < most <= calls


def test_a_crowd_cannot_spend_one_budget_twice():
    """All of them ask before the first has failed."""
    guard = a_guard()
    permits = [permit(guard, NOON) for _ in range(100)]
    attempts = sum(one.attempts for one in permits)
    for one in permits:
        guard.ended(one, NOON, DOWN, one.attempts)
    assert attempts <= 110


def test_what_was_not_used_of_a_permit_is_given_back():
    """Calls that were not made cost nothing, and leave the quota as it was."""
    guard = Guard((1, 10 * SECOND))
    for _ in range(50):
        one = permit(guard, NOON)
        assert one.attempts == 3
        guard.lost(one)


def test_a_call_that_began_before_the_trouble_changes_nothing():
    """Neither an old success nor an old failure knows of a key refused since."""
    guard = a_guard()
    old = [permit(guard, NOON) for _ in range(3)]
    forbidden = PlatformRefused("this key", whole_site=True)
    assert guard.ended(old[0], NOON, forbidden, 1)
    assert not guard.ended(old[1], NOON, None, 1)
    assert not guard.ended(old[2], NOON, DOWN, 1)
    assert guard.trouble is forbidden


def test_a_refused_key_is_news_also_while_the_breaker_is_open():
    """The operator has to act now, and not just to wait."""
    guard = a_guard()
    fail(guard, NOON, 5)
    probe = permit(guard, NOON + 6 * SECOND)
    forbidden = PlatformRefused("this key", whole_site=True)
    assert guard.ended(probe, NOON + 6 * SECOND, forbidden, 1)


def test_refusing_needs_no_permit():
    """Whoever asks it first is told at once, and the probe is left to whoever calls."""
    guard = a_guard()
    guard.refuse(NOON)
    fail(guard, NOON, 5)
    with pytest.raises(PlatformUnavailable):
        guard.refuse(NOON)
    guard.refuse(NOON + 6 * SECOND)
    assert permit(guard, NOON + 6 * SECOND).is_probe


@pytest.mark.parametrize("minutes", [60, 600])
def test_an_outage_is_not_made_worse_by_repeating(minutes: int):
    """With a visitor a second, attempts stay within 1.1 times the calls."""
    guard, calls, attempts = a_guard(), 0, 0
    for second in range(minutes * 60):
        now = NOON + second * SECOND
        try:
            one = permit(guard, now)
        except PlatformUnavailable:
            continue
        calls += 1
        attempts += one.attempts
        guard.ended(one, now, DOWN, one.attempts)
    assert calls <= minutes * 1.2 + 10
    assert attempts <= 1.1 * calls


def test_a_blip_is_repeated_away():
    """The first call of a process may be made three times."""
    assert permit(a_guard(), NOON).attempts == 3
