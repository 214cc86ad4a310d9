"""``callingcard desk export | erase | audit`` over a real desk in a file."""

import asyncio
import json
import zipfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.desk_house import LINUS
from tests.support.privacy_house import PrivacyHouse
from tests.support.ready import place_database
from typer import Typer
from typer.testing import CliRunner, Result

from callingcard.backends.choose import open_database
from callingcard.cli.desk import privacy
from callingcard.errors import CallingcardError, ConfigError
from callingcard.kit.clock import FakeClock

Run = Callable[..., Result]
ADA = "ada@example.com"


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[PrivacyHouse]:
    """Open the desk in *folder*."""
    place_database(folder)
    database = open_database("sqlite", folder)
    house = PrivacyHouse(database, FakeClock())
    house.erasing = house.new_erasing(owner=False)
    await house.inboxes.ensure_default_inbox()
    yield house
    await database.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return how a command is run over that desk."""

    @asynccontextmanager
    async def services(_: object) -> AsyncGenerator[Any]:
        async with opened(tmp_path) as house:
            yield SimpleNamespace(desk=SimpleNamespace(privacy=house))

    monkeypatch.setattr(privacy, "services", services)

    def settings_from(_: object) -> None:
        """Nothing is read."""

    monkeypatch.setattr(privacy, "settings_from", settings_from)
    app = Typer()
    app.command("export")(privacy.export)
    app.command("erase")(privacy.erase)
    app.add_typer(privacy.app, name="audit")
    return lambda *arguments, **more: CliRunner().invoke(app, list(arguments), **more)


@pytest.fixture
def contact(tmp_path: Path) -> str:
    """Return the id of Ada, who said something that an agent looked at."""

    async def chat() -> str:
        async with opened(tmp_path) as house:
            ada = await house.talk(ADA, "Hello")
            await house.audit.viewed(LINUS, "contact", ada.contact_id)
            return ada.contact_id

    return asyncio.run(chat())


def test_a_person_is_exported_into_a_new_file(run: Run, contact: str, tmp_path: Path):
    """The zip is whole and for its owner's eyes; a file that is there is not touched."""
    file = tmp_path / "ada.zip"
    assert run("export", str(file), "--email", ADA).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("contacts.json"))[0]["id"] == contact
    again = run("export", str(file), "--email", ADA)
    assert isinstance(again.exception, ConfigError)
    failed = run("export", str(tmp_path / "none.zip"), "--contact", "404")
    assert isinstance(failed.exception, CallingcardError)
    assert not (tmp_path / "none.zip").exists()


def test_a_person_is_erased_after_a_question(run: Run, contact: str):
    """Who says no has changed nothing; the receipt names nobody."""
    assert run("erase", "--contact", contact, input="n\n").exit_code == 1
    done = run("erase", "--contact", contact, "--yes", "--json")
    assert json.loads(done.stdout)["counts"]["contacts"] == 1
    assert ADA not in done.output
    unknown = run("erase", "--contact", "404", "--yes")
    assert isinstance(unknown.exception, CallingcardError)
    assert "server does the rest" in run("erase", "--email", ADA, "--yes").output


@pytest.mark.usefixtures("contact")
def test_the_log_is_listed_and_verified(run: Run, tmp_path: Path):
    """Rows for people and for programs; a head that was noted is looked for.

    The other row is of a key that was made.
    """
    assert "viewed" in run("audit", "list").output
    (row,) = json.loads(run("audit", "list", "--who", "700", "--json").stdout)
    assert (row["action"], row["kind"]) == ("viewed", "contact")
    whole = json.loads(run("audit", "verify", "--json").stdout)
    assert (whole["whole"], whole["rows"]) == (True, 2)
    assert run("audit", "verify", "--noted", whole["head"]).exit_code == 0
    assert run("audit", "verify", "--noted", f"1:{'f' * 64}").exit_code == 1
    assert run("audit", "verify", "--noted", "nonsense").exit_code == 2
    assert tmp_path.exists()
