"""What the claims of a signed token must say, and whom they speak of.

The checks stand in ``CHECKS`` in the order they are made, so that the debugger can walk
through them one by one and never sees another outcome than a visitor would.

Invariant: an address counts only if a claim of the provider says that it is theirs, or
the operator said that the provider signs in nobody else. Invariant: lateness is looked at
last, so that only a genuine proof is told that it is late.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from callingcard.identity.errors import InvalidVisitor, ProofExpired, ProofInvalid
from callingcard.identity.model import Visitor

LEEWAY: Final = timedelta(seconds=30)
"""How far the clocks of the one who signs and of ours may be apart."""
MAX_LIFE: Final = timedelta(hours=24)

Claims: TypeAlias = Mapping[str, Any]

_LEEWAY_SECONDS: Final = LEEWAY.total_seconds()
_NOTHING: Final[Claims] = MappingProxyType({})
_FAR_FUTURE: Final = 1e11  # the year 5138: no honest token is later, and floats stay exact


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimNames:
    """Which claim holds which part of a visitor; empty when none does."""

    email: str = "email"
    email_verified: str = "email_verified"
    user_id: str = "sub"
    first_name: str = "given_name"
    last_name: str = "family_name"
    properties: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes the claims of a token good here; see ``CHECKS``.

    *audience* empty means that tokens have none, and *parties* says whom they are for.
    """

    issuer: str
    audience: str = ""
    alone: bool = False
    """Whether the token must be for us and nobody else."""
    parties: frozenset[str] = frozenset()
    """What ``azp`` must be one of, when any are named."""
    shared: bool = False
    """Whether a token for several counts although ``azp`` does not say that it is ours."""
    must: Mapping[str, str] = field(default_factory=dict[str, str])
    """Claims that must have this very value."""
    must_not: Mapping[str, str] = field(default_factory=dict[str, str])
    """Claims that must not have this value."""
    dated: bool = False
    """Whether ``iat`` must be there."""
    max_life: timedelta = MAX_LIFE
    names: ClaimNames = ClaimNames()
    trust_email: bool = False
    """Whether an address without a claim about it is proved."""
    true_as_text: bool = False
    """Whether this provider is known to write ``"true"`` where others write ``true``."""
    strict: bool = False
    """Whether an address that is not proved refuses the token, instead of being left out."""

    def visitor(self, claims: Claims, now: datetime) -> Visitor:
        """Return whom *claims* prove at *now*; raises ProofInvalid or ProofExpired."""
        at = now.timestamp()
        for _, check in CHECKS:
            check(claims, self, at)
        visitor = visitor_of(claims, self)
        check_fresh(claims, at)
        return visitor


def check_issuer(claims: Claims, rules: Rules, _at: float) -> None:
    """Raise ProofInvalid unless the issuer is ours, letter for letter."""
    if claims.get("iss") != rules.issuer:
        raise ProofInvalid("the issuer is another")


def check_audience(claims: Claims, rules: Rules, _at: float) -> None:
    """Raise ProofInvalid unless the token was made for us."""
    if not rules.audience:
        return
    given = claims.get("aud")
    if given in (rules.audience, [rules.audience]):
        return
    if rules.alone or not isinstance(given, list) or rules.audience not in given:
        raise ProofInvalid("the audience is another")


def check_party(claims: Claims, rules: Rules, _at: float) -> None:
    """Raise ProofInvalid unless one of our own apps asked for the token.

    Where no parties are named this is asked of a token for several alone, as OpenID
    Connect has it: any of the others may have got it for itself and passed it on.
    See https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation.
    """
    given = claims.get("aud")
    several = isinstance(given, list) and len(cast("list[object]", given)) > 1
    ours = rules.parties
    if not ours and several and rules.audience and not rules.shared:
        ours = frozenset({rules.audience})
    if not ours:
        return
    party = claims.get("azp")
    if not isinstance(party, str) or party not in ours:
        raise ProofInvalid("the authorized party (azp) is missing or another")


def check_kind(claims: Claims, rules: Rules, _at: float) -> None:
    """Raise ProofInvalid unless the token is of the kind that names a signed-in person."""
    for name, value in rules.must.items():
        if claims.get(name) != value:
            raise ProofInvalid(f"the claim {name} is missing or another")
    for name, value in rules.must_not.items():
        if claims.get(name) == value:
            raise ProofInvalid(f"the claim {name} says that nobody is signed in yet")


def check_times(claims: Claims, rules: Rules, at: float) -> None:
    """Raise ProofInvalid unless the times are there, sane, and not in the future."""
    expires, issued, not_before = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if issued is None and not rules.dated:
        issued = at
    if not (_is_time(expires) and _is_time(issued) and _is_time(not_before)):
        raise ProofInvalid("a time is missing, or is no time")
    begins = cast("float", issued)
    if begins > at + _LEEWAY_SECONDS or cast("float", not_before) > at + _LEEWAY_SECONDS:
        raise ProofInvalid("the token is from the future")
    life = cast("float", expires) - begins
    # Without an iat nobody can say how long it lives: what is left must do, and may be less
    # than nothing.
    if life > rules.max_life.total_seconds() or ("iat" in claims and life <= 0):
        raise ProofInvalid("the token lives longer than is accepted, or ends before it begins")


CHECKS: Final[tuple[tuple[str, Callable[[Claims, Rules, float], None]], ...]] = (
    ("issuer", check_issuer),
    ("audience", check_audience),
    ("authorized party", check_party),
    ("kind of token", check_kind),
    ("times", check_times),
)


def window(claims: Claims) -> tuple[float, float]:
    """Return from when until when *claims* count; their times are known to be in order."""
    begins = max(claims["iat"], claims.get("nbf", 0))
    return begins - _LEEWAY_SECONDS, claims["exp"] + _LEEWAY_SECONDS


def check_fresh(claims: Claims, at: float) -> None:
    """Raise ProofExpired for claims whose times are in order and over."""
    if is_late(claims, at):
        raise ProofExpired


def is_late(claims: Claims, at: float) -> bool:
    """Say whether claims whose times are in order are over."""
    return at >= claims["exp"] + _LEEWAY_SECONDS


def is_proved(claims: Claims, rules: Rules) -> bool:
    """Say whether the provider stands for the address."""
    name = rules.names.email_verified
    if name and name in claims:
        value = claims[name]
        return value is True or (rules.true_as_text and value == "true")
    return rules.trust_email


def visitor_of(claims: Claims, rules: Rules) -> Visitor:
    """Return whom *claims* speak of; raises ProofInvalid when that is nobody we can name."""
    names, proved = rules.names, is_proved(claims, rules)
    if rules.strict and not proved:
        raise ProofInvalid("the address is said not to be proved")
    email = _text(claims, names.email) if proved else ""
    user_id = _text(claims, names.user_id)
    properties: object = _NOTHING
    if names.properties:
        properties = claims.get(names.properties, _NOTHING)
    if not isinstance(properties, Mapping):
        raise ProofInvalid("the properties are no object")
    try:
        visitor = Visitor(
            email,
            email_verified=bool(email),
            user_id=user_id,
            first_name=_text(claims, names.first_name),
            last_name=_text(claims, names.last_name),
            properties=cast("Claims", properties),
        )
    except InvalidVisitor as error:
        parts = ", ".join(error.fields)
        raise ProofInvalid(f"the visitor cannot be used as described: {parts}") from None
    if visitor.email is None and visitor.user_id is None:
        raise ProofInvalid("nobody is named: no address that is proved, and no user id")
    return visitor


def _is_time(value: object) -> bool:
    """Say whether *value* is a number that can be a moment."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value < _FAR_FUTURE and math.isfinite(value)


def _text(claims: Claims, name: str) -> str:
    """Return the claim *name*, empty when it is not there."""
    value = claims.get(name) if name else None
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ProofInvalid(f"the claim {name[:80]} is no text")
    return value
