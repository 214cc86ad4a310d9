"""Office hours over lunch, midnight, holidays and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.desk.model.routing import Holiday, Hours, Span
from callingcard.desk.routing.hours import DAY, OfficeHours, overlaps, parse_span, span_text

BERLIN = "Europe/Berlin"
CHRISTMAS = date(2030, 12, 25)


def office(*days: str, zone: str = BERLIN, holidays: tuple[Holiday, ...] = ()) -> OfficeHours:
    """Return an office; each of *days* is a weekday's spans, Monday first."""
    week = [tuple(parse_span(span) for span in day.split()) for day in days]
    return OfficeHours(Hours("office", zone, (*week, *[()] * (7 - len(week))), holidays))


def berlin(text: str, *, fold: int = 0) -> datetime:
    """Return a moment by the clock of Berlin."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN), fold=fold)
    return local.astimezone(UTC)


def test_a_day_has_several_spans():
    """Lunch is closed: the office opens twice a day."""
    hours = office("09:00-12:00 13:00-17:00")
    assert hours.is_open(berlin("2030-01-07T11:59"))
    assert not hours.is_open(berlin("2030-01-07T12:00"))
    assert hours.next_opening(berlin("2030-01-07T12:10")) == berlin("2030-01-07T13:00")
    assert hours.next_closing(berlin("2030-01-07T12:10")) == berlin("2030-01-07T17:00")


def test_a_night_shift_goes_over_midnight():
    """A span that ends before it begins ends on the next day, also from Sunday to Monday."""
    hours = office("", "", "", "", "", "", "22:00-06:00")
    assert hours.is_open(berlin("2030-01-07T05:59"))
    assert not hours.is_open(berlin("2030-01-07T06:00"))
    assert hours.next_closing(berlin("2030-01-06T23:00")) == berlin("2030-01-07T06:00")


def test_spans_that_meet_at_midnight_are_one():
    """An office that never shuts between two days does not close at midnight."""
    hours = office("18:00-24:00", "00:00-08:00")
    assert hours.next_closing(berlin("2030-01-07T20:00")) == berlin("2030-01-08T08:00")
    assert hours.next_opening(berlin("2030-01-07T20:00")) == berlin("2030-01-14T18:00")


def test_a_holiday_replaces_the_spans_of_its_day():
    """On a holiday nothing begins but its own spans; the night before is worked to its end."""
    every = ["22:00-06:00"] * 7
    half = Holiday(date(2030, 12, 24), "Christmas Eve", (parse_span("09:00-12:00"),))
    hours = office(*every, holidays=(Holiday(CHRISTMAS, "Christmas"), half))
    assert hours.is_open(berlin("2030-12-24T05:00"))
    assert hours.is_open(berlin("2030-12-24T10:00"))
    assert not hours.is_open(berlin("2030-12-24T23:00"))
    assert not hours.is_open(berlin("2030-12-25T23:00"))
    assert hours.next_opening(berlin("2030-12-24T12:00")) == berlin("2030-12-26T22:00")


def test_it_opens_by_the_wall_clock_after_the_clocks_change():
    """09:00 stays 09:00 in summer and winter, though the day has 23 or 25 hours."""
    hours = office(*["09:00-17:00"] * 7)
    assert hours.next_opening(berlin("2030-03-30T18:00")) == berlin("2030-03-31T09:00")
    assert hours.next_opening(berlin("2030-10-26T18:00")) == berlin("2030-10-27T09:00")
    assert berlin("2030-03-31T09:00") - berlin("2030-03-30T09:00") == timedelta(hours=23)


def test_an_hour_that_comes_twice_is_worked_twice_without_a_break():
    """When the clocks go back, a span that ends in the hour ends in its second coming."""
    hours = office(*["22:00-02:30"] * 7)
    opened, end = berlin("2030-10-26T22:00"), berlin("2030-10-27T02:30", fold=1)
    assert hours.next_closing(opened) == end
    assert hours.is_open(berlin("2030-10-27T02:45", fold=0))
    assert end - opened == timedelta(hours=5, minutes=30)


def test_a_span_in_the_hour_that_is_left_out_begins_with_the_change():
    """When the clocks go forward, 02:30 is never shown, and the office opens at 03:00."""
    hours = office(*["02:30-05:00"] * 7)
    assert hours.next_opening(berlin("2030-03-31T01:00")) == berlin("2030-03-31T03:00")
    never = office(*["02:10-02:50"] * 7)
    assert never.next_opening(berlin("2030-03-30T12:00")) == berlin("2030-04-01T02:10")


def test_who_is_always_or_never_open_changes_never():
    """Without an opening or a closing to come there is no time to tell."""
    at = berlin("2030-01-07T12:00")
    always, never = office(*["00:00-24:00"] * 7), office()
    assert (always.is_open(at), always.next_opening(at), always.next_closing(at)) == (
        True,
        None,
        None,
    )
    assert (never.is_open(at), never.next_opening(at), never.next_closing(at)) == (
        False,
        None,
        None,
    )


@pytest.mark.parametrize(
    "text", ["9-17", "09:00-09:00", "24:00-25:00", "10:00-24:01", "", "1"]
)
def test_what_is_no_span_is_refused(text: str):
    """A span has two times of a day, and some length."""
    with pytest.raises(ValueError, match=r"write it like|it ends"):
        parse_span(text)


def test_a_zone_that_is_unknown_is_refused():
    """A name that is no zone is refused, and so is a path."""
    for zone in ("Mars/Olympus", "../../etc/passwd", "", "\0"):
        with pytest.raises(ValueError, match="no time zone"):
            office(zone=zone)


@given(st.integers(0, DAY - 1), st.integers(1, DAY))
def test_a_span_is_read_as_it_was_written(start: int, length: int):
    """Whatever span there is can be written and read again."""
    span = Span(start, start + length)
    if length < DAY or start == 0:
        assert parse_span(span_text(span)) == span


def test_overlapping_spans_are_known():
    """Two spans that share a minute overlap; two that meet do not."""
    assert overlaps((Span(540, 720), Span(719, 800)))
    assert not overlaps((Span(720, 800), Span(540, 720)))
