"""Calls that go all the way: the real sandbox, real storage, and a service that counts."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.support.run_house import SECRETS, RunHouse, version

from callingcard.backends.bus import Bus
from callingcard.backends.choose import open_database
from callingcard.functions.errors import Raised, TimedOut
from callingcard.functions.model.manifest import HttpTrigger, Limits, Manifest
from callingcard.functions.model.runs import RunState, RunVisitor
from callingcard.functions.model.storage import Quota
from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import ConnectorReply
from callingcard.functions.sandbox.levels import probe
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from callingcard.functions.service.remembering.data_keys import DataKeys
from callingcard.functions.service.remembering.leases import Leases
from callingcard.functions.service.remembering.storage_calls import StorageCalls
from callingcard.functions.service.running.run_calls import Call
from callingcard.functions.store.metadata import metadata
from callingcard.functions.store.secrets import SqlSecrets
from callingcard.functions.store.storage import SqlStorage
from callingcard.kit.clock import SystemClock
from callingcard.kit.ids import random_id

CACHED = """
from connectors import hubspot
from storage import tokens
import visitor


def main(first_name: str | None = None) -> str:
    lease = tokens.lease(visitor.email)
    if lease.hit:
        return lease.value
    made = hubspot.create_token(email=visitor.email, first_name=first_name)
    print("made", made.token)
    return lease.put(made.token, ttl="11h30m")
"""
MANIFEST = Manifest(
    triggers=(HttpTrigger(),),
    connectors=("hubspot",),
    storage=("tokens",),
    limits=Limits(wall=timedelta(seconds=20)),
)
ADA = RunVisitor("ada-canary@example.com", email_verified=True)


class CountingHubspot:
    """Makes tokens, and counts how many."""

    def __init__(self) -> None:
        self.made = 0

    async def call(
        self, name: str, operation: str, arguments: Mapping[str, Json], *, function: str
    ) -> ConnectorReply:
        """Make a token."""
        assert (name, operation, function) == ("hubspot", "create_token", "greet")
        assert arguments["email"] == ADA.email
        self.made += 1
        await asyncio.sleep(0.02)
        return ConnectorReply({"token": f"opaque-canary-{self.made}"}, 200)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RunHouse]:
    """Return a node with everything real but the service."""
    level = await probe()
    if level.name == "none":
        pytest.skip("; ".join(level.reasons))
    database = open_database("sqlite", tmp_path)
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    clock = SystemClock()
    store = SqlStorage(database)
    leases = Leases(store, store, Bus(), clock=clock, new_id=random_id)
    keys = DataKeys(SqlSecrets(database), SECRETS, clock=clock)
    sandbox = ForkSandbox(level=level.name)
    opened = RunHouse(database, clock, line=1000)  # pyright: ignore[reportArgumentType]
    opened.use(
        sandbox=sandbox,
        connectors=CountingHubspot(),
        storage=StorageCalls(store, leases, keys, clock=clock, quota=Quota()),
    )
    opened.deploy(version(manifest=MANIFEST, source=CACHED))
    yield opened
    await sandbox.close()
    await opened.close()
    await database.close()


def call(**arguments: Json) -> Call:
    """Return Ada's call."""
    return Call("greet", arguments, "http", visitor=ADA)


async def test_many_calls_at_once_make_one_upstream_call(house: RunHouse):
    """A hundred runs in as many processes, one token; and history holds none of it."""
    done = await asyncio.gather(
        *(house.invoker.invoke(call(first_name="Ada")) for _ in range(100))
    )
    assert {one.value for one in done} == {"opaque-canary-1"}
    assert house.connectors.made == 1
    await house.journal.flush()
    async with house.database.reading() as connection:
        rows = (await connection.execute(text("select * from functions_runs"))).all()
    assert len(rows) == 100
    assert "canary" not in repr(rows)
    minted = [json.loads(row.detail) for row in rows if "connector" in row.detail]
    assert [c["operation"] for c in minted[0]["calls"]] == [
        "lease",
        "create_token",
        "lease_put",
    ]


async def test_a_failure_names_its_line(house: RunHouse):
    """The author sees the line of the file; the caller sees the run's name."""
    source = CACHED.replace(
        '    print("made"', '    raise ValueError(made.token)\n    print("made"'
    )
    house.deploy(version(manifest=MANIFEST, source=source))
    with pytest.raises(Raised) as told:
        await house.invoker.invoke(call())
    kept = await house.desk.get(told.value.run_id)
    failure = kept.run.failure
    assert failure is not None
    assert (failure.type, failure.message) == ("ValueError", "[redacted]")
    assert failure.frames[-1].line == source[: source.index("raise")].count("\n") + 1
    fixed = await house.desk.replay(kept.run.id, by="agent 1")
    assert fixed.run.state is RunState.RAISED
    house.deploy(version(manifest=MANIFEST, source=CACHED))
    assert (await house.desk.replay(kept.run.id, by="agent 1")).run.state is RunState.SUCCEEDED


async def test_a_slow_run_ends_and_gives_its_lease_back(house: RunHouse):
    """A holder that sleeps over its time does not keep others waiting."""
    slow = CACHED.replace(
        '    print("made"', '    import time; time.sleep(60)\n    print("made"'
    )
    short = replace(MANIFEST, limits=Limits(wall=timedelta(seconds=1)))
    house.deploy(version(manifest=short, source=slow))
    with pytest.raises(TimedOut):
        await house.invoker.invoke(call())
    house.deploy(version(manifest=MANIFEST, source=CACHED))
    done = await asyncio.wait_for(house.invoker.invoke(call()), 5)
    assert done.value == "opaque-canary-2"
