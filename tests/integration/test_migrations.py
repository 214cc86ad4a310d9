"""The schema's history leads, on both engines, to the tables that the code declares."""

import asyncio
from datetime import timedelta

from sqlalchemy import TableClause, column, insert, table

from callingcard.backends.database import Database, Moment
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.store.units import SqlUnits
from callingcard.kit.clock import FakeClock
from callingcard.kit.crypto import Sealer
from callingcard.server.migrate import SCHEMAS, differences, migrate, pending, upgrade


def _like(name: str, *columns: str) -> TableClause:
    """Return the table *name* as it was, with these columns and its moments."""
    moments = (column("created_at", Moment()), column("updated_at", Moment()))
    return table(name, *(column(one) for one in columns), *moments)


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


async def test_what_was_said_before_the_desk_grew_is_found(
    empty_database: Database, clock: FakeClock
):
    """Old messages have words to be found by, their conversations the times of both sides."""
    asked, answered = clock.now(), clock.now() + timedelta(minutes=5)
    said = [("visitor", "Où est MA carte?", asked), ("agent", "Here", answered)]
    marks = dict.fromkeys(("head", "agent_read_seq", "visitor_read_seq"), 2)
    talk = {"id": "7", "inbox_id": "1", "visitor_id": "2", "evidence": "anonymous", **marks}
    async with empty_database.writing() as connection:
        await connection.run_sync(upgrade, "0005")
        await connection.execute(
            insert(_like("desk_conversations", *talk, "status")),
            {**talk, "status": "open", "created_at": asked, "updated_at": answered},
        )
        for seq, (kind, text, at) in enumerate(said, start=1):
            entry = {
                "conversation_id": "7",
                "seq": seq,
                "id": f"e{seq}",
                "type": "message",
                "author_kind": kind,
                "author_id": kind,
                "author_name": "",
                "text": text,
            }
            await connection.execute(
                insert(_like("desk_entries", *entry)), {**entry, "created_at": at}
            )
    await migrate(empty_database)
    async with SqlUnits(empty_database, Sealer([b"s" * 32], "test")).reading() as unit:
        found = await unit.finds.entries(["% ma carte %"], limit=5)
        conversation = await unit.conversations.get(ConversationId("7"))
    assert [entry.text for entry in found] == ["Où est MA carte?"]
    assert conversation is not None
    assert (conversation.received_at, conversation.sent_at) == (asked, answered)


def test_no_key_crosses_a_context():
    """A table's foreign keys stay within its own metadata."""
    for schema in SCHEMAS:
        for each in schema.tables.values():
            for key in each.foreign_keys:
                assert key.column.table.metadata is schema
