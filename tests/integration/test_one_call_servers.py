"""Three servers on one PostgreSQL and one Valkey call the platform once for one visitor."""

import asyncio
import json
import resource
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import jwt
import psycopg
import pytest
from sqlalchemy import make_url
from tests.support.processes import Product, free_port
from tests.support.upstream import CountingHubSpot, counting_hubspot

SERVERS = 3
REQUESTS = 5000
SECRET = "canary-shop-secret-0123456789abcdef0123456789"


def settings(hubspot: CountingHubSpot, database: str, cache: str) -> dict[str, str]:
    """Return the settings of each server."""
    site = "CALLINGCARD_SITES__SHOP__"
    return {
        "CALLINGCARD_SERVER__SECRET_KEYS": json.dumps([SECRET]),
        "CALLINGCARD_DATABASE__URL": database,
        "CALLINGCARD_CACHE__URL": cache,
        "CALLINGCARD_LOG__LEVEL": "warning",
        f"{site}PLATFORM": "hubspot",
        f"{site}PROOF": "jwt",
        f"{site}JWT__ISSUER": "shop",
        f"{site}JWT__KEYS": json.dumps([{"kid": "one", "secret": SECRET}]),
        f"{site}HUBSPOT__ACCESS_TOKEN": f"canary-{uuid.uuid4().hex}",
        f"{site}HUBSPOT__BASE_URL": hubspot.url,
    }


@pytest.fixture
def hubspot() -> Iterator[CountingHubSpot]:
    """Return a HubSpot that takes half a second."""
    with counting_hubspot(delay=0.5) as house:
        yield house


@pytest.fixture
def database(postgres_url: str) -> Iterator[str]:
    """Return the URL of a PostgreSQL database that nothing has been put into."""
    name = f"one_call_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def servers(
    hubspot: CountingHubSpot, tmp_path: Path, database: str, valkey_url: str
) -> Iterator[list[Product]]:
    """Start three servers that share all they have."""
    shared = settings(hubspot, database, valkey_url)
    with ExitStack() as stack:
        started: list[Product] = []
        for number in range(SERVERS):
            folder = tmp_path / str(number)
            folder.mkdir()
            product = Product(
                folder,
                "serve",
                port=free_port(),
                settings=shared,
            )
            started.append(product.start())
            stack.callback(product.kill)
        yield started


def proof() -> str:
    """Return what the shop's backend signs for Ada."""
    now = int(time.time())
    claims = {
        "iss": "shop",
        "aud": "callingcard",
        "iat": now,
        "exp": now + 300,
        "email": "ada@example.com",
    }
    return jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": "one"})


async def ask(port: int, request: bytes) -> tuple[int, str]:
    """Send one request on a connection of its own; return status and token."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status = int(head.split(b" ", 2)[1])
    return status, json.loads(body)["token"] if status == 200 else body.decode()[:200]


async def ask_everybody(servers: list[Product]) -> Counter[tuple[int, str]]:
    """Ask all servers, all requests at once."""
    head = (
        "POST /v1/sites/shop/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
        f"Authorization: Bearer {proof()}\r\nConnection: close\r\n\r\n"
    ).encode()
    ports = [servers[n % SERVERS].port for n in range(REQUESTS)]
    return Counter(await asyncio.gather(*(ask(port, head) for port in ports)))


async def test_five_thousand_requests_to_three_servers_make_one_call(
    hubspot: CountingHubSpot, servers: list[Product]
):
    """All of them get the one token."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    try:
        answers = await ask_everybody(servers)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {(200, "tok-1-ada@example.com"): REQUESTS} == dict(answers)
    assert hubspot.calls == 1
