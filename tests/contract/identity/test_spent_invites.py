"""Whether an invite was used is decided by the database, on each engine."""

import asyncio
from datetime import timedelta
from pathlib import Path

from callingcard.backends.choose import open_database
from callingcard.backends.database import Database
from callingcard.identity.store import SqlSpentInvites
from callingcard.kit.clock import FakeClock

WEEK = timedelta(days=7)


async def test_an_invite_is_used_once(database: Database, clock: FakeClock):
    """The first use is noted, the second refused, another invite is another."""
    spent = SqlSpentInvites(database)
    until = clock.now() + WEEK
    assert await spent.spend("a", attempt="1", until=until)
    assert not await spent.spend("a", attempt="2", until=until)
    assert await spent.spend("b", attempt="3", until=until)


async def test_of_many_at_once_one_wins(database: Database, clock: FakeClock):
    """Forty uses of one invite in the same moment, through two stores."""
    stores = [SqlSpentInvites(database), SqlSpentInvites(database)]
    won = await asyncio.gather(
        *(
            stores[n % 2].spend("a", attempt=str(n), until=clock.now() + WEEK)
            for n in range(40)
        )
    )
    assert won.count(True) == 1


async def test_a_use_that_came_to_nothing_is_undone(database: Database, clock: FakeClock):
    """Undoing one attempt frees its invite, and never another attempt's."""
    spent = SqlSpentInvites(database)
    until = clock.now() + WEEK
    await spent.spend("a", attempt="1", until=until)
    await spent.restore("2")
    assert not await spent.spend("a", attempt="2", until=until)
    await spent.restore("1")
    assert await spent.spend("a", attempt="2", until=until)
    await spent.restore("1")
    assert not await spent.spend("a", attempt="3", until=until)


async def test_what_expired_is_swept(database: Database, clock: FakeClock):
    """A row stays as long as its invite could be brought, and not longer."""
    spent = SqlSpentInvites(database)
    await spent.spend("short", attempt="1", until=clock.now() + timedelta(hours=1))
    await spent.spend("long", attempt="2", until=clock.now() + WEEK)
    clock.advance(timedelta(minutes=59))
    assert await spent.sweep(clock.now()) == 0
    clock.advance(timedelta(minutes=1))
    assert await spent.sweep(clock.now()) == 1
    assert not await spent.spend("long", attempt="3", until=clock.now() + WEEK)


async def test_two_processes_agree(tmp_path: Path, clock: FakeClock):
    """Two that open the same file at once see each other's uses."""
    nodes = [open_database("sqlite", tmp_path) for _ in range(2)]
    from callingcard.identity.store import metadata

    async with nodes[0].writing() as connection:
        await connection.run_sync(metadata.create_all)
    stores = [SqlSpentInvites(node) for node in nodes]
    try:
        won = await asyncio.gather(
            *(
                stores[n % 2].spend("a", attempt=str(n), until=clock.now() + WEEK)
                for n in range(10)
            )
        )
    finally:
        for node in nodes:
            await node.close()
    assert won.count(True) == 1
