"""The schema's history leads, on both engines, to the tables that the code declares."""

import asyncio

from callingcard.backends.database import Database
from callingcard.server.migrate import SCHEMAS, differences, migrate, pending


async def test_the_history_ends_at_the_declared_tables(empty_database: Database):
    """After every step nothing differs from the tables in the code."""
    await migrate(empty_database)
    async with empty_database.reading() as connection:
        assert await connection.run_sync(differences) == []
    assert await pending(empty_database) == []


async def test_an_empty_database_lacks_every_step(empty_database: Database):
    """Before the first start every step is pending."""
    assert len(await pending(empty_database)) >= 1


async def test_two_nodes_may_start_at_once(empty_database: Database):
    """The second waits for the first and finds nothing to do."""
    await asyncio.gather(migrate(empty_database), migrate(empty_database))
    assert await pending(empty_database) == []


def test_no_key_crosses_a_context():
    """A table's foreign keys stay within its own metadata."""
    for schema in SCHEMAS:
        for table in schema.tables.values():
            for key in table.foreign_keys:
                assert key.column.table.metadata is schema
