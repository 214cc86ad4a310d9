"""How many calls a key may make: HubSpot's own ten-second limit."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from callingcard.errors import LimitExceeded
from callingcard.kit.clock import Clock

WINDOW: Final = timedelta(seconds=10)
MAX_CALLS: Final = 190
"""What HubSpot gives a private app of the tier that has this API."""
_MAX_KEYS: Final = 10_000


class TenSecondly:
    """Counts the calls of each key in windows of ten seconds.

    Only so many keys are remembered; the one longest unseen is forgotten first, which
    can only give a key more calls, never fewer.
    """

    def __init__(self, clock: Clock, *, max_calls: int = MAX_CALLS) -> None:
        """Allow *max_calls* in a window, told apart by *clock*."""
        self._clock = clock
        self._max_calls = max_calls
        self._windows: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def count(self, key: str) -> None:
        """Count a call by *key*; raises LimitExceeded when nothing was left."""
        now = self._clock.now()
        began, calls = self._windows.get(key, (now, 0))
        if not began <= now < began + WINDOW:
            began, calls = now, 0
        self._windows[key] = (began, calls + 1)
        self._windows.move_to_end(key)
        while len(self._windows) > _MAX_KEYS:
            self._windows.popitem(last=False)
        if calls >= self._max_calls:
            raise LimitExceeded("Too many calls.", retry_after=began + WINDOW - now)

    def headers(self, key: str) -> Mapping[str, str]:
        """Return the headers that tell *key* what is left of its window."""
        _began, calls = self._windows.get(key, (None, 0))
        return {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(
                WINDOW // timedelta(milliseconds=1)
            ),
            "X-HubSpot-RateLimit-Max": str(self._max_calls),
            "X-HubSpot-RateLimit-Remaining": str(max(0, self._max_calls - calls)),
        }
