"""Libraries that vendors publish, or name in their documentation, agree with ours."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from tests.support.vouching import ADA, NOW, OTHER_SECRET, SECOND, SECRET, ZOE, private_key

from callingcard.identity.platforms import build

FOLDER = Path(__file__).parent / "node"
REQUIRED = bool(os.environ.get("CALLINGCARD_REQUIRE_ALL"))
CLAIMS = {"sub": "{user_id}", "email": "{email}", "name": "{name}", "plan": "pro"}
SIGNING = [
    build("intercom", app_id="ab12", secret=SECRET),
    build("zendesk", key_id="app_1", secret=SECRET),
    build("zendesk-chat", secret=SECRET),
    build("jwt", secret=SECRET, claims=CLAIMS),
    build("desk", base_url="https://d.example", inbox="web", key_id="k1", secret=SECRET),
]
IDENTIFIERS = [
    "1234",
    "ciaran@intercom.io",
    "ada.l+chat@example.com",
    "zoë@xn--exmple-cua.com",
]
OTHER_PUBLIC = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwJkK3AbcWawBTCg7Juuf
m0AkCnHe6overzDgb3LCVFjFM2ocNeS2FE0JU9uoJlkWLMqUlxD8wEmMF0WSw3mj
vMgooxqlvSIHDToWKfoyPcFmgWGx4IoiGCwduKC7PMxRFQ/JCpVdlRlK599Dz/K2
SwDksq5yXTRzsQ9HQbg0U7xjnVliO0LAxTbWD6Cr54kauVlObADj+MghJdnsmZDH
c3dtWsRwYScIFgu2YwPZd/yvMCPpJOIJBCRxN3AtrbKjWypGdYOAl5KIfyE/Hmok
Gv111F1V+8bddNVxcL/wGYqvNMiYDNJEQ8NsF4Djmpit48YTqK/L9i2QOeVSQFxI
SwIDAQAB
-----END PUBLIC KEY-----
"""


@pytest.fixture(scope="module")
def node() -> str:
    """Return the path of Node, its packages in place; skip or fail without them."""
    found, npm = shutil.which("node"), shutil.which("npm")
    why = "" if found and npm else "Node.js and npm are not installed"
    if npm and not (FOLDER / "node_modules" / "jose").is_dir():
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        why = why or (done.stderr[-500:] if done.returncode else "")
    if why and REQUIRED:
        pytest.fail(f"CALLINGCARD_REQUIRE_ALL is set, and {why}")
    if why:
        pytest.skip(f"the Node libraries cannot be had: {why}")
    return str(found)


def asked(node: str, tokens: list[dict[str, str]], hashes: list[dict[str, str]]) -> Any:
    """Return what the libraries make of *tokens* and *hashes*."""
    done = subprocess.run(
        [node, "libraries.mjs"],
        cwd=FOLDER,
        input=json.dumps({"tokens": tokens, "hashes": hashes, "now": SECOND + 1}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.node
def test_jsonwebtoken_and_jose_read_our_tokens(node: str):
    """The one that Zendesk's and Intercom's pages use, and the one that is strictest."""
    people = [(platform, visitor) for platform in SIGNING for visitor in (ADA, ZOE)]
    tokens = [
        {
            "token": platform.sign(visitor, NOW).value,
            "key": SECRET,
            "other": OTHER_SECRET,
            "algorithm": "HS256",
        }
        for platform, visitor in people
    ]
    found = asked(node, tokens, [])["tokens"]
    for (platform, visitor), read in zip(people, found, strict=True):
        assert read["refused"], platform.name
        assert read["jsonwebtoken"] == read["jose"]
        assert read["jose"]["email"] == visitor.email
        assert visitor.user_id in read["jose"].values()
        assert read["header"]["typ"] == "JWT"


@pytest.mark.node
def test_they_read_our_rs256_with_the_public_key(node: str):
    """And with no other."""
    key = load_pem_private_key(private_key().encode(), password=None)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    platform = build("jwt", private_key=private_key(), algorithm="RS256", claims=CLAIMS)
    token = {
        "token": platform.sign(ADA, NOW).value,
        "key": public.decode(),
        "other": OTHER_PUBLIC,
        "algorithm": "RS256",
    }
    read = asked(node, [token], [])["tokens"][0]
    assert (read["jose"]["sub"], read["jsonwebtoken"]["plan"]) == ("u_42", "pro")
    assert read["refused"]


@pytest.mark.node
def test_intercoms_own_library_makes_our_hashes(node: str):
    """IdentityVerification.userHash of intercom-client, the official one."""
    hashes = [{"secret": SECRET, "text": text} for text in IDENTIFIERS]
    ours = [
        build("hmac", secret=SECRET, over="user_id").sign(_named(text), NOW).value
        for text in IDENTIFIERS
    ]
    assert ours == asked(node, [], hashes)["hashes"]


@pytest.mark.parametrize("text", IDENTIFIERS[:3])
def test_django_analytical_makes_our_hashes(text: str, monkeypatch: pytest.MonkeyPatch):
    """The template tags that Django sites use for Intercom; they take ASCII only."""
    theirs = pytest.importorskip("analytical.templatetags.intercom")
    settings = SimpleNamespace(INTERCOM_HMAC_SECRET_KEY=SECRET)
    monkeypatch.setattr(theirs, "settings", settings)
    who = replace(ADA, user_id=text, email=text if "@" in text else ADA.email)
    ours = build("intercom-hmac", app_id="ab12", secret=SECRET).sign(who, NOW)
    assert ours.value == theirs.intercom_user_hash(text)


def _named(user_id: str) -> Any:
    """Return a visitor who is known by *user_id*."""
    return type(ADA)(user_id=user_id)
