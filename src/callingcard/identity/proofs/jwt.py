"""A JWT that the customer's own backend signs: the proof of who is signed in.

This is pure verification: no clock but the *now* it is given, no network. PyJWT
checks the signature; everything else is read here, once, from the signed bytes.

Invariant: the algorithm belongs to the key in the settings and is never taken
from the token; ``kid`` only looks up that table; no header names a key or a URL.
Invariant: every refusal reads the same, save that a genuine proof may be told
that it is late.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal, TypeAlias, cast

from jwt import PyJWS
from jwt.algorithms import get_default_algorithms
from jwt.exceptions import PyJWTError

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor, ProofExpired, ProofInvalid
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.signing import strong_enough
from callingcard.kit.codec import parse_json_object, unbase64url

Algorithm: TypeAlias = Literal["HS256", "RS256", "ES256", "EdDSA"]

MAX_BYTES: Final = 8192
MAX_LIFE: Final = timedelta(hours=24)
LEEWAY: Final = timedelta(seconds=30)

_SEGMENTS: Final = 3
_FAR_FUTURE: Final = 1e11  # the year 5138: no honest token is later, and floats stay exact
_TYPES: Final = (None, "JWT", "visitor+jwt")
_ALGORITHMS: Final = ("HS256", "RS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True)
class JwtKey:
    """One key of the customer's: a secret they share with us, or their public key in PEM."""

    kid: str
    secret: str = field(repr=False)
    algorithm: Algorithm = "HS256"


class JwtProof:
    """Says who a bearer token of the customer's proves.

    Give every key that may be in use: during a rotation that is the old one and
    the new one. Raises ConfigError for a key that could be guessed or read.
    """

    kind: ClassVar[str] = "jwt"

    def __init__(self, keys: Sequence[JwtKey], *, audience: str, issuer: str) -> None:
        if not keys or not audience or not issuer:
            raise ConfigError("A JWT proof needs at least one key, an audience and an issuer.")
        self._keys = {key.kid: (key.algorithm, _prepared(key)) for key in keys}
        if len(self._keys) != len(keys):
            raise ConfigError("Two keys of a JWT proof have the same kid.")
        self._audience = audience
        self._issuer = issuer
        self._jws = PyJWS(algorithms=list(_ALGORITHMS))

    async def visitor(self, given: Presented, now: datetime) -> Visitor | None:
        """Return whom the bearer token of *given* proves; None when there is none."""
        bearer = given.bearer()
        return None if bearer is None else self.verify(bearer, now)

    def verify(self, bearer: str, now: datetime) -> Visitor:
        """Return whom *bearer* proves at *now*; raises ProofInvalid or ProofExpired."""
        claims = self._claims(bearer)
        if not self._for_us(claims) or not _honest_times(claims, now):
            raise ProofInvalid
        visitor = _visitor(claims)
        if now.timestamp() >= claims["exp"] + LEEWAY.total_seconds():
            raise ProofExpired
        return visitor

    def _claims(self, bearer: str) -> dict[str, Any]:
        """Return the claims of *bearer* once its signature is known to be right."""
        if len(bearer) > MAX_BYTES:
            raise ProofInvalid
        try:
            segments = [unbase64url(part) for part in bearer.split(".", _SEGMENTS)]
            if len(segments) != _SEGMENTS:
                raise ProofInvalid
            header = parse_json_object(segments[0].decode())
            algorithm, key = self._key(header)
            signed = self._jws.decode(bearer, key, algorithms=[algorithm])
            return parse_json_object(cast("bytes", signed).decode())
        except (PyJWTError, ValueError):
            raise ProofInvalid from None

    def _key(self, header: dict[str, Any]) -> tuple[str, Any]:
        """Return the key that *header* names, if all it says agrees with the table."""
        kid = header.get("kid")
        if kid is None and len(self._keys) == 1:
            kid = next(iter(self._keys))
        found = self._keys.get(kid) if isinstance(kid, str) else None
        if found is None or header.get("alg") != found[0]:
            raise ProofInvalid
        if header.get("typ") not in _TYPES or "crit" in header or "b64" in header:
            raise ProofInvalid
        return found

    def _for_us(self, claims: dict[str, Any]) -> bool:
        """Say whether the token was made by them, and for us alone."""
        audience = claims.get("aud")
        alone = audience in (self._audience, [self._audience])
        return alone and claims.get("iss") == self._issuer


def _prepared(key: JwtKey) -> Any:
    """Return *key* as PyJWT wants it; raises ConfigError when it is no good."""
    if key.algorithm not in _ALGORITHMS:
        raise ConfigError(
            "A JWT proof names an algorithm that is not accepted.",
            hint=f"Accepted are {', '.join(_ALGORITHMS)}.",
        )
    if not key.kid:
        raise ConfigError("A key of a JWT proof has no kid.")
    if key.algorithm == "HS256":
        strong_enough(key.secret, "a JWT proof")
    try:
        return get_default_algorithms()[key.algorithm].prepare_key(key.secret)
    except (PyJWTError, ValueError, TypeError):
        raise ConfigError(
            f"A key of a JWT proof cannot be read as a key for {key.algorithm}.",
            hint="RS256, ES256 and EdDSA take the public key in PEM, HS256 a secret.",
        ) from None


def _honest_times(claims: dict[str, Any], now: datetime) -> bool:
    """Say whether the times are there, sane, and not in the future."""
    times = [claims.get("iat"), claims.get("exp"), claims.get("nbf", 0)]
    if not all(_is_time(t) for t in times):
        return False
    issued, expires, not_before = (cast("float", t) for t in times)
    latest = now.timestamp() + LEEWAY.total_seconds()
    brief = 0 < expires - issued <= MAX_LIFE.total_seconds()
    return brief and issued <= latest and not_before <= latest


def _is_time(value: object) -> bool:
    """Say whether *value* is a number that can be a moment."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value < _FAR_FUTURE and math.isfinite(value)


def _visitor(claims: dict[str, Any]) -> Visitor:
    """Return whom *claims* speak of; an address said not to be proved refuses them all."""
    if claims.get("email_verified", True) is not True:
        raise ProofInvalid
    email, user_id = _text(claims, "email"), _text(claims, "sub")
    properties = claims.get("props", {})
    if not (email or user_id) or not isinstance(properties, dict):
        raise ProofInvalid
    try:
        visitor = Visitor(
            email,
            email_verified=bool(email),
            user_id=user_id,
            first_name=_text(claims, "given_name"),
            last_name=_text(claims, "family_name"),
            properties=cast("dict[str, Any]", properties),
        )
    except InvalidVisitor:
        raise ProofInvalid from None
    if visitor.email is None and visitor.user_id is None:
        raise ProofInvalid
    return visitor


def _text(claims: dict[str, Any], name: str) -> str:
    """Return the claim *name*, empty when it is not there."""
    value = claims.get(name, "")
    if not isinstance(value, str):
        raise ProofInvalid
    return value
