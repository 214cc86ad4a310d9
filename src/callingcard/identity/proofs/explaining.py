"""Why a proof is accepted or not, check by check, for the operator who asks.

The checks are the very ones that a visitor's request goes through, walked one at a time.
What is told is the names of claims, the times, and what is wrong; never the token, nor
the value of a claim. Nothing is kept.

Invariant: *accepted* is what ``proof.visitor`` says, and not a second opinion.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, runtime_checkable

from callingcard.identity.errors import KeysUnavailable, ProofExpired, ProofInvalid
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.ports import Proof
from callingcard.identity.proofs.jws import Jws
from callingcard.identity.proofs.keys import VerifyingKey
from callingcard.identity.proofs.places import BEARER, Place
from callingcard.identity.proofs.rules import (
    CHECKS,
    LEEWAY,
    Rules,
    check_fresh,
    is_proved,
    visitor_of,
)

_SHOWN_NAMES: Final = 40
_SHOWN_LETTERS: Final = 60


@runtime_checkable
class TokenProof(Proof, Protocol):
    """A proof that is one signed token; the steps it is checked in."""

    places: tuple[Place, ...]
    rules: Rules

    def read(self, token: str) -> Jws:
        """Return *token* taken apart, and of a kind that is taken here."""
        ...

    async def key(self, header: Mapping[str, Any]) -> VerifyingKey:
        """Return the key that must have signed under *header*."""
        ...

    def claims(self, jws: Jws, key: VerifyingKey) -> Mapping[str, Any]:
        """Return what *jws* says, once *key* is known to have signed it."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: in order, wrong, or (None) only reported."""

    name: str
    ok: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What came of a proof: whom it proves, if anybody, and every check up to there."""

    visitor: Visitor | None = field(repr=False)
    checks: tuple[Check, ...]

    @property
    def accepted(self) -> bool:
        """Whether somebody is proved."""
        return self.visitor is not None


def presented(proof: Proof, token: str) -> Presented:
    """Return a request with *token* where *proof* looks first, for a token that was pasted."""
    place = proof.places[0] if isinstance(proof, TokenProof) else BEARER
    return place.holding(token.strip())


async def explain(proof: Proof, given: Presented, now: datetime) -> Explanation:
    """Return what *proof* makes of *given* at *now*; raises nothing for a bad proof."""
    checks: list[Check] = []
    if isinstance(proof, TokenProof):
        await _walk(proof, given, now, checks)
    visitor = None
    try:
        visitor = await proof.visitor(given, now)
    except (ProofInvalid, KeysUnavailable) as error:
        result = Check("result", ok=False, detail=f"refused: {error.why or error.message}")
    except ProofExpired:
        result = Check("result", ok=False, detail="refused: genuine, and too old")
    else:
        result = _result(visitor)
    return Explanation(visitor, (*checks, result))


async def _walk(
    proof: TokenProof, given: Presented, now: datetime, checks: list[Check]
) -> None:
    """Add to *checks* every step, up to the first that fails."""
    step = "token"
    try:
        token = next(filter(None, (place.token(given) for place in proof.places)), None)
        if token is None:
            checks.append(
                Check(step, ok=False, detail="there is none where one is looked for")
            )
            return
        jws = proof.read(token)
        checks.append(Check(step, ok=True, detail=f"{len(token)} bytes in three parts"))
        step = "key"
        key = await proof.key(jws.header)
        checks.append(Check(step, ok=True, detail=f"known, and for {key.algorithm}"))
        step = "signature"
        claims = proof.claims(jws, key)
        checks.append(Check(step, ok=True, detail="made by that key"))
    except (ProofInvalid, KeysUnavailable) as error:
        checks.append(Check(step, ok=False, detail=error.why or error.message))
        return
    # The signature is right, so that all the rest may be said at once.
    checks.append(Check("claims", ok=None, detail=_names(claims)))
    checks.extend(_claim_checks(claims, proof.rules, now))


def _claim_checks(claims: Mapping[str, Any], rules: Rules, now: datetime) -> Iterator[Check]:
    """Yield what each rule makes of *claims*; a failure of one does not hide the next."""
    at = now.timestamp()
    timely = True
    for name, check in CHECKS:
        detail = _times(claims, at) if name == "times" else "as it must be"
        try:
            check(claims, rules, at)
        except ProofInvalid as error:
            timely = timely and name != "times"
            detail = f"{error.why}; {detail}" if name == "times" else error.why
            yield Check(name, ok=False, detail=detail)
        else:
            yield Check(name, ok=True, detail=detail)
    yield _address(claims, rules)
    try:
        visitor_of(claims, rules)
    except ProofInvalid as error:
        yield Check("visitor", ok=False, detail=error.why)
    else:
        yield Check("visitor", ok=True, detail="can be named")
    if timely:
        yield _freshness(claims, at)


def _address(claims: Mapping[str, Any], rules: Rules) -> Check:
    """Return what is known of the address; leaving it out is no failure."""
    names = rules.names
    if claims.get(names.email) is None:
        return Check("email", ok=None, detail=f"there is no claim {names.email}")
    if is_proved(claims, rules):
        return Check("email", ok=True, detail="proved to be the visitor's")
    claim = names.email_verified
    why = f"{claim} is not true" if claim in claims else "no claim says that it is proved"
    return Check("email", ok=False if rules.strict else None, detail=f"left out: {why}")


def _freshness(claims: Mapping[str, Any], at: float) -> Check:
    """Return whether the token is still good."""
    left = timedelta(seconds=round(claims["exp"] - at))
    try:
        check_fresh(claims, at)
    except ProofExpired:
        return Check("fresh", ok=False, detail=f"expired {-left} ago")
    if left < timedelta(0):
        return Check(
            "fresh", ok=True, detail=f"expired {-left} ago, within {LEEWAY} of leeway"
        )
    return Check("fresh", ok=True, detail=f"expires in {left}")


def _times(claims: Mapping[str, Any], at: float) -> str:
    """Return the times in *claims* as people write them, and how far off they are."""
    shown: list[str] = []
    for name in ("iat", "nbf", "exp"):
        value = claims.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                moment = datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")
                apart = timedelta(seconds=round(value - at))
            except (ValueError, OverflowError, OSError):
                shown.append(f"{name} is no time")
            else:
                side = "from now" if apart >= timedelta(0) else "ago"
                shown.append(f"{name} {moment} ({abs(apart)} {side})")
    return ", ".join(shown) or "there are none"


def _names(claims: Mapping[str, Any]) -> str:
    """Return the names of *claims*, which say much and tell nothing of the visitor."""
    names = sorted(claims)[:_SHOWN_NAMES]
    return ", ".join(ascii(name[:_SHOWN_LETTERS])[1:-1] for name in names) or "there are none"


def _result(visitor: Visitor | None) -> Check:
    """Return the end of it."""
    if visitor is None:
        return Check("result", ok=None, detail="nobody is signed in: nothing was presented")
    known = [name for name in ("email", "user_id") if getattr(visitor, name)]
    return Check("result", ok=True, detail=f"accepted, with {' and '.join(known)}")
