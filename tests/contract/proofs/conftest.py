"""What the tests of keys share."""

import pytest
from tests.support.key_house import House


@pytest.fixture
async def house():
    """Return a provider that is up."""
    found = House()
    yield found
    await found.sets.close()
