"""A JWT that the customer's own backend signs: the proof of who is signed in.

This is pure verification: no clock but the *now* it is given, no network.

Invariant: the algorithm belongs to the key in the settings and is never taken
from the token; ``kid`` only looks up that table; no header names a key or a URL.
Invariant: every refusal reads the same, save that a genuine proof may be told
that it is late.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Final, NamedTuple

from jwt.algorithms import get_default_algorithms
from jwt.exceptions import PyJWTError

from callingcard.errors import ConfigError
from callingcard.identity.errors import ProofInvalid
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.proofs.jws import (
    MAX_BYTES,
    Jws,
    check_algorithm,
    check_header,
    claims_of,
    kid_of,
    read,
)
from callingcard.identity.proofs.keys import Algorithm, VerifyingKey, key_of_pem, shared_key
from callingcard.identity.proofs.places import BEARER, Place
from callingcard.identity.proofs.rules import ClaimNames, Rules, window
from callingcard.identity.signing import strong_enough

_MOST_KNOWN: Final = 4096
_TYPES: Final = (None, "JWT", "visitor+jwt")
_ALGORITHMS: Final = ("HS256", "RS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True)
class JwtKey:
    """One key of the customer's: a secret they share with us, or their public key in PEM."""

    kid: str
    secret: str = field(repr=False)
    algorithm: Algorithm = "HS256"


class _Known(NamedTuple):
    """Whom a genuine proof names, and from when until when, in seconds since 1970."""

    visitor: Visitor
    begins: float
    ends: float

    def __repr__(self) -> str:
        """Show nobody."""
        return "_Known()"


class JwtProof:
    """Says who a bearer token of the customer's proves.

    Give every key that may be in use: during a rotation that is the old one and
    the new one. An address counts as proved unless ``email_verified`` is there and not
    true. Raises ConfigError for a key that could be guessed or read.
    """

    kind: ClassVar[str] = "jwt"
    places: ClassVar[tuple[Place, ...]] = (BEARER,)

    def __init__(self, keys: Sequence[JwtKey], *, audience: str, issuer: str) -> None:
        if not keys or not audience or not issuer:
            raise ConfigError("A JWT proof needs at least one key, an audience and an issuer.")
        self._keys = {key.kid: _prepared(key) for key in keys}
        if len(self._keys) != len(keys):
            raise ConfigError("Two keys of a JWT proof have the same kid.")
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._only_kid = keys[0].kid if len(keys) == 1 else None
        self.rules = Rules(
            issuer=issuer,
            audience=audience,
            alone=True,
            dated=True,
            names=ClaimNames(properties="props"),
            trust_email=True,
            strict=True,
        )

    async def visitor(self, given: Presented, now: datetime) -> Visitor | None:
        """Return whom the bearer token of *given* proves; None when there is none."""
        bearer = given.bearer()
        return None if bearer is None else self.verify(bearer, now)

    def verify(self, bearer: str, now: datetime) -> Visitor:
        """Return whom *bearer* proves at *now*; raises ProofInvalid or ProofExpired.

        A page asks with the same proof several times, so what was genuine is known again
        by its hash, within the times that it names. A key that is removed takes what it
        proved with it, since settings that change make a new proof.
        """
        if len(bearer) > MAX_BYTES:
            raise ProofInvalid(f"the token is longer than {MAX_BYTES} bytes")
        name = sha256(bearer.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(name)
        if known is not None and known.begins <= now.timestamp() < known.ends:
            return known.visitor
        jws = self.read(bearer)
        claims = self.claims(jws, self._key(jws.header))
        visitor = self.rules.visitor(claims, now)
        while len(self._known) >= _MOST_KNOWN:
            self._known.popitem(last=False)
        self._known[name] = _Known(visitor, *window(claims))
        return visitor

    def read(self, token: str) -> Jws:
        """Return *token* taken apart, and of a kind that is taken here."""
        jws = read(token)
        check_header(jws.header, _TYPES)
        return jws

    async def key(self, header: Mapping[str, Any]) -> VerifyingKey:
        """Return the key that must have signed under *header*."""
        return self._key(header)

    def claims(self, jws: Jws, key: VerifyingKey) -> Mapping[str, Any]:
        """Return what *jws* says, once *key* is known to have signed it."""
        return claims_of(jws, key)

    def _key(self, header: Mapping[str, Any]) -> VerifyingKey:
        """Return the key that *header* names, if its algorithm agrees with the table."""
        if self._only_kid is not None and header.get("kid") is None:
            kid = self._only_kid
        else:
            kid = kid_of(header)
        key = self._keys.get(kid)
        if key is None:
            raise ProofInvalid("the key is not known")
        check_algorithm(header, key)
        return key


def _prepared(key: JwtKey) -> VerifyingKey:
    """Return *key* ready for use; raises ConfigError when it is no good."""
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
        if key.algorithm == "HS256":
            # PyJWT knows the look of a public key, whose text everybody has.
            return shared_key(get_default_algorithms()["HS256"].prepare_key(key.secret))
        found = key_of_pem(key.secret)
    except (PyJWTError, ValueError):
        found = None
    if found is None or found.algorithm != key.algorithm:
        raise ConfigError(
            f"A key of a JWT proof cannot be read as a key for {key.algorithm}.",
            hint="RS256, ES256 and EdDSA take the public key in PEM, HS256 a secret.",
        )
    return found
