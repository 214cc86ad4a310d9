"""LibreDesk exchanges our tokens for a session, and no others."""

from dataclasses import replace

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

from callingcard.identity.model import Visitor
from callingcard.identity.platforms.libredesk import LibreDesk

DESK = LibreDesk(inbox_id="7", secret=SECRET, base_url="https://desk.example.com")


def test_libredesk_believes_us_and_reads_everything():
    """The id, the address, both names and the attributes."""
    claims = vendors_b.libredesk(handed(DESK), secret=SECRET, now=SECOND + 3599)
    assert claims == {
        "external_user_id": "u_42",
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "contact_custom_attributes": {"plan": "pro"},
        "iat": SECOND,
        "exp": SECOND + 3600,
    }


@pytest.mark.parametrize(
    "visitor",
    [
        ZOE,
        Visitor("ada@example.com", email_verified=True),
        Visitor("ada@example.com", email_verified=True, user_id="1" * 128),
        Visitor("a@b.example", email_verified=True, first_name="李" * 200, last_name="é" * 99),
    ],
    ids=["zoe", "no name", "long id", "long names"],
)
def test_libredesk_believes_whomever_we_let_through(visitor: Visitor):
    """Names are filled in and cut to what it takes, ids never are."""
    claims = vendors_b.libredesk(handed(DESK, visitor), secret=SECRET, now=SECOND)
    assert (visitor.user_id or visitor.email) == claims["external_user_id"]


@pytest.mark.parametrize(
    ("why", "token", "now"),
    [
        ("signature", handed(replace(DESK, secret=OTHER_SECRET))["jwt"], 0),
        ("signature", handed(DESK)["jwt"][:-8] + "AAAAAAAA", 0),
        ("no exp", forged(handed(DESK)["jwt"], exp=None), 0),
        ("400 external_user_id", forged(handed(DESK)["jwt"], external_user_id=None), 0),
        ("400 email", forged(handed(DESK)["jwt"], email=None), 0),
        ("400 first_name", forged(handed(DESK)["jwt"], first_name=None), 0),
        ("algorithm", unsigned(handed(DESK)["jwt"]), 0),
        ("expired", handed(DESK)["jwt"], 3600),
    ],
)
def test_libredesk_refuses_what_is_not_ours(why: str, token: str, now: int):
    """Another secret, a changed token, a missing claim, too late."""
    with pytest.raises(vendors_b.Refused, match=why):
        vendors_b.libredesk({"jwt": token}, secret=SECRET, now=SECOND + now)


def test_libredesk_is_told_of_nobody_else():
    """A token of one person never opens another's conversations."""
    zoe = vendors_b.libredesk(handed(DESK, ZOE), secret=SECRET, now=SECOND)
    assert zoe["external_user_id"] != ADA.user_id
