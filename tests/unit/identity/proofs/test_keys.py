"""A key is good for what it is, and a set keeps only what checks signatures."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.support.identity_provider import certificate, jwk, pem, private_key

from callingcard.errors import ConfigError
from callingcard.identity.proofs.keys import (
    MAX_KEYS,
    KeyLocation,
    checked_key_url,
    key_of_pem,
    keys_of_certificates,
    keys_of_jwks,
)

ALGORITHMS = ("RS256", "ES256", "EdDSA")


def kept(*jwks: Any) -> dict[str, str]:
    """Return the algorithms of the keys that a set of *jwks* yields, by kid."""
    raw = json.dumps({"keys": jwks}).encode()
    return {kid: key.algorithm for kid, key in keys_of_jwks(raw).items()}


def short_rsa() -> str:
    """Return a public key that is too short to be trusted."""
    public = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()  # noqa: S505
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_each_kind_of_key_is_read():
    """And knows its own algorithm, also when the set does not say it."""
    silent = {k: v for k, v in jwk("RS256", "d").items() if k not in {"alg", "use"}}
    assert kept(jwk("RS256", "a"), jwk("ES256", "b"), jwk("EdDSA", "c"), silent) == {
        "a": "RS256",
        "b": "ES256",
        "c": "EdDSA",
        "d": "RS256",
    }


GOOD = jwk("RS256")
EC = jwk("ES256")


@pytest.mark.parametrize(
    "odd",
    [
        {**GOOD, "use": "enc"},
        {**GOOD, "use": ["sig"]},
        {**GOOD, "key_ops": ["encrypt"]},
        {**GOOD, "key_ops": "verify"},
        {**GOOD, "alg": "RS512"},
        {**GOOD, "alg": "HS256"},
        {**GOOD, "alg": "ES256"},
        {**GOOD, "kid": ""},
        {**GOOD, "kid": 7},
        {k: v for k, v in GOOD.items() if k != "kid"},
        {**GOOD, "kty": "oct"},
        {"kid": "k", "kty": "oct", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg"},
        {**GOOD, "d": "AQAB"},
        {**GOOD, "n": "AQAB"},
        {**GOOD, "n": "not base64!"},
        {**GOOD, "n": 7},
        {**GOOD, "e": "AA"},
        {k: v for k, v in GOOD.items() if k != "n"},
        {**EC, "crv": "P-384"},
        {**EC, "x": EC["y"]},
        {**EC, "x": "AQAB"},
        {**jwk("EdDSA"), "crv": "X25519"},
        {**jwk("EdDSA"), "x": "AQAB"},
        "key",
        None,
        [],
    ],
)
def test_what_checks_no_signature_is_passed_over(odd: Any):
    """The others in the set stay good."""
    assert kept(odd, jwk("EdDSA", "other")) == {"other": "EdDSA"}


def test_of_two_keys_with_one_name_the_first_counts():
    """A set that adds one does not take the old one away."""
    assert kept(jwk("ES256", "a"), jwk("RS256", "a")) == {"a": "ES256"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":[],"keys":[]}',
        b"<html>",
        b"\xff",
        json.dumps({"keys": [EC] * (MAX_KEYS + 1)}).encode(),
    ],
)
def test_what_is_no_set_is_refused_whole(raw: bytes):
    """With a ValueError, of which the caller makes an outage."""
    with pytest.raises(ValueError, match=r"."):
        keys_of_jwks(raw)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_pem_and_a_certificate_are_the_same_key(algorithm: str):
    """What the one verifies, the other does."""
    private: Any = private_key(algorithm)
    found = keys_of_certificates(json.dumps({"k": certificate(algorithm)}).encode())
    assert found["k"].algorithm == key_of_pem(pem(algorithm)).algorithm == algorithm
    if algorithm == "EdDSA":
        signature = private.sign(b"message")
        assert found["k"].verifies(b"message", signature)
        assert not found["k"].verifies(b"other", signature)


def private_pem() -> str:
    """Return a private key, which nobody should give us."""
    return (
        private_key("ES256")
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode()
    )


def other_curve() -> str:
    """Return a public key on a curve that is not taken."""
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    "text",
    ["", "key", short_rsa(), private_pem(), other_curve(), "-----BEGIN CERTIFICATE-----"],
)
def test_a_pem_that_is_no_good_key_is_refused(text: str):
    """Too short, private, of another curve, or none at all."""
    with pytest.raises(ValueError, match=r"."):
        key_of_pem(text)


@pytest.mark.parametrize("raw", [b'{"k":7}', b"[]", b'{"k":"x"}', b'{"k":"a","k":"b"}'])
def test_an_object_of_something_else_is_no_set_of_certificates(raw: bytes):
    """Google's form of a set is read as strictly."""
    with pytest.raises(ValueError, match=r"."):
        keys_of_certificates(raw)


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example/jwks",
        "http://10.0.0.7/jwks",
        "http://localhost.eve.example/jwks",
        "ftp://id.example/jwks",
        "file:///etc/passwd",
        "https://",
        "//id.example/jwks",
        "https://user@id.example/jwks",
        "https://user:pass@id.example/jwks",
        "https://id.example/jwks#x",
        "https://id.example/jw ks",
        "https://id.example/jwks\n",
        "https://bücher.example/jwks",
    ],
)
def test_keys_never_come_from_a_place_that_can_be_spoken_for(url: str):
    """Whoever can change a key on the way can be any visitor."""
    with pytest.raises(ValueError, match=r"."):
        checked_key_url(url)
    with pytest.raises(ConfigError):
        KeyLocation(url)


@pytest.mark.parametrize(
    "url",
    ["https://id.example/jwks?p=policy", "http://127.0.0.1:9/jwks", "http://[::1]:9/jwks"],
)
def test_tls_or_this_machine_will_do(url: str):
    """The latter for tests and for a provider on the same host."""
    assert checked_key_url(url) == url
