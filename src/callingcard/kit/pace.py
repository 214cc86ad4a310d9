"""How fast one sender may go: token buckets, in memory, of a bounded number.

Arithmetic only, told the time by its caller. A process that restarts forgets;
that costs nothing, because a limit here protects the machine and not a secret.

Invariant: never more than *capacity* buckets are kept, whatever is asked.
"""

from collections import OrderedDict
from datetime import datetime, timedelta


class Pace:
    """Lets each sender do *burst* things at once and *burst* more in every *span*.

    >>> from datetime import UTC
    >>> noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    >>> pace = Pace(2, timedelta(seconds=10))
    >>> [pace.wait("a", noon), pace.wait("a", noon)]
    [None, None]
    >>> pace.wait("a", noon).total_seconds()
    5.0
    >>> pace.wait("b", noon), pace.wait("a", noon + timedelta(seconds=5))
    (None, None)
    """

    def __init__(self, burst: int, span: timedelta, *, capacity: int = 10_000) -> None:
        self._burst = burst
        self._each = span / burst
        self._capacity = capacity
        self._spent_until: OrderedDict[str, datetime] = OrderedDict()

    def wait(self, sender: str, now: datetime) -> timedelta | None:
        """Count one thing done by *sender*; or return how long to wait before it may be.

        What is refused is not counted. A clock that was set back frees the sender
        rather than locking them out for as long.
        """
        most = self._each * self._burst
        busy = max(self._spent_until.pop(sender, now), now)
        if busy - now > most:
            busy = now
        wait = busy + self._each - now - most
        allowed = wait <= timedelta(0)
        self._spent_until[sender] = busy + self._each if allowed else busy
        while len(self._spent_until) > self._capacity:
            self._spent_until.popitem(last=False)
        return None if allowed else wait
