"""Names for new things, made by the application and never by the database."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from callingcard.kit.clock import Clock

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class NumericIds:
    """Makes decimal ids, as HubSpot's clients expect of contacts and threads.

    An id is the microseconds since 2026, moved on by one when two are asked for
    in the same microsecond: short, rising, and safe as a JavaScript number for
    280 years. Two nodes can only meet in the very same microsecond; the primary
    key then refuses the second one.

    Invariant: a process has one of these, shared by all that make ids.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """Return an id that this process has not returned before."""
        moment = (self._clock.now() - _EPOCH) // timedelta(microseconds=1)
        with self._lock:
            self._last = max(moment, self._last + 1)
            return str(self._last)


def moment_of(numeric_id: str) -> datetime:
    """Return when an id of ``NumericIds`` was made; raises ValueError for another's.

    >>> moment_of("1000000").isoformat()
    '2026-01-01T00:00:01+00:00'
    """
    return _EPOCH + timedelta(microseconds=int(numeric_id))


def random_id(prefix: str = "", *, random: Callable[[int], str] = secrets.token_hex) -> str:
    """Return an unguessable 128-bit id such as ``m_9f…``; not fit to be a secret.

    >>> random_id("m_", random=lambda size: "ab" * size)
    'm_abababababababababababababababab'
    """
    return prefix + random(16)
