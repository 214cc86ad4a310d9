"""How often somebody may guess.

A token bucket per name, kept as one moment: when the bucket will be full again.
That is exact, needs no timer, and a bucket that is full needs no room at all.

The counts are this process's own; a second process has its own.

Invariant: however many names there are, at most ``capacity`` of them are kept.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network
from typing import Final

from callingcard.access.errors import TooManyTries
from callingcard.kit.clock import Clock

ALLOWED: Final = 10
PER: Final = timedelta(minutes=5)
CAPACITY: Final = 50_000

_LONGEST_NAME: Final = 300


class Tries:
    """Lets each name through *allowed* times at once, and then as time refills it."""

    def __init__(
        self,
        clock: Clock,
        *,
        allowed: int = ALLOWED,
        per: timedelta = PER,
        capacity: int = CAPACITY,
    ) -> None:
        self._clock = clock
        self._per = per
        self._each = per / allowed
        self._capacity = capacity
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def take(self, name: str) -> None:
        """Count one try for *name*; raises TooManyTries when none is left."""
        now = self._clock.now()
        name = name[:_LONGEST_NAME]
        # The upper bound matters when the clock was set back: nobody waits for years.
        full_at = min(max(self._full_at.get(name, now), now), now + self._per)
        if full_at + self._each > now + self._per:
            self._full_at[name] = full_at
            raise TooManyTries(
                "too many attempts to sign in",
                retry_after=full_at + self._each - self._per - now,
                hint="Wait a little, then try again.",
            )
        self._full_at[name] = full_at + self._each
        self._full_at.move_to_end(name)
        # The name untouched for longest goes: it is the nearest to a full bucket.
        if len(self._full_at) > self._capacity:
            self._full_at.popitem(last=False)

    def give_back(self, name: str) -> None:
        """Take back the counting of one try, because it was not a guess."""
        name = name[:_LONGEST_NAME]
        if name in self._full_at:
            self._full_at[name] -= self._each


def network_of(address: str) -> str:
    """Return the name under which tries from an IP *address* are counted.

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
