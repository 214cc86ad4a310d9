"""Drift's token names one id, and what the page is told beside it is proved or left out."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOBODY, NOW, SECRET, claims, handed

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.drift import Drift
from callingcard.testing import check_platform

DRIFT = Drift(embed_id="embed1", secret=SECRET)


def test_drift_keeps_the_contract():
    """As every platform must."""
    check_platform(DRIFT)


@pytest.mark.parametrize(
    "changed",
    [
        {"embed_id": ""},
        {"embed_id": " e"},
        {"secret": ""},
        {"secret": SECRET + "\n"},
        {"lifetime": 0},
        {"lifetime": 100_000},
        {"lifetime": True},
    ],
)
def test_drift_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        replace(DRIFT, **changed)
    assert SECRET not in f"{caught.value}{caught.value.hint}"


def test_drift_is_told_of_nobody_whom_nobody_proved():
    """An address alone, that no site has checked, is nobody."""
    with pytest.raises(InvalidVisitor) as caught:
        DRIFT.sign(NOBODY, NOW)
    assert list(caught.value.fields) == ["user_id"]


def test_an_address_nobody_proved_is_no_attribute_either():
    """With an id to go by, it is left out altogether."""
    settings = handed(DRIFT, Visitor("ada@example.com", user_id="u_42"))
    assert (settings["userId"], settings["attributes"]) == ("u_42", {})


def test_a_lifetime_of_ones_own_is_what_the_token_says():
    """In whole seconds, and the page is told no later."""
    token = replace(DRIFT, lifetime=600).sign(ADA, NOW)
    assert token.expires_at is not None
    assert claims(token.value)["exp"] == token.expires_at.timestamp()
    assert 599 < (token.expires_at - NOW).total_seconds() <= 600
