"""Reading requests ourselves changes when an answer comes, and nothing that it says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import jwt
import pytest
import uvicorn
from tests.support.fake_hubspot import FakeHubSpot

from callingcard.backends.fetch import AsyncFetch
from callingcard.identity.api import SiteIssuer, TokenDoor
from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.kit.clock import FakeClock
from callingcard.server.edge import protocol
from callingcard.server.edge.protocol import TokenProtocol
from callingcard.server.fastpath import FastPath
from callingcard.server.metrics import Metrics

SECRET = "0123456789abcdef0123456789abcdefXYZ"
LINE = b"POST /v1/sites/shop/token HTTP/1.1\r\nHost: cc\r\n"
SHOP = b"Origin: https://shop.example\r\n"


class Watched(FastPath):
    """A fast path that counts what it knew at once."""

    knew = 0

    def at_once(self, path: str, given: object) -> bytes | None:  # type: ignore[override]
        """Count, and answer."""
        found = super().at_once(path, given)  # type: ignore[arg-type]
        self.knew += found is not None
        return found


async def nobody(_given: Presented) -> None:
    """Know no key."""


async def usual(_scope: object, _receive: object, send: object) -> None:
    """Answer what is not for the door."""
    await send({"type": "http.response.start", "status": 299, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"usual"})  # type: ignore[operator]


class House:
    """One application, served in both ways, with Ada's token in memory."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.issuer = AsyncIssuer(
            HubSpot(access_token="pat-1"),
            clock=clock,
            upstream=AsyncFetch(transport=FakeHubSpot().waiting()),
        )
        proof = JwtProof([JwtKey("k1", SECRET)], audience="callingcard", issuer="shop")
        site = SiteIssuer(
            self.issuer, "hubspot", frozenset({"https://shop.example"}), proof, "jwt"
        )
        door = TokenDoor({"shop": site}, nobody, clock=clock)
        self.app = Watched(door, usual, Metrics())

    def bearer(self, email: str = "ada@example.com", secret: str = SECRET) -> bytes:
        """Return the header that proves somebody."""
        now = int(self.clock.now().timestamp())
        claims = {"iss": "shop", "aud": "callingcard", "iat": now, "exp": now + 300}
        claims["email"] = email
        token = jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "k1"})
        return b"Authorization: Bearer %b\r\n" % token.encode()

    @asynccontextmanager
    async def served(self, how: object) -> AsyncIterator[int]:
        """Serve on a port, by the class *how* or uvicorn's own name for one."""
        config = uvicorn.Config(
            self.app,
            port=0,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            http=how,  # type: ignore[arg-type]
        )
        config.load()
        state = uvicorn.server.ServerState()
        loop = asyncio.get_running_loop()
        made = lambda: config.http_protocol_class(config, state, {})  # type: ignore[call-arg]  # noqa: E731
        server = await loop.create_server(made, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for connection in list(state.connections):
                connection.transport.abort()
            server.close()
            await server.wait_closed()
            await asyncio.gather(*state.tasks)


@pytest.fixture
async def house(clock: FakeClock):
    """Open the house."""
    made = House(clock)
    async with made.issuer:
        await made.issuer.issue(Visitor("ada@example.com", email_verified=True))
        yield made


async def conversation(port: int, *pieces: bytes, answers: int = 1) -> list[bytes]:
    """Send *pieces* one after another; return that many answers, their times taken out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)  # or they would arrive together
        return [await _answer(reader) for _ in range(answers)]
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """Read one answer, with its head in order and without what differs each time."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines)
    body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
    headers.pop(b"date", None)
    assert headers.pop(b"x-request-id", b"r_").startswith(b"r_")
    return b"\n".join([first, *(b"%b: %b" % line for line in sorted(headers.items())), body])


END = b"\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"
OBJECT = b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def requests(house: House) -> dict[str, tuple[list[bytes], int, int]]:
    """Return, by name: what is sent, how many answers come, how many of them at once."""
    ada = house.bearer()
    good = LINE + ada + SHOP
    forged = house.bearer(secret=SECRET[::-1])
    other = b'{"email":"eve@example.com"}'
    sized = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    return {
        "no body": ([good + EMPTY], 1, 1),
        "no length": ([good + END], 1, 1),
        "an empty object": ([good + OBJECT], 1, 1),
        "no origin": ([LINE + ada + EMPTY], 1, 1),
        "in pieces": ([good[:30], good[30:] + OBJECT[:-1], OBJECT[-1:]], 1, 1),
        "three in a row": ([(good + OBJECT) * 3], 3, 3),
        "good, then bad": ([good + EMPTY + LINE + forged + EMPTY], 2, 1),
        "bad, then good": ([LINE + forged + EMPTY + good + EMPTY], 2, 0),
        "a bad signature": ([LINE + forged + SHOP + EMPTY], 1, 0),
        "nothing": ([LINE + EMPTY], 1, 0),
        "a foreign origin": ([LINE + ada + b"Origin: https://evil.example\r\n" + EMPTY], 1, 0),
        "two origins": ([good + SHOP + EMPTY], 1, 0),
        "two proofs": ([good + ada + EMPTY], 1, 0),
        "an unknown site": ([good.replace(b"/shop/", b"/nope/") + EMPTY], 1, 0),
        "another path": ([good.replace(b"/token", b"/other") + EMPTY], 1, 0),
        "another site's path": ([good.replace(b"/shop/", b"/shop/shop/") + EMPTY], 1, 0),
        "a query": ([good.replace(b"/token", b"/token?a=b") + EMPTY], 1, 0),
        "an escaped path": ([good.replace(b"/token", b"/toke%6e") + EMPTY], 1, 0),
        "a sign-out": ([good.replace(b"POST", b"DELETE") + EMPTY], 1, 0),
        "a preflight": ([good.replace(b"POST", b"OPTIONS") + EMPTY], 1, 0),
        "a link": ([good.replace(b"POST", b"GET") + END], 1, 0),
        "another person's address": ([good + sized % (len(other), other)], 1, 0),
        "a short body that is no object": ([good + OBJECT[:-2] + b"[]"], 1, 0),
        "no media type": ([good + b"Content-Length: 2\r\n\r\n{}"], 1, 0),
        "in chunks": (
            [
                good
                + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"2\r\n{}\r\n0\r\n\r\n"
            ],
            1,
            0,
        ),
        "the last one": ([good + b"Connection: close\r\n" + EMPTY], 1, 0),
        "an old browser": ([good.replace(b"HTTP/1.1", b"HTTP/1.0") + EMPTY], 1, 0),
        "a wish to change the protocol": (
            [good + b"Connection: upgrade\r\nUpgrade: h2c\r\n" + EMPTY],
            1,
            0,
        ),
    }


NAMES = list(requests(House(FakeClock())))


@pytest.mark.parametrize("name", NAMES)
async def test_both_ways_say_the_same(house: House, name: str):
    """Byte for byte, but for the time and the name of the request."""
    sent, count, at_once = requests(house)[name]
    async with house.served("httptools") as port:
        expected = await conversation(port, *sent, answers=count)
    assert house.app.knew == 0
    if name == "a sign-out":
        await house.issuer.issue(Visitor("ada@example.com", email_verified=True))
    async with house.served(TokenProtocol) as port:
        found = await conversation(port, *sent, answers=count)
    assert found == expected
    assert house.app.knew == at_once
    assert house.app.knew == sum(b"HTTP/1.1 200" in answer for answer in found) or not at_once


async def test_a_token_that_has_to_be_fetched_is_waited_for(house: House):
    """The next time it is at hand, and the same."""
    sent = LINE + house.bearer("grace@example.com") + EMPTY
    async with house.served(TokenProtocol) as port:
        (first,) = await conversation(port, sent)
        assert house.app.knew == 0
        (second,) = await conversation(port, sent)
    assert first == second
    assert b"tok-2-grace@example.com" in first
    assert house.app.knew == 1


async def test_a_late_proof_is_not_answered_at_once(house: House, clock: FakeClock):
    """No proof outlives its end because it was good a moment ago."""
    sent = LINE + house.bearer() + EMPTY
    async with house.served(TokenProtocol) as port:
        (first,) = await conversation(port, sent)
        clock.advance(timedelta(minutes=10))
        (second,) = await conversation(port, sent)
    assert first.startswith(b"HTTP/1.1 200")
    assert b"identity.proof_expired" in second
    assert house.app.knew == 1


async def test_a_client_that_waits_to_be_asked_for_its_body_is(house: House):
    """Holding its request back would have both wait for each other."""
    head = (
        LINE + house.bearer() + b"Expect: 100-continue\r\nContent-Type: application/json\r\n"
    )
    async with house.served(TokenProtocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + b"Content-Length: 2\r\n\r\n")
        said = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert said.startswith(b"HTTP/1.1 100")
        writer.write(b"{}")
        assert (await _answer(reader)).startswith(b"HTTP/1.1 200")
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /v1/si",
        LINE + b"X-Slow: a",
        LINE + b"Content-Length: 2\r\n\r\n",
        LINE + EMPTY + b"GET / HT",
    ],
)
async def test_a_head_that_does_not_come_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch, sent: bytes
):
    """Nobody holds a connection by sending nothing, or a byte now and then."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    async with house.served(TokenProtocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        await asyncio.wait_for(reader.read(), 2)
        assert reader.at_eof()
        writer.close()


async def test_a_quick_head_is_not_cut_off(house: House, monkeypatch: pytest.MonkeyPatch):
    """The deadline is the head's, and not the connection's."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    sent = LINE + house.bearer() + EMPTY
    async with house.served(TokenProtocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(sent)
            assert (await _answer(reader)).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.06)
        writer.close()


@pytest.mark.parametrize("pieces", [1, 5])
async def test_a_head_without_end_is_refused(house: House, pieces: int):
    """However it comes: at once, or in pieces that are each small enough."""
    large = LINE + b"".join(b"X-%d: %b\r\n" % (n, b"a" * 1000) for n in range(20)) + END
    size = len(large) // pieces + 1
    async with house.served(TokenProtocol) as port:
        sent = [large[start : start + size] for start in range(0, len(large), size)]
        (answer,) = await conversation(port, *sent)
    assert answer.startswith(b"HTTP/1.1 431")


async def test_a_single_header_without_end_is_refused(house: House):
    """It is refused before its end, which may never come."""
    async with house.served(TokenProtocol) as port:
        (answer,) = await conversation(port, LINE + b"X: ", *[b"a" * 6000] * 3)
    assert answer.startswith(b"HTTP/1.1 431")


async def test_a_large_body_is_no_large_head(house: House):
    """Bodies have bounds of their own."""
    sent = LINE + house.bearer() + b"Content-Type: application/json\r\n"
    body = b"{" + b" " * 16_000 + b"}"
    async with house.served(TokenProtocol) as port:
        (answer,) = await conversation(
            port, sent + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )
    assert answer.startswith(b"HTTP/1.1 200")
