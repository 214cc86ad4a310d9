"""Those who write one behind the other share a commit, and nothing of each other's fate."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database, DatabaseBusy
from callingcard.backends.sqlite import open_sqlite
from callingcard.backends.sqlite.group_commit import GroupCommit
from callingcard.backends.sqlite.short_way import driver_of


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    """Yield a database with an empty table of rooms."""
    database = open_sqlite(tmp_path / "rooms.db", owner=True)
    async with database.writing() as connection:
        await connection.execute(text("create table rooms (id text primary key)"))
    yield database
    await database.close()


@pytest.fixture
def commits(database: Database) -> list[object]:
    """Return a list that grows with each commit."""
    seen: list[object] = []
    event.listen(database.writer.sync_engine, "commit", seen.append)
    return seen


def kept(database: Database) -> list[str]:
    """Return the rooms as another process sees them."""
    with closing(sqlite3.connect(database.where)) as other:
        return [name for (name,) in other.execute("select id from rooms order by id")]


async def add(database: Database, room: str, *, fails: bool = False) -> None:
    """Write a room down, and maybe fail after that."""
    async with database.writing() as connection:
        await put(connection, room)
        await asyncio.sleep(0)  # who comes now stands in line
        if fails:
            raise LookupError(room)


async def put(connection: AsyncConnection, room: str) -> None:
    """Insert a room."""
    await connection.execute(text("insert into rooms (id) values (:room)"), {"room": room})


async def test_who_stands_in_line_shares_the_commit(database: Database, commits: list[object]):
    """Ten who come at once are ten rows, and hardly a commit more than one."""
    rooms = [f"room {number}" for number in range(10)]
    await asyncio.gather(*(add(database, room) for room in rooms))
    assert kept(database) == rooms
    assert len(commits) == 1


async def test_a_group_is_not_larger_than_its_first_can_wait_for(
    database: Database, commits: list[object]
):
    """However many come, nobody waits for all of them."""
    await asyncio.gather(*(add(database, f"{number:02}") for number in range(50)))
    assert len(kept(database)) == 50
    assert 3 <= len(commits) <= 5


async def test_who_writes_alone_commits_alone(database: Database, commits: list[object]):
    """Nobody waits for somebody who may never come."""
    for room in ("attic", "hall"):
        await add(database, room)
        assert room in kept(database)
    assert len(commits) == 2


async def test_nobody_goes_on_before_it_is_on_the_disk(database: Database):
    """Whoever returns finds what they wrote with the eyes of another process."""
    seen: dict[str, bool] = {}

    async def write(room: str) -> None:
        await add(database, room)
        seen[room] = room in kept(database)

    await asyncio.gather(*(write(f"{number:02}") for number in range(40)))
    assert len(seen) == 40
    assert all(seen.values())


@pytest.mark.parametrize("failing", [0, 1, 2])
async def test_an_exception_undoes_what_its_own_writer_did(database: Database, failing: int):
    """Wherever it stood in line, the others' rows are kept."""
    names = ["attic", "hall", "kitchen"]
    ended = await asyncio.gather(
        *(add(database, name, fails=names.index(name) == failing) for name in names),
        return_exceptions=True,
    )
    assert isinstance(ended[failing], LookupError)
    assert [one for one in ended if one is not None] == [ended[failing]]
    assert kept(database) == [name for name in names if name != names[failing]]


async def test_one_that_failed_is_seen_by_nobody_behind_it(database: Database):
    """What was undone is not there for the next either."""

    async def look() -> int:
        async with database.writing() as connection:
            return (await connection.execute(text("select count(*) from rooms"))).scalar_one()

    _, _, seen = await asyncio.gather(
        add(database, "attic"),
        add(database, "hall", fails=True),
        look(),
        return_exceptions=True,
    )
    assert seen == 1


@pytest.mark.parametrize("leaving", [0, 1, 2])
async def test_who_is_cancelled_while_writing_stops_nobody(database: Database, leaving: int):
    """Its own row goes, and theirs stay."""
    here, go_on = asyncio.Event(), asyncio.Event()

    async def write(name: str, *, lingers: bool) -> None:
        async with database.writing() as connection:
            await put(connection, name)
            if lingers:
                here.set()
                await go_on.wait()

    names = ["attic", "hall", "kitchen"]
    writing = [
        asyncio.create_task(write(name, lingers=names.index(name) == leaving))
        for name in names
    ]
    await here.wait()
    writing[leaving].cancel()
    ended = await asyncio.gather(*writing, return_exceptions=True)
    assert isinstance(ended[leaving], asyncio.CancelledError)
    assert kept(database) == [name for name in names if name != names[leaving]]


async def test_who_is_cancelled_in_line_leaves_nothing_open(database: Database):
    """The last in line went away: those before it are committed all the same."""
    here, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.writing() as connection:
            await put(connection, "attic")
            here.set()
            await go_on.wait()

    writing = asyncio.create_task(first())
    await here.wait()
    behind = asyncio.create_task(add(database, "hall"))
    await asyncio.sleep(0)
    go_on.set()
    # The line moves to the second in the same moment in which it gives up.
    while not behind.done():
        await asyncio.sleep(0)
        behind.cancel()
    await writing
    assert kept(database) == ["attic"]
    await add(database, "kitchen")
    assert kept(database) == ["attic", "kitchen"]


async def test_who_is_cancelled_while_waiting_for_the_commit_disturbs_nobody(
    database: Database,
):
    """It is committed with the others, as it was when the server had gone on a bit faster."""
    rooms = [asyncio.create_task(add(database, f"{number}")) for number in range(4)]
    while not any(one.done() for one in rooms):
        await asyncio.sleep(0)
        rooms[0].cancel()
    ended = await asyncio.gather(*rooms, return_exceptions=True)
    assert ended[1:] == [None] * 3
    assert {"1", "2", "3"} <= set(kept(database))


async def test_a_cancelled_statement_that_still_runs_is_waited_for(database: Database):
    """The next one writes when the thread is done with it, and nothing of it is kept."""
    begun, go_on = threading.Event(), threading.Event()

    def held() -> int:
        begun.set()
        go_on.wait(10)
        return 1

    async with database.writing() as connection:
        driver = await connection.run_sync(driver_of)
        await driver.in_thread(lambda sqlite: sqlite.create_function("held", 0, held))

    async def write_long() -> None:
        async with database.writing() as connection:
            await put(connection, "hall")
            await connection.execute(text("delete from rooms where held() = 2"))

    before = asyncio.create_task(add(database, "attic"))
    long = asyncio.create_task(write_long())
    await asyncio.to_thread(begun.wait, 10)
    behind = asyncio.create_task(add(database, "kitchen"))
    await asyncio.sleep(0)
    long.cancel()
    go_on.set()
    ended = await asyncio.gather(before, long, behind, return_exceptions=True)
    assert isinstance(ended[1], asyncio.CancelledError)
    # Who shared its transaction is told that it is gone, or it is there: never in between.
    names = ("attic", "kitchen")
    told = {name for name, end in zip(names, (ended[0], ended[2]), strict=True) if end is None}
    assert set(kept(database)) == told
    assert all(isinstance(end, DatabaseBusy | None) for end in (ended[0], ended[2]))
    await add(database, "cellar")
    assert "cellar" in kept(database)


async def test_a_transaction_that_sqlite_undid_is_lost_for_all_who_shared_it(
    database: Database,
):
    """Who wrote in it before is told so, and the next transaction is a new one."""
    async with database.writing() as connection:
        await connection.execute(
            text(
                "create trigger gone before insert on rooms when new.id = 'gone' "
                "begin select raise(rollback, 'the disk is full'); end"
            )
        )
    ended = await asyncio.gather(
        *(add(database, room) for room in ("attic", "gone", "hall")), return_exceptions=True
    )
    assert isinstance(ended[0], DatabaseBusy)
    assert not isinstance(ended[1], DatabaseBusy | None)
    await add(database, "kitchen")
    told = {room for room, end in zip(("hall",), ended[2:], strict=True) if end is None}
    assert set(kept(database)) == told | {"kitchen"}


async def test_a_commit_that_fails_is_told_to_everybody(database: Database):
    """Nobody believes that it was kept."""
    async with database.writing() as connection:
        await connection.execute(text("create table halls (id text primary key)"))
        await connection.execute(
            text(
                "create table doors (hall text not null references halls (id) "
                "deferrable initially deferred)"
            )
        )

    async def open_nowhere() -> None:
        async with database.writing() as connection:
            await connection.execute(text("insert into doors (hall) values ('nowhere')"))

    ended: list[Any] = await asyncio.gather(
        add(database, "attic"), open_nowhere(), add(database, "hall"), return_exceptions=True
    )
    assert all(isinstance(end, Exception) for end in ended)
    assert kept(database) == []
    await add(database, "kitchen")
    assert kept(database) == ["kitchen"]


async def test_who_waits_longest_writes_next(database: Database):
    """Whoever comes at the right moment goes before nobody."""
    order: list[str] = []

    async def write(name: str) -> None:
        async with database.writing():
            order.append(name)
            await asyncio.sleep(0)

    async with database.writing():
        waiting = [asyncio.create_task(write(name)) for name in ("first", "second")]
        await asyncio.sleep(0)
    await asyncio.gather(write("late"), *waiting)
    assert order == ["first", "second", "late"]


async def test_a_writer_who_gives_up_leaves_the_line_moving(database: Database):
    """The one behind has its turn."""
    group = GroupCommit(database.writer, patience=0.01)
    async with group.writing():
        with pytest.raises(DatabaseBusy):
            async with group.writing():
                pass
    async with group.writing() as connection:
        assert await connection.scalar(text("select count(*) from rooms")) == 0


async def test_who_is_cancelled_while_a_transaction_begins_stops_nobody(database: Database):
    """Another process had the lock; the next one begins a transaction of its own."""
    other = sqlite3.connect(database.where, isolation_level=None)
    other.execute("begin immediate")
    beginning = asyncio.create_task(add(database, "attic"))
    await asyncio.sleep(0.05)
    beginning.cancel()
    behind = asyncio.create_task(add(database, "hall"))
    await asyncio.sleep(0.05)
    other.execute("rollback")
    other.close()
    with pytest.raises((asyncio.CancelledError, OperationalError)):
        await beginning
    await behind
    assert kept(database) == ["hall"]
