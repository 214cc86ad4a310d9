"""Routing on each engine."""

import pytest
from tests.support.routing_house import RoutingHouse

from callingcard.backends.database import Database
from callingcard.kit.clock import FakeClock


@pytest.fixture
def routing(database: Database, clock: FakeClock) -> RoutingHouse:
    """Return routing with nothing set up."""
    return RoutingHouse(database, clock)
