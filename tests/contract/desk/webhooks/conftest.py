"""A desk with webhooks, on each engine."""

import pytest
from tests.support.desk_house import House
from tests.support.webhook_house import WebhookTrial


@pytest.fixture
def trial(house: House) -> WebhookTrial:
    """Return the desk's webhooks with a receiver that takes everything."""
    return WebhookTrial(house)
