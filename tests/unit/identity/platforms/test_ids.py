"""Where a platform takes an id or an address alike, nobody's id is another's address."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOW, SECRET, private_key

from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.platforms import build

UUID = "12345678-1234-1234-1234-123456789012"
EVE = replace(
    ADA, user_id="eve@example.com", properties={"plan": "pro", "freshchat_uuid": UUID}
)
ALIKE: dict[str, dict[str, Any]] = {
    "drift": {"embed_id": "e1", "secret": SECRET},
    "freshchat": {"token": "t1", "private_key": private_key()},
    "helpcrunch": {"organization": "shop", "app_id": "a1", "secret": SECRET},
    "hmac": {"secret": SECRET, "over": "either"},
    "intercom-hmac": {"app_id": "a1", "secret": SECRET},
    "libredesk": {"inbox_id": "i1", "secret": SECRET, "base_url": "https://desk.example"},
    "salesforce": {"private_key": private_key(), "key_id": "k1", "issuer": "shop"},
    "sunshine": {"integration_id": "i1", "key_id": "app_1", "secret": SECRET},
    "tawk": {"property_id": "p1", "secret": SECRET},
    "tiledesk": {"project_id": "p1", "secret": SECRET},
}


@pytest.mark.parametrize("name", ALIKE)
def test_an_id_that_is_anothers_address_is_not_signed(name: str):
    """To the platform it would be a signature of that person."""
    platform: Any = build(name, **ALIKE[name])
    with pytest.raises(InvalidVisitor) as caught:
        platform.sign(EVE, NOW)
    assert list(caught.value.fields) == ["user_id"]


@pytest.mark.parametrize("name", ALIKE)
def test_an_id_that_is_ones_own_address_is_signed(name: str):
    """Many sites have no other id."""
    platform: Any = build(name, **ALIKE[name])
    own = replace(EVE, user_id=ADA.email)
    token = platform.sign(own, NOW)
    assert token.value
    assert platform.settings(own, token.value)


def test_a_hash_of_ids_alone_takes_any_id():
    """Where addresses are never hashed there is nothing to confuse it with."""
    hashes: Any = build("hmac", secret=SECRET, over="user_id")
    assert hashes.sign(EVE, NOW).value


def test_a_hash_of_the_id_hands_over_no_address_that_nobody_proved():
    """Not even when the id is the same text."""
    hashes: Any = build("hmac", secret=SECRET, over="user_id", extra={"to": "{email?}"})
    claimed = replace(EVE, email="eve@example.com", email_verified=False)
    assert hashes.settings(claimed, "x") == {"token": "x"}
