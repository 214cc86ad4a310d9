"""Salesforce checks our tokens with the keys we publish, certificate and all."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from tests.support import vendors_b
from tests.support.vouching import (
    ADA,
    SECOND,
    ZOE,
    handed,
    private_key,
    unsigned,
)

from callingcard.identity.platforms.salesforce import Salesforce
from callingcard.identity.ports import KeyPublishing

ISSUER = "https://shop.example/identity"
SALES = Salesforce(private_key=private_key(), key_id="key-1", issuer=ISSUER)
REQUIRED = bool(os.environ.get("CALLINGCARD_REQUIRE_ALL"))

NODE = """
const { createPublicKey, verify, X509Certificate } = require('node:crypto');
const { token, jwk } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const key = createPublicKey({ key: jwk, format: 'jwk' });
const dot = token.lastIndexOf('.');
const signature = Buffer.from(token.slice(dot + 1), 'base64url');
const certificate = new X509Certificate(Buffer.from(jwk.x5c[0], 'base64'));
const same = certificate.publicKey.equals(key) && certificate.verify(key);
console.log(verify('sha256', Buffer.from(token.slice(0, dot)), key, signature) && same);
"""


def another_key() -> str:
    """Return a private key that nobody has seen."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def taken(settings: dict[str, Any], now: int = 0, **keyset: Any) -> str:
    """Hand *settings* to Salesforce, whose keyset is ours unless *keyset* says otherwise."""
    known = {"jwks": SALES.jwks(), "issuer": ISSUER, **keyset}
    return vendors_b.salesforce(settings, now=SECOND + now, **known)


@pytest.mark.parametrize("visitor", [ADA, ZOE], ids=["ada", "zoe"])
def test_salesforce_believes_us(visitor: Any):
    """With the keys as they are published."""
    assert isinstance(SALES, KeyPublishing)
    assert taken(handed(SALES, visitor), now=3599) == visitor.user_id


def test_salesforce_refuses_what_is_not_ours():
    """Another key under our name, another name, another issuer, no signature, too late."""
    stolen_name = replace(SALES, private_key=another_key())
    none = {**handed(SALES), "identityToken": unsigned(handed(SALES)["identityToken"])}
    for why, settings, now in (
        ("signature", handed(stolen_name), 0),
        ("kid", handed(replace(SALES, key_id="key-2")), 0),
        ("issuer", handed(replace(SALES, issuer=ISSUER + "/")), 0),
        ("kid", none, 0),
        ("expired", handed(SALES), 3600),
    ):
        with pytest.raises(vendors_b.Refused, match=why):
            taken(settings, now)


def test_a_key_without_its_certificate_leaves_everybody_a_guest():
    """That is why x5c is there; and it must be of the same key."""
    (jwk,) = SALES.jwks()["keys"]
    bare = {name: value for name, value in jwk.items() if name != "x5c"}
    swapped = {
        **jwk,
        "x5c": replace(SALES, private_key=another_key()).jwks()["keys"][0]["x5c"],
    }
    for why, key in (("no x5c", bare), ("x5c of another key", swapped)):
        with pytest.raises(vendors_b.Refused, match=why):
            taken(handed(SALES), jwks={"keys": [key]})


def test_nothing_secret_is_published():
    """Only the members of a public key."""
    (jwk,) = SALES.jwks()["keys"]
    assert set(jwk) == {"kty", "use", "alg", "kid", "n", "e", "x5c", "x5t#S256"}
    assert "PRIVATE" not in json.dumps(jwk)


@pytest.mark.node
def test_node_reads_our_keys_and_certificates():
    """A second implementation checks the token with the JWK, and the certificate."""
    node = shutil.which("node")
    if node is None and REQUIRED:
        pytest.fail("CALLINGCARD_REQUIRE_ALL is set, and Node.js is not installed")
    if node is None:
        pytest.skip("Node.js is not installed")
    given = {"token": handed(SALES)["identityToken"], "jwk": SALES.jwks()["keys"][0]}
    done = subprocess.run(
        [node, "-e", NODE],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "true"), done.stderr
