"""A rotation that is cut off by the death of its process, and what sealing rests on."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.contract.functions.secrets.conftest import House

from callingcard.backends.database import Database, Engine
from callingcard.functions.model.secrets import SecretUnreadable
from callingcard.functions.store.secrets import secrets
from callingcard.kit.crypto import Sealer

COUNT = 120
ROTATE = """
import asyncio, sys
from pathlib import Path
from callingcard.backends.choose import open_database
from callingcard.functions.service.remembering.data_keys import DataKeys
from callingcard.functions.service.remembering.secrets import SecretDesk
from callingcard.functions.store.secrets import SqlSecrets
from callingcard.kit.clock import SystemClock

async def main():
    store = SqlSecrets(open_database(sys.argv[1], Path(".")))
    keys = DataKeys(store, [b"the-newer-server-key-9876543210-xyz",
                            b"the-first-server-key-0123456789-abc"], clock=SystemClock())
    desk = SecretDesk(store, keys, clock=SystemClock())
    print("ready", flush=True)
    while True:
        await desk.rotate()

asyncio.run(main())
"""


def kill_in_the_middle(url: str, after: float, folder: Path) -> None:
    """Rotate without end in a process, and end it as a power cut would *after* seconds."""
    command = [sys.executable, "-c", ROTATE, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)


@pytest.mark.slow
async def test_a_rotation_that_is_killed_is_finished_later(
    house: House, database: Database, request: pytest.FixtureRequest, tmp_path: Path
):
    """Killed at any moment, every secret is still there, and a later look finishes."""
    for number in range(COUNT):
        await house.desk().set(f"KEY_{number}", f"value {number}", by="agent 1")
    is_sqlite = database.engine is Engine.SQLITE
    url = (
        f"sqlite:///{database.where}" if is_sqlite else request.getfixturevalue("postgres_url")
    )
    half_done = 0
    both = house.desk(
        b"the-newer-server-key-9876543210-xyz", b"the-first-server-key-0123456789-abc"
    )
    for attempt in range(8):
        await asyncio.to_thread(kill_in_the_middle, url, 0.02 + 0.03 * attempt, tmp_path)
        async with database.reading() as connection:
            under = select(func.count(secrets.c.data_key.distinct()))
            half_done += (await connection.execute(under)).scalar_one() > 1
        for number in range(COUNT):
            assert await both.reveal(f"KEY_{number}") == f"value {number}"
    done = await both.resume()
    assert half_done > 0
    assert (done.unreadable, done.old_keys_free) == ((), True)
    assert len(await house.store.keys()) == 1
    alone = house.desk(b"the-newer-server-key-9876543210-xyz")
    assert await alone.reveal("KEY_7") == "value 7"
    with pytest.raises(SecretUnreadable):
        await house.desk().reveal("KEY_7")


@pytest.mark.slow
def test_no_nonce_comes_twice():
    """Sealing the same thing a million times never meets a nonce again."""
    sealer = Sealer([b"k" * 32], "example")
    nonces = {sealer.seal(b"", place="x")[4:16] for _ in range(1_000_000)}
    assert len(nonces) == 1_000_000
