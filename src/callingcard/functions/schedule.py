"""When a cron line is due, in its own time zone.

Five fields, as in Debian's cron: minute, hour, day of the month, month, day of the week.
Where clocks are set forward, a line for the hour that is missing is due as soon as the
hour is over; where they are set back, a line for a fixed hour is due once and not twice
(https://manpages.debian.org/stable/cron/cron.8.en.html).

Invariant: ``next_due`` is always later than the moment it is asked for.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MOST_COUNTED: Final = 1000
"""How many missed times are counted; a line for each minute misses that many in a day."""

_FIELDS: Final = 5
_LONGEST: Final = 200
_SAMPLE: Final = datetime(2026, 1, 1, tzinfo=UTC)
_STEPS: Final = 100


def check_cron(cron: str, zone: str = "UTC") -> None:
    """Raise ValueError, with the remedy, unless *cron* is a line that comes due in *zone*.

    >>> check_cron("0 9 * * MON-FRI", "Europe/Paris")
    >>> check_cron("0 9 * *")
    Traceback (most recent call last):
    ValueError: a cron line has five fields: minute, hour, day, month, weekday ("0 9 * * *")
    >>> check_cron("0 0 31 2 *")
    Traceback (most recent call last):
    ValueError: this cron line is never due
    """
    if len(cron) > _LONGEST or len(cron.split()) != _FIELDS:
        raise ValueError(
            'a cron line has five fields: minute, hour, day, month, weekday ("0 9 * * *")'
        )
    _zone(zone)
    try:
        next_due(cron, zone, _SAMPLE)
    except CronSimError as error:
        known = str(error).removeprefix("Bad ")
        raise ValueError(_never_or_bad(cron, known)) from None


def next_due(cron: str, zone: str, after: datetime) -> datetime:
    """Return the first moment later than *after*, in UTC, at which *cron* is due.

    Raises ValueError for a line that is never due, and what cronsim raises for one that
    ``check_cron`` refuses.

    >>> after = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    >>> next_due("30 2 * * *", "Europe/Paris", after).isoformat()  # 02:30 is missing
    '2026-03-29T01:00:00+00:00'
    """
    times = CronSim(cron, after.astimezone(_zone(zone)))
    # A clock that is set back shows an hour twice, and cronsim may then begin at its first.
    for _ in range(_STEPS):
        try:
            due = next(times).astimezone(UTC)
        except (StopIteration, OverflowError):
            raise ValueError("this cron line is never due") from None
        if due > after:
            return due
    raise ValueError("this cron line is never due")


def last_due(cron: str, zone: str, first: datetime, now: datetime) -> tuple[datetime, int]:
    """Return the latest due time until *now*, and how many there were before it.

    *first* is a due time that is not later than *now*. More than ``MOST_COUNTED`` are not
    counted one by one, and the latest is then found from behind.
    """
    due, passed = first, 0
    while passed < MOST_COUNTED:
        following = next_due(cron, zone, due)
        if following > now:
            return due, passed
        due, passed = following, passed + 1
    # From a second later, since cronsim leaves out the moment that it goes back from.
    end = now.replace(microsecond=0) + timedelta(seconds=1)
    times = CronSim(cron, end.astimezone(_zone(zone)), reverse=True)
    return max(due, next(times).astimezone(UTC)), passed


def period(cron: str, zone: str, at: datetime) -> timedelta:
    """Return the longest of the next few waits, which is when silence begins to be odd.

    >>> period("0 9 * * MON-FRI", "UTC", datetime(2026, 1, 5, tzinfo=UTC))
    datetime.timedelta(days=3)
    """
    times = [at]
    for _ in range(8):
        times.append(next_due(cron, zone, times[-1]))
    return max(later - sooner for sooner, later in pairwise(times[1:]))


def _never_or_bad(cron: str, known: str) -> str:
    """Say what is wrong with a line that cronsim refuses."""
    day = cron.split()[2]
    if known == "day-of-month" and day.isdecimal() and 1 <= int(day) <= 31:  # noqa: PLR2004
        return "this cron line is never due"
    return f"the field {known} of this cron line is not right"


def _zone(name: str) -> ZoneInfo:
    """Return the time zone; raises ValueError."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError("this is no time zone; write it like Europe/Paris") from None
