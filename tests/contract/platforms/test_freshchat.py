"""Freshchat in strict mode believes our token in the one widget that it is for."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from tests.support import vendors_b
from tests.support.vouching import (
    ADA,
    SECOND,
    ZOE,
    claims,
    forged,
    handed,
    private_key,
)

from callingcard.identity.platforms.freshchat import Freshchat

WIDGET = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER_WIDGET = "7C9E6679-7425-40DE-944B-E07FC1F90AE7"
FRESHCHAT = Freshchat(token="fc-token-1", private_key=private_key())
PUBLIC = (
    load_pem_private_key(private_key().encode(), None)
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)


def on(widget: str, visitor: Any = ADA) -> Any:
    """Return *visitor* as the page of *widget* asks for them."""
    return replace(visitor, properties={"freshchat_uuid": widget})


def taken(settings: dict[str, Any], widget: str = WIDGET, now: int = 0) -> dict[str, Any]:
    """Hand *settings* to the *widget*."""
    return vendors_b.freshchat(settings, widget=widget, public_key=PUBLIC, now=SECOND + now)


@pytest.mark.parametrize("widget", [WIDGET, OTHER_WIDGET])
@pytest.mark.parametrize("visitor", [ADA, ZOE], ids=["ada", "zoe"])
def test_freshchat_believes_us(visitor: Any, widget: str):
    """In the widget that asked, whichever way it writes its uuid."""
    found = taken(handed(FRESHCHAT, on(widget, visitor)), widget, now=3599)
    assert (visitor.user_id, visitor.email) == (found["reference_id"], found["email"])


def test_a_uuid_of_another_browser_ties_that_browser_to_the_prover():
    """Whoever asks with Ada's uuid gets a token for themselves, never one for her."""
    token = handed(FRESHCHAT, on(WIDGET, ZOE))["jwtAuthToken"]
    assert claims(token)["reference_id"] == ZOE.user_id


@pytest.mark.parametrize(
    ("why", "settings", "widget", "now"),
    [
        ("another widget", handed(FRESHCHAT, on(WIDGET)), OTHER_WIDGET, 0),
        ("another user", {**handed(FRESHCHAT, on(WIDGET)), "externalId": "u_43"}, WIDGET, 0),
        ("expired", handed(FRESHCHAT, on(WIDGET)), WIDGET, 3600),
        (
            "signature",
            {"jwtAuthToken": forged(handed(FRESHCHAT, on(WIDGET))["jwtAuthToken"])},
            WIDGET,
            0,
        ),
    ],
    ids=["widget", "user", "late", "key"],
)
def test_freshchat_refuses_what_is_not_ours(
    why: str, settings: dict[str, Any], widget: str, now: int
):
    """Another widget, another person, another key, too late."""
    with pytest.raises(vendors_b.Refused, match=why):
        taken(settings, widget, now)
