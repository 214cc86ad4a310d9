"""How much a function has been used in the last day, for lists.

Durations are counted into boxes whose ends grow by a fifth, so that a median costs a few
rows however many runs there were, and is off by a tenth at most.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HOURS: Final = 24
_GROWTH: Final = math.log(1.2)
_MOST_BOXES: Final = 80
"""The last box begins at about half an hour, which no run may take."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What happened in one hour, which began *at*."""

    at: datetime
    runs: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """What a function did in the last 24 hours; *hours* are all of them, oldest first."""

    runs: int
    errors: int
    p50: timedelta | None
    p95: timedelta | None
    last_run_at: datetime | None
    hours: tuple[Hour, ...]


def box_of(duration: timedelta) -> int:
    """Return the box that *duration* is counted into.

    >>> box_of(timedelta(0)), box_of(timedelta(milliseconds=1)), box_of(timedelta(seconds=1))
    (0, 0, 37)
    """
    ms = duration / timedelta(milliseconds=1)
    return min(int(math.log(ms) / _GROWTH), _MOST_BOXES) if ms > 1 else 0


def quantile(boxes: Mapping[int, int], share: float) -> timedelta | None:
    """Return how long *share* of the runs took at most; None when there were none.

    >>> quantile({37: 9, 50: 1}, 0.5).total_seconds()
    0.932
    >>> quantile({}, 0.5) is None
    True
    """
    wanted = sum(boxes.values()) * share
    passed = 0
    for box in sorted(boxes):
        passed += boxes[box]
        if boxes[box] and passed >= wanted:
            return timedelta(milliseconds=round(math.exp((box + 0.5) * _GROWTH)))
    return None
