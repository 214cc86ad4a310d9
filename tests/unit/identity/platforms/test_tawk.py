"""tawk.to's hash is over one string, which goes with it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOBODY, NOW, SECRET, handed

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.tawk import Tawk
from callingcard.testing import check_platform

TAWK = Tawk(property_id="5f1a", secret=SECRET)


def test_tawk_keeps_the_contract():
    """As every platform must."""
    check_platform(TAWK)


@pytest.mark.parametrize(
    "changed",
    [
        {"property_id": ""},
        {"secret": ""},
        {"secret": SECRET + "\n"},
    ],
)
def test_tawk_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        replace(TAWK, **changed)
    assert SECRET not in f"{caught.value}{caught.value.hint}"


def test_tawk_is_told_of_nobody_whom_nobody_proved():
    """An address alone, that no site has checked, is nobody."""
    with pytest.raises(InvalidVisitor) as caught:
        TAWK.sign(NOBODY, NOW)
    assert list(caught.value.fields) == ["user_id"]


def test_a_hash_never_ends():
    """So the page need not ask again."""
    assert TAWK.sign(ADA, NOW).expires_at is None


def test_tawk_is_told_no_address_that_nobody_proved():
    """Nor anything that is not known."""
    settings = handed(TAWK, Visitor("ada@example.com", user_id="u_42"))
    assert set(settings) == {"propertyId", "hash", "userId"}
