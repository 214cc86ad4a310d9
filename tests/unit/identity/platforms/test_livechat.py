"""LiveChat is asked for one customer, whom only the site may name."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.vouching import ADA, NOW

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.livechat import LiveChat
from callingcard.kit.wire import Reply
from callingcard.testing import check_platform

LIVE = LiveChat(client_id="c1", access_token="dal:canary-0123456789", organization_id="o1")
ENTITY = "bf18d1a8-1afe-4a3e-4cc0-a3148f1143db"
GOOD = Reply(
    200,
    {},
    json.dumps(
        {"access_token": "dal:customer", "entity_id": ENTITY, "expires_in": 28_800}
    ).encode(),
)


def test_live_keeps_the_contract():
    """As every platform must."""
    check_platform(LIVE, reply=GOOD)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": ""},
        {"organization_id": ""},
        {"access_token": ""},
        {"access_token": "dal: x"},
        {"access_token": "dal:é"},
        {"access_token": "dal:x\r\nX-Evil: 1"},
        {"base_url": "http://accounts.livechat.com"},
        {"path": "token"},
        {"path": "/x?y=1"},
        {"grant_type": ""},
    ],
)
def test_live_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the token."""
    with pytest.raises(ConfigError) as caught:
        replace(LIVE, **changed)
    assert "Evil" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    "entity", ["", 7, ENTITY.upper(), ENTITY + "0", f"{ENTITY}\n", "a/../b"]
)
def test_only_an_entity_id_is_asked_for_as_one(entity: Any):
    """LiveChat makes them, in one form."""
    visitor = Visitor(user_id="u_42", properties={"livechat_entity_id": entity})
    with pytest.raises(InvalidVisitor) as caught:
        LIVE.request(visitor)
    assert list(caught.value.fields) == ["properties.livechat_entity_id"]


def test_livechat_is_told_nothing_of_the_person():
    """A customer is a number to the Accounts API: no address, no name, no properties."""
    body = LIVE.request(ADA).body.decode()
    assert "ada" not in body.lower()
    assert "pro" not in body


def test_the_license_is_handed_over_when_there_is_one():
    """The widget's own page lists it; the Accounts API does not know it."""
    token = LIVE.read(GOOD, asked_at=NOW).value
    numbered = replace(LIVE, license_id=1520)
    assert numbered.settings(ADA, token)["customerToken"]["licenseId"] == 1520
    assert "licenseId" not in LIVE.settings(ADA, token)["customerToken"]


def test_the_entity_comes_out_of_the_cache_with_the_token():
    """So the second page of a visit is the same customer as the first."""
    token = LIVE.read(GOOD, asked_at=NOW)
    assert LIVE.settings(ADA, token.value)["customerToken"]["entityId"] == ENTITY
    assert token.expires_at == NOW + timedelta(hours=8)
