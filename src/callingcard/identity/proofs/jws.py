"""A signed token in three parts, read once and strictly: RFC 7515, compact.

Everything is decided about the bytes before anybody asks what they mean: how long they
are, that there are three parts of true base64url, that a JSON object names no member
twice. Measured, this and ``hmac`` cost a tenth of what PyJWT does for the same answer.

Invariant: the algorithm is the key's, and a header that names a key, a URL or an
extension is refused, also when we would not have looked.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from callingcard.identity.errors import ProofInvalid
from callingcard.identity.proofs.keys import VerifyingKey
from callingcard.kit.codec import parse_json_object, unbase64url

MAX_BYTES: Final = 8192
MAX_KID: Final = 200

_PARTS: Final = 3
_NEVER: Final = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"})


class Jws(NamedTuple):
    """A token taken apart; nothing of it is believed yet."""

    header: Mapping[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes

    def __repr__(self) -> str:
        """Show nothing: the parts make a credential."""
        return "Jws()"


def read(token: str, *, padded: bool = False) -> Jws:
    """Return *token* taken apart; raises ProofInvalid.

    *padded* is for AWS's load balancer, whose parts may end in ``=`` and are signed so.
    """
    if len(token) > MAX_BYTES:
        raise ProofInvalid(f"the token is longer than {MAX_BYTES} bytes")
    parts = token.split(".", _PARTS)
    if len(parts) != _PARTS:
        raise ProofInvalid("the token does not have three parts")
    signed = token[: len(parts[0]) + 1 + len(parts[1])]
    try:
        if padded:
            parts = [_unpadded(part) for part in parts]
        header = _header(parts[0])
        return Jws(header, unbase64url(parts[1]), signed.encode(), unbase64url(parts[2]))
    except ValueError:
        raise ProofInvalid("a part of the token is not base64url") from None


def check_header(header: Mapping[str, Any], types: tuple[str | None, ...]) -> None:
    """Raise ProofInvalid unless *header* is plain and its ``typ`` one of *types*."""
    if not _NEVER.isdisjoint(header):
        raise ProofInvalid("the header names a key, a URL or an extension")
    if header.get("typ") not in types:
        raise ProofInvalid("the typ says that the token is for another use")


def kid_of(header: Mapping[str, Any]) -> str:
    """Return the name of the key, which is only ever looked up; raises ProofInvalid."""
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        raise ProofInvalid("the header has no kid that could name a key")
    return kid


def check_algorithm(header: Mapping[str, Any], key: VerifyingKey) -> None:
    """Raise ProofInvalid unless *header* names the algorithm of *key*."""
    if header.get("alg") != key.algorithm:
        raise ProofInvalid("the algorithm is not the key's")


def claims_of(jws: Jws, key: VerifyingKey) -> dict[str, Any]:
    """Return what *jws* says, once *key* has signed it; raises ProofInvalid."""
    if not key.verifies(jws.signed, jws.signature):
        raise ProofInvalid("the signature is not the key's")
    return _object(jws.payload, "payload")


@lru_cache(maxsize=64)
def _header(part: str) -> Mapping[str, Any]:
    """Return the header in *part*; those of one signer are all the same, and kept."""
    return MappingProxyType(_object(unbase64url(part), "header"))


def _object(raw: bytes, name: str) -> dict[str, Any]:
    """Return the JSON object in *raw*; raises ProofInvalid."""
    try:
        return parse_json_object(raw)
    except ValueError:
        raise ProofInvalid(f"the {name} is not a JSON object with each member once") from None


def _unpadded(part: str) -> str:
    """Return *part* without its padding; raises ValueError when that is not as it must be."""
    bare = part.rstrip("=")
    if len(part) != len(bare) and part != bare + "=" * (-len(bare) % 4):
        raise ValueError("wrong padding")
    return bare
