"""A token is believed only when it is plainly right."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.desk.service.visitors.tokens import (
    BadToken,
    Header,
    Key,
    fingerprint,
    read_token,
)
from callingcard.kit.codec import base64url

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOW = int(NOON.timestamp())
KEY = Key(b"k" * 16 + b"0123456789abcdef", "HS256", "web", "key k1")
CLAIMS = {"aud": "web", "email": "ada@example.com", "iat": NOW, "exp": NOW + 3600}


def find(header: Header) -> Key | None:
    """Return the one key there is."""
    return KEY if header.kid == "k1" else None


def token(header: dict[str, Any] | None = None, **claims: Any) -> str:
    """Return a signed token; a claim given as None is left out."""
    said = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(said, KEY.secret, "HS256", headers={"kid": "k1", **(header or {})})


def raw(header: str, payload: str) -> str:
    """Return a token of these exact texts with a right signature."""
    text = f"{base64url(header.encode())}.{base64url(payload.encode())}"
    signed = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{text}.{base64url(signed.sign(text.encode(), KEY.secret))}"


HEADER = '{"alg":"HS256","kid":"k1"}'
PAYLOAD = json.dumps(CLAIMS)


def refused(text: str) -> bool:
    """Say whether *text* proves nothing; any other error fails the test."""
    try:
        read_token(text, find, NOON)
    except BadToken:
        return True
    return False


def test_a_right_token_names_its_visitor():
    """Address and names are cleaned, properties are those on the list."""
    proof = read_token(
        token(
            email="Ada@EXAMPLE.com",
            sub="u-1",
            given_name=" A\u2028da\0 ",
            family_name=7,
            email_verified=True,
            props={"plan": "pro", "company": 5, "isadmin": "yes", "lifecyclestage": "god"},
        ),
        find,
        NOON,
    )
    assert proof.person.email == "ada@example.com"
    assert proof.person.external_id == "u-1"
    assert (proof.person.first_name, proof.person.last_name) == ("Ada", "")
    assert proof.person.properties == {"plan": "pro"}
    assert proof.signed_by == "key k1"
    assert proof.expires_at == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({"exp": NOW - 29}, True),
        ({"exp": NOW - 30}, False),
        ({"exp": NOW + 12 * 3600}, True),
        ({"exp": NOW + 12 * 3600 + 1}, False),
        ({"iat": NOW + 30}, True),
        ({"iat": NOW + 31}, False),
        ({"nbf": NOW + 30}, True),
        ({"nbf": NOW + 31}, False),
        ({"iat": None}, True),
        ({"iat": None, "exp": NOW + 12 * 3600 + 31}, False),
        ({"exp": None}, False),
        ({"exp": str(NOW + 60)}, False),
        ({"exp": True}, False),
        ({"exp": 1e300}, False),
        ({"exp": -1}, False),
        ({"aud": None}, False),
        ({"aud": "other"}, False),
        ({"aud": ["other", "web"]}, True),
        ({"aud": {"web": 1}}, False),
        ({"email": None}, False),
        ({"email": None, "sub": "u-1"}, True),
        ({"email": None, "sub": ""}, False),
        ({"sub": 7}, False),
        ({"sub": "a\nb"}, False),
        ({"sub": "x" * 201}, False),
        ({"email": "nobody"}, False),
        ({"email": ["ada@example.com"]}, False),
        ({"email_verified": False}, True),
        ({"email_verified": "false"}, True),
        ({"email_verified": 0}, False),
        ({"email_verified": "no"}, False),
        ({"email_verified": {}}, False),
        ({"email_verified": "true"}, True),
        ({"given_name": {"a": 1}, "props": ["x"]}, True),
    ],
)
def test_claims_are_checked_one_by_one(claims: dict[str, Any], good: bool):  # noqa: FBT001
    """Times to the second, names to the type."""
    assert refused(token(**claims)) is not good


@pytest.mark.parametrize(
    ("stated", "claimed"),
    [(None, False), (True, False), ("true", False), (False, True), ("false", True)],
)
def test_an_issuer_may_pass_on_a_mere_claim(stated: object, claimed: bool):  # noqa: FBT001
    """Who says that nobody proved the address is taken at their word."""
    proof = read_token(token(email_verified=stated), find, NOON)
    assert proof.claimed is claimed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "é.b.c",
        "." * 9000,
        token() + "=",
        token() + ".",
        token().rpartition(".")[0] + ".",
        token({"kid": "k2"}),
        token({"kid": "../k1"}),
        token({"kid": "k1\0"}),
        token({"crit": ["exp"]}),
        raw('{"alg":"none","kid":"k1"}', PAYLOAD),
        raw('{"alg":"None","kid":"k1"}', PAYLOAD),
        raw('{"alg":"HS384","kid":"k1"}', PAYLOAD),
        raw('{"alg":"RS256","kid":"k1"}', PAYLOAD),
        raw('{"alg":"HS256"}', PAYLOAD),
        raw('{"alg":"HS256","kid":1}', PAYLOAD),
        raw('{"alg":["HS256"],"kid":"k1"}', PAYLOAD),
        raw('{"alg":"HS256","kid":"k1","kid":"k1"}', PAYLOAD),
        raw('{"alg":"HS256","kid":"k1","typ":5}', PAYLOAD),
        raw('["HS256"]', PAYLOAD),
        raw("[" * 3000, PAYLOAD),
        raw(HEADER, PAYLOAD[:-1] + ',"email":"grace@example.com"}'),
        raw(HEADER, "[" * 3000),
        raw(HEADER, '"text"'),
        raw(HEADER, PAYLOAD[:-1] + ',"exp":NaN}'),
        raw(HEADER, '{"exp":' + "9" * 5000 + "}"),
    ],
)
def test_forged_and_broken_tokens_prove_nothing(text: str):
    """No shape of nonsense passes or raises anything but BadToken."""
    assert refused(text)


def test_the_algorithm_is_not_the_tokens_to_choose():
    """A token signed rightly with HS512 under an HS256 key is refused."""
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        other = jwt.encode(CLAIMS, KEY.secret, "HS512", headers={"kid": "k1"})
    assert refused(other)


def test_a_spent_token_cannot_be_spelled_anew():
    """The fingerprint is of what is signed, so another signature is the same token."""
    text = token()
    assert fingerprint(text) == fingerprint(text.rpartition(".")[0] + ".AAAA")
    assert fingerprint(text) != fingerprint(token(jti="2"))


@given(st.data())
def test_a_mutated_token_proves_nothing(data: st.DataObject):
    """Whatever character is changed, the token is no longer believed."""
    good = token()
    place = data.draw(st.integers(0, len(good) - 1))
    character = data.draw(st.characters(codec="ascii").filter(lambda c: c != good[place]))
    assert refused(good[:place] + character + good[place + 1 :])


@given(st.text(max_size=300))
def test_any_text_proves_nothing(text: str):
    """Arbitrary text is refused and never an error of another kind."""
    assert refused(text)
