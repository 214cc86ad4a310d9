"""A deploy that is killed at any step leaves the version that counts as it was."""

import asyncio
import sys
from pathlib import Path

import pytest
from tests.support.deploying import house

from callingcard.backends.choose import open_database
from callingcard.functions.store.schema import metadata
from callingcard.kit.clock import FakeClock

DEPLOYING = """
import asyncio, os, sys
from pathlib import Path
from callingcard.backends.choose import open_database
from callingcard.functions.store import versions
from callingcard.kit.clock import FakeClock
from tests.support.deploying import house

def die(*_):
    os.kill(os.getpid(), 9)

async def die_later(*_):
    die()

if sys.argv[2] in {"_note", "_trim", "_point"}:
    setattr(versions, sys.argv[2], die_later)

def tell(step):
    if step.name == sys.argv[2]:
        die()

async def main():
    database = open_database("sqlite", Path(sys.argv[1]))
    await house(database, FakeClock()).desk.deploy("a", "new", by="x", tell=tell)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        ("read", "old"),
        ("check", "old"),
        ("describe", "old"),
        ("_point", "old"),  # the version is written, and the pointer is not
        ("_note", "old"),  # both are, and the transaction is not over
        ("_trim", "old"),
        ("publish", "new"),  # told when it counts already
    ],
)
async def test_a_killed_deploy_is_no_deploy(tmp_path: Path, at: str, counts: str):
    """Old or new, and never half: as many versions as there were, and the same pointer."""
    database = open_database("sqlite", tmp_path)
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    here = house(database, FakeClock())
    await here.desk.deploy("a", "old", by="x")
    argv = [sys.executable, "-c", DEPLOYING, str(tmp_path), at]
    root = Path(__file__).parents[3]
    killed = await asyncio.create_subprocess_exec(*argv, cwd=root)
    assert await killed.wait() == -9
    current = await here.store.current("a")
    assert current is not None
    assert current.source == counts
    assert len(await here.desk.versions("a")) == {"old": 1, "new": 2}[counts]
    assert len(await here.desk.releases("a")) == {"old": 1, "new": 2}[counts]
    again = await here.desk.deploy("a", "new", by="x")
    assert (await here.store.current("a")) == again
    await database.close()
