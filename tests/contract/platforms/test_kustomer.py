"""Kustomer logs our visitors in by what was proved, and nobody else."""

from dataclasses import replace

import pytest
from tests.support import vendors_b
from tests.support.vouching import (
    ADA,
    OTHER_SECRET,
    SECOND,
    SECRET,
    forged,
    handed,
)

from callingcard.identity.model import Visitor
from callingcard.identity.platforms.kustomer import Kustomer

KUSTOMER = Kustomer(brand="brand1", secret=SECRET)


@pytest.mark.parametrize(
    ("visitor", "known_as"),
    [
        (ADA, ("email", "ada@example.com")),
        (Visitor(user_id="u_42"), ("externalId", "u_42")),
        (Visitor("ada@example.com", user_id="u_43"), ("externalId", "u_43")),
    ],
    ids=["both", "an id", "an address nobody proved"],
)
def test_kustomer_goes_by_what_was_proved(visitor: Visitor, known_as: tuple[str, str]):
    """It prefers an address, so one that nobody proved is not in the token at all."""
    settings = handed(KUSTOMER, visitor)
    assert vendors_b.kustomer(settings, secret=SECRET, now=SECOND + 899) == known_as


@pytest.mark.parametrize(
    ("why", "token", "now"),
    [
        ("signature", handed(replace(KUSTOMER, secret=OTHER_SECRET))["jwtToken"], 0),
        ("no iat", forged(handed(KUSTOMER)["jwtToken"], iat=None), 0),
        ("nobody", forged(handed(KUSTOMER)["jwtToken"], email=None), 0),
        ("expired", handed(KUSTOMER)["jwtToken"], 900),
        ("iat", forged(handed(KUSTOMER)["jwtToken"], exp=None), 901),
    ],
)
def test_kustomer_refuses_what_is_not_ours(why: str, token: str, now: int):
    """Another secret, a missing claim, too late."""
    with pytest.raises(vendors_b.Refused, match=why):
        vendors_b.kustomer({"jwtToken": token}, secret=SECRET, now=SECOND + now)
