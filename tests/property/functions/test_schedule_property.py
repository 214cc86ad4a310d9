"""A schedule only goes forwards, whatever the line, the zone and the moment."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.functions.schedule import check_cron, last_due, next_due

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def part(low: int, high: int) -> st.SearchStrategy[str]:
    """Make one field of a cron line."""
    number = st.integers(low, high)
    steps = st.integers(1, 30).map(lambda n: f"*/{n}")
    pairs = st.tuples(number, number).map(lambda two: f"{min(two)}-{max(two)}")
    lists = st.lists(number, min_size=1, max_size=3).map(lambda n: ",".join(map(str, n)))
    return st.one_of(st.just("*"), number.map(str), steps, pairs, lists)


LINES = st.tuples(part(0, 59), part(0, 23), part(1, 28), part(1, 12), part(0, 6)).map(" ".join)
MOMENTS = st.integers(0, 10 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(LINES, st.sampled_from(ZONES), MOMENTS)
def test_the_next_time_is_later_and_on_the_minute(line: str, zone: str, after: datetime):
    """Each time is later than the one before, and none is between a time and its next."""
    check_cron(line, zone)
    first = next_due(line, zone, after)
    second = next_due(line, zone, first)
    assert after < first < second
    assert (first.second, first.microsecond, first.tzinfo) == (0, 0, UTC)
    assert next_due(line, zone, first - timedelta(microseconds=1)) == first


@given(LINES, st.sampled_from(ZONES), MOMENTS, st.integers(0, 60 * 24 * 3))
def test_the_last_due_time_is_the_one_before_the_next(
    line: str, zone: str, start: datetime, minutes: int
):
    """What is made up for after a stop is the latest due time, and nothing is left behind."""
    first = next_due(line, zone, start)
    now = first + timedelta(minutes=minutes)
    latest, passed = last_due(line, zone, first, now)
    assert first <= latest <= now
    assert (latest == first) == (passed == 0)
    assert next_due(line, zone, latest) > now


@pytest.mark.parametrize("zone", ZONES)
def test_a_daily_line_is_due_every_day_once(zone: str):
    """Through two changes of the clocks, half past two comes once each day."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    days: list[str] = []
    for _ in range(365):
        at = next_due("30 2 * * *", zone, at)
        days.append(at.astimezone(ZoneInfo(zone)).date().isoformat())
    assert days == sorted(set(days))
    assert len(days) == 365
