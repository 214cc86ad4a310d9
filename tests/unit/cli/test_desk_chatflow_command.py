"""``callingcard desk chatflow`` over a real desk in a file."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.chatflows import SUPPORT
from tests.support.desk_house import House
from tests.support.ready import place_database
from typer.testing import CliRunner, Result

from callingcard.backends.choose import open_database
from callingcard.cli.desk import chatflows
from callingcard.desk.service.flows.chatflows import ChatflowDesk
from callingcard.desk.service.flows.imagining import ImaginingDesk
from callingcard.errors import Invalid
from callingcard.kit.clock import FakeClock

Run = Callable[..., Result]
WELCOME = {"welcome": "Hi {{ contact.firstname | default: 'there' }}!"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return how a command is run over a desk without chatflows."""
    place_database(tmp_path)

    @asynccontextmanager
    async def services(_: object) -> AsyncGenerator[Any]:
        database = open_database("sqlite", tmp_path)
        clock = FakeClock()
        house = House(database, clock)
        flows = SimpleNamespace(
            flows=ChatflowDesk(house.units, clock),
            imagining=ImaginingDesk(house.units, clock),
        )
        yield SimpleNamespace(inboxes=house.inboxes, desk=SimpleNamespace(flows=flows))
        await database.close()

    def settings_from(_: object) -> None:
        """Nothing is read."""

    monkeypatch.setattr(chatflows, "services", services)
    monkeypatch.setattr(chatflows, "settings_from", settings_from)
    return lambda *arguments: CliRunner().invoke(
        chatflows.app, [str(one) for one in arguments]
    )


def written(folder: Path, name: str, document: object) -> Path:
    """Return a file with this JSON in it."""
    file = folder / f"{name}.json"
    file.write_text(json.dumps(document))
    return file


def test_a_file_goes_in_and_comes_out(run: Run, tmp_path: Path):
    """What was put is what is printed, under the file's name where it names itself nothing."""
    file = written(tmp_path, "hello", WELCOME)
    assert run("put", file).exit_code == 0
    assert json.loads(run("get", "hello").stdout) == {**WELCOME, "name": "hello"}
    (listed,) = json.loads(run("list", "--json").stdout)
    assert (listed["name"], listed["version"], listed["enabled"]) == ("hello", 1, True)
    assert (
        run("put", written(tmp_path, "hello", {"welcome": "Other"}), "--draft").exit_code == 0
    )
    assert json.loads(run("get", "hello").stdout)["welcome"] == WELCOME["welcome"]
    assert json.loads(run("get", "hello", "--draft").stdout)["welcome"] == "Other"
    assert run("delete", "hello").exit_code == 0
    assert "No chatflows yet" in run("list").output


def test_what_is_wrong_is_told_by_its_place(run: Run, tmp_path: Path):
    """A document that cannot be used is refused with the path and the remedy."""
    file = written(tmp_path, "hello", {"welcome": "Hi {{ contact.firstname }}"})
    refused = run("put", file)
    assert isinstance(refused.exception, Invalid)
    assert "contact.firstname may be unknown" in refused.exception.fields["welcome"]
    assert "No chatflows yet" in run("list").output


def test_a_scenario_is_played(run: Run, tmp_path: Path):
    """The talk is printed line by line, then where it goes; nothing is kept of it."""
    run("put", written(tmp_path, "support", SUPPORT))
    scenario = {
        "contact": {"firstname": "Ada", "lifecyclestage": "customer"},
        "evidence": "signed",
        "inputs": ["Billing"],
    }
    played = run("simulate", "support", "--scenario", written(tmp_path, "ada", scenario))
    assert played.exit_code == 0, played.output
    lines = played.stdout.splitlines()
    assert lines[0] == "bot: Hi Ada, how can we help?"
    assert "visitor: Billing" in lines
    assert any(line.startswith("→ nobody in particular") for line in lines)
    assert lines[-1] == "last_topic = Billing"
