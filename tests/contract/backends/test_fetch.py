"""A call to another company ends in time, is repeated seldom, and tells no secrets."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from callingcard.backends.fetch import MAX_REPLY_BYTES, AsyncFetch, Unreachable
from callingcard.kit.wire import Reply, Request

ASK = Request("POST", "https://api.example/x?key=canary", {"Authorization": "canary"}, b"{}")
Answer = Callable[[httpx.Request], httpx.Response]
Send = Callable[..., Reply]


@pytest.fixture
def send() -> Send:
    """Return a function that makes one call."""

    def make(ask: Request, answer: Answer | None = None, seconds: float = 8.0) -> Reply:
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
        assert time.monotonic() - began < 3


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
    assert 1.0 <= time.monotonic() - began < 5


def test_a_wait_that_does_not_fit_is_left_to_the_caller(send: Send):
    """The answer is returned at once, with its Retry-After."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503, headers={"retry-after": "3600"})

    began = time.monotonic()
    assert send(ASK, answer).status == 503
    assert (len(seen), time.monotonic() - began < 5) == (1, True)


def test_too_long_a_reply_is_refused(send: Send):
    """64 KiB is more than any token needs."""
    exact = httpx.Response(200, content=b"x" * MAX_REPLY_BYTES)
    assert len(send(ASK, lambda _: exact).body) == MAX_REPLY_BYTES
    with pytest.raises(Unreachable):
        send(ASK, lambda _: httpx.Response(200, content=b"x" * (MAX_REPLY_BYTES + 1)))


def test_a_packed_reply_is_refused(send: Send):
    """It could unpack to anything, and was not asked for."""
    headers = {"content-encoding": "gzip"}

    class Packed(httpx.AsyncByteStream):
        """A body that must not be read."""

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


def first(answer: httpx.Response, then: Answer) -> Answer:
    """Return what gives *answer* once, and then what *then* gives."""
    answers = [answer]

    def give(request: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else then(request)

    return give


def breaks(_: httpx.Request) -> httpx.Response:
    """Fail on the way."""
    raise httpx.ReadError("canary")


def refuses(_: httpx.Request) -> httpx.Response:
    """Take no connection."""
    raise httpx.ConnectError("canary")


def floods(_: httpx.Request) -> httpx.Response:
    """Say too much."""
    return httpx.Response(200, content=b"x" * (MAX_REPLY_BYTES + 1))


@pytest.mark.parametrize(
    ("then", "attempts"),
    [(breaks, 2), (floods, 2), (refuses, 3)],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_a_later_try_that_goes_wrong_counts_all_before_it(
    send: Send, then: Answer, attempts: int
):
    """Each was a call that the other side may have counted too."""
    with pytest.raises(Unreachable) as caught:
        send(ASK, first(httpx.Response(503), then))
    assert caught.value.attempts == attempts


def test_a_later_try_that_is_late_counts_all_before_it(send: Send):
    """The deadline is for all of them together."""
    calls: list[bytes] = []

    def talk(caller: socket.socket) -> None:
        calls.append(b"one")
        if len(calls) == 1:
            caller.sendall(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")
        else:
            silent(caller)

    with peer(talk) as url, pytest.raises(Unreachable) as caught:
        send(Request("POST", url), seconds=1.0)
    assert (caught.value.attempts, len(calls)) == (2, 2)


def keeps_alive(caller: socket.socket) -> None:
    """Answer every request on one connection."""
    ok = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    caller.sendall(ok)
    while caller.recv(65536):
        caller.sendall(ok)


def test_another_loop_opens_connections_of_its_own():
    """What the first opened is neither used nor closed by the second."""
    callers: list[socket.socket] = []

    def talk(caller: socket.socket) -> None:
        callers.append(caller)
        keeps_alive(caller)

    with peer(talk) as url:
        fetch, ask = AsyncFetch(), Request("GET", url)
        with asyncio.Runner() as one, asyncio.Runner() as other:
            for runner in (one, other, one, other):
                assert runner.run(fetch.send(ask)).status == 200
            assert len(callers) == 2
            other.run(fetch.close())
            assert one.run(fetch.send(ask)).status == 200
            assert len(callers) == 2
            one.run(fetch.close())
            assert one.run(fetch.send(ask)).status == 200
            assert len(callers) == 3
            one.run(fetch.close())


def test_loops_that_ended_leave_nothing_behind():
    """An app that starts a loop for every request keeps one client, not thousands."""
    fetch = AsyncFetch(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    for _ in range(3):
        assert asyncio.run(fetch.send(ASK)).status == 200
        assert len(fetch._clients) == 1


FORKED = """
import asyncio, os, sys
from callingcard.backends.fetch import AsyncFetch
from callingcard.kit.wire import Request

fetch, ask = AsyncFetch(), Request("GET", sys.argv[1])

def body(runner):
    return runner.run(fetch.send(ask)).body.decode()

with asyncio.Runner() as runner:
    print("parent", body(runner), flush=True)
    child = os.fork()
    if child == 0:
        print("child", body(runner), flush=True)
        runner.run(fetch.close())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    print("parent", body(runner), flush=True)
    runner.run(fetch.close())
"""


def test_a_forked_process_opens_connections_of_its_own():
    """Two that shared one would take each other's answers: tokens of the wrong person."""
    callers: list[socket.socket] = []

    def talk(caller: socket.socket) -> None:
        callers.append(caller)
        name = b"%d" % len(callers)
        ok = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n" + name
        caller.sendall(ok)
        while caller.recv(65536):
            caller.sendall(ok)

    with peer(talk) as url:
        ran = subprocess.run(
            [sys.executable, "-c", FORKED, url],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    assert ran.stdout.splitlines() == ["parent 1", "child 2", "parent 1"]
