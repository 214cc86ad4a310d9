"""Saved inputs come back as they were, and are sealed where they are kept."""

from sqlalchemy import select

from callingcard.backends.database import Database
from callingcard.functions.ports.versions import Payload, PayloadVisitor
from callingcard.functions.store.payloads import SqlPayloads, payloads
from callingcard.kit.crypto import Sealer

KEY = b"k" * 32
ADA = PayloadVisitor("ada@example.com", "7", "Ada")
SAVED = [Payload("hello", {"a": [1, None]}, ADA), Payload("empty", {})]


async def test_payloads_are_replaced_as_a_whole(database: Database):
    """In their order, for one function, until there are none."""
    kept = SqlPayloads(database, Sealer([KEY], "payloads"))
    await kept.replace("a", SAVED[:1])
    await kept.replace("a", SAVED)
    await kept.replace("b", SAVED[1:])
    assert (await kept.of("a"), await kept.of("b")) == (SAVED, SAVED[1:])
    await kept.replace("a", [])
    assert (await kept.of("a"), await kept.of("b")) == ([], SAVED[1:])


async def test_nobody_reads_them_in_the_database(database: Database):
    """An address that somebody typed is in no row in plain."""
    kept = SqlPayloads(database, Sealer([KEY], "payloads"))
    await kept.replace("a", SAVED)
    async with database.reading() as connection:
        row = (await connection.execute(select(payloads.c.sealed))).scalar_one()
    assert b"ada@example.com" not in row
    other = SqlPayloads(database, Sealer([b"x" * 32], "payloads"))
    assert await other.of("a") == []
