"""Freshchat's token is for one widget, which the page must name."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOW, claims, private_key

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.freshchat import Freshchat
from callingcard.testing import check_platform

FRESH = Freshchat(token="fc-1", private_key=private_key())
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
IN_WIDGET = replace(ADA, properties={"freshchat_uuid": UUID, "plan": "pro"})


def test_fresh_keeps_the_contract():
    """As every platform must."""
    check_platform(FRESH, visitor=IN_WIDGET)


@pytest.mark.parametrize(
    "changed",
    [
        {"private_key": ""},
        {"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"},
        {"token": ""},
        {"lifetime": 0},
        {"lifetime": 100_000},
        {"lifetime": True},
    ],
)
def test_fresh_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the key."""
    with pytest.raises(ConfigError) as caught:
        replace(FRESH, **changed)
    assert "BEGIN" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    "uuid",
    [
        None,
        "",
        7,
        True,
        UUID + "0",
        UUID[:-1],
        f" {UUID}",
        f"{UUID}\n",
        "{" + UUID + "}",
        "x" * 36,
    ],
)
def test_only_a_uuid_is_signed_as_one(uuid: Any):
    """Nothing is cut, trimmed or guessed."""
    properties = {} if uuid is None else {"freshchat_uuid": uuid}
    with pytest.raises(InvalidVisitor) as caught:
        FRESH.sign(replace(ADA, properties=properties), NOW)
    assert list(caught.value.fields) == ["properties.freshchat_uuid"]


def test_no_uuid_is_signed_for_nobody():
    """A widget alone proves nothing."""
    nobody = Visitor("ada@example.com", properties={"freshchat_uuid": UUID})
    with pytest.raises(InvalidVisitor) as caught:
        FRESH.sign(nobody, NOW)
    assert list(caught.value.fields) == ["user_id"]


def test_an_address_nobody_proved_is_left_out():
    """The id is enough."""
    visitor = Visitor("ada@example.com", user_id="u_42", properties={"freshchat_uuid": UUID})
    found = claims(FRESH.sign(visitor, NOW).value)
    assert set(found) == {"freshchat_uuid", "reference_id", "iat", "exp"}
