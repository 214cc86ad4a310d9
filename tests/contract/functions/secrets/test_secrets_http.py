"""The sealed store and functions' storage over HTTP, and on the command line."""

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from tests.contract.functions.secrets.conftest import House
from typer.testing import CliRunner

from callingcard.backends.database import Database
from callingcard.cli import secrets as command
from callingcard.errors import CallingcardError, NotAllowed
from callingcard.functions.api.secrets import secret_routes
from callingcard.functions.api.storage import storage_routes
from callingcard.functions.model.secrets import SecretRefused, SecretShown
from callingcard.functions.model.storage import Entry, Place, Quota, Space
from callingcard.functions.service.remembering.data_keys import DataKeys
from callingcard.functions.service.remembering.secrets import SecretDesk
from callingcard.functions.service.remembering.storage import StorageDesk
from callingcard.functions.store.storage import SqlStorage
from callingcard.functions.store.storage_records import SqlStorageRecords
from callingcard.kit.actor import Actor
from callingcard.server import problems

VALUE = "canary-secret-of-the-http-tests"
OWNER = Actor("agent", "7", "Grace")


@pytest.fixture
async def client(house: House, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the routes; without ``X-Me`` nobody is let in."""

    async def who(request: Request) -> Actor:
        if "x-me" not in request.headers:
            raise NotAllowed("nobody")
        return OWNER

    store, quota = SqlStorage(database), Quota()
    keys = DataKeys(house.store, [b"k" * 32], clock=house.clock)
    desk = StorageDesk(
        store, SqlStorageRecords(database), keys, clock=house.clock, quota=quota
    )
    ring = await keys.ring()
    place = Place(Space("shop", "tokens"), '["ada@example.com",1]')
    number, sealed = ring.seal(VALUE.encode(), place=place.sealed_as)
    async with store.changing(place.space) as changes:
        await changes.put(Entry(place, number, sealed, 60, None))
    app = FastAPI()
    problems.install(app)
    app.include_router(secret_routes(SecretDesk(house.store, keys, clock=house.clock), who))
    app.include_router(storage_routes(desk, who))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://x", headers={"X-Me": "1"}
    ) as opened:
        yield opened


async def test_values_go_in_and_never_come_out(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
):
    """Setting, listing, rotating and deleting show names; every change is in the log."""
    caplog.set_level(logging.INFO)
    with structlog.testing.capture_logs() as logged:
        put = await client.put("/v1/admin/secrets/KEY", json={"value": VALUE})
        listed = await client.get("/v1/admin/secrets")
        rotated = await client.post("/v1/admin/secrets/rotate")
        gone = await client.delete("/v1/admin/secrets/KEY")
    assert (put.status_code, put.content) == (204, b"")
    assert listed.json() == {
        "secrets": [
            {"name": "KEY", "setAt": "2030-01-01T12:00:00Z", "setBy": "agent 7", "usedBy": []}
        ]
    }
    assert rotated.json() == {
        "rotated": 1,
        "unreadable": [],
        "lost": 0,
        "oldKeysFree": True,
    }
    assert gone.status_code == 204
    assert [(e["event"], e["audit"], e.get("name")) for e in logged] == [
        ("sealed value set", True, "KEY"),
        ("keys rotated", True, None),
        ("sealed value deleted", True, "KEY"),
    ]
    assert VALUE not in f"{logged} {listed.text} {rotated.text} {caplog.text}"


async def test_what_cannot_be_set_is_refused(client: httpx.AsyncClient):
    """Wrong names, shapes and values get their reasons, and never the value back."""
    for path, body, status in (
        ("lower", {"value": VALUE}, 422),
        ("KEY", {"value": VALUE + "\0"}, 422),
        ("KEY", {"value": VALUE * 3000}, 422),
        ("KEY", {"value": 5}, 422),
        ("KEY", {"value": VALUE, "more": VALUE}, 422),
    ):
        reply = await client.put(f"/v1/admin/secrets/{path}", json=body)
        assert reply.status_code == status
        assert VALUE not in reply.text
    assert (await client.delete("/v1/admin/secrets/KEY")).json()["code"] == (
        "functions.unknown_secret"
    )


async def test_nobody_unknown_is_let_in(client: httpx.AsyncClient):
    """Each route asks who calls."""
    del client.headers["X-Me"]
    for method, path in (
        ("GET", "secrets"),
        ("PUT", "secrets/KEY"),
        ("DELETE", "secrets/KEY"),
        ("POST", "secrets/rotate"),
        ("GET", "functions/shop/storage"),
        ("DELETE", "functions/shop/storage/tokens?key=%22a%22"),
    ):
        reply = await client.request(method, f"/v1/admin/{path}", json={"value": "x"})
        assert reply.status_code == 403, path


async def test_storage_is_shown_without_values(client: httpx.AsyncClient):
    """Keys, sizes and ends are shown; an entry is deleted by its key as shown."""
    where = "/v1/admin/functions/shop/storage"
    reply = await client.get(where)
    [entry] = reply.json()["entries"]
    assert reply.json()["namespaces"] == [
        {"name": "tokens", "entries": 1, "bytes": 60, "limitBytes": 64 * 1024**2}
    ]
    assert entry == {
        "key": '["ada@example.com",1]',
        "namespace": "tokens",
        "expiresAt": None,
        "bytes": 60,
        "leased": False,
    }
    assert VALUE not in reply.text
    drop = await client.delete(f"{where}/tokens", params={"key": entry["key"]})
    again = await client.delete(f"{where}/tokens", params={"key": entry["key"]})
    assert (drop.status_code, again.status_code) == (204, 404)
    assert (await client.get(where)).json() == {"namespaces": [], "entries": [], "next": None}
    assert (await client.get(where, params={"cursor": "!"})).status_code == 422
    assert (await client.get("/v1/admin/functions/NO/storage")).status_code == 422


@dataclass
class Opened:
    """What the command opens."""

    secrets: Any
    site_registry: Any


class Notebook:
    """Stands for the sealed store, and writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    async def set(self, name: str, value: str, *, by: str) -> None:
        """Note what was set."""
        self.told.append((name, value, by))

    async def list(self) -> list[SecretShown]:
        """List one secret."""
        at = datetime(2030, 1, 1, tzinfo=UTC)
        return [SecretShown("KEY", at, "agent 7", ("site shop",))]

    def secrets(self) -> Mapping[str, Sequence[str]]:
        """Name the secrets of sites."""
        return {"KEY": ["site shop"]}

    async def reload(self, *, tell: bool) -> None:
        """Note that sites are to look again."""
        self.told.append(("reload", str(tell)))


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """Have the command open a notebook."""
    made = Notebook()

    @asynccontextmanager
    async def services(_settings: object) -> AsyncGenerator[Opened]:
        yield Opened(secrets=made, site_registry=made)

    monkeypatch.setattr(command, "services", services)
    return made


@pytest.mark.parametrize(
    ("given", "kept"),
    [("v\n", "v"), ("v\r\n", "v"), ("v", "v"), ("a\nb\n\n", "a\nb\n"), (" v ", " v ")],
)
def test_a_value_comes_on_standard_input(notebook: Notebook, given: str, kept: str):
    """One newline at its end is the pipe's and not the secret's; sites hear of it."""
    done = CliRunner().invoke(command.app, ["set", "KEY"], input=given)
    assert done.exit_code == 0, done.output
    assert notebook.told == [("KEY", kept, "command line"), ("reload", "True")]
    assert "Used by site shop" in done.output


def test_a_value_as_an_argument_is_refused_and_not_repeated(notebook: Notebook):
    """Arguments are seen by others; the refusal does not say them once more."""
    done = CliRunner().invoke(command.app, ["set", "KEY", VALUE], input="x")
    assert (done.exit_code, notebook.told) == (2, [])
    assert "standard input" in done.output
    assert VALUE not in done.output


def test_what_is_no_name_or_no_text_is_refused(notebook: Notebook):
    """Nothing is read for a wrong name, and bytes that are no text are told."""
    wrong = CliRunner().invoke(command.app, ["set", "key"], input="x")
    bytes_ = CliRunner().invoke(command.app, ["set", "KEY"], input=b"\xff\xfe")
    assert isinstance(wrong.exception, SecretRefused)
    assert isinstance(bytes_.exception, CallingcardError)
    assert notebook.told == []


def test_the_list_is_for_people_and_for_programs(notebook: Notebook):
    """As a table and as JSON, names and uses are there."""
    table = CliRunner().invoke(command.app, ["list"])
    assert "site shop" in table.output
    plain = json.loads(CliRunner().invoke(command.app, ["list", "--json"]).output)
    assert plain == [
        {
            "name": "KEY",
            "setAt": "2030-01-01T00:00:00+00:00",
            "setBy": "agent 7",
            "usedBy": ["site shop"],
        }
    ]
    assert notebook.told == []
