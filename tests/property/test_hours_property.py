"""Office hours are what somebody would say who watches the clock, minute by minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from callingcard.desk.model.routing import Holiday, Hours, Span
from callingcard.desk.routing.hours import DAY, OfficeHours

MINUTE = timedelta(minutes=1)

spans = st.builds(
    lambda start, length: Span(start, start + length),
    st.integers(0, 47).map(lambda half: half * 30),
    st.integers(1, 47).map(lambda half: half * 30),
)
weeks = st.tuples(*[st.lists(spans, max_size=2).map(tuple)] * 7)
CHANGES = [
    ("Europe/Berlin", "2030-03-31"),
    ("Europe/Berlin", "2030-10-27"),
    ("America/New_York", "2030-11-03"),
    ("Australia/Lord_Howe", "2030-04-07"),  # half an hour
    ("Australia/Lord_Howe", "2030-10-06"),
    ("America/Santiago", "2030-09-08"),  # midnight is left out
    ("Pacific/Apia", "2011-12-30"),  # the whole day is left out
    ("Asia/Kolkata", "2030-01-07"),
]


def worked(hours: Hours, first: date) -> set[datetime]:
    """Return every open minute of five days, found by watching the clock minute by minute."""
    zone = ZoneInfo(hours.zone)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=3)
    minutes = [begin + MINUTE * n for n in range(8 * DAY)]
    shown = [moment.astimezone(zone).replace(tzinfo=None, fold=0) for moment in minutes]
    found: set[datetime] = set()
    for number in range(-3, 6):
        day = first + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  (a wall clock's)
        holidays = {one.day: one.spans for one in hours.holidays}
        for span in holidays.get(day, hours.week[day.weekday()]):
            low, high = midnight + MINUTE * span.start, midnight + MINUTE * span.end
            inside = [n for n, wall in enumerate(shown) if low <= wall < high]
            if inside:
                found |= set(minutes[inside[0] : inside[-1] + 1])
    return found


@settings(max_examples=40)
@given(weeks, st.sampled_from(CHANGES), st.sampled_from([(), (Span(600, 720),)]))
@example((((),) * 5) + ((Span(1350, 1590),), ()), ("Europe/Berlin", "2030-10-27"), ())
def test_it_is_open_when_a_watcher_of_the_clock_would_say_so(
    week: tuple[tuple[Span, ...], ...], change: tuple[str, str], special: tuple[Span, ...]
):
    """Around every change of the clock, each minute is as one who watches it would say."""
    zone, text = change
    day = date.fromisoformat(text)
    holidays = (Holiday(day, "a day", special),) if special else ()
    hours = Hours("any", zone, week, holidays)
    expected = worked(hours, day)
    found = OfficeHours(hours)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    minutes = [begin + MINUTE * n for n in range(1, 2 * DAY)]
    opened = {at for at in minutes if found.is_open(at)}
    assert opened == expected & set(minutes)
    _agrees_on_changes(found, minutes, opened)


def _agrees_on_changes(found: OfficeHours, minutes: list[datetime], opened: set[datetime]):
    """See that the next opening and closing are the first changes that come."""
    begins = [b for a, b in pairwise(minutes) if a not in opened and b in opened]
    ends = [b for a, b in pairwise(minutes) if a in opened and b not in opened]
    for at in minutes[:: DAY // 8]:
        assert _within(found.next_opening(at), minutes) == next(
            (one for one in begins if one > at), None
        )
        assert _within(found.next_closing(at), minutes) == next(
            (one for one in ends if one > at), None
        )


def _within(moment: datetime | None, minutes: list[datetime]) -> datetime | None:
    return moment if moment is not None and moment <= minutes[-1] else None
