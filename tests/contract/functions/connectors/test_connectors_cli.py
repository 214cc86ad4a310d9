"""``callingcard connectors`` adds what a file or the product brings, and says what is next."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.connector_house import FakeSecrets, House, replying
from typer.testing import CliRunner, Result

from callingcard.backends.choose import open_database
from callingcard.cli import connectors as command
from callingcard.errors import CallingcardError
from callingcard.functions.connectors.workshop import ThreadedWorkshop
from callingcard.functions.service.connecting.connectors import ConnectorDesk, ConnectorParts
from callingcard.functions.store.connectors import SqlConnectors
from callingcard.functions.store.schema import metadata

SHOP = """\
title = "Shop"
base_url = "https://api.shop.example"
openapi = "shop.json"
check = "/health"

[auth]
kind = "bearer"
secret = "SHOP_KEY"
"""


def document(path: str) -> str:
    """Return a document of one operation at *path*."""
    operation = {"operationId": "ping", "responses": {"204": {}}}
    return json.dumps({"openapi": "3.0.0", "paths": {path: {"get": operation}}})


class Nothing:
    """No function uses anything, and none has a mistake."""

    async def functions_using(self, _connector: str) -> list[Any]:
        """Return none."""
        return []

    async def findings(self, _source: str, _stubs: Any) -> list[tuple[int, str]]:
        """Return none."""
        return []


class Terminal:
    """Runs commands in a folder of its own, on a database of its own."""

    def __init__(self, house: House) -> None:
        self.house = house

    def run(self, *arguments: str) -> Result:
        """Run one command."""
        return CliRunner().invoke(command.app, list(arguments))


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal in an empty folder."""
    house = House(secrets=FakeSecrets())
    monkeypatch.chdir(tmp_path)

    @asynccontextmanager
    async def services(_settings: object) -> AsyncIterator[SimpleNamespace]:
        database = open_database("sqlite", tmp_path)
        async with database.writing() as connection:
            await connection.run_sync(metadata.create_all)
        parts = ConnectorParts(
            store=SqlConnectors(database),
            workshop=ThreadedWorkshop(),
            caller=house.caller,
            secrets=house.secrets,
            dependents=Nothing(),
            checks=Nothing(),
            clock=house.clock,
        )
        try:
            yield SimpleNamespace(connectors=ConnectorDesk(parts))
        finally:
            await database.close()

    monkeypatch.setattr(command, "services", services)
    return Terminal(house)


def error(result: Result) -> CallingcardError:
    """Return what a command failed with."""
    assert isinstance(result.exception, CallingcardError)
    return result.exception


def test_a_built_in_connector_is_added_and_the_next_step_told(terminal: Terminal):
    """Its name is enough; the secret it needs is named."""
    done = terminal.run("add", "hubspot")
    assert done.exit_code == 0
    assert "Added hubspot." in done.output
    assert "callingcard secrets set HUBSPOT_TOKEN" in done.output
    listed = json.loads(terminal.run("list", "--json").output)
    assert [(one["name"], one["source"]) for one in listed] == [("hubspot", "built-in")]
    assert listed[0]["secrets"] == {"HUBSPOT_TOKEN": False}


def test_options_say_where_a_service_is_and_which_key_is_its(terminal: Terminal):
    """A desk of one's own takes HubSpot's place with three options."""
    done = terminal.run(
        "add", "hubspot", "--base-url", "http://127.0.0.1:8400", "--private",
        "--secret", "DESK_KEY", "--json",
    )  # fmt: skip
    shown = json.loads(done.stdout)
    assert (shown["baseUrl"], shown["secrets"]) == (
        "http://127.0.0.1:8400",
        {"DESK_KEY": False},
    )
    generic = terminal.run(
        "add", "http", "--base-url", "https://x.example", "--secret", "X_KEY", "--json"
    )
    assert json.loads(generic.stdout)["secrets"] == {"X_KEY": False}


def test_a_file_goes_before_what_is_built_in(terminal: Terminal):
    """``connectors/NAME.toml`` is taken when it is there, with the document that it names."""
    Path("connectors").mkdir()
    Path("connectors/shop.toml").write_text(SHOP)
    Path("connectors/shop.json").write_text(document("/ping"))
    assert terminal.run("add", "shop").exit_code == 0
    (shown,) = json.loads(terminal.run("list", "--json").output)
    assert (shown["source"], shown["operations"]) == ("file", ["ping"])
    assert "def ping() -> None:" in terminal.run("stubs", "shop").output
    Path("connectors/shop.json").write_text(document("/v2/ping"))
    drifted = terminal.run("drift", "shop", "--json")
    assert json.loads(drifted.output)["changes"] == ["ping: GET /ping → GET /v2/ping"]
    assert terminal.run("drift", "shop", "--accept").exit_code == 0
    assert "as it was" in terminal.run("drift", "shop").output
    assert terminal.run("delete", "shop").exit_code == 0
    assert "No connectors yet" in terminal.run("list").output


def test_a_mistake_in_a_file_is_told_with_its_line(terminal: Terminal):
    """The line and the nearest word are beside the reason; nothing is added."""
    Path("mine.toml").write_text(SHOP.replace("check", "checks").replace("openapi", "#"))
    told = error(terminal.run("add", "mine.toml"))
    assert getattr(told, "fields", {}) == {"checks": "line 4: unknown; did you mean check?"}
    assert json.loads(terminal.run("list", "--json").output) == []


def test_what_is_not_there_is_told(terminal: Terminal):
    """A name that nobody knows lists those that are built in."""
    assert "hubspot" in error(terminal.run("add", "nothing")).hint
    assert error(terminal.run("check", "nothing")).code == "functions.unknown_connector"


def test_a_check_that_fails_ends_with_1(terminal: Terminal):
    """Scripts can tell; people are told what to do."""
    terminal.run("add", "hubspot")
    terminal.house.secrets.values["HUBSPOT_TOKEN"] = "pat-na1-canary-value"
    good = terminal.run("check", "hubspot")
    assert (good.exit_code, "accepts the key" in good.output) == (0, True)
    terminal.house.service.answers = [replying(401, '{"message": "no"}')]
    bad = terminal.run("check", "hubspot")
    assert (bad.exit_code, "The key is refused" in bad.output) == (1, True)
    assert "canary" not in bad.output
    assert json.loads(terminal.run("list", "--json").output)[0]["lastCheck"]["ok"] is False
