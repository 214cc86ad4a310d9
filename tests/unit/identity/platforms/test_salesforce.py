"""Salesforce's token names key and issuer, to the letter."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOBODY, NOW, claims, private_key

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.platforms.salesforce import Salesforce
from callingcard.testing import check_platform

SALES = Salesforce(private_key=private_key(), key_id="k1", issuer="https://shop.example/")


def test_sales_keeps_the_contract():
    """As every platform must."""
    check_platform(SALES)


@pytest.mark.parametrize(
    "changed",
    [
        {"private_key": ""},
        {"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"},
        {"key_id": ""},
        {"issuer": ""},
        {"issuer": "https://shop.example/ "},
        {"lifetime": 0},
        {"lifetime": 100_000},
        {"lifetime": True},
    ],
)
def test_sales_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the key."""
    with pytest.raises(ConfigError) as caught:
        replace(SALES, **changed)
    assert "BEGIN" not in f"{caught.value}{caught.value.hint}"


def test_salesforce_is_told_of_nobody_whom_nobody_proved():
    """An address alone, that no site has checked, is nobody."""
    with pytest.raises(InvalidVisitor) as caught:
        SALES.sign(NOBODY, NOW)
    assert list(caught.value.fields) == ["user_id"]


def test_the_issuer_is_kept_to_the_letter():
    """A slash more or less, and everybody is a guest."""
    assert claims(SALES.sign(ADA, NOW).value)["iss"] == "https://shop.example/"


def test_what_is_published_is_the_same_each_time():
    """And from another object with the same key."""
    assert SALES.jwks() == replace(SALES, lifetime=600).jwks() == SALES.jwks()


def test_the_private_key_is_in_no_repr():
    """Only the name of it is."""
    assert "BEGIN" not in f"{SALES!r}"
    assert "k1" in f"{SALES!r}"
