"""The whole application, in process, over a database of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.support.ready import place_database

from callingcard.server.app import create_app
from callingcard.server.settings.model import Settings
from callingcard.server.wiring import Services, open_services

SHOP_SECRET = "the shop's own secret, 32 bytes or more"


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Open the product with one site, whose platform signs locally."""
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path,
            "sites": {
                "shop": {
                    "platform": "desk",
                    "origins": ["https://shop.example"],
                    "jwt": {"issuer": "shop", "keys": [{"kid": "k1", "secret": SHOP_SECRET}]},
                    "desk": {
                        "base_url": "http://127.0.0.1:8400",
                        "inbox": "web",
                        "key_id": "k",
                        "secret": "another secret that is long enough to sign",
                    },
                }
            },
        }
    )
    place_database(tmp_path)
    opened = await open_services(settings, owner=True)
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """Call the application as a program would."""
    transport = httpx.ASGITransport(app=create_app(services))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8400"
    ) as opened:
        yield opened
