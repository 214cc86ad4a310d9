"""Drift, in the mode REQUIRED, believes our tokens and no others."""

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
    unsigned,
)

from callingcard.identity.platforms.drift import Drift

DRIFT = Drift(embed_id="embed1", secret=SECRET)


@pytest.mark.parametrize("visitor", [ADA, ZOE], ids=["ada", "zoe"])
def test_drift_believes_us(visitor: Any):
    """And knows the visitor by the id we know them by."""
    settings = handed(DRIFT, visitor)
    assert vendors_b.drift(settings, secret=SECRET, now=SECOND + 3599) == visitor.user_id


@pytest.mark.parametrize(
    ("why", "change", "now"),
    [
        ("signature", {"userJwt": handed(replace(DRIFT, secret=OTHER_SECRET))["userJwt"]}, 0),
        ("another user", {"userId": "u_43"}, 0),
        ("another user", {"userJwt": handed(DRIFT, ZOE)["userJwt"]}, 0),
        ("no sub", {"userJwt": forged(handed(DRIFT)["userJwt"], sub=None)}, 0),
        ("algorithm", {"userJwt": unsigned(handed(DRIFT)["userJwt"])}, 0),
        ("expired", {}, 3600),
    ],
)
def test_drift_refuses_what_is_not_ours(why: str, change: dict[str, str], now: int):
    """Another key, another person, a missing claim, no signature, too late."""
    with pytest.raises(vendors_b.Refused, match=why):
        vendors_b.drift({**handed(DRIFT), **change}, secret=SECRET, now=SECOND + now)
