"""What many tests need: a clock that stands still, ids, and a real database."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url, text

from callingcard.backends.choose import open_database
from callingcard.backends.database import Database, Engine
from callingcard.kit.clock import FakeClock
from callingcard.kit.ids import NumericIds
from callingcard.server.migrate import SCHEMAS
from tests.support.canaries import watched_logs
from tests.support.ready import place_database

collect_ignore_glob = ["typing/*", "support/fake_allauth/*"]
"""What is read by a type checker, or by Django only, and is no test."""

_SLOW = {"CALLINGCARD_REQUIRE_ALL", "CALLINGCARD_TEST_SLOW"}
_PROCESSES = Path(__file__).parent / "integration"
"""What is there starts the product's processes, which takes seconds each time."""

settings.register_profile(
    "usual",
    deadline=None,
    derandomize=True,  # the same examples everywhere; `make fuzz` looks for new ones
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.register_profile(
    "fuzz", settings.get_profile("usual"), derandomize=False, max_examples=5000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what takes long to those who ask for it, as ``make check`` does."""
    if _SLOW & set(os.environ):
        return
    skip = pytest.mark.skip(reason="set CALLINGCARD_TEST_SLOW to run what takes long")
    for item in items:
        if item.get_closest_marker("slow") or item.path.is_relative_to(_PROCESSES):
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def no_canary_in_the_logs() -> Iterator[None]:
    """Fail the run when any test's marked secret or address came into a log record."""
    with watched_logs() as found:
        yield
    assert found == []


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that stands at noon of the first of January 2030."""
    return FakeClock()


@pytest.fixture
def ids(clock: FakeClock) -> NumericIds:
    """Return a maker of ids on that clock."""
    return NumericIds(clock)


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> str:
    """Return the URL of a PostgreSQL database of this test process's own."""
    given = os.environ.get("CALLINGCARD_TEST_POSTGRES", "")
    if not given:
        if os.environ.get("CALLINGCARD_REQUIRE_ALL"):
            pytest.fail("CALLINGCARD_TEST_POSTGRES is not set")
        pytest.skip("set CALLINGCARD_TEST_POSTGRES to run this on PostgreSQL")
    import psycopg

    name = f"callingcard_test_{worker_id}"
    with (
        psycopg.connect(given, autocommit=True) as connection,
        suppress(psycopg.errors.DuplicateDatabase),
    ):
        connection.execute(f"create database {name}")
    return make_url(given).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def valkey_url(worker_id: str) -> str:
    """Return the URL of a Valkey or Redis database of this test process's own."""
    given = os.environ.get("CALLINGCARD_TEST_VALKEY", "")
    if not given:
        if os.environ.get("CALLINGCARD_REQUIRE_ALL"):
            pytest.fail("CALLINGCARD_TEST_VALKEY is not set")
        pytest.skip("set CALLINGCARD_TEST_VALKEY to run this on Valkey or Redis")
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    return f"{given.rpartition('/')[0]}/{number % 16}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def empty_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Database]:
    """Open a database without tables, on each engine in turn."""
    is_postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_url") if is_postgres else "sqlite"
    opened = open_database(url, tmp_path)
    if opened.engine is Engine.POSTGRES:
        async with opened.writing() as connection:
            await connection.execute(text("drop schema public cascade"))
            await connection.execute(text("create schema public"))
    yield opened
    await opened.close()


@pytest.fixture
async def database(empty_database: Database, tmp_path: Path) -> Database:
    """Return an empty database with every table, on each engine in turn."""
    if empty_database.engine is Engine.SQLITE:
        place_database(tmp_path)
        return empty_database
    async with empty_database.writing() as connection:
        for schema in SCHEMAS:
            await connection.run_sync(schema.create_all)
    return empty_database
