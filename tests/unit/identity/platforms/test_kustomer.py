"""Kustomer's token names one way to know the person, the better proved one."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOBODY, NOW, SECRET, claims, handed

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.kustomer import Kustomer
from callingcard.testing import check_platform

KUSTOMER = Kustomer(brand="brand1", secret=SECRET)


def test_kustomer_keeps_the_contract():
    """As every platform must."""
    check_platform(KUSTOMER)


@pytest.mark.parametrize(
    "changed",
    [
        {"brand": ""},
        {"secret": ""},
        {"secret": SECRET + "\n"},
        {"lifetime": 0},
        {"lifetime": 100_000},
        {"lifetime": True},
    ],
)
def test_kustomer_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        replace(KUSTOMER, **changed)
    assert SECRET not in f"{caught.value}{caught.value.hint}"


def test_kustomer_is_told_of_nobody_whom_nobody_proved():
    """An address alone, that no site has checked, is nobody."""
    with pytest.raises(InvalidVisitor) as caught:
        KUSTOMER.sign(NOBODY, NOW)
    assert list(caught.value.fields) == ["user_id"]


def test_kustomer_is_never_told_both():
    """It would go by the address and ignore the id, without a word."""
    both = Visitor("ada@example.com", email_verified=True, user_id="u_42")
    assert set(claims(KUSTOMER.sign(both, NOW).value)) == {"email", "iat", "exp"}


@pytest.mark.parametrize(
    ("visitor", "customer"),
    [
        (ADA, {"email": "ada@example.com"}),
        (Visitor(user_id="u_42"), {"externalId": "u_42"}),
        (Visitor("ada@example.com", user_id="u_42"), {"externalId": "u_42"}),
    ],
    ids=["an address", "an id", "an address nobody proved"],
)
def test_the_page_asks_for_whom_the_token_names(visitor: Visitor, customer: dict[str, str]):
    """``Kustomer.isLoggedIn`` of another one would never be true."""
    settings = handed(KUSTOMER, visitor)
    named = claims(settings["jwtToken"])
    assert settings["customer"] == customer
    assert customer.items() <= named.items()
