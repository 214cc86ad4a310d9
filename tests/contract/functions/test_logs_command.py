"""``functions logs`` tells runs that ended, oldest first, each once."""

import json

import pytest
from tests.support.run_house import RunHouse, version

from callingcard.backends.database import Database
from callingcard.cli.functions import logs
from callingcard.functions.service.running.run_calls import Call
from callingcard.kit.clock import FakeClock


async def test_runs_are_told_with_their_logs(
    database: Database, clock: FakeClock, capsys: pytest.CaptureFixture[str]
):
    """For people a line and what was printed; for programs one object a line."""
    house = RunHouse(database, clock)
    house.deploy(version())
    try:
        for _ in range(2):
            await house.invoker.attempt(Call("greet", {}, "http"))
        await house.journal.flush()
        found = await logs._ended(house.desk, "greet", since=None)
    finally:
        await house.close()
    assert len({run.id for run in found}) == 2
    assert [run.started_at for run in found] == sorted(run.started_at for run in found)
    logs._print(found, as_json=False, stream=False)
    assert capsys.readouterr().out.count("succeeded") == 2
    logs._print(found, as_json=True, stream=True)
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [run.id for run in found]
