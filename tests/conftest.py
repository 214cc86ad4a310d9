"""What many tests need: a clock that stands still, ids, and a real database."""

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import MetaData, make_url, text

from callingcard.access import store as access_store
from callingcard.backends.choose import open_database
from callingcard.backends.database import Database, Engine
from callingcard.desk.store import tables as desk_tables
from callingcard.kit.clock import FakeClock
from callingcard.kit.ids import NumericIds

SCHEMAS: tuple[MetaData, ...] = (desk_tables.metadata, access_store.metadata)

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
async def database(empty_database: Database) -> Database:
    """Return an empty database with every table, on each engine in turn."""
    async with empty_database.writing() as connection:
        for schema in SCHEMAS:
            await connection.run_sync(schema.create_all)
    return empty_database
