"""A template can bring along the connectors that need nothing but their secrets."""

from collections.abc import Mapping, Sequence

import pytest

from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.model.values import Json
from callingcard.functions.service.connecting.connector_errors import UnknownConnector
from callingcard.functions.service.connecting.connectors import (
    ConnectorDesk,
    ConnectorView,
    Setup,
)
from callingcard.functions.service.connecting.shelves import DeskShelf


class Desk(ConnectorDesk):
    """A desk that notes what is put on it."""

    def __init__(self) -> None:
        """Begin empty."""
        self.given: list[tuple[str, str, str]] = []

    def built_in(self) -> Mapping[str, Mapping[str, Json]]:
        """Return our own connectors."""
        return built_in()

    async def list(self) -> Sequence[ConnectorView]:
        """Return none."""
        return []

    async def put(self, name: str, setup: Setup, *, by: str) -> ConnectorView:
        """Note it."""
        self.given.append((name, setup.source, by))
        return None  # type: ignore[return-value]


def test_what_needs_an_address_is_not_brought_along():
    """Of the others it is known which secrets they will ask for."""
    shelf = {one.name: one.secrets for one in DeskShelf(Desk()).built_in()}
    assert "http" not in shelf
    assert {"hubspot", "discord", "teams", "slack"} <= set(shelf)
    assert shelf["discord"] == ("DISCORD_WEBHOOK",)
    assert len(shelf["hubspot"]) == 1


async def test_one_is_installed_as_it_comes():
    """And one that does not come with the product is not found."""
    desk = Desk()
    await DeskShelf(desk).install("hubspot", by="agent 1")
    assert desk.given == [("hubspot", "built-in", "agent 1")]
    assert await DeskShelf(desk).names() == []
    with pytest.raises(UnknownConnector):
        await DeskShelf(desk).install("nope", by="x")
