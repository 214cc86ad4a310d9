"""A hundred thousand changes to genuine tokens: none is accepted, none breaks anything.

And our own short check of a token agrees with PyJWT's long one.
"""

import json
import random
import string
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.identity_provider import CASES, pem, private_key

from callingcard.identity.errors import ProofExpired, ProofInvalid
from callingcard.identity.proofs.jwks import JwksProof
from callingcard.identity.proofs.jws import claims_of, read
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.identity.proofs.keys import shared_key
from callingcard.kit.clock import FakeClock

NOON = FakeClock().now()
NOW = int(NOON.timestamp())
SECRET = "0123456789abcdef0123456789abcdefXYZ"
KEYS = [
    JwtKey("hs", SECRET),
    JwtKey("rs", pem("RS256"), "RS256"),
    JwtKey("es", pem("ES256"), "ES256"),
    JwtKey("ed", pem("EdDSA"), "EdDSA"),
]
PROOF = JwtProof(KEYS, audience="callingcard", issuer="shop")
CLAIMS = {"iss": "shop", "aud": "callingcard", "email": "ada@example.com"}
LETTERS = (string.ascii_letters + string.digits + "-_.").encode()
TIMES = {"iat": NOW, "exp": NOW + 300}


def genuine(kid: str, algorithm: str, key: Any, **more: Any) -> str:
    """Return a token that passes, unless *more* spoils it."""
    claims = json.dumps({**CLAIMS, **TIMES, **more}).encode()
    return jwt.api_jws.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


GENUINE = [
    genuine("hs", "HS256", SECRET),
    genuine("rs", "RS256", private_key("RS256")),
    genuine("es", "ES256", private_key("ES256")),
    genuine("ed", "EdDSA", private_key("EdDSA")),
]


def passes(token: str) -> bool:
    """Say whether *token* passes; any error but a refusal is a failure of the test."""
    try:
        PROOF.verify(token, NOON)
    except (ProofInvalid, ProofExpired):
        return False
    return True


def test_the_genuine_ones_pass():
    """Otherwise the rest of this file would prove nothing."""
    assert [passes(token) for token in GENUINE] == [True] * 4


@pytest.mark.parametrize("number", range(4))
def test_no_changed_bytes_are_accepted(number: int):
    """25,000 times one to four bytes, anywhere, of any value but mostly of base64."""
    chance = random.Random(number)
    original = GENUINE[number].encode()
    accepted: list[bytes] = []
    for _ in range(25_000):
        changed = bytearray(original)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            value = chance.choice(LETTERS) if chance.random() < 0.7 else chance.randrange(256)
            changed[chance.randrange(len(changed))] = value
        if bytes(changed) != original and passes(changed.decode("latin-1")):
            accepted.append(bytes(changed))
    assert accepted == []


def mutated(chance: random.Random, tokens: list[str]) -> str:
    """Return what somebody could make of *tokens* without a key."""
    parts = [token.split(".") for token in tokens]
    header, payload, signature = (chance.choice(parts)[n] for n in range(3))
    edits: list[Callable[[], str]] = [
        lambda: f"{header}.{payload}.{signature}",
        lambda: f"{header}.{payload}.",
        lambda: f"{header}..{signature}",
        lambda: f"{payload}.{header}.{signature}",
        lambda: f"{header}.{payload}.{signature}.{signature}",
        lambda: f"{header}.{payload}={'=' * chance.randrange(3)}.{signature}",
        lambda: f"{header}.{payload}.{signature[: chance.randrange(len(signature))]}",
        lambda: f"{header}.{payload}.{signature}{chance.choice('A-_=+/ .')}",
        lambda: f"{chance.choice(FORGED_HEADERS)}.{payload}.{signature}",
        lambda: f"{header}.{chance.choice(FORGED_PAYLOADS)}.{signature}",
        lambda: f" {header}.{payload}.{signature}",
        lambda: "".join(chance.sample(header + payload, 40)) + f".{payload}.{signature}",
    ]
    return chance.choice(edits)()


def part(value: Any) -> str:
    """Return *value* as a part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return jwt.utils.base64url_encode(raw).decode()


FORGED_HEADERS = [
    part({"alg": alg, "kid": kid, **more})
    for alg in ("none", "HS256", "RS256", "ES256", "EdDSA", "HS512", None, 1)
    for kid in ("hs", "rs", "es", "ed", "key-1", "", None, [], "\x00")
    for more in ({}, {"typ": "invite+jwt"}, {"jwk": {"kty": "oct", "k": "eA"}}, {"crit": []})
]
FORGED_PAYLOADS = [
    part(value)
    for value in (
        {**CLAIMS, **TIMES, "email": "eve@example.com"},
        {**CLAIMS, **TIMES, "exp": NOW + 9999},
        [],
        None,
        7,
        {},
        b"",
        b"\xff",
        b'{"a":' + b"[" * 2000,
        b'{"iss":"shop","iss":"shop"}',
        b"9" * 5000,
    )
]


def test_no_piecing_together_is_accepted():
    """10,000 tokens of the parts of others, forged parts, and parts left out."""
    chance = random.Random(1)
    made = {mutated(chance, GENUINE) for _ in range(10_000)} - set(GENUINE)
    assert [token for token in made if passes(token)] == []
    assert len(made) > 1000


async def test_no_provider_s_tokens_can_be_pieced_together_or_changed():
    """Each preset against the tokens of all, and against changed bytes."""
    chance = random.Random(2)
    tokens = {name: case.token() for name, case in CASES.items()}
    accepted: list[tuple[str, str]] = []
    for name, case in CASES.items():
        proof, own = case.proof(), tokens[name]
        made = {mutated(chance, list(tokens.values())) for _ in range(500)}
        for _ in range(500):
            changed = bytearray(own.encode())
            changed[chance.randrange(len(changed))] = chance.randrange(256)
            made.add(changed.decode("latin-1"))
        made = (made | set(tokens.values())) - {own}
        accepted += [(name, t) for t in made if await provider_accepts(proof, t)]
        assert await provider_accepts(proof, own)
    assert accepted == []


async def provider_accepts(proof: JwksProof, token: str) -> bool:
    """Say whether *token* passes; any error but a refusal is a failure of the test."""
    try:
        await proof.verify(token, NOON)
    except (ProofInvalid, ProofExpired):
        return False
    return True


REFERENCE = jwt.PyJWS(algorithms=["HS256"])
SHARED = shared_key(SECRET.encode())


def ours(token: str) -> dict[str, Any] | None:
    """Return what we read in *token*, None when the signature is wrong."""
    try:
        return claims_of(read(token), SHARED)
    except ProofInvalid:
        return None


def theirs(token: str) -> dict[str, Any] | None:
    """Return what PyJWT reads in *token*, None when the signature is wrong."""
    try:
        return json.loads(REFERENCE.decode(token, SECRET, algorithms=["HS256"]))
    except (jwt.PyJWTError, ValueError):
        return None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=1000)
@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_what_pyjwt_signs_we_read_alike(claims: dict[str, Any]):
    """Every claim, of every shape."""
    token = jwt.api_jws.encode(json.dumps(claims).encode(), SECRET, algorithm="HS256")
    if len(token) <= 8192:
        assert ours(token) == theirs(token) == claims


def test_what_we_accept_pyjwt_accepts():
    """Of 20,000 changed tokens neither takes one that the other would not."""
    chance = random.Random(3)
    token = GENUINE[0]
    disagreed: list[str] = []
    for _ in range(20_000):
        letters = list(token)
        for _ in range(chance.choice((1, 1, 2))):
            place = chance.randrange(len(letters))
            letters[place] = chance.choice(token + "=+/ \n\x00é")
        changed = "".join(letters)
        if ours(changed) is not None and theirs(changed) != ours(changed):
            disagreed.append(changed)
    assert disagreed == []


AGES = st.sampled_from([-90_000, -3600, -40, -20, 0, 20, 40, 3600])


@settings(max_examples=1500)
@given(
    st.fixed_dictionaries(
        {
            "iss": st.sampled_from(["shop", "Shop", "", None, 7]),
            "aud": st.sampled_from(["callingcard", "other", "", 7]),
            "iat": AGES,
            "exp": AGES,
            "nbf": st.none() | AGES,
        }
    )
)
def test_claims_are_judged_as_pyjwt_judges_them(drawn: dict[str, Any]):
    """Who, for whom, and when; we only add that a life is short and begins before it ends."""
    at = int(time.time())
    times = {n: drawn[n] + at for n in ("iat", "exp", "nbf") if drawn[n] is not None}
    token = genuine("hs", "HS256", SECRET, **{**drawn, **times, "nbf": times.get("nbf", 0)})
    try:
        jwt.decode(
            token,
            SECRET,
            algorithms=["HS256"],
            audience="callingcard",
            issuer="shop",
            leeway=30,
            options={"require": ["iss", "aud", "exp", "iat"]},
        )
        good = 0 < times["exp"] - times["iat"] <= 86_400
    except jwt.PyJWTError:
        good = False
    try:
        PROOF.verify(token, datetime.fromtimestamp(at, UTC))
    except (ProofInvalid, ProofExpired):
        assert not good
    else:
        assert good
