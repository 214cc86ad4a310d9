"""The only place that reads the time, so that everything else can be told it.

Invariant: nothing outside this file calls ``datetime.now`` or ``time.time``.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests pass one that stands still."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)  # noqa: TID251  (the one place)


class FakeClock:
    """A clock that moves only when told, for tests of anything that expires.

    >>> clock = FakeClock(datetime(2030, 1, 1, tzinfo=UTC))
    >>> clock.advance(timedelta(hours=1))
    >>> clock.now().hour
    1
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2030, 1, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the moment this clock stands at."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock; a negative *by* is a clock that was set back."""
        self._now += by


def stopwatch() -> float:
    """Return seconds that only grow, for measuring durations."""
    return time.monotonic()
