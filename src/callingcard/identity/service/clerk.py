"""What an issuer knows: whom they vouch to, on which terms, and what is at hand."""

import logging
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from callingcard.errors import CallingcardError, UpstreamError
from callingcard.identity.freshness import MARGIN, Freshness, freshness, refresh_point
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import CallingPlatform, Platform, SigningPlatform
from callingcard.identity.service.guard import Guard
from callingcard.identity.service.happenings import Issued, Observe, Source, unobserved
from callingcard.identity.service.issuing import (
    REFUSAL_LIFE,
    Issuing,
    Renewing,
    Terms,
    admitted,
    issuing,
    renewing,
)
from callingcard.identity.service.shelf import Shelf, Shelved
from callingcard.identity.service.vault import Kept, Refusal, Vault
from callingcard.kit.clock import Clock
from callingcard.kit.wire import Reply, Request

SECOND_LOOK: Final = timedelta(seconds=10)
"""How long what is at hand counts when other processes may have forgotten it since."""

_HOLD_OFF: Final = timedelta(seconds=30)
_HOLD_OFF_MAX: Final = 1000
_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)
_NO_QUOTA: Final = (1000, timedelta(seconds=1))

_log = logging.getLogger("callingcard.identity")


class Clerk:
    """Decides for one platform on one site; *shared* says that others use the store too."""

    def __init__(
        self,
        platform: Platform,
        *,
        allow_unverified: bool,
        clock: Clock,
        site: str,
        shared: bool,
        observe: Observe | None,
    ) -> None:
        self.platform = platform
        self.clock = clock
        self.vault = Vault(platform, site)
        self.shelf = Shelf()
        self.guard = Guard(getattr(platform, "quota", _NO_QUOTA))
        self.observe = observe or unobserved
        self._terms = Terms(clock, self.guard, self.observe, _draw)
        self._allow_unverified = allow_unverified
        self._signs = isinstance(platform, SigningPlatform)
        self._shared = shared
        self._watched = observe is not None
        self._held_off: dict[Visitor, datetime] = {}

    @property
    def trouble(self) -> UpstreamError | None:
        """Why the platform is not asked for now; None when all is well."""
        return self.guard.trouble

    def admit(self, visitor: Visitor) -> Visitor:
        """Return what may be said of *visitor*; raises Unverified."""
        return admitted(visitor, self.platform, allow_unverified=self._allow_unverified)

    def at_hand(self, visitor: Visitor) -> IdentityToken | None:
        """Return the token that can be handed out without looking any further.

        Raises the platform's refusal of this visitor while that is remembered.
        """
        if self._signs:
            return self._sign(visitor)
        shelved = self.shelf.get(visitor)
        now = self.clock.now()
        if shelved is None or now >= shelved.until:
            return None
        if isinstance(shelved.item, Refusal):
            if shelved.item.until - now > REFUSAL_LIFE:
                return None  # the clock was set back since
            raise shelved.item.error()
        if self._watched:
            self.observe(Issued("memory"))
        return shelved.item

    def issuing(self) -> Issuing:
        """Begin ``issuing``."""
        return issuing(self.clock)

    def renewing(self) -> Renewing:
        """Begin ``renewing``."""
        return renewing(self._terms)

    def handed_out(self, token: IdentityToken, source: Source) -> IdentityToken:
        """Return *token*, counted as coming from *source*."""
        if self._watched:
            self.observe(Issued(source))
        return token

    def left_at_hand(self, visitor: Visitor) -> Kept | None:
        """Return what is at hand, however old, for want of a store to look in."""
        shelved = self.shelf.get(visitor)
        return None if shelved is None else shelved.item

    def shelve(self, visitor: Visitor, kept: Kept, *, seen: int | None = None) -> Kept:
        """Keep *kept* at hand; return it, a token with what the page needs to know besides.

        *seen* is what ``shelf.forgotten`` was when *kept* was asked for: what was read
        before somebody was forgotten is not put back after.
        """
        item = self.dress(kept, visitor) if isinstance(kept, IdentityToken) else kept
        now = self.clock.now()
        self.shelf.put(visitor, Shelved(item, self._good_until(item, now)), now, seen=seen)
        return item

    def request(self, visitor: Visitor, attempts: int) -> Request:
        """Return the call that makes a token for *visitor*."""
        made = cast("CallingPlatform", self.platform).request(visitor)
        return made if made.attempts == attempts else replace(made, attempts=attempts)

    def read(self, reply: Reply, asked_at: datetime) -> IdentityToken:
        """Return the token in *reply*; raises PlatformRefused or PlatformUnavailable."""
        return cast("CallingPlatform", self.platform).read(reply, asked_at=asked_at)

    def may_renew_early(self, visitor: Visitor) -> bool:
        """Say whether to renew in the background: not just after that has failed."""
        until = self._held_off.get(visitor)
        now = self.clock.now()
        return until is None or now >= until or until - now > _HOLD_OFF

    def hold_off(self, visitor: Visitor, error: BaseException) -> None:
        """Note that an early renewal failed: the old token serves on, the log says why."""
        if len(self._held_off) >= _HOLD_OFF_MAX:
            self._held_off.clear()
        self._held_off[visitor] = self.clock.now() + _HOLD_OFF
        if isinstance(error, CallingcardError):
            _log.warning("a token was not renewed early: %s: %s", error.code, error.message)
        else:
            _log.error("a token was not renewed early", exc_info=error)

    def _sign(self, visitor: Visitor) -> IdentityToken:
        """Return a token that needs no call."""
        now = self.clock.now()
        token = cast("SigningPlatform", self.platform).sign(visitor, now)
        point = refresh_point(now, token.expires_at, draw=_draw())
        return self.handed_out(self.dress(replace(token, refresh_at=point), visitor), "signed")

    def dress(self, token: IdentityToken, visitor: Visitor) -> IdentityToken:
        """Return *token* with what the page needs to know besides."""
        settings = dict(self.platform.settings(visitor, token.value))
        return replace(token, settings=settings, platform=self.platform.name)

    def _good_until(self, kept: Kept, now: datetime) -> datetime:
        """Return until when *kept* needs no second look."""
        look = now + SECOND_LOOK if self._shared else _ALWAYS
        if isinstance(kept, Refusal):
            return min(kept.until, look)
        if kept.expires_at is None:
            return look
        if freshness(kept, now) is not Freshness.FRESH:
            return now
        return min(kept.refresh_at or _ALWAYS, kept.expires_at - MARGIN, look)


def _draw() -> float:
    """Return a random number from 0 to 1."""
    return random.random()  # noqa: S311  (it spreads renewals, it guards nothing)
