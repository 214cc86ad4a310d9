"""A server killed in the middle of its work leaves nothing undone and nothing doubled."""

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.conftest import SCHEMAS

from callingcard.backends.choose import open_database
from callingcard.backends.database import Database
from callingcard.desk.store.chat.events import SqlOutbox
from callingcard.desk.store.units import SqlUnits
from callingcard.functions.schedule import next_due
from callingcard.functions.store.jobs import jobs
from callingcard.functions.store.triggers import schedules
from callingcard.kit.clock import SystemClock
from callingcard.kit.crypto import Sealer

ROOT = Path(__file__).parents[3]
LINES, EACH, KILLS, AT_ONCE = 4, 60, 6, 3


async def prepared(folder: Path) -> Database:
    """Return a database in which a lot has happened that nobody was told of."""
    database = open_database("sqlite", folder)
    async with database.writing() as connection:
        for schema in SCHEMAS:
            await connection.run_sync(schema.create_all)
    desk = SqlUnits(database, Sealer([b"a secret of enough bytes, for a test"], "desk"))
    now = SystemClock().now() - timedelta(minutes=1)
    for place in range(1, EACH + 1):
        async with desk.writing() as unit:
            for line in range(LINES):
                data = {"text": f"{line} {place}"}
                at = now + timedelta(milliseconds=place)
                await unit.events.tell(
                    "message.received", at, data, line=f"conversation {line}", place=place
                )
    return database


def work_and_be_killed(folder: Path, *, ahead: float, seconds: float) -> None:
    """Have a process work for a while, and end it as a power cut would."""
    command = [sys.executable, "-m", "tests.support.working", str(folder), str(ahead)]
    (folder / "ready").unlink(missing_ok=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            for _ in range(400):  # until it has begun to work
                if (folder / "ready").exists() or process.poll() is not None:
                    break
                time.sleep(0.05)
            time.sleep(seconds)
            assert process.poll() is None, (folder / "log").read_text()
        finally:
            process.kill()
            process.wait()


@pytest.mark.slow
async def test_killed_again_and_again_everything_is_done(tmp_path: Path):
    """Each event is run, in its line's order; a due time is run once, or again if cut off."""
    database = await prepared(tmp_path)
    events = [event.id for event in await SqlOutbox(database).waiting(1000)]
    lines = {event.id: event.line for event in await SqlOutbox(database).waiting(1000)}
    chance = random.Random(7)
    ahead = 0.0
    for _ in range(KILLS):
        work_and_be_killed(tmp_path, ahead=ahead, seconds=chance.uniform(0.2, 0.8))
        ahead += 61  # loans are over, and the next minute has come
    work_and_be_killed(tmp_path, ahead=ahead, seconds=6)
    done = [line.split() for line in (tmp_path / "done").read_text().splitlines()]
    ended = [what for verb, kind, what, _ in done if (verb, kind) == ("ended", "event")]
    assert set(ended) == set(events)
    assert len(ended) <= len(events) + KILLS * AT_ONCE
    attempts = [(kind, what, n) for verb, kind, what, n in done if verb == "began"]
    assert len(attempts) == len(set(attempts))
    assert any(n == "2" for _, _, n in attempts), "no process was killed in mid-work"
    for line in set(lines.values()):
        first = list(dict.fromkeys(what for what in ended if lines[what] == line))
        assert first == sorted(first)
    scheduled = [
        (what, n) for verb, kind, what, n in done if (kind, verb) == ("schedule", "began")
    ]
    assert len(scheduled) == len(set(scheduled))
    runs = {what for what, _ in scheduled}
    async with database.reading() as connection:
        left = (await connection.execute(select(jobs).where(jobs.c.ended_at.is_(None)))).all()
        (state,) = (await connection.execute(select(schedules))).all()
    await database.close()
    assert left == []
    first_due = next_due(state.cron, state.zone, state.since)
    assert len(runs) + state.missed == (state.next_at - first_due) / timedelta(minutes=1)
    assert len(runs) >= KILLS / 2
