"""A call to another company ends in time, is repeated seldom, and tells no secrets."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from callingcard.backends.fetch import MAX_REPLY_BYTES, AsyncFetch, Fetch, Unreachable
from callingcard.kit.wire import Reply, Request

ASK = Request("POST", "https://api.example/x?key=canary", {"Authorization": "canary"}, b"{}")
Answer = Callable[[httpx.Request], httpx.Response]
Send = Callable[..., Reply]


@pytest.fixture(params=["blocking", "waiting"])
def send(request: pytest.FixtureRequest):
    """Return a function that makes one call in each way, in turn."""

    def make(ask: Request, answer: Answer | None = None, seconds: float = 8.0) -> Reply:
        if request.param == "blocking":
            mock = httpx.MockTransport(answer) if answer else None
            fetch = Fetch(transport=mock, call_seconds=seconds)
            try:
                return fetch.send(ask)
            finally:
                fetch.close()

        async def call() -> Reply:
            mock = httpx.MockTransport(answer) if answer else None
            fetch = AsyncFetch(transport=mock, call_seconds=seconds)
            try:
                return await fetch.send(ask)
            finally:
                await fetch.close()

        return asyncio.run(call())

    return make


@contextmanager
def peer(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen on a free port, and let *talk* handle each caller; yield the URL."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(caller,), daemon=True).start()

    def handle(caller: socket.socket) -> None:
        with caller:
            try:
                caller.recv(65536)
                talk(caller)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        server.close()


def drip(start: bytes) -> Callable[[socket.socket], None]:
    """Return a peer that sends *start*, and then a byte every 50 ms without an end."""

    def talk(caller: socket.socket) -> None:
        caller.sendall(start)
        for _ in range(200):
            caller.sendall(b"x")
            time.sleep(0.05)

    return talk


def silent(caller: socket.socket) -> None:
    """Say nothing."""
    time.sleep(10)


FAULTS = {
    "says nothing": silent,
    "drips its head": drip(b"HTTP/1.1 200 OK\r\nx-slow: "),
    "drips its body": drip(b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n"),
    "hangs up": lambda caller: caller.close(),
    "talks nonsense": lambda caller: caller.sendall(b"\x00\xff nonsense\r\n\r\n"),
    "breaks off": lambda c: c.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_a_peer_holds_us(send: Send, fault: str):
    """Each ends as Unreachable, within the time there is."""
    with peer(FAULTS[fault]) as url:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            send(Request("POST", url), seconds=0.5)
        assert time.monotonic() - began < 0.8


def test_a_reply_comes_back_whole(send: Send):
    """Status, headers by lower-case name, body."""
    reply = send(ASK, lambda _: httpx.Response(201, headers={"X-Id": "7"}, text="hello"))
    assert (reply.status, reply.headers["x-id"], reply.body) == (201, "7", b"hello")


@pytest.mark.parametrize(("status", "calls"), [(200, 1), (400, 1), (401, 1), (302, 1)])
def test_an_answer_is_an_answer(send: Send, status: int, calls: int):
    """Nothing is repeated, no redirect is followed."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(status, headers={"location": "https://evil.example/"})

    assert status == send(ASK, answer).status
    assert ["api.example"] * calls == seen


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_three_times_in_all(send: Send, status: int):
    """The last answer is what the caller reads."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, text=str(len(seen)))

    assert (status, b"3") == ((reply := send(ASK, answer)).status, reply.body)


def test_no_connection_is_tried_three_times_in_all(send: Send):
    """Then it is Unreachable, in words without a URL."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        raise httpx.ConnectError("canary")

    with pytest.raises(Unreachable) as caught:
        send(ASK, answer)
    assert len(seen) == 3
    assert "canary" not in f"{caught.value!r}{ASK!r}"


def test_a_second_try_can_succeed(send: Send):
    """That is what it is for."""
    answers = iter([httpx.Response(503), httpx.Response(200)])
    assert send(ASK, lambda _: next(answers)).status == 200


def test_retry_after_is_honoured(send: Send):
    """The wait is what was asked for, when it fits."""
    answers = iter([httpx.Response(429, headers={"retry-after": "1"}), httpx.Response(200)])
    began = time.monotonic()
    assert send(ASK, lambda _: next(answers)).status == 200
    assert 1.0 <= time.monotonic() - began < 2.0


def test_a_wait_that_does_not_fit_is_left_to_the_caller(send: Send):
    """The answer is returned at once, with its Retry-After."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503, headers={"retry-after": "3600"})

    began = time.monotonic()
    assert send(ASK, answer).status == 503
    assert (len(seen), time.monotonic() - began < 0.5) == (1, True)


def test_too_long_a_reply_is_refused(send: Send):
    """64 KiB is more than any token needs."""
    exact = httpx.Response(200, content=b"x" * MAX_REPLY_BYTES)
    assert len(send(ASK, lambda _: exact).body) == MAX_REPLY_BYTES
    with pytest.raises(Unreachable):
        send(ASK, lambda _: httpx.Response(200, content=b"x" * (MAX_REPLY_BYTES + 1)))


def test_a_packed_reply_is_refused(send: Send):
    """It could unpack to anything, and was not asked for."""
    headers = {"content-encoding": "gzip"}

    class Packed(httpx.SyncByteStream, httpx.AsyncByteStream):
        """A body that must not be read."""

        def __iter__(self) -> Iterator[bytes]:
            raise AssertionError("read")

        def __aiter__(self) -> AsyncIterator[bytes]:
            raise AssertionError("read")

    with pytest.raises(Unreachable):
        send(ASK, lambda _: httpx.Response(200, headers=headers, stream=Packed()))


def test_the_environment_names_no_proxy(send: Send, monkeypatch: pytest.MonkeyPatch):
    """A secret goes to its host and through nobody else."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    ok = b"HTTP/1.1 204 No Content\r\n\r\n"
    with peer(lambda caller: caller.sendall(ok)) as url:
        assert send(Request("POST", url)).status == 204


def test_a_cancelled_call_leaves_the_client_usable():
    """One who gives up takes nothing from the next."""

    async def story() -> int:
        async def answer(request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0.05)
            return httpx.Response(200)

        fetch = AsyncFetch(transport=httpx.MockTransport(answer))
        task = asyncio.create_task(fetch.send(ASK))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        reply = await fetch.send(ASK)
        await fetch.close()
        return reply.status

    assert asyncio.run(story()) == 200
