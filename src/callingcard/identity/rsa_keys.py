"""RSA keys that platforms check our JWTs with, and how they are published.

A key is a PEM that the operator made. What is published of it, certificate and all,
is a function of the key alone: two processes with one key publish the same bytes, so
a vendor who compares or caches sees no change that there is not.

Invariant: no repr, error or published key holds a private number.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from callingcard.errors import ConfigError
from callingcard.identity.signing import jwt_input
from callingcard.kit.codec import base64url

MIN_BITS: Final = 2048
"""The shortest key that may sign: RFC 7518 section 3.3 and every vendor ask for it."""

_HINT: Final = (
    "Make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
    " -out callingcard.pem"
)
_NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
_NOT_AFTER: Final = datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)


def checked_private_key(pem: str, where: str) -> str:
    """Return *pem*, an RSA private key without a passphrase.

    Raises ConfigError, naming *where* it is set, for anything else: a key that cannot
    sign must stop the start and not the first visitor.
    """
    try:
        key = load_pem_private_key(str(pem).encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(
            f"The private_key of {where} is no PEM, or has a passphrase.", hint=_HINT
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(f"The private_key of {where} is no RSA key.", hint=_HINT)
    if key.key_size < MIN_BITS:
        raise ConfigError(
            f"The private_key of {where} has {key.key_size} bits; at least {MIN_BITS}"
            " are needed.",
            hint=_HINT,
        )
    return pem


def sign_rs256(claims: Mapping[str, Any], private_key: str, *, kid: str | None = None) -> str:
    """Return *claims* as a JWT signed with RS256, naming the key *kid* if given.

    *private_key* is a PEM that ``checked_private_key`` has passed.
    """
    head = {"alg": "RS256", "typ": "JWT", **({"kid": kid} if kid else {})}
    covered = jwt_input(head, claims)
    signature = _key(private_key).sign(covered, PKCS1v15(), SHA256())
    return f"{covered.decode()}.{base64url(signature)}"


def public_jwk(private_key: str, kid: str) -> dict[str, Any]:
    """Return the public half of *private_key* as a JSON Web Key, certificate included.

    ``x5c`` holds a certificate that the key signed for itself: Salesforce takes a JWK
    without one and then leaves every visitor a guest, without a word.
    """
    key = _key(private_key)
    numbers = key.public_key().public_numbers()
    certificate = _certificate(key).public_bytes(Encoding.DER)
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": _number(numbers.n),
        "e": _number(numbers.e),
        "x5c": [base64.b64encode(certificate).decode()],
        "x5t#S256": base64url(hashlib.sha256(certificate).digest()),
    }


@lru_cache(maxsize=16)
def _key(pem: str) -> RSAPrivateKey:
    """Return the key in *pem*, read once: reading costs as much as ten signatures."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError("The private_key is no RSA key.", hint=_HINT)
    return key


def _certificate(key: RSAPrivateKey) -> x509.Certificate:
    """Return the one certificate there is for *key*.

    Its number comes from the key, its times are fixed, and RS256 (PKCS #1 v1.5) adds
    nothing random, so making it again makes it the same. It says nothing of how long
    the key is used: for that, publish another key.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "callingcard")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(_serial(key.public_key()))
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .sign(key, SHA256())
    )


def _serial(key: RSAPublicKey) -> int:
    """Return a certificate number of *key*'s own: positive and below 2**159 (RFC 5280)."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return int.from_bytes(hashlib.sha256(spki).digest()[:19], "big") + 1


def _number(value: int) -> str:
    """Return *value* as JWK writes numbers: big-endian, no byte more than needed."""
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
