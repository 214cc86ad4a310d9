"""HelpCrunch's text is what was signed, and says nothing that was not proved."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOBODY, NOW, SECRET, handed

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.helpcrunch import HelpCrunch
from callingcard.testing import check_platform

CRUNCH = HelpCrunch(organization="shop", app_id="app1", secret=SECRET)


def test_crunch_keeps_the_contract():
    """As every platform must."""
    check_platform(CRUNCH)


@pytest.mark.parametrize(
    "changed",
    [
        {"organization": ""},
        {"app_id": ""},
        {"secret": ""},
        {"secret": SECRET + "\n"},
    ],
)
def test_crunch_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        replace(CRUNCH, **changed)
    assert SECRET not in f"{caught.value}{caught.value.hint}"


def test_crunch_is_told_of_nobody_whom_nobody_proved():
    """An address alone, that no site has checked, is nobody."""
    with pytest.raises(InvalidVisitor) as caught:
        CRUNCH.sign(NOBODY, NOW)
    assert list(caught.value.fields) == ["user_id"]


def test_a_signature_never_ends():
    """So the page need not ask again."""
    assert CRUNCH.sign(ADA, NOW).expires_at is None


def test_the_user_is_text_and_not_an_object():
    """An object would be written again, in another order and with other escapes."""
    settings = handed(CRUNCH, Visitor("ada@example.com", user_id="a/7"))
    assert settings["user"] == '{"user_id":"a\\/7"}'
