"""A moment of rest for a store that did not answer, so that few wait in vain."""

from collections.abc import Callable
from typing import Final

from callingcard.backends.cache.contract import CacheUnavailable

REST_SECONDS: Final = 2.0
"""How long a store that did not answer is left alone: callers go on at once instead."""


class Rest:
    """Remembers that somebody just waited in vain; *timer* counts the seconds since."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._until: float | None = None

    def check(self) -> None:
        """Raise CacheUnavailable while the rest lasts."""
        if self._until is not None and self._timer() < self._until:
            raise CacheUnavailable("Resting")

    def begin(self) -> None:
        """Have everybody who checks go on at once from now on, for a moment."""
        self._until = self._timer() + REST_SECONDS
