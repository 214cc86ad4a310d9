"""Tiledesk's token is for one project, wherever the server stands."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.vouching import ADA, NOW, SECRET, claims, handed

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.tiledesk import Tiledesk
from callingcard.testing import check_platform

TILE = Tiledesk(project_id="5e5f", secret=SECRET)


def test_tile_keeps_the_contract():
    """As every platform must."""
    check_platform(TILE)


@pytest.mark.parametrize(
    "changed",
    [
        {"project_id": ""},
        {"secret": ""},
        {"secret": SECRET + "\n"},
        {"lifetime": 0},
        {"lifetime": 100_000},
        {"lifetime": True},
    ],
)
def test_tile_settings_that_cannot_work_stop_the_start(changed: dict[str, Any]):
    """Without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        replace(TILE, **changed)
    assert SECRET not in f"{caught.value}{caught.value.hint}"


def test_tiledesk_needs_an_address():
    """It is one of the members that it requires."""
    with pytest.raises(InvalidVisitor):
        TILE.sign(Visitor(user_id="u_42"), NOW)


def test_the_audience_is_at_tiledesk_com_always():
    """It is a name, not an address that is called."""
    assert claims(TILE.sign(ADA, NOW).value)["aud"] == "https://tiledesk.com/projects/5e5f"


def test_the_page_hands_over_what_the_widget_sends():
    """The widget adds no scheme to it; a server that wants none is a setting away."""
    token = TILE.sign(ADA, NOW).value
    assert handed(TILE)["jwt"] == f"JWT {token}"
    assert handed(replace(TILE, prefix=""))["jwt"] == token
