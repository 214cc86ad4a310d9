"""How a visitor gets a token: look at hand and in the store, ask the platform, remember.

The steps are generators that *ask* for input and output instead of doing it.
``issuer.AsyncIssuer`` answers the asks, and ``issuer.Issuer`` runs one of those on a
loop of its own, so the decisions below exist once and are tested without a mock.

Invariant: the platform is called only by whoever holds the lease on the visitor's key.
Invariant: nobody is handed a token with less than ``MARGIN`` left to live.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, cast

from callingcard.errors import CallingcardError, UpstreamError
from callingcard.identity.errors import (
    InvalidVisitor,
    PlatformRefused,
    PlatformUnavailable,
    Unverified,
)
from callingcard.identity.freshness import (
    MARGIN,
    Freshness,
    ask_again,
    freshness,
    refresh_point,
)
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import Platform
from callingcard.identity.service.guard import Guard, Permit
from callingcard.identity.service.happenings import Called, Observe, Recovered, Tripped
from callingcard.identity.service.vault import Kept, Refusal
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

REFUSAL_LIFE: Final = timedelta(seconds=60)
"""How long it is remembered that the platform does not accept a visitor."""
PATIENCE: Final = 10.0
"""Seconds that a renewal waits for another process, or for its turn to call."""

_FIRST_LOOK: Final = 0.02
_LATEST_LOOK: Final = 0.25


@dataclass(frozen=True, slots=True)
class Recall:
    """Answer with what is kept for the visitor, at hand or in the store, or None."""


@dataclass(frozen=True, slots=True)
class Renew:
    """Answer with what ``renewing`` returns, run once for all who wait."""


@dataclass(frozen=True, slots=True)
class RenewLater:
    """Run ``renewing`` while nobody waits; the answer is ignored."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Wait for one of the few places from which calls are made."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Give the place up; the answer is ignored."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Answer whether the only right to renew is ours now."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for *seconds*; the answer is ignored."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Issue:
    """Answer with the ``Outcome`` of calling the platform, with at most *attempts*."""

    attempts: int


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep *kept* and end the lease, unless the visitor was forgotten since."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Release:
    """End the lease; the answer is ignored."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """Keep whoever is renewing for the visitor from storing what they get."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Delete every kept token of the visitor, once nobody is storing one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: with a token or an error, after *attempts* and *seconds*."""

    token: IdentityToken | None
    error: CallingcardError | None
    seconds: float
    attempts: int = 1


IssuingAsk: TypeAlias = Recall | Renew | RenewLater
RenewingAsk: TypeAlias = Recall | Enter | Leave | Lease | Pause | Issue | Remember | Release
ForgettingAsk: TypeAlias = Abandon | Drop
Issuing: TypeAlias = Generator[IssuingAsk, Kept | None, IdentityToken]
Renewing: TypeAlias = Generator[RenewingAsk, Any, IdentityToken]
Forgetting: TypeAlias = Generator[ForgettingAsk, None, None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a renewal goes by; *draw* returns a random number from 0 to 1."""

    clock: Clock
    guard: Guard
    observe: Observe
    draw: Callable[[], float]


def admitted(visitor: Visitor, platform: Platform, *, allow_unverified: bool) -> Visitor:
    """Return what may be said of *visitor* to *platform*; raises Unverified.

    A platform that knows people by their address gets only a proved one, and an
    address nobody proved is left out when a user id is enough: whoever bears a
    token for an address reads what was said under it.
    """
    if platform.needs_email and visitor.email is None:
        raise InvalidVisitor(
            "This platform knows visitors by their e-mail address.",
            fields={"email": "is needed for this platform"},
        )
    if allow_unverified or (visitor.email_verified and visitor.email is not None):
        return visitor
    if visitor.user_id is not None and not platform.needs_email:
        if visitor.email is None and not visitor.email_verified:
            return visitor
        return replace(visitor, email=None, email_verified=False)
    raise Unverified(
        "Nobody proved that this visitor is who the request says.",
        hint="Pass email_verified=True for an address that your site has checked.",
    )


def issuing(clock: Clock) -> Issuing:
    """Yield what is needed to issue a token; return the one to hand out."""
    kept = yield Recall()
    now = clock.now()
    if isinstance(kept, Refusal):
        _raise_while_it_lasts(kept, now)
    elif kept is not None:
        match freshness(kept, now):
            case Freshness.FRESH:
                return kept
            case Freshness.AGEING:
                yield RenewLater()
                return replace(kept, refresh_at=ask_again(kept, now))
            case Freshness.SPENT:
                pass
    return cast("IdentityToken", (yield Renew()))


def renewing(terms: Terms) -> Renewing:
    """Yield what is needed to get a new token; return it.

    Only one process may call the platform for a visitor. The others look now and then
    whether it has what they want, and take over when its lease has ended.
    """
    won = yield from _win(terms)
    if isinstance(won, IdentityToken):
        return won
    try:
        kept = yield Recall()
        found = _fresh(kept, terms.clock.now())
        if found is None:
            return (yield from _call(terms, won, kept))
    except CallingcardError:
        yield Release()
        raise
    terms.guard.lost(won)
    yield Release()
    return found


def _win(terms: Terms) -> Generator[RenewingAsk, Any, IdentityToken | Permit]:
    """Wait until the lease is ours and we may call, in a place from which calls are made.

    Returns a token instead if another process got one meanwhile.
    """
    waited, look = 0.0, _FIRST_LOOK
    while True:
        terms.guard.refuse(terms.clock.now())
        yield Enter()
        answer = terms.guard.ask(terms.clock.now())
        if isinstance(answer, Permit):
            if (yield Lease()):
                return answer
            terms.guard.lost(answer)
            pause = look * (0.5 + terms.draw())
            look = min(look * 1.5, _LATEST_LOOK)
        else:
            pause = answer.total_seconds()
        yield Leave()
        waited += pause
        if waited > PATIENCE:
            raise _impatient(answer)
        yield Pause(pause)
        found = _fresh((yield Recall()), terms.clock.now())
        if found is not None:
            return found


def _impatient(answer: Permit | timedelta) -> PlatformUnavailable:
    """Return what is told after waiting for too long, for another or for the quota."""
    if isinstance(answer, Permit):
        return PlatformUnavailable("Another process has been asking for too long.")
    return PlatformUnavailable(
        "More tokens are asked for than the platform allows us.", retry_after=answer
    )


def _call(terms: Terms, permit: Permit, old: Kept | None) -> Renewing:
    """Make the call of *permit*; return the token, remembered.

    A refusal is not remembered over an *old* token that still serves.
    """
    born = terms.clock.now()
    try:
        outcome = cast("Outcome", (yield Issue(permit.attempts)))
    except GeneratorExit:
        terms.guard.lost(permit)
        raise
    _note(terms, permit, outcome)
    issued, error, now = outcome.token, outcome.error, terms.clock.now()
    serves = isinstance(old, IdentityToken) and freshness(old, now) is not Freshness.SPENT
    if isinstance(error, PlatformRefused) and not error.whole_site and not serves:
        yield Remember(Refusal(error.message, error.hint, now + REFUSAL_LIFE))
    if error is not None:
        raise error
    if issued is None:
        raise PlatformUnavailable("The platform answered without a token.")
    if issued.expires_at is not None and issued.expires_at - now < MARGIN:
        raise PlatformUnavailable("The platform's token ends too soon to be used.")
    point = refresh_point(born, issued.expires_at, draw=terms.draw())
    token = replace(issued, refresh_at=point)
    yield Remember(token)
    return token


def _note(terms: Terms, permit: Permit, outcome: Outcome) -> None:
    """Tell the guard, and whoever watches, how a call ended."""
    error = outcome.error
    if error is not None and not isinstance(error, UpstreamError):
        terms.guard.lost(permit)  # the call was never made
        return
    changed = terms.guard.ended(permit, terms.clock.now(), error, outcome.attempts)
    terms.observe(Called(outcome.seconds, error))
    trouble = terms.guard.trouble
    if changed:
        terms.observe(Recovered() if trouble is None else Tripped(trouble))


def _fresh(kept: Kept | None, now: datetime) -> IdentityToken | None:
    """Return *kept* if it is a token that needs no renewal; raises a refusal that lasts."""
    if isinstance(kept, Refusal):
        _raise_while_it_lasts(kept, now)
        return None
    return kept if kept is not None and freshness(kept, now) is Freshness.FRESH else None


def _raise_while_it_lasts(refusal: Refusal, now: datetime) -> None:
    """Raise *refusal* until its end; a clock that was set back does not prolong it."""
    if timedelta(0) < refusal.until - now <= REFUSAL_LIFE:
        raise refusal.error()


def forgetting() -> Forgetting:
    """Yield what is needed so that no token of a visitor is kept any more.

    Those on their way are stopped first: one that was asked for before the visitor
    signed out must not be put back after.
    """
    yield Abandon()
    yield Drop()


def answer(visitor: Visitor, token: IdentityToken) -> dict[str, Any]:
    """Return what every door, ours or a customer's, tells the page."""
    return {
        "platform": token.platform,
        "token": token.value,
        "expiresAt": rfc3339(token.expires_at) if token.expires_at else None,
        "refreshAt": rfc3339(token.refresh_at) if token.refresh_at else None,
        "identity": {"email": visitor.email, "userId": visitor.user_id},
        "settings": dict(token.settings),
    }
