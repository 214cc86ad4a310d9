"""A forged proof never passes, and a genuine one only in its time."""

import base64
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from callingcard.errors import ConfigError
from callingcard.identity.errors import ProofExpired, ProofInvalid
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.kit.crypto import new_secret

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOW = int(NOON.timestamp())
SECRET = new_secret()
OTHER = new_secret()
PROOF = JwtProof([JwtKey("k1", SECRET)], audience="callingcard", issuer="shop")
GOOD = {
    "iss": "shop",
    "aud": "callingcard",
    "iat": NOW,
    "exp": NOW + 300,
    "sub": "u-7",
    "email": "Ada@Example.com",
    "given_name": "Ada",
}
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(private: Any) -> str:
    """Return the public half of *private* as text."""
    public = private.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(
    claims: dict[str, Any] | None = None,
    *,
    secret: Any = SECRET,
    alg: str = "HS256",
    header: dict[str, Any] | None = None,
    drop: Sequence[str] = (),
) -> str:
    """Return a token of GOOD changed by *claims*, without those in *drop*."""
    body = {k: v for k, v in {**GOOD, **(claims or {})}.items() if k not in drop}
    return jwt.encode(body, secret, algorithm=alg, headers={"kid": "k1", **(header or {})})


def by_hand(header: bytes, payload: bytes, secret: str = SECRET) -> str:
    """Return a token with these very bytes, rightly signed with HS256."""
    import hashlib
    import hmac

    def b64(raw: bytes):
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    start = b64(header) + b"." + b64(payload)
    return (start + b"." + b64(hmac.digest(secret.encode(), start, hashlib.sha256))).decode()


def test_a_genuine_proof_names_the_visitor():
    """The address is canonical, and verified as the shop vouches for it."""
    visitor = PROOF.verify(signed({"props": {"plan": "pro"}}), NOON)
    assert (
        visitor.email,
        visitor.email_verified,
        visitor.user_id,
    ) == ("ada@example.com", True, "u-7")
    assert (visitor.first_name, dict(visitor.properties)) == ("Ada", {"plan": "pro"})


def test_a_user_id_alone_is_enough():
    """The address may be missing; it is then not verified."""
    visitor = PROOF.verify(signed(drop=["email"]), NOON)
    assert (visitor.email, visitor.email_verified) == (None, False)


HEADER = json.dumps({"alg": "HS256", "typ": "JWT", "kid": "k1"}).encode()
BODY = json.dumps(GOOD).encode()
DEEP = b'{"a":' * 1000 + b"1" + b"}" * 1000


def header_with(**more: Any) -> bytes:
    """Return the good header with *more*."""
    return json.dumps({"alg": "HS256", "typ": "JWT", "kid": "k1", **more}).encode()


FORGED = {
    "empty": "",
    "one segment": "abc",
    "two segments": "a.b",
    "four segments": signed() + ".x",
    "dots": "." * 4000,
    "too long": signed({"given_name": "x" * 7000}),
    "not ascii": "é" + signed(),
    "not base64url": signed().replace(".", ".*", 1),
    "padding": signed() + "=",
    "line break": signed() + "\n",
    "other key": signed(secret=OTHER),
    "HS384": signed(alg="HS384", secret=SECRET * 2),
    "HS512": signed(alg="HS512", secret=SECRET * 2),
    "RS256 with the kid of a secret": signed(alg="RS256", secret=RSA),
    "unknown kid": signed(header={"kid": "k2"}),
    "kid of no text": by_hand(header_with(kid=["k1"]), BODY),
    "kid path": by_hand(header_with(kid="../../dev/null"), BODY, ""),
    "kid sql": by_hand(header_with(kid="' union select 'x"), BODY, "x"),
    "kid nul": by_hand(header_with(kid="k1\x00"), BODY),
    "crit": by_hand(header_with(crit=["exp"]), BODY),
    "unknown crit": by_hand(header_with(crit=["x"], x=1), BODY),
    "b64 false": by_hand(header_with(b64=False), BODY),
    "typ of another use": by_hand(header_with(typ="ws-ticket+jwt"), BODY),
    "typ of the desk": by_hand(header_with(typ="callingcard-visitor+jwt"), BODY),
    "alg twice": by_hand(b'{"alg":"HS256","alg":"none","kid":"k1"}', BODY),
    "email twice": by_hand(HEADER, BODY[:-1] + b',"email":"eve@example.com"}'),
    "embedded jwk": by_hand(
        header_with(kid="x", jwk={"kty": "oct", "k": "eA"}, jku="https://e.example"), BODY, "x"
    ),
    "deep header": by_hand(DEEP, BODY),
    "deep payload": by_hand(HEADER, DEEP),
    "header is a list": by_hand(b"[]", BODY),
    "payload is a list": by_hand(HEADER, b"[]"),
    "payload is no json": by_hand(HEADER, b"\xff\xfe"),
    "payload in utf-16": by_hand(HEADER, BODY.decode().encode("utf-16")),
    "other issuer": signed({"iss": "eve"}),
    "other audience": signed({"aud": "desk"}),
    "two audiences": signed({"aud": ["callingcard", "desk"]}),
    "longer than a day": signed({"exp": NOW + 86_401}),
    "ends before it begins": signed({"exp": NOW - 1, "iat": NOW}),
    "times as text": by_hand(HEADER, json.dumps({**GOOD, "exp": str(NOW + 9)}).encode()),
    "time true": by_hand(HEADER, json.dumps({**GOOD, "iat": True}).encode()),
    "time infinite": by_hand(HEADER, BODY.replace(str(NOW + 300).encode(), b"1e999")),
    "time not a number": by_hand(HEADER, BODY.replace(str(NOW + 300).encode(), b"NaN")),
    "time huge": by_hand(HEADER, BODY.replace(str(NOW + 300).encode(), b"9" * 400)),
    "nbf as text": by_hand(HEADER, json.dumps({**GOOD, "nbf": "0"}).encode()),
    "address said to be unproved": signed({"email_verified": False}),
    "address perhaps proved": signed({"email_verified": "true"}),
    "no address": signed({"email": "nobody"}),
    "address a list": signed({"email": ["ada@example.com"]}),
    "name a number": signed({"given_name": 7}),
    "props a list": signed({"props": ["x"]}),
    "props too deep": signed({"props": {"a": {"b": "x" * 5000}}}),
    "nobody": signed(drop=["email", "sub"]),
    "nobody in blank": signed({"email": " ", "sub": " "}),
    **{f"without {name}": signed(drop=[name]) for name in ("iss", "aud", "iat", "exp")},
    **{
        f"alg {alg}": by_hand(json.dumps({"alg": alg, "kid": "k1"}).encode(), BODY)
        for alg in ("none", "None", "NONE", "", "hs256", None, 1)
    },
    "alg none, unsigned": by_hand(b'{"alg":"none","kid":"k1"}', BODY).rpartition(".")[0] + ".",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_proof_is_refused_alike(name: str):
    """Each in the same words, with no error of another kind."""
    with pytest.raises(ProofInvalid) as caught:
        PROOF.verify(FORGED[name], NOON)
    assert str(ProofInvalid()) == str(caught.value)
    assert caught.value.why
    assert caught.value.reason == "who"


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_proof_costs_next_to_nothing(name: str):
    """Less than a millisecond of work, at the best of a few tries."""
    spent: list[float] = []
    for _ in range(5):
        began = time.thread_time()
        with pytest.raises(ProofInvalid):
            PROOF.verify(FORGED[name], NOON)
        spent.append(time.thread_time() - began)
    assert min(spent) < 0.001


@pytest.mark.parametrize(
    ("claims", "outcome"),
    [
        ({"exp": NOW - 29, "iat": NOW - 300}, None),
        ({"exp": NOW - 30, "iat": NOW - 300}, ProofExpired),
        ({"exp": NOW - 9000, "iat": NOW - 9300}, ProofExpired),
        ({"iat": NOW + 30}, None),
        ({"iat": NOW + 31}, ProofInvalid),
        ({"nbf": NOW + 30}, None),
        ({"nbf": NOW + 31}, ProofInvalid),
        ({"exp": NOW + 86_400}, None),
    ],
)
def test_times_are_kept_to_the_second(
    claims: dict[str, Any] | None, outcome: type[Exception] | None
):
    """Thirty seconds of leeway for clocks that disagree, and not one more."""
    if outcome is None:
        assert PROOF.verify(signed(claims), NOON).user_id == "u-7"
    else:
        with pytest.raises(outcome):
            PROOF.verify(signed(claims), NOON)


def test_two_keys_are_good_while_they_are_exchanged():
    """Each by its kid; without one there is no saying which is meant."""
    proof = JwtProof(
        [JwtKey("old", SECRET), JwtKey("new", OTHER)], audience="callingcard", issuer="shop"
    )
    for kid, secret in (("old", SECRET), ("new", OTHER)):
        token = signed(secret=secret, header={"kid": kid})
        assert proof.verify(token, NOON).user_id == "u-7"
    with pytest.raises(ProofInvalid):
        proof.verify(signed(header={"kid": "new"}), NOON)
    with pytest.raises(ProofInvalid):
        proof.verify(jwt.encode(GOOD, SECRET, algorithm="HS256"), NOON)


def test_the_only_key_needs_no_kid():
    """PyJWT's plain encode is good enough for a shop with one key."""
    assert PROOF.verify(jwt.encode(GOOD, SECRET, algorithm="HS256"), NOON).user_id == "u-7"


@pytest.mark.parametrize(
    ("algorithm", "private"),
    [
        ("RS256", RSA),
        ("ES256", ec.generate_private_key(ec.SECP256R1())),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    ],
)
def test_a_public_key_is_good_for_its_algorithm_alone(algorithm: Any, private: Any):
    """Above all, its text is no HS256 secret."""
    key = JwtKey("k1", pem(private), algorithm)
    proof = JwtProof([key], audience="callingcard", issuer="shop")
    assert proof.verify(signed(secret=private, alg=algorithm), NOON).user_id == "u-7"
    with pytest.raises(ProofInvalid):
        proof.verify(by_hand(HEADER, BODY, pem(private)), NOON)


@pytest.mark.parametrize(
    "key",
    [
        JwtKey("k1", ""),
        JwtKey("k1", "changeme"),
        JwtKey("k1", "secret" * 5),
        JwtKey("k1", "a" * 64),
        JwtKey("k1", "\x00" * 32),
        JwtKey("k1", "ab" * 32),
        JwtKey("", SECRET),
        JwtKey("k1", "no key", "RS256"),
        JwtKey("k1", pem(RSA), "ES256"),
        JwtKey("k1", pem(RSA)),
        JwtKey("k1", SECRET, "none"),  # type: ignore[arg-type]
        JwtKey("k1", SECRET, "HS384"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_key_stops_the_start(key: JwtKey):
    """Before any visitor comes, and without quoting it."""
    with pytest.raises(ConfigError) as caught:
        JwtProof([key], audience="callingcard", issuer="shop")
    assert len(key.secret) < 8 or key.secret not in f"{caught.value}{caught.value.hint}{key!r}"


@pytest.mark.parametrize(
    ("keys", "audience", "issuer"),
    [
        ([], "a", "i"),
        ([JwtKey("k1", SECRET)], "", "i"),
        ([JwtKey("k1", SECRET)], "a", ""),
        ([JwtKey("k1", SECRET), JwtKey("k1", OTHER)], "a", "i"),
    ],
)
def test_half_a_setting_stops_the_start(keys: list[JwtKey], audience: str, issuer: str):
    """An empty audience would be everybody's."""
    with pytest.raises(ConfigError):
        JwtProof(keys, audience=audience, issuer=issuer)


def test_the_moment_is_the_given_one():
    """The machine's clock plays no part: decades later the same proof is late."""
    with pytest.raises(ProofExpired):
        PROOF.verify(signed(), NOON + timedelta(days=3650))


@pytest.mark.parametrize(
    ("seconds", "error"),
    [
        (-31, ProofInvalid),
        (-30, None),
        (329, None),
        (330, ProofExpired),
    ],
)
def test_a_proof_that_was_seen_before_counts_in_its_time_only(
    seconds: int, error: type[Exception] | None
):
    """Being known makes it neither early nor late, whatever the clock does."""
    token = signed()
    first = PROOF.verify(token, NOON)
    moment = NOON + timedelta(seconds=seconds)
    if error is None:
        assert PROOF.verify(token, moment) is first
    else:
        with pytest.raises(error):
            PROOF.verify(token, moment)


def test_a_proof_that_was_seen_before_is_known_by_every_byte_of_it():
    """One more or one less is another token, and not a genuine one."""
    token = signed()
    PROOF.verify(token, NOON)
    for other in (token[:-1], token + "A", token.swapcase(), token + " "):
        with pytest.raises(ProofInvalid):
            PROOF.verify(other, NOON)


def test_no_more_proofs_are_remembered_than_there_is_room_for():
    """A million different ones do not fill the memory."""
    proof = JwtProof([JwtKey("k1", SECRET)], audience="callingcard", issuer="shop")
    for number in range(4500):
        proof.verify(signed({"sub": str(number)}), NOON)
    assert len(proof._known) == 4096
