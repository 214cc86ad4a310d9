"""How a visitor gets a token: look in the cache, ask the platform, remember.

The steps are generators that *ask* for input and output instead of doing it.
``issuer.Issuer`` and ``issuer.AsyncIssuer`` answer the asks, one blocking
and one not, so the decisions below exist once and are tested without a mock.

Invariant: what is asked to be remembered is sealed, and its key holds no address in plain.
"""

import logging
import random
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, cast

from callingcard.errors import CallingcardError
from callingcard.identity.errors import InvalidVisitor, PlatformUnavailable, Unverified
from callingcard.identity.freshness import (
    MARGIN,
    Freshness,
    ask_again,
    freshness,
    refresh_point,
)
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import CallingPlatform, Platform, SigningPlatform
from callingcard.kit.clock import Clock
from callingcard.kit.codec import (
    canonical_json,
    parse_json_object,
    parse_rfc3339,
    rfc3339,
)
from callingcard.kit.crypto import Sealer, Unsealable, derive_key, keyed_hash
from callingcard.kit.wire import Reply, Request

_HOLD_OFF: Final = timedelta(seconds=30)
_HOLD_OFF_MAX: Final = 1000

_log = logging.getLogger("callingcard.identity")


@dataclass(frozen=True, slots=True)
class Recall:
    """Answer with the cached token for *visitor*, or None."""

    visitor: Visitor


@dataclass(frozen=True, slots=True)
class Renew:
    """Answer with what ``renewing`` returns for *visitor*, run once for all who wait."""

    visitor: Visitor


@dataclass(frozen=True, slots=True)
class RenewLater:
    """Run ``renewing`` for *visitor* while nobody waits; the answer is ignored."""

    visitor: Visitor


@dataclass(frozen=True, slots=True)
class Issue:
    """Answer with a new token for *visitor* from the platform."""

    visitor: Visitor


@dataclass(frozen=True, slots=True)
class Remember:
    """Store *token* for *visitor*, unless they were forgotten since; the answer is ignored."""

    visitor: Visitor
    token: IdentityToken


@dataclass(frozen=True, slots=True)
class Abandon:
    """Keep whoever is renewing for *visitor* from storing what they get."""

    visitor: Visitor


@dataclass(frozen=True, slots=True)
class Drop:
    """Delete every stored token of *visitor*, once nobody is storing one."""

    visitor: Visitor


IssuingAsk: TypeAlias = Recall | Renew | RenewLater
RenewingAsk: TypeAlias = Recall | Issue | Remember
ForgettingAsk: TypeAlias = Abandon | Drop
Issuing: TypeAlias = Generator[IssuingAsk, IdentityToken | None, IdentityToken]
Renewing: TypeAlias = Generator[RenewingAsk, IdentityToken | None, IdentityToken]
Forgetting: TypeAlias = Generator[ForgettingAsk, None, None]


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
    if allow_unverified or (visitor.email is not None and visitor.email_verified):
        return visitor
    if visitor.user_id is not None and not platform.needs_email:
        return replace(visitor, email=None, email_verified=False)
    raise Unverified(
        "Nobody proved that this visitor is who the request says.",
        hint="Pass email_verified=True for an address that your site has checked.",
    )


def issuing(visitor: Visitor, now: datetime) -> Issuing:
    """Yield what is needed to issue *visitor* a token; return the one to hand out."""
    cached = yield Recall(visitor)
    if cached is not None:
        match freshness(cached, now):
            case Freshness.FRESH:
                return cached
            case Freshness.AGEING:
                yield RenewLater(visitor)
                return replace(cached, refresh_at=ask_again(cached, now))
            case Freshness.SPENT:
                pass
    renewed = yield Renew(visitor)
    if renewed is None:
        raise PlatformUnavailable("The renewal ended without a token.")
    return renewed


def renewing(visitor: Visitor, now: datetime, *, draw: float) -> Renewing:
    """Yield what is needed to get *visitor* a new token; return it.

    The cache is looked at once more, because another renewal may have ended
    between the look that found nothing and the start of this one. *draw* is a
    random number from 0 to 1 that decides when the new token is renewed in turn.
    """
    cached = yield Recall(visitor)
    if cached is not None and freshness(cached, now) is Freshness.FRESH:
        return cached
    issued = yield Issue(visitor)
    if issued is None:
        raise PlatformUnavailable("The platform answered without a token.")
    if issued.expires_at is not None and issued.expires_at - now < MARGIN:
        raise PlatformUnavailable("The platform's token ends too soon to be used.")
    token = replace(issued, refresh_at=refresh_point(now, issued.expires_at, draw=draw))
    yield Remember(visitor, token)
    return token


def forgetting(visitor: Visitor) -> Forgetting:
    """Yield what is needed so that no token of *visitor* is stored any more.

    Those on their way are stopped first: one that was asked for before the visitor
    signed out must not be put back after.
    """
    yield Abandon(visitor)
    yield Drop(visitor)


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


class Vault:
    """Names and seals what is cached for one platform on one site.

    The keys are derived from the platform's own secret, so that whoever copies the
    cache has neither tokens nor addresses, and a changed secret starts afresh.
    """

    def __init__(self, platform: Platform, site: str) -> None:
        secret = platform.secret_material()
        self._names = derive_key(secret, "token cache names")
        self._sealer = Sealer([secret], "token cache")
        self._scope = [site, platform.name, dict(platform.version())]

    def person(self, visitor: Visitor) -> str:
        """Return a name for whoever *visitor* is, whatever their names and properties."""
        return self.people(visitor)[0]

    def people(self, visitor: Visitor) -> list[str]:
        """Return every name that *visitor* can be stored under: by address, by user id."""
        whos = [("email", visitor.email), ("user", visitor.user_id)]
        names = [self._name([*self._scope, kind, who])[:32] for kind, who in whos if who]
        return names or [self._name([*self._scope])[:32]]

    def key(self, visitor: Visitor) -> str:
        """Return the name of *visitor*'s token: ``PERSON.DETAIL``, of every field there is."""
        detail = {
            "email": visitor.email,
            "email_verified": visitor.email_verified,
            "user_id": visitor.user_id,
            "first_name": visitor.first_name,
            "last_name": visitor.last_name,
            "properties": dict(visitor.properties),
        }
        return f"{self.person(visitor)}.{self._name([*self._scope, detail])}"

    def seal(self, token: IdentityToken, key: str) -> bytes:
        """Return *token* as it is stored under *key*."""
        times = [t.isoformat() if t else None for t in (token.expires_at, token.refresh_at)]
        plain = canonical_json({"v": 1, "token": token.value, "times": times})
        return self._sealer.seal(plain, place=key)

    def open(self, sealed: bytes, key: str) -> IdentityToken | None:
        """Return the token stored under *key*; None when it is not ours to read.

        A cache is allowed to lose or spoil what it holds: the platform is asked again.
        """
        try:
            found = parse_json_object(self._sealer.open(sealed, place=key))
            times = [parse_rfc3339(t) if t else None for t in found["times"]]
            return IdentityToken(str(found["token"]), times[0], times[1])
        except (Unsealable, ValueError, KeyError, IndexError, TypeError):
            return None

    def _name(self, parts: list[Any]) -> str:
        """Return the keyed hash of *parts*."""
        return keyed_hash(self._names, canonical_json(parts).decode())


class Clerk:
    """What both drivers know: whom they vouch to, on which terms, and the time."""

    def __init__(
        self, platform: Platform, *, allow_unverified: bool, clock: Clock, site: str
    ) -> None:
        self.platform = platform
        self.clock = clock
        self.vault = Vault(platform, site)
        self._allow_unverified = allow_unverified
        self._held_off: dict[str, datetime] = {}

    def admit(self, visitor: Visitor) -> Visitor:
        """Return what may be said of *visitor*; raises Unverified."""
        return admitted(visitor, self.platform, allow_unverified=self._allow_unverified)

    def issuing(self, visitor: Visitor) -> Issuing:
        """Begin ``issuing`` now."""
        return issuing(visitor, self.clock.now())

    def renewing(self, visitor: Visitor, now: datetime) -> Renewing:
        """Begin ``renewing`` at *now*."""
        return renewing(visitor, now, draw=_draw())

    def sign(self, visitor: Visitor) -> IdentityToken | None:
        """Return a token that needs no call, or None when the platform has to be called."""
        if not isinstance(self.platform, SigningPlatform):
            return None
        now = self.clock.now()
        token = self.platform.sign(visitor, now)
        point = refresh_point(now, token.expires_at, draw=_draw())
        return self.dress(replace(token, refresh_at=point), visitor)

    def dress(self, token: IdentityToken | None, visitor: Visitor) -> IdentityToken:
        """Return *token* with what the page needs to know besides."""
        bare = cast("IdentityToken", token)
        settings = dict(self.platform.settings(visitor, bare.value))
        return replace(bare, settings=settings, platform=self.platform.name)

    def request(self, visitor: Visitor) -> Request:
        """Return the call that makes a token for *visitor*."""
        return cast("CallingPlatform", self.platform).request(visitor)

    def read(self, reply: Reply, asked_at: datetime) -> IdentityToken:
        """Return the token in *reply*; raises PlatformRefused or PlatformUnavailable."""
        return cast("CallingPlatform", self.platform).read(reply, asked_at=asked_at)

    def may_renew_early(self, visitor: Visitor) -> bool:
        """Say whether to renew in the background: not just after that has failed."""
        until = self._held_off.get(self.vault.key(visitor))
        return until is None or self.clock.now() >= until

    def hold_off(self, visitor: Visitor, error: BaseException) -> None:
        """Note that an early renewal failed: the old token serves on, the log says why."""
        if len(self._held_off) >= _HOLD_OFF_MAX:
            self._held_off.clear()
        self._held_off[self.vault.key(visitor)] = self.clock.now() + _HOLD_OFF
        if isinstance(error, CallingcardError):
            _log.warning("a token was not renewed early: %s: %s", error.code, error.message)
        else:
            _log.error("a token was not renewed early", exc_info=error)


def _draw() -> float:
    """Return a random number from 0 to 1."""
    return random.random()  # noqa: S311  (it spreads renewals, it guards nothing)
