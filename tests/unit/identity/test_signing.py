"""Signatures, and the checks that every platform shares."""

import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.errors import ConfigError
from callingcard.identity import signing
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor

SECRET = "test-secret-0123456789abcdef0123456789"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@given(st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans(), max_size=5))
def test_what_is_signed_is_what_is_read(claims: dict[str, Any]):
    """By another library, whatever the letters, and in plain ASCII on the way."""
    token = signing.sign_hs256({**claims, "exp": 9_999_999_999}, SECRET, kid="k")
    read = jwt.api_jws.decode_complete(token, SECRET, ["HS256"])
    assert {**claims, "exp": 9_999_999_999} == json.loads(read["payload"])
    assert read["payload"].isascii()
    assert list(read["header"]) == ["alg", "typ", "kid"]


@pytest.mark.parametrize("encoding", ["utf8", "hex", "base64"])
def test_a_key_is_read_as_it_is_written(encoding: Any):
    """Three ways to write the same bytes."""
    written = {"utf8": "Jefe", "hex": "4a656665", "base64": "SmVmZQ=="}[encoding]
    assert signing.key_bytes(written, encoding, "the key") == b"Jefe"


@pytest.mark.parametrize(("text", "encoding"), [("4g", "hex"), ("a", "hex"), ("$$", "base64")])
def test_a_key_that_is_not_written_so_is_refused(text: str, encoding: Any):
    """Naming where it is set, and not the key."""
    with pytest.raises(ConfigError, match="the key is not") as caught:
        signing.key_bytes(text, encoding, "the key")
    assert text not in caught.value.message.removeprefix("the key")


@pytest.mark.parametrize("value", ["", " x", "x\n", "x\x00", "a\nb", None, 7, b"x"])
def test_a_setting_is_plain_text(value: Any):
    """What is pasted with a line's end would sign, and never match."""
    with pytest.raises(ConfigError, match="the place"):
        signing.setting(value, "the place")


@pytest.mark.parametrize("seconds", [599, 86_401, 3600.0, "3600", True, None])
def test_a_lifetime_is_ten_minutes_to_a_day(seconds: Any):
    """Shorter is asked for without end, longer outlives the session."""
    with pytest.raises(ConfigError, match="the life"):
        signing.lifetime(seconds, "the life")
    assert signing.lifetime(600, "the life").total_seconds() == 600


def test_a_name_is_both_names():
    """With no space where one is missing."""
    names = [("Ada", "Lovelace"), ("Ada", ""), ("", "Lovelace"), ("", "")]
    made = [
        signing.full_name(Visitor(user_id="1", first_name=a, last_name=b)) for a, b in names
    ]
    assert made == ["Ada Lovelace", "Ada", "Lovelace", ""]


@pytest.mark.parametrize(
    "visitor",
    [
        Visitor(user_id="eve@example.com"),
        Visitor(user_id="Eve@EXAMPLE.com"),
        Visitor("eve@example.com", user_id="eve@example.com"),
        Visitor("ada@example.com", email_verified=True, user_id="eve@example.com"),
    ],
    ids=["alone", "in capitals", "nobody proved it", "another was proved"],
)
@pytest.mark.parametrize("claims", [False, True])
def test_an_id_that_is_anothers_address_stands_for_nobody(visitor: Visitor, *, claims: bool):
    """Signed, it would be the very signature of the one whose address it is."""
    with pytest.raises(InvalidVisitor) as caught:
        signing.subject(visitor, claims=claims)
    assert caught.value.fields == {"user_id": "looks like another person's address"}


def test_an_id_may_be_ones_own_address():
    """Many sites use the address as the id; it only has to be proved."""
    visitor = Visitor("ada@example.com", email_verified=True, user_id="Ada@Example.com")
    assert signing.subject(visitor) == "Ada@Example.com"


@pytest.mark.parametrize("user_id", ["u@7", "@ada", "ada@localhost", "7"])
def test_an_id_that_nobody_has_as_an_address_is_an_id(user_id: str):
    """An at sign alone makes no address."""
    assert signing.subject(Visitor(user_id=user_id)) == user_id


def test_an_address_without_an_id_has_to_be_proved():
    """Unless the caller lets claims through, as the issuer of such a site does."""
    claimed = Visitor("ada@example.com")
    with pytest.raises(InvalidVisitor):
        signing.subject(claimed)
    assert signing.subject(claimed, claims=True) == "ada@example.com"
