"""A server killed in the middle of runs calls no run successful that was not."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.run_house import RunHouse, version

from callingcard.backends.choose import open_database
from callingcard.functions.errors import Crashed
from callingcard.functions.model.runs import RunState
from callingcard.functions.ports.runs import RunFilter
from callingcard.functions.service.running.run_calls import Call
from callingcard.functions.store.metadata import metadata
from callingcard.kit.clock import FakeClock

ROOT = Path(__file__).parents[3]
KILLS = 3


def run_and_be_killed(folder: Path) -> None:
    """Have a process make runs for a while, and end it as a power cut would."""
    (folder / "ready").unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.support.running", str(folder)]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            for _ in range(400):
                if (folder / "ready").exists() or process.poll() is not None:
                    break
                time.sleep(0.05)
            time.sleep(0.4)
            assert process.poll() is None, (folder / "log").read_text()
        finally:
            process.kill()
            process.wait()


async def test_a_kill_leaves_no_false_success(tmp_path: Path):
    """What is recorded as successful did end; what was under way is lost, and not repeated."""
    database = open_database("sqlite", tmp_path)
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    for _ in range(KILLS):
        run_and_be_killed(tmp_path)
    house = RunHouse(database, FakeClock(datetime.now(UTC)), node="after")
    house.deploy(version())
    await house.desk.start(alone=True)
    ended = set((tmp_path / "ended").read_text().split("\n"))
    states: dict[str, RunState] = {}
    keys: dict[RunState, str] = {}
    cursor = ""
    while True:
        page = await house.store.page(RunFilter(), cursor=cursor, limit=200)
        states |= {kept.run.id: kept.run.state for kept in page.runs}
        for kept in page.runs:
            whole = await house.desk.get(kept.run.id)
            arguments, _ = house.seals.open_input(whole.run.id, whole.sealed)
            if arguments["key"]:
                keys[whole.run.state] = str(arguments["key"])
        cursor = page.next
        if not cursor:
            break
    assert {run for run, state in states.items() if state is RunState.SUCCEEDED} <= ended
    assert set(states.values()) == {RunState.SUCCEEDED, RunState.LOST}
    begun = [line for line in (tmp_path / "begun").read_text().split("\n") if line]
    assert len(begun) == len(set(begun))  # no key ran twice
    lost = keys[RunState.LOST]
    with pytest.raises(Crashed) as told:
        await house.invoker.invoke(Call("greet", {"key": lost}, "http", idempotency_key=lost))
    assert states[told.value.run_id] is RunState.LOST
    assert house.sandbox.tasks == []
    await house.close()
    await database.close()
