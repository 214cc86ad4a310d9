"""When an office is open: several spans a day, over midnight, on holidays, in any zone.

A span is read off the wall clock: the office opens the first moment at which the clock
shows a time of the span, and closes after the last. So a span is never cut in two when
the clocks go back (an hour that comes twice is worked twice), and one that begins in the
hour that the clocks leave out begins when they are put forward.

Invariant: the office is open at a moment if and only if one of the spans contains it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callingcard.desk.model.routing import Hours, Span

DAY: Final = 24 * 60
"""Minutes."""

_MINUTE: Final = timedelta(minutes=1)
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)\Z", re.ASCII)
_HORIZON: Final = 800
"""Days that are looked through for an opening: a yearly one, missed once, is found."""
_AROUND: Final = 2
"""Days before a moment whose spans may contain it: zones have left out a whole day."""


def parse_span(text: str) -> Span:
    """Read a span such as ``09:00-17:30``; raises ValueError.

    An end that is not later than the start is on the next day.

    >>> parse_span("22:00-06:00")
    Span(start=1320, end=1800)
    >>> parse_span("00:00-24:00")
    Span(start=0, end=1440)
    """
    found = _SPAN.match(text)
    if found is None:
        raise ValueError("write it like 09:00-17:30")
    numbers = [int(part) for part in found.groups()]
    start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if start == end or end > DAY:
        raise ValueError("it ends when it begins, or after 24:00")
    return Span(start, end if end > start else end + DAY)


def span_text(span: Span) -> str:
    """Write *span* as ``parse_span`` reads it.

    >>> span_text(Span(1320, 1800))
    '22:00-06:00'
    """
    end = span.end if span.end <= DAY else span.end - DAY
    return f"{_clock(span.start)}-{_clock(end)}"


def overlaps(spans: tuple[Span, ...]) -> bool:
    """Say whether two spans of one day share a minute."""
    inorder = sorted(spans, key=lambda span: span.start)
    return any(first.end > second.start for first, second in pairwise(inorder))


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of this IANA name; raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no time zone has this name; write one like Europe/Berlin") from error


class OfficeHours:
    """Answers whether an office is open, and when that changes; aware times in UTC."""

    def __init__(self, hours: Hours) -> None:
        """Take *hours*; raises ValueError when their zone is unknown."""
        self._zone = zone_of(hours.zone)
        self._week = hours.week
        self._holidays = {holiday.day: holiday.spans for holiday in hours.holidays}

    def is_open(self, at: datetime) -> bool:
        """Say whether the office is open at *at*."""
        return any(
            start <= at < end
            for day in self._days(at, _AROUND)
            for start, end in self._openings(day)
        )

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the first moment after *at* at which it opens; None if it never does."""
        return next((start for start, _ in self._stretches(at) if start > at), None)

    def next_closing(self, at: datetime) -> datetime | None:
        """Return the first moment after *at* at which it closes; None if it never does."""
        return next((end for _, end in self._stretches(at) if end > at), None)

    def _stretches(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield when it opens and closes, from a little before *at*; spans that meet are one.

        A stretch that does not end within the horizon is not yielded: it never closes.
        """
        begun: tuple[datetime, datetime] | None = None
        for day in self._days(at, _HORIZON):
            for start, end in sorted(self._openings(day)):
                if begun is None:
                    begun = (start, end)
                elif start <= begun[1]:
                    begun = (begun[0], max(begun[1], end))
                else:
                    yield begun
                    begun = (start, end)
            if begun is not None and begun[1] < self._midnight(day):
                yield begun
                begun = None

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def _days(self, at: datetime, ahead: int) -> Iterator[date]:
        """Yield days from two before *at*, as the zone counts them, to *ahead* after it."""
        today = at.astimezone(self._zone).date()
        for number in range(today.toordinal() - _AROUND, today.toordinal() + ahead):
            yield date.fromordinal(number)

    def _openings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans that begin on *day*; one that falls into a gap whole is none."""
        spans = self._holidays.get(day, self._week[day.weekday()])
        midnight = datetime.combine(day, time())
        for span in spans:
            start = self._first(midnight + span.start * _MINUTE)
            end = self._last(midnight + (span.end - 1) * _MINUTE)
            if start < end:
                yield start, end

    def _first(self, wall: datetime) -> datetime:
        """Return the first moment at which the clock shows *wall*, or would have."""
        moment = self._moment(wall, fold=0)
        return self._change(wall) if self._is_left_out(wall) else moment

    def _last(self, wall: datetime) -> datetime:
        """Return the end of the last minute at which the clock shows *wall*."""
        if self._is_left_out(wall):
            return self._change(wall)
        return self._moment(wall, fold=1) + _MINUTE

    def _moment(self, wall: datetime, *, fold: int) -> datetime:
        return wall.replace(tzinfo=self._zone, fold=fold).astimezone(UTC)

    def _is_left_out(self, wall: datetime) -> bool:
        """Say whether the clock never shows *wall*."""
        return self._wall(self._moment(wall, fold=0)) != wall

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone).replace(tzinfo=None, fold=0)

    def _change(self, wall: datetime) -> datetime:
        """Return the moment at which the clock jumps over *wall*."""
        # Read with the offset of after, a time that is left out lies before the change.
        low, high = self._moment(wall, fold=1), self._moment(wall, fold=0)
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) // 2 // timedelta(seconds=1) * timedelta(seconds=1)
            if self._wall(middle) < wall:
                low = middle
            else:
                high = middle
        return high


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
