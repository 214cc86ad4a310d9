"""tawk.to in secure mode believes our hash of the string that goes with it, and no other."""

from dataclasses import replace

import pytest
from tests.support import vendors_b
from tests.support.vouching import (
    ADA,
    OTHER_SECRET,
    SECRET,
    ZOE,
    handed,
)

from callingcard.identity.model import Visitor
from callingcard.identity.platforms.tawk import Tawk

TAWK = Tawk(property_id="5f1a", secret=SECRET)
BY_ADDRESS = Visitor("ada@example.com", email_verified=True)


@pytest.mark.parametrize(
    ("visitor", "over"),
    [(ADA, "u_42"), (ZOE, "ü/7"), (BY_ADDRESS, "ada@example.com")],
    ids=["ada", "zoe", "by address"],
)
def test_tawk_believes_us(visitor: Visitor, over: str):
    """Over the user id if there is one, else over the address."""
    assert vendors_b.tawk(handed(TAWK, visitor), secret=SECRET) == over


@pytest.mark.parametrize(
    "settings",
    [
        handed(replace(TAWK, secret=OTHER_SECRET)),
        {**handed(TAWK), "userId": "u_43"},
        {**handed(TAWK, BY_ADDRESS), "email": "bob@example.com"},
        {**handed(TAWK, BY_ADDRESS), "userId": "u_42"},
        {**handed(TAWK), "hash": ""},
    ],
    ids=["secret", "user", "address", "hash of the address for an id", "no hash"],
)
def test_tawk_refuses_what_is_not_ours(settings: dict[str, str]):
    """Another secret, another person, a hash over the other string, none at all."""
    with pytest.raises(vendors_b.Refused, match="401"):
        vendors_b.tawk(settings, secret=SECRET)
