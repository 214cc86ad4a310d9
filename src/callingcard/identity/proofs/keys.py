"""Keys that check signatures: a shared secret, or a public key as a JWK, PEM or certificate.

A key knows the one algorithm it is good for, which follows from what it is: RSA is
RS256, the curve P-256 is ES256, Ed25519 is EdDSA, a secret is HS256. What a key set
publishes beside such keys (other curves, keys for encryption, secrets) is passed over.

Invariant: a public key never checks an HMAC, and no key is made of what a token says.
"""

import hmac
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, TypeAlias, cast
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.algorithms import get_default_algorithms

from callingcard.errors import ConfigError
from callingcard.kit.codec import parse_json_object, unbase64url

Algorithm: TypeAlias = Literal["HS256", "RS256", "ES256", "EdDSA"]
PublicAlgorithm: TypeAlias = Literal["RS256", "ES256", "EdDSA"]
KeyForm: TypeAlias = Literal["jwks", "x509", "pem", "discovery"]

MAX_KEYS: Final = 64
"""More keys than any provider publishes; a longer set is refused whole."""

_RSA_BITS: Final = range(2048, 8193)
_COORDINATE_BYTES: Final = 32
_SECRET_MEMBERS: Final = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})
_RULES: Final = get_default_algorithms()


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key that checks signatures of *algorithm* and of no other."""

    algorithm: Algorithm
    verifies: Callable[[bytes, bytes], bool] = field(repr=False)
    """Say whether the second is the signature of the first."""


class KeySource(Protocol):
    """Finds the key that a provider publishes under a name; ``identity.keysets`` does."""

    async def find(self, kid: str) -> VerifyingKey | None:
        """Return the key *kid*, None when there is none; raises KeysUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class KeyLocation:
    """Where a provider publishes its keys, and how they are written there.

    *form* is ``jwks``; ``x509``, an object from kid to certificate; ``pem``, one key at
    a URL that has ``{kid}`` in it; or ``discovery``, a document that names the URL of the
    JWKS and must name *issuer*. Raises ConfigError for a URL that keys must not come from.
    """

    url: str
    form: KeyForm = "jwks"
    issuer: str = ""

    def __post_init__(self) -> None:
        """Refuse what could be read, or changed, on the way."""
        try:
            checked_key_url(self.url.replace("{kid}", "kid"))
        except ValueError as error:
            raise ConfigError(
                f"The URL of a provider's keys cannot be used: {error}."
            ) from None
        if (self.form == "pem") != self.url.endswith("/{kid}"):
            raise ConfigError(
                "The URL of keys fetched one by one must end in /{kid}, and no other may."
            )


def checked_key_url(text: str) -> str:
    """Return *text*; raises ValueError unless keys may come from there.

    Whoever can change a key on the way can be any visitor, so that plain HTTP is for
    this very machine only, where tests have their provider.

    >>> checked_key_url("https://tenant.example/.well-known/jwks.json")[:8]
    'https://'
    >>> checked_key_url("http://10.0.0.7/jwks")
    Traceback (most recent call last):
    ValueError: it must begin with https://
    """
    if not text.isascii() or any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("it has a character that no URL has")
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("it must look like https://host/path")
    if url.username is not None or url.password is not None or url.fragment:
        raise ValueError("it must have no user and no fragment")
    if url.scheme == "http" and not _is_loopback(url.hostname):
        raise ValueError("it must begin with https://")
    return text


def is_inward(text: str) -> bool:
    """Say whether the URL *text* names this machine, or an address that is not public.

    A host that ends in a number is an address to the resolver however it is written.

    >>> is_inward("https://10.0.0.7/jwks"), is_inward("https://[::1]/"), is_inward("https://a.example")
    (True, True, False)
    >>> is_inward("https://127.1/"), is_inward("https://0x7f000001/"), is_inward("https://8.8.8.8/")
    (True, True, False)
    """
    host = (urlsplit(text).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rpartition(".")[2]
        return last.isdigit() or last.startswith("0x")
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return not (mapped or address).is_global


def shared_key(secret: bytes) -> VerifyingKey:
    """Return the HS256 key *secret*, which the caller has found strong enough.

    >>> shared_key(b"k" * 32).verifies(b"message", b"no signature")
    False
    """

    def verifies(signed: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(secret, signed, "sha256"), signature)

    return VerifyingKey("HS256", verifies)


def key_of_pem(text: str) -> VerifyingKey:
    """Return the public key in the PEM *text*, a certificate's too; raises ValueError."""
    raw = text.strip().encode()
    try:
        if raw.startswith(b"-----BEGIN CERTIFICATE-----"):
            return _public(load_pem_x509_certificate(raw).public_key())
        return _public(load_pem_public_key(raw))
    except UnsupportedAlgorithm as error:
        raise ValueError("a kind of key that is not supported") from error


def keys_of_jwks(raw: bytes) -> dict[str, VerifyingKey]:
    """Return the keys in the JWK set *raw* that check signatures, by kid; raises ValueError.

    See https://www.rfc-editor.org/rfc/rfc7517. Of two keys with one kid the first counts.
    """
    listed = parse_json_object(raw).get("keys")
    if not isinstance(listed, list):
        raise ValueError("no set of keys")  # noqa: TRY004  (one error for one caller)
    found: dict[str, VerifyingKey] = {}
    for jwk in _few(cast("list[object]", listed)):
        if isinstance(jwk, dict) and (pair := _of_jwk(cast("dict[str, Any]", jwk))):
            found.setdefault(*pair)
    return found


def keys_of_certificates(raw: bytes) -> dict[str, VerifyingKey]:
    """Return the keys of an object from kid to certificate, as Google writes it."""
    pairs = _few(list(parse_json_object(raw).items()))
    if not all(isinstance(text, str) for _, text in pairs):
        raise ValueError("no set of certificates")
    return {kid: key_of_pem(text) for kid, text in pairs if kid}


def _few(listed: list[Any]) -> list[Any]:
    """Return *listed*; raises ValueError when it is longer than any real set of keys."""
    if len(listed) > MAX_KEYS:
        raise ValueError(f"more than {MAX_KEYS} keys")
    return listed


def _of_jwk(jwk: Mapping[str, Any]) -> tuple[str, VerifyingKey] | None:
    """Return the kid and key of *jwk*, or None when it is not for checking signatures."""
    kid = jwk.get("kid")
    operations = jwk.get("key_ops", ["verify"])
    usable = (
        isinstance(kid, str)
        and kid
        and jwk.get("use") in (None, "sig")  # a tuple: the value may be a list
        and isinstance(operations, list)
        and "verify" in operations
        and _SECRET_MEMBERS.isdisjoint(jwk)
    )
    if not usable:
        return None
    try:
        key = _public(_numbers(jwk))
    except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm):
        return None
    return (cast("str", kid), key) if jwk.get("alg") in (None, key.algorithm) else None


def _numbers(jwk: Mapping[str, Any]) -> object:
    """Return the public key whose numbers *jwk* holds; None of a kind that is not ours."""
    kind = (jwk.get("kty"), jwk.get("crv"))
    if kind == ("RSA", None):
        e, n = (int.from_bytes(unbase64url(jwk.get(part, ""))) for part in ("e", "n"))
        return RSAPublicNumbers(e, n).public_key() if n.bit_length() in _RSA_BITS else None
    if kind == ("EC", "P-256"):
        x, y = (unbase64url(jwk.get(part, "")) for part in ("x", "y"))
        if len(x) != _COORDINATE_BYTES or len(y) != _COORDINATE_BYTES:
            return None
        numbers = EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), SECP256R1())
        return numbers.public_key()
    if kind == ("OKP", "Ed25519"):
        return Ed25519PublicKey.from_public_bytes(unbase64url(jwk.get("x", "")))
    return None


def _public(key: object) -> VerifyingKey:
    """Return *key* with the algorithm that it is good for; raises ValueError."""
    algorithm: PublicAlgorithm
    if isinstance(key, RSAPublicKey) and key.key_size in _RSA_BITS:
        algorithm = "RS256"
    elif isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        algorithm = "ES256"
    elif isinstance(key, Ed25519PublicKey):
        algorithm = "EdDSA"
    else:
        raise ValueError("a kind of key that is not supported")
    rule = _RULES[algorithm]

    def verifies(signed: bytes, signature: bytes) -> bool:
        return rule.verify(signed, key, signature)

    return VerifyingKey(algorithm, verifies)


def _is_loopback(host: str) -> bool:
    """Say whether *host* is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
