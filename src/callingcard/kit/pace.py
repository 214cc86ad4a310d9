"""How fast one sender may go: token buckets, in memory, of a bounded number.

A bucket is kept as one moment: when it will be full again. That is exact, needs
no timer, and a full bucket needs no room. Arithmetic only, told the time by its
caller. A process that restarts forgets, and a second one has its own count.

Invariant: never more than *capacity* buckets are kept, whatever is asked.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network
from typing import Final

_LONGEST_NAME: Final = 300


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
        self._each = span / burst
        self._most = self._each * burst
        self._capacity = capacity
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def __len__(self) -> int:
        """Return how many buckets are kept."""
        return len(self._full_at)

    def wait(self, sender: str, now: datetime) -> timedelta | None:
        """Count one thing done by *sender*; or return how long to wait before it may be.

        What is refused is not counted.
        """
        name = sender[:_LONGEST_NAME]
        # The upper bound matters when the clock was set back: nobody waits for years.
        full_at = min(max(self._full_at.pop(name, now), now), now + self._most)
        wait = full_at + self._each - now - self._most
        allowed = wait <= timedelta(0)
        self._full_at[name] = full_at + self._each if allowed else full_at
        # The name untouched for longest goes: it is the nearest to a full bucket.
        while len(self._full_at) > self._capacity:
            self._full_at.popitem(last=False)
        return None if allowed else wait

    def give_back(self, sender: str) -> None:
        """Take back the counting of one thing, because it should not have counted."""
        name = sender[:_LONGEST_NAME]
        if name in self._full_at:
            self._full_at[name] -= self._each


def network_of(address: str) -> str:
    """Return the name under which what comes from an IP *address* is counted.

    A household or a server commonly has a whole IPv6 /64 to itself, so that counts
    as one.

    >>> network_of("192.0.2.7"), network_of("2001:db8::1:2:3:4")
    ('192.0.2.7', '2001:db8::/64')
    >>> network_of("::ffff:192.0.2.7")
    '192.0.2.7'
    """
    try:
        return str(IPv4Address(address))
    except AddressValueError:
        pass
    try:
        six = IPv6Address(address)
    except AddressValueError:
        return address
    if six.ipv4_mapped is not None:
        return str(six.ipv4_mapped)
    return str(IPv6Network((int(six), 64), strict=False))
