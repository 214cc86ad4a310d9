"""RSA keys: weak ones stop the start, and what is published follows from the key alone."""

import base64
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from tests.support.vouching import private_key

from callingcard.errors import ConfigError
from callingcard.identity.rsa_keys import checked_private_key, public_jwk, sign_rs256

PEM = private_key()


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> str:
    """Return *key* as OpenSSL writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def locked() -> str:
    """Return a good key behind a passphrase."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    how = BestAvailableEncryption(b"correct horse")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()


def test_a_good_key_is_returned_as_it_is():
    """Nothing is written anew."""
    assert checked_private_key(PEM, "the test") == PEM


def test_a_key_that_cannot_or_must_not_sign_stops_the_start():
    """Each with its reason, and none of the key in it."""
    public = f"{x509.load_der_x509_certificate(certificate()).public_key()}"
    for bad, why in (
        ("", "no PEM"),
        (public, "no PEM"),
        (PEM[:200], "no PEM"),
        (locked(), "passphrase"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "no RSA key"),
        (pem(rsa.generate_private_key(65537, 1024)), "1024 bits"),  # noqa: S505  (refused)
    ):
        with pytest.raises(ConfigError, match=why) as caught:
            checked_private_key(bad, "the test")
        assert "openssl" in caught.value.hint
        assert "BEGIN" not in f"{caught.value}"


def certificate(key: str = PEM) -> bytes:
    """Return the certificate that is published for *key*."""
    return base64.b64decode(public_jwk(key, "k")["x5c"][0])


def test_the_certificate_is_of_the_key_and_by_the_key():
    """Whoever checks it with itself is content, for as long as anybody may live to see."""
    found = x509.load_der_x509_certificate(certificate())
    found.verify_directly_issued_by(found)
    key = found.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signed, _, signature = sign_rs256({"sub": "1"}, PEM, kid="k").rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    assert found.signature_hash_algorithm is not None
    key.verify(raw, signed.encode(), PKCS1v15(), found.signature_hash_algorithm)
    assert (found.not_valid_before_utc.year, found.not_valid_after_utc.year) == (2020, 2099)
    assert 0 < found.serial_number < 2**159


def test_what_is_published_is_the_same_in_another_process():
    """Two servers with one key never disagree, whatever the day."""
    code = (
        "import sys; from callingcard.identity.rsa_keys import public_jwk;"
        "print(public_jwk(sys.stdin.read(), 'k')['x5c'][0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=PEM, capture_output=True, text=True, check=True
    )
    assert base64.b64decode(done.stdout) == certificate()


def test_two_keys_have_two_certificates():
    """Names, numbers and thumbprints too."""
    other = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    ours, theirs = public_jwk(PEM, "k"), public_jwk(other, "k")
    assert all(ours[part] != theirs[part] for part in ("n", "x5c", "x5t#S256"))
    numbers = {
        x509.load_der_x509_certificate(certificate(k)).serial_number for k in (PEM, other)
    }
    assert len(numbers) == 2


def test_a_key_with_windows_line_ends_is_the_same_key():
    """It has come by mail or by an environment variable."""
    turned = checked_private_key(PEM.replace("\n", "\r\n"), "the test")
    assert sign_rs256({"sub": "1"}, turned) == sign_rs256({"sub": "1"}, PEM)
