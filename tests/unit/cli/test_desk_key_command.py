"""``callingcard desk key`` over a real desk in a file."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.desk_house import House
from tests.support.ready import place_database
from typer.testing import CliRunner, Result

from callingcard.backends.choose import open_database
from callingcard.cli.desk import keys
from callingcard.kit.clock import FakeClock

Run = Callable[..., Result]


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[House]:
    """Open the desk in *folder*."""
    place_database(folder)
    database = open_database("sqlite", folder)
    house = House(database, FakeClock())
    await house.inboxes.ensure_default_inbox()
    yield house
    await database.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return how a command is run over that desk."""

    @asynccontextmanager
    async def services(_: object) -> AsyncGenerator[Any]:
        async with opened(tmp_path) as house:
            yield house

    def settings_from(_: object) -> None:
        """Nothing is read."""

    monkeypatch.setattr(keys, "services", services)
    monkeypatch.setattr(keys, "settings_from", settings_from)
    return lambda *arguments: CliRunner().invoke(keys.app, list(arguments))


def test_a_key_is_shown_once(run: Run):
    """Making one prints the secret; the list shows its end, its age and that it is unused."""
    made = json.loads(run("create", "--inbox", "web", "--json").stdout)
    assert set(made) == {"kid", "secret"}
    listed = run("list", "--json")
    assert made["secret"] not in listed.stdout
    assert json.loads(listed.stdout) == [
        {
            "kid": made["kid"],
            "algorithm": "HS256",
            "masked": "…" + made["secret"][-4:],
            "createdAt": "2030-01-01T12:00:00.000Z",
            "lastUsedAt": None,
        }
    ]


def test_the_list_says_when_a_key_was_used(run: Run, tmp_path: Path):
    """A key that signed somebody in shows when; one that never did says never."""

    async def sign_in() -> None:
        async with opened(tmp_path) as house:
            shop = await house.shop_key()
            await house.enter(
                token=shop.sign(email="ada@example.com"), email="ada@example.com"
            )

    asyncio.run(sign_in())
    assert run("create", "--json").exit_code == 0
    used = {key["kid"]: key["lastUsedAt"] for key in json.loads(run("list", "--json").stdout)}
    assert sorted(used.values(), key=str) == ["2030-01-01T12:00:00.000Z", None]
    shown = run("list").stdout
    assert "2030-01-01 12:00" in shown
    assert "never" in shown


def test_a_key_is_revoked_once(run: Run):
    """Revoking takes it off the list; doing it again says that there is none."""
    kid = json.loads(run("create", "--json").stdout)["kid"]
    assert run("revoke", kid).exit_code == 0
    assert json.loads(run("list", "--json").stdout) == []
    again = run("revoke", kid)
    assert again.exit_code == 1


def test_no_keys_say_how_to_make_one(run: Run):
    """An empty list names the command, with the inbox that was asked for."""
    assert "desk key create --inbox web" in run("list").stderr
