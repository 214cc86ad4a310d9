"""Short statements are executed where they are asked for, and nobody waits for long ones."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database
from callingcard.backends.sqlite import open_sqlite
from callingcard.backends.sqlite.short_way import Way, driver_of, way_of

LONG = (
    "select (with recursive c(x) as (select 1 union all select x + 1 from c where x < {}) "
    "select sum(x) from c)"
)


@pytest.fixture
async def two_rooms(tmp_path: Path) -> AsyncGenerator[Database]:
    """Yield a database with a table that holds a kitchen and a hall."""
    database = open_sqlite(tmp_path / "rooms.db", owner=True)
    async with database.writing() as connection:
        await connection.execute(text("create table rooms (id text primary key, size int)"))
        await connection.execute(text("insert into rooms values ('hall', 9), ('kitchen', 4)"))
    yield database
    await database.close()


async def notes_threads(connection: AsyncConnection) -> set[int]:
    """Return a set into which each call of ``noted()`` in SQL puts its thread."""
    seen: set[int] = set()

    def noted() -> int:
        seen.add(threading.get_ident())
        return 1

    raw = await connection.run_sync(driver_of)
    await raw.in_thread(lambda sqlite: sqlite.create_function("noted", 0, noted))
    return seen


@pytest.mark.parametrize(
    ("sql", "way"),
    [
        ("SELECT rooms.id FROM rooms", Way.LOOK),
        ("begin", Way.HERE),
        ("begin immediate", Way.LOCK),
        ("INSERT INTO rooms (id, size) VALUES (?, ?)", Way.HERE),
        (
            "insert into n (name, value) values ('a', 1) on conflict (name) do nothing",
            Way.HERE,
        ),
        ("INSERT INTO rooms (id, size) VALUES (?, ?), (?, ?)", Way.THREAD),
        ("INSERT INTO rooms (id, size) SELECT id, size FROM halls", Way.THREAD),
        ("UPDATE rooms SET size=? WHERE rooms.id = ?", Way.HERE),
        ("UPDATE rooms SET size=(rooms.size + ?) WHERE rooms.id = ? RETURNING size", Way.HERE),
        ("UPDATE rooms SET size=? WHERE rooms.id = ? OR rooms.size = ?", Way.THREAD),
        ("UPDATE rooms SET size=? WHERE rooms.size < ? AND rooms.id = ?", Way.THREAD),
        ("UPDATE rooms SET size=? WHERE halls.id = ?", Way.THREAD),
        ("UPDATE rooms SET size=?", Way.THREAD),
        ("DELETE FROM rooms WHERE rooms.id = ?", Way.THREAD),
        ("pragma wal_checkpoint(truncate)", Way.THREAD),
        ("vacuum", Way.THREAD),
        ("with c as (select 1) delete from rooms", Way.THREAD),
    ],
)
def test_only_what_is_of_one_row_or_a_look_is_executed_here(sql: str, way: Way):
    """A write over many rows holds nobody up."""
    assert way_of(sql) is way


async def test_a_short_look_takes_no_thread(two_rooms: Database):
    """Where it is asked, it is answered."""
    async with two_rooms.reading() as connection:
        seen = await notes_threads(connection)
        rows = await connection.execute(text("select id, noted() from rooms order by id"))
        assert rows.all() == [("hall", 1), ("kitchen", 1)]
    assert seen == {threading.get_ident()}


async def test_nobody_waits_for_a_long_look(two_rooms: Database):
    """It starts over in the thread, and is answered rightly while others go on."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    going_on = asyncio.create_task(others())
    async with two_rooms.reading() as connection:
        seen = await notes_threads(connection)
        found = await connection.execute(text(LONG.format(300_000) + " + noted()"))
        assert found.scalar_one() == 300_000 * 300_001 // 2 + 1
    going_on.cancel()
    assert threading.get_ident() not in seen
    assert turns > 1


async def test_a_long_look_within_a_change_undoes_nothing(two_rooms: Database):
    """Only the look is begun again, not what was written before it."""
    async with two_rooms.writing() as connection:
        await connection.execute(text("insert into rooms (id, size) values ('attic', 7)"))
        await connection.execute(text(LONG.format(300_000)))
        await connection.execute(text("update rooms set size = 8 where rooms.id = 'hall'"))
    async with two_rooms.reading() as connection:
        rows = await connection.execute(text("select id, size from rooms order by id"))
        assert rows.all() == [("attic", 7), ("hall", 8), ("kitchen", 4)]


async def test_a_refused_row_is_the_same_error_on_the_short_way(two_rooms: Database):
    """And the transaction is undone as a whole."""

    async def add(connection: AsyncConnection, room: str) -> None:
        await connection.execute(
            text("insert into rooms (id, size) values (:room, 1)"), {"room": room}
        )

    async def change() -> None:
        async with two_rooms.writing() as connection:
            await add(connection, "attic")
            await add(connection, "hall")

    with pytest.raises(IntegrityError):
        await change()
    async with two_rooms.reading() as connection:
        assert (await connection.scalar(text("select count(*) from rooms"))) == 2


async def test_a_reader_writes_nothing_on_the_short_way(two_rooms: Database):
    """A connection for reading stays one."""
    with pytest.raises(OperationalError, match="readonly"):
        async with two_rooms.reading() as connection:
            await connection.execute(text("insert into rooms (id, size) values ('a', 1)"))


async def test_a_connection_whose_thread_still_works_is_left_to_it(two_rooms: Database):
    """Who gives up waiting leaves the thread at work; the next statement queues behind it."""
    async with two_rooms.reading() as connection:
        seen = await notes_threads(connection)
        raw = await connection.run_sync(driver_of)
        await connection.execute(text("select 1"))  # so that its transaction has begun
        begun, go_on = threading.Event(), threading.Event()

        def hold(_: object) -> None:
            begun.set()
            go_on.wait(10)

        holding = asyncio.create_task(raw.in_thread(hold))
        await asyncio.to_thread(begun.wait, 10)
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        assert not raw.is_free
        behind = asyncio.create_task(connection.scalar(text("select noted()")))
        await asyncio.sleep(0)
        assert not behind.done()
        go_on.set()
        assert await behind == 1
        assert raw.is_free
    assert threading.get_ident() not in seen


async def test_a_lock_that_another_process_holds_stops_nobody_else(two_rooms: Database):
    """The writer waits for it in the thread, and writes when it is free."""
    other = sqlite3.connect(two_rooms.where, isolation_level=None)
    other.execute("begin immediate")

    async def add() -> None:
        async with two_rooms.writing() as connection:
            await connection.execute(text("insert into rooms (id, size) values ('attic', 7)"))

    adding = asyncio.create_task(add())
    async with two_rooms.reading() as connection:
        assert await connection.scalar(text("select count(*) from rooms")) == 2
    assert not adding.done()
    other.execute("rollback")
    other.close()
    await adding
    async with two_rooms.reading() as connection:
        assert await connection.scalar(text("select count(*) from rooms")) == 3
