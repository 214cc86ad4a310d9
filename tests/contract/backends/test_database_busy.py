"""A database of which too much is asked says so, in words that a client can act on."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from callingcard.backends.database import Database, DatabaseBusy, Engine
from callingcard.server.problems import reply_to


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncGenerator[Database]:
    """Yield a database with one connection of each kind, for which nobody waits long."""
    reader, writer = (
        create_async_engine(
            f"sqlite+aiosqlite:///{tmp_path / 'narrow.db'}",
            pool_size=1,
            max_overflow=0,
            pool_timeout=0.01,
        )
        for _ in range(2)
    )
    database = Database(Engine.SQLITE, reader=reader, writer=writer, where="narrow")
    yield database
    await database.close()


async def test_who_finds_every_connection_in_use_is_told_to_come_back(narrow: Database):
    """Reading and writing alike; and who comes back later is served."""
    async with narrow.reading(), narrow.writing():
        with pytest.raises(DatabaseBusy):
            async with narrow.reading():
                pass
        with pytest.raises(DatabaseBusy):
            async with narrow.writing():
                pass
        assert await narrow.ping() == "DatabaseBusy"
    assert await narrow.ping() is None


def test_a_busy_database_is_a_503_with_a_time_to_come_back():
    """No client takes it for an answer that will stay the same."""
    reply = reply_to(DatabaseBusy())
    assert reply.status_code == 503
    assert int(reply.headers["retry-after"]) > 0
    assert b"database.busy" in reply.body
