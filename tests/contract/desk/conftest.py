"""A desk on each engine."""

import pytest
from tests.support.desk_house import House

from callingcard.backends.database import Database
from callingcard.kit.clock import FakeClock


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> House:
    """Return a desk with its default inbox."""
    house = House(database, clock)
    await house.inboxes.ensure_default_inbox()
    return house
