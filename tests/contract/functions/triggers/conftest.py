"""A house's background, on each engine."""

import pytest
from tests.support.background_house import House

from callingcard.backends.database import Database
from callingcard.kit.clock import FakeClock


@pytest.fixture
def house(database: Database, clock: FakeClock) -> House:
    """Return the background with one channel."""
    return House(database, clock)
