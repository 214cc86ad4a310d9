"""HelpCrunch, writing the user again with PHP, comes to our signature and no other."""

import json
from dataclasses import replace
from typing import Any

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
from callingcard.identity.platforms.helpcrunch import HelpCrunch

CRUNCH = HelpCrunch(organization="shop", app_id="app1", secret=SECRET)


def init(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the page passes on: the user parsed, everything else as it is."""
    return {**settings, "user": json.loads(settings["user"])}


@pytest.mark.parametrize("visitor", [ADA, ZOE, Visitor(user_id="<a&b>'")])
def test_helpcrunch_believes_us(visitor: Visitor):
    """Whatever letters the visitor's name is made of."""
    user = vendors_b.helpcrunch(init(handed(CRUNCH, visitor)), secret=SECRET)
    assert visitor.user_id == user["user_id"]


@pytest.mark.parametrize(
    "changed",
    [
        {"user_id": "u_43"},
        {"email": "bob@example.com"},
        {"name": "Ada L"},
        {"phone": "1"},
    ],
)
def test_helpcrunch_refuses_another_user(changed: dict[str, str]):
    """Every member is signed, and none can be added."""
    page = init(handed(CRUNCH))
    with pytest.raises(vendors_b.Refused, match="signature"):
        vendors_b.helpcrunch({**page, "user": {**page["user"], **changed}}, secret=SECRET)


def test_helpcrunch_refuses_another_order_and_another_secret():
    """A page that builds the object anew breaks the signature; so does a changed secret."""
    page = init(handed(CRUNCH))
    turned = dict(reversed(page["user"].items()))
    for changed in (
        {**page, "user": turned},
        init(handed(replace(CRUNCH, secret=OTHER_SECRET))),
    ):
        with pytest.raises(vendors_b.Refused, match="signature"):
            vendors_b.helpcrunch(changed, secret=SECRET)
