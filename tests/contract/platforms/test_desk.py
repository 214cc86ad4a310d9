"""The desk gets JWTs that its receiving side can check."""

from dataclasses import replace
from datetime import UTC, datetime

import jwt
import pytest

from callingcard.errors import ConfigError
from callingcard.identity import platforms
from callingcard.identity.model import Visitor
from callingcard.platforms import Desk
from callingcard.testing import check_platform

NOON = datetime(2030, 1, 1, 12, 0, 0, 700_000, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdefXYZ"
DESK = Desk(base_url="http://localhost:8400/", inbox="web", key_id="k1", secret=SECRET)
ADA = Visitor(
    "ada@example.com",
    email_verified=True,
    user_id="u-7",
    first_name="Ada",
    last_name="Lovelace",
    properties={"plan": "pro"},
)


def test_the_desk_keeps_the_contract():
    """As any platform does."""
    check_platform(DESK)


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "changeme"},
        {"secret": "a" * 40},
        {"inbox": ""},
        {"key_id": ""},
        {"base_url": "http://desk.example.com"},
    ],
)
def test_desk_settings_that_cannot_work_stop_the_start(changed: dict[str, str]):
    """A weak secret above all."""
    good = {"base_url": "https://d.example", "inbox": "web", "key_id": "k", "secret": SECRET}
    with pytest.raises(ConfigError):
        platforms.build("desk", **{**good, **changed})


def test_the_desk_gets_a_jwt_it_can_check():
    """Header and claims as the receiving side reads them."""
    token = DESK.sign(ADA, NOON)
    assert jwt.get_unverified_header(token.value) == {
        "alg": "HS256",
        "typ": "JWT",
        "kid": "k1",
    }
    claims = jwt.decode(
        token.value, SECRET, ["HS256"], audience="web", options={"verify_iat": False}
    )
    assert len(claims.pop("jti")) == 32
    assert {
        "iss": "callingcard",
        "aud": "web",
        "iat": int(NOON.timestamp()),
        "exp": int(token.expires_at.timestamp()),
        "sub": "u-7",
        "email": "ada@example.com",
        "email_verified": True,
        "given_name": "Ada",
        "family_name": "Lovelace",
        "props": {"plan": "pro"},
    } == claims
    assert claims["exp"] - claims["iat"] <= 12 * 3600


def test_the_desk_is_told_only_what_is_known():
    """No empty claims, and no address for the page to pass on."""
    visitor = Visitor(user_id="u-7")
    token = DESK.sign(visitor, NOON)
    claims = jwt.decode(token.value, options={"verify_signature": False})
    assert {"iss", "aud", "iat", "exp", "jti", "sub"} == set(claims)
    assert DESK.settings(visitor, "t") == {"identificationToken": "t"}


def test_two_tokens_are_never_the_same():
    """One that was spent by signing out must not come again."""
    assert len({DESK.sign(ADA, NOON).value for _ in range(10)}) == 10


@pytest.mark.parametrize(
    ("visitor", "said"),
    [
        (Visitor("ada@example.com"), {"email": "ada@example.com", "email_verified": False}),
        (replace(ADA, email_verified=False), {}),
        (ADA, {"email": "ada@example.com", "email_verified": True}),
    ],
)
def test_the_desk_is_told_whether_an_address_is_proved(
    visitor: Visitor, said: dict[str, str | bool]
):
    """One that is not is left out where the user id is enough, and never called proved."""
    claims = jwt.decode(DESK.sign(visitor, NOON).value, options={"verify_signature": False})
    assert said == {name: claims[name] for name in claims if name.startswith("email")}
