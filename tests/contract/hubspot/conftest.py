"""HubSpot's API over a real desk: in process on each engine, or served on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp
from tests.contract.hubspot.every_call import Desk, Unhurried, Waiting
from tests.support.desk_house import House
from tests.support.hubspot_house import Api, api_of, served

from callingcard.backends.choose import open_database
from callingcard.backends.database import Database
from callingcard.desk.store import schema
from callingcard.kit.clock import FakeClock


@pytest.fixture
async def api(database: Database, clock: FakeClock) -> AsyncIterator[Api]:
    """Return HubSpot's API over an empty desk on each engine in turn."""
    house = House(database, clock)
    await house.inboxes.ensure_default_inbox()
    transport = httpx.ASGITransport(api_of(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        yield Api(house, client)


@pytest.fixture
def live_api(tmp_path: Path) -> Iterator[str]:
    """Serve HubSpot's API over an empty desk on loopback; yield its address."""
    with _desk(tmp_path) as desk:
        yield desk.address


@pytest.fixture
def live_desk(tmp_path: Path) -> Iterator[Desk]:
    """Serve HubSpot's API over an empty desk on loopback, whose time stands still."""
    with _desk(tmp_path) as desk:
        yield desk


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve HubSpot's API over one desk to every test of a file, without hurry."""
    with _desk(tmp_path_factory.mktemp("desk"), Unhurried) as desk:
        yield desk


@pytest.fixture
def waited_for_desk(tmp_path: Path) -> Iterator[Desk]:
    """Serve HubSpot's API so that, after a refusal, as much time passes as it asks for.

    Nobody has to wait then, and a client that comes again at once is let in too: what it
    waited is for the test to look at.
    """
    with _desk(tmp_path, Waiting) as desk:
        yield desk


@contextmanager
def _desk(
    folder: Path, around: Callable[[ASGIApp, FakeClock], ASGIApp] | None = None
) -> Iterator[Desk]:
    house = House(open_database("sqlite", folder), FakeClock())

    def app() -> ASGIApp:
        inner = api_of(house)
        return inner if around is None else around(inner, house.clock)

    async def prepare() -> None:
        async with house.database.writing() as connection:
            await connection.run_sync(schema.metadata.create_all)
        await house.inboxes.ensure_default_inbox()
        await house.database.close()

    asyncio.run(prepare())
    with served(app) as address:
        yield Desk(address)
    asyncio.run(house.database.close())
