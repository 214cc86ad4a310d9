"""Nothing is lost, doubled, out of order or another's, whatever dies meanwhile.

``CALLINGCARD_DELIVERY_MESSAGES=20000`` and the like make the long form of it: ``KILLS``,
``RECONNECTS``, and how many ``CONTACTS`` (with two devices each) and ``STRANGERS`` talk.
"""

import asyncio
import json
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import make_url
from tests.support.delivery import (
    ORIGIN,
    AgentAtWork,
    Caller,
    Cluster,
    Device,
    Plan,
    Tally,
    new_taint,
    open_device,
)
from tests.support.processes import Product, free_port

SERVERS = 3
SECRET = "canary-delivery-secret-0123456789abcdef012345"
PASSWORD = "canary correct horse battery"
PLAN = Plan.wanted()
CAUGHT_UP_WITHIN = 60 + PLAN.messages / 40
"""Seconds; two agents answer what everybody wrote, and are behind in the end."""
LONGEST = 200 + PLAN.messages / 10 + PLAN.kills * 20
"""Seconds, on a machine that has other things to do."""


def servers(
    stack: ExitStack, folder: Path, count: int, settings: dict[str, str]
) -> list[Product]:
    """Start *count* servers that share what *settings* name."""
    shared = {
        "CALLINGCARD_SERVER__PUBLIC_URL": ORIGIN,
        "CALLINGCARD_SERVER__SECRET_KEYS": json.dumps([SECRET]),
        "CALLINGCARD_LOG__LEVEL": "warning",
        **settings,
    }
    started: list[Product] = []
    for number in range(count):
        own = folder / str(number)
        own.mkdir()
        product = Product(own, "serve", port=free_port(), settings=shared)
        started.append(product.start())
        stack.callback(product.kill)
    return started


@pytest.fixture
def one_server(tmp_path: Path) -> Iterator[list[Product]]:
    """Start one server on SQLite."""
    with ExitStack() as stack:
        yield servers(stack, tmp_path, 1, {})


@pytest.fixture
def three_servers(
    tmp_path: Path, postgres_url: str, valkey_url: str
) -> Iterator[list[Product]]:
    """Start three servers on one PostgreSQL and one Valkey."""
    name = f"delivery_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection, ExitStack() as stack:
        connection.execute(f"create database {name}")
        stack.callback(connection.execute, f"drop database {name} with (force)")
        url = make_url(postgres_url).set(database=name)
        shared = {
            "CALLINGCARD_DATABASE__URL": url.render_as_string(hide_password=False),
            "CALLINGCARD_CACHE__URL": valkey_url,
        }
        yield servers(stack, tmp_path, SERVERS, shared)


def signed_in(product: Product, name: str) -> dict[str, str]:
    """Return the headers of a new agent who is signed in."""
    email = f"{name}@agents.test"
    product.run("users", "add", email, "--password-stdin", stdin=f"{PASSWORD}\n")
    reply = httpx.post(
        f"{product.url}/v1/app/session",
        json={"email": email, "password": PASSWORD},
        headers={"origin": ORIGIN},
        trust_env=False,
    )
    assert reply.status_code == 200, reply.text
    return {"origin": ORIGIN, "cookie": reply.headers["set-cookie"].partition(";")[0]}


async def people(
    cluster: Cluster, tally: Tally, plan: Plan
) -> tuple[list[list[Device]], list[AgentAtWork]]:
    """Let visitors come, contacts with two devices each, and two agents."""
    product = cluster.products[0]
    made = await asyncio.to_thread(product.run, "desk", "key", "create", "--json")
    key = json.loads(made)
    visitors: list[list[Device]] = []
    for number in range(plan.contacts + plan.strangers):
        taint, known = new_taint(), number < plan.contacts
        visitors.append(
            [
                await open_device(
                    cluster,
                    tally,
                    name=f"v{number}-{device}",
                    taint=taint,
                    key=key if known else None,
                )
                for device in range(2 if known else 1)
            ]
        )
    agents = [
        AgentAtWork(
            Caller(cluster, await asyncio.to_thread(signed_in, product, f"agent{part}")),
            tally,
            share=(part, 2),
        )
        for part in range(2)
    ]
    return visitors, agents


async def trouble(
    cluster: Cluster, tally: Tally, plan: Plan, readers: list["Device | AgentAtWork"]
) -> None:
    """Kill servers and break lines, spread over the messages that are to be sent."""
    chance = random.Random(20261121)
    while (
        tally.acknowledged < plan.messages
        or cluster.kills < plan.kills
        or tally.reconnects < plan.reconnects
    ):
        done = min(tally.acknowledged / plan.messages, 1)
        if cluster.kills < plan.kills and done * (plan.kills + 1) > cluster.kills + 1:
            await cluster.kill_one()
        if tally.reconnects < done * plan.reconnects:
            chance.choice(readers).reader.hang_up()
        await asyncio.sleep(0.05)
    tally.stop.set()


async def caught_up(visitors: list[list[Device]], agents: list[AgentAtWork]) -> None:
    """Wait until nothing is under way and everybody has seen the end of what they follow."""
    async with asyncio.timeout(CAUGHT_UP_WITHIN):
        for agent in agents:
            await until(lambda one=agent: not one.busy and one.reader.arrived.empty())
        for devices in visitors:
            head = len(await devices[0].log())
            for device in devices:
                await until(lambda one=device, end=head: len(one.reader.events) >= end)
        whole = sum([len(devices[0].reader.events) for devices in visitors])
        for agent in agents:
            await until(lambda one=agent: sum(map(len, one.seen().values())) >= whole)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def check(visitors: list[list[Device]], agents: list[AgentAtWork], tally: Tally) -> None:
    """Compare everybody's notes with the logs."""
    assert tally.faults == []
    answers = {key: place for agent in agents for key, place in agent.told.items()}
    for devices in visitors:
        log = await devices[0].log()
        whole = list(range(1, len(log) + 1))
        assert [line["seq"] for line in log] == whole
        written = [str(line["clientMessageId"]) for line in log if line["clientMessageId"]]
        assert len(written) == len(set(written)), "a message is there twice"
        (conversation,) = {key for device in devices for key in device.conversations}
        for device in devices:
            assert [line["seq"] for line in device.reader.events] == whole
            assert device.reader.events == log
            assert device.reader.taints <= {device.taint}, "another's words arrived"
            own = [key for key in written if key.startswith(f"{device.name}-")]
            assert own == [key for key in device.sent if key in device.told]
            places = {line["clientMessageId"]: line["seq"] for line in log}
            assert {key: places[key] for key in device.told} == device.told
        told = {key: seq for key, (talk, seq) in answers.items() if talk == conversation}
        assert {key: places.get(key) for key in told} == told, "an answer was lost"
        messages = [one for one in log if one["type"] == "message"]
        heard = [one for one in messages if one["author"]["kind"] == "visitor"]
        assert len(messages) == 2 * len(heard) == len(written), "not every word was answered"
        for agent in agents:
            assert agent.seen()[conversation] == whole


async def run(products: list[Product], plan: Plan) -> None:
    """Let everybody talk until enough has happened, then check."""
    tally = Tally()
    cluster = Cluster(products, random.Random(7))
    visitors, agents = await people(cluster, tally, plan)
    devices = [device for those in visitors for device in those]
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(one.reader.follow()) for one in (*devices, *agents)]
        following += [group.create_task(one.answer()) for one in agents for _ in range(4)]
        writing = [group.create_task(one.write()) for one in devices]
        await trouble(cluster, tally, plan, [*devices, *agents])
        await asyncio.gather(*writing)
        await caught_up(visitors, agents)
        for task in following:
            task.cancel()
    await check(visitors, agents, tally)
    for one in (*devices, *agents):
        await one.reader.close()
    assert cluster.kills >= plan.kills
    assert tally.reconnects >= plan.reconnects
    assert tally.acknowledged >= plan.messages
    print(f"{tally.acknowledged} messages, {cluster.kills} kills, {tally.reconnects} breaks")


@pytest.mark.slow
@pytest.mark.timeout(LONGEST)
async def test_one_server_delivers_everything_once(one_server: list[Product]):
    """On SQLite, which is killed and started again under everybody's hands."""
    await run(one_server, PLAN)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(LONGEST)
async def test_three_servers_deliver_everything_once(three_servers: list[Product]):
    """On PostgreSQL and Valkey, where everybody changes servers all the time."""
    await run(three_servers, PLAN)
