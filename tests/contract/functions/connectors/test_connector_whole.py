"""The whole way of a call, over a real socket: from a function's words to the service."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.support.connector_house import FakeClaims, FakeSecrets

from callingcard.backends.guarded import GuardedFetch
from callingcard.functions.connectors.calling import ConnectorCaller
from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.oauth import Tokens
from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.model.connectors import Connector
from callingcard.functions.ports.connectors import CallFailed
from callingcard.kit.clock import FakeClock

KEY = "pat-na1-canary-value-0123"


@asynccontextmanager
async def hubspot_like() -> AsyncIterator[tuple[str, list[str]]]:
    """Serve the token endpoint; yield its address and what was asked, head and body."""
    heard: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r")[0] or 0)
        body = (await reader.readexactly(length)).decode()
        heard.append(head + body)
        known = f"authorization: bearer {KEY}" in head.lower()
        status = "200 OK" if known else "401 Unauthorized"
        reply = json.dumps({"token": "t"} if known else {"message": f"no {KEY}"}).encode()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n"
            f"Content-Length: {len(reply)}\r\n\r\n".encode()
            + reply
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


@asynccontextmanager
async def calling(key: str) -> AsyncIterator[ConnectorCaller]:
    """Open a caller that uses real sockets."""
    fetch, secrets, clock = GuardedFetch(), FakeSecrets({"HUBSPOT_TOKEN": key}), FakeClock()
    tokens = Tokens(fetch, secrets, FakeClaims(), clock=clock, new_id=lambda: "one")
    yield ConnectorCaller(fetch, secrets, tokens, clock=clock)
    await fetch.close()


def hubspot(base_url: str, *, private: bool) -> Connector:
    """Return the built-in connector, at another address."""
    definition = {**built_in()["hubspot"], "base_url": base_url, "private": private}
    return read_connector("hubspot", definition)


async def test_a_token_is_made_with_a_key_that_nobody_sees():
    """The function's words arrive under HubSpot's names, with the key beside them."""
    async with hubspot_like() as (url, heard), calling(KEY) as caller:
        reply = await caller.call(
            hubspot(url, private=True),
            "create_token",
            {"email": "ada@example.com", "first_name": "Ada", "last_name": None},
        )
    assert (reply.value, reply.status) == ({"token": "t"}, 200)
    (asked,) = heard
    assert asked.startswith("POST /visitor-identification/v3/tokens/create HTTP/1.1\r\n")
    assert json.loads(asked.partition("\r\n\r\n")[2]) == {
        "email": "ada@example.com",
        "firstName": "Ada",
    }


async def test_a_refused_key_is_told_without_the_key():
    """The service's words come back, without what must not be in them."""
    async with hubspot_like() as (url, heard), calling("pat-na1-canary-wrong-key") as caller:
        with pytest.raises(CallFailed) as failed:
            await caller.call(
                hubspot(url, private=True), "create_token", {"email": "a@b.example"}
            )
    assert (failed.value.status, len(heard)) == (401, 1)
    assert "canary" not in failed.value.message


async def test_a_name_of_this_machine_is_not_reached_by_a_public_connector():
    """``localhost`` by its name passes the definition and is stopped when it resolves."""
    connector = hubspot("https://localhost:8443", private=False)
    async with calling(KEY) as caller:
        with pytest.raises(CallFailed) as failed:
            await caller.call(connector, "create_token", {"email": "a@b.example"})
    assert failed.value.cause == "address"
    assert "private = true" in failed.value.message
