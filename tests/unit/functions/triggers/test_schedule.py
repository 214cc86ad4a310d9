"""Cron lines are refused in words, and are due at the right moment in their zone."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from callingcard.functions.schedule import check_cron, last_due, next_due, period

FIVE = 'a cron line has five fields: minute, hour, day, month, weekday ("0 9 * * *")'


@pytest.mark.parametrize(
    ("line", "zone", "reason"),
    [
        ("", "UTC", FIVE),
        ("* * * * * *", "UTC", FIVE),
        ("@daily", "UTC", FIVE),
        (" ".join(["1," * 50 + "1"] * 5), "UTC", FIVE),
        ("61 * * * *", "UTC", "the field minute of this cron line is not right"),
        ("0 x * * *", "UTC", "the field hour of this cron line is not right"),
        ("0 0 * FOO *", "UTC", "the field month of this cron line is not right"),
        ("0 0 30 2 *", "UTC", "this cron line is never due"),
        ("0 0 32 1 *", "UTC", "the field day-of-month of this cron line is not right"),
        ("0 9 * * *", "Mars/Base", "this is no time zone; write it like Europe/Paris"),
        ("0 9 * * *", "../etc/passwd", "this is no time zone; write it like Europe/Paris"),
    ],
)
def test_a_wrong_line_is_refused_in_words(line: str, zone: str, reason: str):
    """The reason says what to write."""
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        check_cron(line, zone)


@pytest.mark.parametrize("line", ["0 9 * * MON-FRI", "*/5 * * * *", "0 0 L * *", "0 0 29 2 *"])
def test_a_right_line_is_taken(line: str):
    """Names, steps, the last of a month and leap days are lines as good as any."""
    check_cron(line, "Europe/Paris")


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-03-28T01:30", "2026-03-29T01:00"),  # the hour is missing: due when it is over
        ("2026-03-29T01:00", "2026-03-30T00:30"),
        ("2026-10-24T00:30", "2026-10-25T00:30"),  # the hour comes twice: due the first time
        ("2026-10-25T00:30", "2026-10-26T01:30"),
    ],
)
def test_clocks_that_change_are_borne(after: str, due: str):
    """Half past two in Paris comes once a day, also on the two odd days of the year."""
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert next_due("30 2 * * *", "Europe/Paris", moment) == expected


def test_what_was_due_now_is_the_latest():
    """A due time that is this very moment counts."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    assert last_due("0 * * * *", "UTC", first, first) == (first, 0)
    later = first + timedelta(days=400)
    assert last_due("* * * * *", "UTC", first, later) == (later, 1000)


def test_patience_fits_the_longest_wait():
    """A line for working days is not silent over a weekend."""
    assert period("0 9 * * MON-FRI", "UTC", datetime(2026, 1, 5, tzinfo=UTC)) == timedelta(
        days=3
    )
    assert period("*/5 * * * *", "UTC", datetime(2026, 1, 5, tzinfo=UTC)) == timedelta(
        minutes=5
    )
