"""When a platform may be called: under its quota, not while it fails, and never in vain.

Arithmetic over what happened and what the time is; the issuer does the calling.

* A *quota* keeps us below the platform's own limit.
* A *breaker* opens when most calls fail. While it is open nobody waits for a call
  that would fail; after a while one probe finds out whether that is over.
* A *trip* is a platform that refuses our key. Asking for the next visitor would be
  refused as well, so nobody asks but a probe a minute, in case it was mended there.
* A *budget* lets calls be repeated in a blip and not in an outage, where repeating
  is what keeps a service down.

Invariant: in a long outage no more than 1.1 times as many calls leave as there would
be without repetitions.
"""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callingcard.errors import UpstreamError
from callingcard.identity.errors import PlatformRefused, PlatformUnavailable
from callingcard.kit.pace import Pace
from callingcard.kit.wire import MAX_WAIT

RECENT: Final = 20
"""How many of the last calls the breaker looks at."""
FEWEST: Final = 5
"""How many calls must have failed before the breaker opens."""
FIRST_BREAK: Final = timedelta(seconds=5)
LONGEST_BREAK: Final = timedelta(seconds=60)
TRIP_PROBE: Final = timedelta(seconds=60)

_BUDGET_START: Final = 2.0
_BUDGET_EACH: Final = 0.05
_BUDGET_MOST: Final = 10.0
_PROBE_LIMIT: Final = timedelta(seconds=15)
"""After this a probe counts as lost, whatever became of who made it."""
_ATTEMPTS: Final = 3
_SET_BACK: Final = timedelta(seconds=1)
"""Less is no clock that was set back, just two threads that looked at it in turn."""


@dataclass(frozen=True, slots=True)
class Permit:
    """That one call may be made, with at most *attempts* in all."""

    attempts: int
    is_probe: bool = False


class Guard:
    """Decides for one platform with one key; safe among threads."""

    def __init__(self, quota: tuple[int, timedelta]) -> None:
        self._quota = quota
        self._pace = _pace(quota)
        self._latest: datetime | None = None
        self._lock = threading.Lock()
        self._failures: deque[bool] = deque(maxlen=RECENT)
        self._budget = _BUDGET_START
        self._trouble: UpstreamError | None = None
        self._break = FIRST_BREAK
        self._closed_until: datetime | None = None
        self._probe_until: datetime | None = None
        self._asked_to_wait: datetime | None = None

    @property
    def trouble(self) -> UpstreamError | None:
        """Why the platform is not asked for now; None when all is well."""
        return self._trouble

    def refuse(self, now: datetime) -> None:
        """Raise the trouble there is, at once, when no call can be made for a while."""
        with self._lock:
            self._check_time(now)

    def ask(self, now: datetime) -> Permit | timedelta:
        """Return the permit for a call, or how long to wait for one.

        Raises as ``refuse`` does. What comes of the permit is told to ``ended`` or ``lost``.
        """
        with self._lock:
            self._check_time(now)
            if self._trouble is not None:
                self._probe_until = now + _PROBE_LIMIT
                return Permit(1, is_probe=True)
            wait = self._wait(now)
            if wait is not None:
                return wait
            # Paid in advance, or a crowd would spend the same budget many times over.
            extra = min(int(self._budget), _ATTEMPTS - 1)
            self._budget -= extra
            return Permit(1 + extra)

    def ended(
        self, permit: Permit, now: datetime, error: UpstreamError | None, attempts: int
    ) -> bool:
        """Note how the call of *permit* ended; say whether ``trouble`` changed by it."""
        with self._lock:
            before = self._trouble
            unused = max(0, permit.attempts - attempts)
            self._budget = min(self._budget + unused + _BUDGET_EACH, _BUDGET_MOST)
            forbidden = isinstance(error, PlatformRefused) and error.whole_site
            if permit.is_probe:
                self._probe_until = None
            elif before is not None and not forbidden:
                return False  # it began before the trouble did, and knows nothing of it
            if forbidden and error is not None:
                self._trip(error, now, TRIP_PROBE)
            elif error is not None and error.retryable:
                self._failed(error, permit, now)
            else:
                self._well()
            return type(before) is not type(self._trouble)

    def lost(self, permit: Permit) -> None:
        """Note that the call of *permit* was not made: it says nothing of the platform."""
        with self._lock:
            self._budget = min(self._budget + permit.attempts - 1, _BUDGET_MOST)
            if permit.is_probe:
                self._probe_until = None
            else:
                self._pace.give_back("")

    def _check_time(self, now: datetime) -> None:
        """Raise while nothing may leave; when a probe may, say nothing."""
        if self._trouble is not None:
            until = max(self._closed_until or now, self._probe_until or now)
            # A clock that was set back must not keep the breaker open for as long.
            if timedelta(0) < until - now <= MAX_WAIT:
                raise _told(self._trouble, until - now)
            return
        left = (self._asked_to_wait or now) - now
        if timedelta(0) < left <= MAX_WAIT:
            raise PlatformUnavailable(
                "The platform asked us to come back later.", retry_after=left
            )

    def _wait(self, now: datetime) -> timedelta | None:
        """Count a call under the quota, or return how long to wait before it may be made."""
        if self._latest is not None and now < self._latest - _SET_BACK:
            self._pace = _pace(self._quota)  # what it counted lies in the future
        self._latest = now
        return self._pace.wait("", now)

    def _failed(self, error: UpstreamError, permit: Permit, now: datetime) -> None:
        """Count a failure, and open the breaker when there are too many."""
        self._failures.append(True)
        wait = error.retry_after
        if wait is not None:
            self._asked_to_wait = now + wait
        failed = sum(self._failures)
        if permit.is_probe:
            self._break = min(self._break * 2, LONGEST_BREAK)
            self._trip(error, now, max(self._break, wait or self._break))
        elif failed >= FEWEST and failed * 2 >= len(self._failures):
            self._trip(error, now, max(self._break, wait or self._break))

    def _trip(self, error: UpstreamError, now: datetime, for_: timedelta) -> None:
        self._trouble = error
        self._closed_until = now + for_

    def _well(self) -> None:
        """Close the breaker: the platform answers."""
        if self._trouble is not None:
            self._failures.clear()
            self._break = FIRST_BREAK
        self._failures.append(False)
        self._trouble = self._closed_until = None


def _pace(quota: tuple[int, timedelta]) -> Pace:
    """Return a pace that stays within *quota* in whatever span one looks at.

    A bucket lets through what it holds and what flows in meanwhile: a quarter of the
    quota and three quarters, then.
    """
    calls, span = quota
    held = max(1, calls // 4)
    return Pace(held, span * held / max(1, calls - held))


def _told(trouble: UpstreamError, wait: timedelta) -> UpstreamError:
    """Return *trouble* as those are told who did not even try."""
    if isinstance(trouble, PlatformRefused):
        return PlatformRefused(trouble.message, hint=trouble.hint, whole_site=True)
    return PlatformUnavailable(
        "The platform has been failing; it is asked again in a moment.",
        retry_after=wait,
        hint=trouble.message,
    )
