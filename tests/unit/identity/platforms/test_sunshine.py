"""Sunshine's token names its key, and one id."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOBODY, NOW, SECRET, claims

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.platforms.sunshine import Sunshine
from callingcard.testing import check_platform

SUNSHINE = Sunshine(integration_id="int1", key_id="app_1", secret=SECRET)


def test_sunshine_keeps_the_contract():
    """As every platform must."""
    check_platform(SUNSHINE)


@pytest.mark.parametrize(
    "changed",
    [
        {"integration_id": ""},
        {"key_id": ""},
        {"key_id": "app_1\n"},
        {"secret": ""},
        {"secret": SECRET + "\n"},
        {"lifetime": 0},
        {"lifetime": 100_000},
        {"lifetime": True},
    ],
)
def test_sunshine_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        replace(SUNSHINE, **changed)
    assert SECRET not in f"{caught.value}{caught.value.hint}"


def test_sunshine_is_told_of_nobody_whom_nobody_proved():
    """An address alone, that no site has checked, is nobody."""
    with pytest.raises(InvalidVisitor) as caught:
        SUNSHINE.sign(NOBODY, NOW)
    assert list(caught.value.fields) == ["user_id"]


def test_sunshine_is_told_who_and_nothing_more():
    """No names and no address: the widget has other calls for those."""
    assert set(claims(SUNSHINE.sign(ADA, NOW).value)) == {"scope", "external_id", "exp"}
