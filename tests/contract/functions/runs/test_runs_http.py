"""``/v1/admin``: runs in lists and alone, made, repeated and followed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from functools import partial

import httpx
import pytest
from fastapi import FastAPI, Request
from tests.support.run_house import RunHouse, returned, until, version

from callingcard.backends.database import Database
from callingcard.functions.api.running.live import LiveStreams
from callingcard.functions.api.running.runs import run_routes
from callingcard.functions.model.runs import Failure, RunState
from callingcard.functions.ports.sandbox import Broker, Outcome, Task
from callingcard.functions.service.running.run_calls import Call
from callingcard.kit.actor import Actor
from callingcard.kit.clock import FakeClock
from callingcard.server import problems
from callingcard.server.functions.metrics import FunctionMetrics


async def who(_request: Request) -> Actor:
    """Say that an agent asks."""
    return Actor("agent", "9", "Grace")


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> AsyncIterator[RunHouse]:
    """Return a node with one function."""
    opened = RunHouse(database, clock)
    opened.deploy(version())
    yield opened
    await opened.close()


@pytest.fixture
def streams(house: RunHouse) -> LiveStreams:
    """Return who makes streams."""
    return LiveStreams(house.live, house.desk, house.bus, clock=house.clock, node=house.node)


@pytest.fixture
async def client(house: RunHouse, streams: LiveStreams) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the routes."""
    app = FastAPI()
    problems.install(app)
    app.include_router(run_routes(house.desk, streams, who))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as opened:
        yield opened


async def fail(_task: Task, _broker: Broker) -> Outcome:
    """Raise, as a function's code may."""
    return Outcome(
        RunState.RAISED,
        failure=Failure("ValueError", "no"),
        log="half",
        duration=timedelta(milliseconds=4),
    )


async def events(streams: LiveStreams, count: int) -> list[tuple[str, dict[str, object]]]:
    """Return the first events of a stream."""
    found: list[tuple[str, dict[str, object]]] = []
    async with asyncio.timeout(10), aclosing(streams.follow("greet")) as stream:
        async for raw in stream:
            name, data = raw.decode().strip().split("\n")
            found.append(
                (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
            )
            if len(found) == count:
                break
    return found


async def watched(house: RunHouse) -> bool:
    """Say whether somebody looks on."""
    return house.live.watched("greet")


async def test_who_runs_something_sees_the_result(client: httpx.AsyncClient):
    """The reply has the true result; history keeps it masked."""
    given = {"arguments": {"token": "true-canary"}, "visitor": {"email": "a@example.com"}}
    made = (await client.post("/v1/admin/functions/greet/run", json=given)).json()
    assert made["result"] == {"token": "true-canary"}
    assert made["output"] == {"token": "[redacted]"}
    assert (made["trigger"], made["versionNumber"], made["state"]) == (
        "editor",
        3,
        "succeeded",
    )
    assert made["extra"] == {"caller": "agent 9"}
    shown = (await client.get(f"/v1/admin/runs/{made['id']}")).json()
    assert "canary" not in json.dumps(shown)
    assert shown == {name: made[name] for name in made if name != "result"}


async def test_a_run_that_failed_is_shown_and_not_an_error(
    client: httpx.AsyncClient, house: RunHouse
):
    """The editor needs the traceback, so the reply is 200."""
    house.sandbox.code = fail
    reply = await client.post("/v1/admin/functions/greet/run", json={"source": "draft"})
    assert reply.status_code == 200
    assert reply.json()["error"] == {"type": "ValueError", "message": "no"}
    assert reply.json()["versionNumber"] is None


async def test_lists_filter_and_page(client: httpx.AsyncClient, house: RunHouse):
    """Newest first, a page at a time; a wrong filter is refused."""
    for _ in range(3):
        await client.post("/v1/admin/functions/greet/run", json={})
        house.clock.advance(timedelta(seconds=1))
    first = (await client.get("/v1/admin/runs?function=greet&limit=2")).json()
    rest = (await client.get(f"/v1/admin/runs?limit=2&cursor={first['next']}")).json()
    assert (len(first["runs"]), len(rest["runs"]), rest["next"]) == (2, 1, None)
    since = house.clock.now() - timedelta(seconds=1)
    late = await client.get("/v1/admin/runs", params={"since": since.isoformat()})
    assert len(late.json()["runs"]) == 1
    assert (await client.get("/v1/admin/runs?state=raised")).json()["runs"] == []
    assert (await client.get("/v1/admin/runs?state=nonsense")).status_code == 422
    assert (await client.get("/v1/admin/runs?cursor=nonsense")).status_code == 422
    assert (await client.get("/v1/admin/runs/run_0")).status_code == 404


async def test_a_replay_with_a_key_is_one_run(client: httpx.AsyncClient, house: RunHouse):
    """A button that is pressed twice does one thing."""
    made = (await client.post("/v1/admin/functions/greet/run", json={})).json()
    path = f"/v1/admin/runs/{made['id']}/replay"
    both = [await client.post(path, json={"idempotencyKey": "k"}) for _ in range(2)]
    assert both[0].json()["id"] == both[1].json()["id"]
    assert both[0].json()["replayOf"] == made["id"]
    assert len(house.sandbox.tasks) == 2


async def test_a_stream_tells_of_runs_and_logs(house: RunHouse, streams: LiveStreams):
    """Whole lines, masked, and how the run stands; half a line comes at the end."""

    async def say(_task: Task, _broker: Broker) -> Outcome:
        return returned(1, log="hello ada-canary@example.com\nbye")

    house.sandbox.code = say
    listening = asyncio.create_task(events(streams, 5))
    await until(partial(watched, house))
    await house.invoker.invoke(Call("greet", {}, "http"))
    seen = await listening
    assert [name for name, _ in seen] == ["heartbeat", "run", "log", "log", "run"]
    assert [seen[1][1]["state"], seen[4][1]["state"]] == ["running", "succeeded"]
    assert [seen[2][1]["text"], seen[3][1]["text"]] == ["hello [redacted]", "bye"]
    assert not house.live.watched("greet")


async def test_a_stream_tells_of_other_nodes(
    house: RunHouse, streams: LiveStreams, database: Database
):
    """What another node wrote down is told once, with its log."""
    other = RunHouse(database, house.clock, node="node-2")
    other.deploy(version())
    other.sandbox.code = fail
    listening = asyncio.create_task(events(streams, 3))
    await until(partial(watched, house))
    await other.invoker.attempt(Call("greet", {}, "http"))
    await other.journal.flush()
    seen = await listening
    assert [name for name, _ in seen] == ["heartbeat", "log", "run"]
    assert seen[2][1]["error"] == {"type": "ValueError", "message": "no"}
    await other.close()


async def test_a_stream_ends_when_the_server_stops(house: RunHouse, streams: LiveStreams):
    """A drain does not wait for readers."""
    listening = asyncio.create_task(events(streams, 100))
    await until(partial(watched, house))
    house.bus.close()
    assert [name for name, _ in await asyncio.wait_for(listening, 5)] == ["heartbeat"]


async def test_runs_are_counted(house: RunHouse):
    """By function and end, by start, and how many wait."""
    metrics = FunctionMetrics(lambda: {"greet": 2})
    house.journal.add_sink(metrics)
    await house.invoker.attempt(Call("greet", {}, "http"))
    house.sandbox.code = fail
    await house.invoker.attempt(Call("greet", {}, "http"))
    for name in ("draft-1", "draft-2"):
        await house.invoker.attempt(Call(name, {}, "editor", version=version(name)))
    await house.journal.close()
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in metrics.collect()
        for sample in family.samples
    }
    assert found["callingcard_function_waiting", "greet"] == 2
    assert found["callingcard_function_runs_total", "greet", "succeeded"] == 1
    assert found["callingcard_function_runs_total", "greet", "raised"] == 1
    assert found["callingcard_function_runs_total", "(editor)", "raised"] == 2
    assert [key for key in found if "draft" in str(key)] == []
    assert found["callingcard_function_starts_total", "warm"] == 4
    assert found["callingcard_function_seconds_count", "greet"] == 2
