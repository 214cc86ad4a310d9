"""Sunshine Conversations believes our tokens under the key they name, and no others."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support import vendors_b
from tests.support.vouching import (
    ADA,
    OTHER_SECRET,
    SECOND,
    SECRET,
    ZOE,
    forged,
    handed,
)

from callingcard.identity.platforms.sunshine import Sunshine

SUNSHINE = Sunshine(integration_id="int1", key_id="app_1", secret=SECRET)
KEYS = {"app_1": SECRET, "app_2": OTHER_SECRET}


@pytest.mark.parametrize("visitor", [ADA, ZOE], ids=["ada", "zoe"])
def test_sunshine_believes_us(visitor: Any):
    """And knows the visitor by the id we know them by."""
    settings = handed(SUNSHINE, visitor)
    assert vendors_b.sunshine(settings, keys=KEYS, now=SECOND + 3599) == visitor.user_id


def test_sunshine_believes_two_keys_at_once():
    """So that a key is replaced without anybody losing their chat."""
    rotated = replace(SUNSHINE, key_id="app_2", secret=OTHER_SECRET)
    assert vendors_b.sunshine(handed(rotated), keys=KEYS, now=SECOND) == "u_42"


@pytest.mark.parametrize(
    ("why", "change", "now"),
    [
        ("signature", {"jwt": handed(replace(SUNSHINE, secret=OTHER_SECRET))["jwt"]}, 0),
        ("signature", {"jwt": handed(replace(SUNSHINE, key_id="app_2"))["jwt"]}, 0),
        ("kid", {"jwt": handed(replace(SUNSHINE, key_id="app_3"))["jwt"]}, 0),
        ("another user", {"externalId": "u_43"}, 0),
        ("scope", {"jwt": forged(handed(SUNSHINE)["jwt"], scope="app")}, 0),
        ("scope", {"jwt": forged(handed(SUNSHINE)["jwt"], scope=None)}, 0),
        ("no external_id", {"jwt": forged(handed(SUNSHINE)["jwt"], external_id=None)}, 0),
        ("expired", {}, 3600),
    ],
)
def test_sunshine_refuses_what_is_not_ours(why: str, change: dict[str, str], now: int):
    """Another secret or key, another person, a missing claim, too late."""
    with pytest.raises(vendors_b.Refused, match=why):
        vendors_b.sunshine({**handed(SUNSHINE), **change}, keys=KEYS, now=SECOND + now)
