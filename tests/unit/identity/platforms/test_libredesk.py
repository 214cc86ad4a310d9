"""LibreDesk's token has all that LibreDesk insists on, within its limits."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import NOBODY, NOW, SECRET, claims

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.libredesk import LibreDesk
from callingcard.testing import check_platform

LIBRE = LibreDesk(inbox_id="7", secret=SECRET, base_url="https://desk.example.com/")


def test_libre_keeps_the_contract():
    """As every platform must."""
    check_platform(LIBRE)


@pytest.mark.parametrize(
    "changed",
    [
        {"inbox_id": ""},
        {"base_url": "http://desk.example.com"},
        {"base_url": "desk"},
        {"secret": ""},
        {"secret": SECRET + "\n"},
        {"lifetime": 0},
        {"lifetime": 100_000},
        {"lifetime": True},
    ],
)
def test_libre_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        replace(LIBRE, **changed)
    assert SECRET not in f"{caught.value}{caught.value.hint}"


def test_the_address_of_the_desk_has_no_slash_at_its_end():
    """The widget puts a path behind it."""
    assert LIBRE.base_url == "https://desk.example.com"


def test_libredesk_needs_an_address():
    """It knows nobody without."""
    with pytest.raises(InvalidVisitor):
        LIBRE.sign(Visitor(user_id="u_42"), NOW)


@pytest.mark.parametrize("user_id", ["1" * 129, "é" * 65])
def test_an_id_that_is_too_long_is_refused_and_never_cut(user_id: str):
    """Cut short it could be somebody else's; counted in bytes, as LibreDesk does."""
    visitor = Visitor("ada@example.com", email_verified=True, user_id=user_id)
    with pytest.raises(InvalidVisitor) as caught:
        LIBRE.sign(visitor, NOW)
    assert "user_id" in caught.value.fields
    assert user_id not in str(caught.value)


def test_a_name_is_cut_between_letters():
    """Half a letter is none."""
    visitor = Visitor("a@example.com", email_verified=True, first_name="x" + "é" * 70)
    assert claims(LIBRE.sign(visitor, NOW).value)["first_name"] == "x" + "é" * 63


def test_libredesk_calls_whoever_gave_no_name_by_their_address():
    """A first name is required, and this is what a person would write."""
    assert claims(LIBRE.sign(NOBODY, NOW).value)["first_name"] == "Ada"
    nameless = Visitor("grace.h@example.com", email_verified=True)
    assert claims(LIBRE.sign(nameless, NOW).value)["first_name"] == "grace.h"
