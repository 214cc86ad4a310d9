"""Tiledesk signs our visitors in to their project, and nobody else."""

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

from callingcard.identity.model import Visitor
from callingcard.identity.platforms.tiledesk import Tiledesk

PROJECT = "5e5f4e220b28440012117be4"
TILEDESK = Tiledesk(project_id=PROJECT, secret=SECRET)
BARE = Tiledesk(project_id=PROJECT, secret=SECRET, prefix="")


def taken(authorization: str, now: int = 0) -> tuple[str, str, dict[str, Any]]:
    """Send *authorization* as the widget does: as it was given."""
    return vendors_b.tiledesk(authorization, project=PROJECT, secret=SECRET, now=SECOND + now)


@pytest.mark.parametrize("visitor", [ADA, ZOE], ids=["ada", "zoe"])
def test_tiledesk_believes_us(visitor: Visitor):
    """And knows the visitor by id, address and names."""
    uid, email, claims = taken(handed(TILEDESK, visitor)["jwt"], now=3599)
    assert (visitor.user_id, visitor.email) == (uid, email)
    assert (visitor.first_name, visitor.last_name) == (claims["firstname"], claims["lastname"])


@pytest.mark.parametrize(
    ("why", "authorization", "now"),
    [
        ("scheme", handed(BARE)["jwt"], 0),
        ("signature", handed(replace(TILEDESK, secret=OTHER_SECRET))["jwt"], 0),
        ("aud", handed(replace(TILEDESK, project_id="another"))["jwt"], 0),
        ("sub", "JWT " + forged(handed(BARE)["jwt"], sub=None), 0),
        ("aud", "JWT " + forged(handed(BARE)["jwt"], aud=None), 0),
        ("_id", "JWT " + forged(handed(BARE)["jwt"], _id="u_42"), 0),
        ("no email", "JWT " + forged(handed(BARE)["jwt"], email=None), 0),
        ("expired", handed(TILEDESK)["jwt"], 3600),
    ],
)
def test_tiledesk_refuses_what_is_not_ours(why: str, authorization: str, now: int):
    """Another secret or project, a missing claim, too late."""
    with pytest.raises(vendors_b.Refused, match=why):
        taken(authorization, now)
