"""When a token may be handed out again, and when it must be renewed.

A visitor who is given a token about to die loses their chat in mid-sentence, so
a token counts as spent a little before its end. This is arithmetic only: no
clock, no cache, no network.

Invariant: a token is never handed out with less than ``MARGIN`` left to live.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from callingcard.identity.model import IdentityToken

MARGIN: Final = timedelta(minutes=5)
SOON: Final = timedelta(minutes=5)
"""When a page that was given an ageing token should look again."""

_EARLIEST, _LATEST = 0.75, 0.95


class Freshness(Enum):
    """What to do with a token found in the cache."""

    FRESH = "hand it out"
    AGEING = "hand it out, and renew it while nobody waits"
    SPENT = "renew it first"


def freshness(token: IdentityToken, now: datetime) -> Freshness:
    """Say what to do with *token* at *now*.

    Renewing while the old token still works is what keeps a visitor from waiting.

    >>> from datetime import UTC
    >>> noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    >>> hour = timedelta(hours=1)
    >>> token = IdentityToken("t", expires_at=noon + 12 * hour, refresh_at=noon + 10 * hour)
    >>> [freshness(token, noon + hours * hour).name for hours in (1, 10, 12)]
    ['FRESH', 'AGEING', 'SPENT']
    >>> freshness(IdentityToken("t"), noon).name  # never expires
    'FRESH'
    """
    if token.expires_at is None:
        return Freshness.FRESH
    if token.expires_at - now < MARGIN:
        return Freshness.SPENT
    if token.refresh_at is not None and now >= token.refresh_at:
        return Freshness.AGEING
    return Freshness.FRESH


def refresh_point(
    born: datetime, expires_at: datetime | None, *, draw: float
) -> datetime | None:
    """Return when a token born at *born* should be renewed.

    *draw* is a random number from 0 to 1, drawn once per token: it spreads renewals
    over 75 to 95 % of the token's life, so that those made together are not all
    renewed together. A token that lives only minutes, which some platforms want, is
    never kept, so nothing but that share of its life counts.

    >>> from datetime import UTC
    >>> noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    >>> refresh_point(noon, noon + timedelta(hours=10), draw=0.5).isoformat()
    '2030-01-01T20:30:00+00:00'
    >>> refresh_point(noon, noon + timedelta(minutes=5), draw=0).isoformat()
    '2030-01-01T12:03:45+00:00'
    """
    if expires_at is None:
        return None
    life = expires_at - born
    point = born + life * (_EARLIEST + (_LATEST - _EARLIEST) * draw)
    return point if life <= 2 * MARGIN else min(point, expires_at - MARGIN)


def ask_again(token: IdentityToken, now: datetime) -> datetime | None:
    """Return when a page that is handed *token* at *now* should ask again.

    Never in the past: a page that was told so would ask without a pause for as
    long as the platform is down.

    >>> from datetime import UTC
    >>> noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    >>> old = IdentityToken("t", expires_at=noon + timedelta(hours=1), refresh_at=noon)
    >>> ask_again(old, noon + timedelta(minutes=1)).minute
    6
    """
    if token.refresh_at is None or token.refresh_at > now:
        return token.refresh_at
    return now + SOON
