"""What 5,000 connected visitors cost one process, and how soon they hear of a message.

``python benchmarks/streams.py`` prints a table; nothing is written. The server has one core,
the visitors another. Every visitor has a conversation and an open stream; then 200 messages
a second are said for a while, by visitors in turn, and each is timed from before its POST to
the event on its visitor's own stream (and, for ours, on an agent's feed).

Beside it stands the least that one could write: Starlette, one queue for each visitor in
memory, nothing kept, nobody identified. Figures are this machine's; read them as ratios.
With ``--strict`` it fails when a goal is missed: 250 MiB, 150 ms at the 99th percentile.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contenders import LOAD_CORE, RIVALS, SERVER_CORE, pinned
from world import free_port

GOAL_MIB, GOAL_MS = 250, 150
BUSY = 48
"""How many requests are under way at once while everybody arrives."""

_MESSAGE = re.compile(rb'"text": ?"(message \d+)"')

PASSWORD = "correct horse battery staple"
AGENT = "linus@example.com"


@dataclass
class Timing:
    """When messages were said, and how long each took to be heard."""

    said: dict[str, float] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=dict)

    def heard(self, where: str, line: bytes) -> None:
        """Take note of an event's ``data`` line; others than ours are not counted."""
        for text in _MESSAGE.findall(line):
            taken = time.perf_counter() - self.said[text.decode()]
            self.took.setdefault(where, []).append(taken)


class Stream(asyncio.Protocol):
    """One open stream, read with as little work as can be."""

    def __init__(self, where: str, timing: Timing) -> None:
        """Tell *timing* of what comes."""
        self._where, self._timing, self._rest = where, timing, b""
        self.open = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Look for lines of data."""
        if not self.open.done():
            status = data.split(b" ", 2)[1]
            (self.open.set_result if status == b"200" else self._refuse)(status)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"data: {"):
                self._timing.heard(self._where, line[6:])

    def connection_lost(self, _: Exception | None) -> None:
        """Tell who waits for the stream that it is not coming."""
        if not self.open.done():
            self._refuse(b"closed")

    def _refuse(self, status: bytes) -> None:
        self.open.set_exception(RuntimeError(f"a stream was refused: {status.decode()}"))


class Caller:
    """Requests over connections that are kept alive."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(
        self, path: str, body: object, headers: dict[str, str] | None = None
    ) -> tuple[dict[str, str], object]:
        """POST JSON; return the reply's headers and JSON."""
        sent = json.dumps(body).encode()
        reader, writer = await self._connection()
        writer.write(head("POST", path, self._port, headers, len(sent)) + sent)
        status = (await reader.readline()).split(b" ")[1]
        found: dict[str, str] = {}
        while (line := (await reader.readline()).strip()) != b"":
            name, _, value = line.decode().partition(": ")
            found[name.lower()] = value
        reply = await reader.readexactly(int(found.get("content-length", "0")))
        self._idle.append((reader, writer))
        if status[:1] != b"2":
            raise RuntimeError(f"{path}: {status.decode()} {reply.decode()[:300]}")
        return found, json.loads(reply) if reply else None

    def forget_idle(self) -> None:
        """Use none of the connections that the server may be about to close."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():  # the server closes what is idle for long
                return reader, writer
        return await asyncio.open_connection("127.0.0.1", self._port)


def head(
    method: str, path: str, port: int, headers: dict[str, str] | None, length: int = 0
) -> bytes:
    """Return the first lines of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if length:
        lines += ["Content-Type: application/json", f"Content-Length: {length}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True)
class Visitor:
    """How one visitor speaks and listens."""

    say: Callable[[str], Awaitable[object]]
    path: str
    headers: dict[str, str]


class Ours:
    """Callingcard, with SQLite on disk."""

    name = "callingcard"

    def __init__(self, folder: Path) -> None:
        """Keep everything in *folder*."""
        self._folder = folder
        self.environment = {
            "CALLINGCARD_LOG__LEVEL": "warning",
            "CALLINGCARD_SERVER__TRUSTED_PROXIES": '["127.0.0.1"]',
        }
        self.folder = folder

    def command(self, port: int) -> tuple[str, ...]:
        """Return how to start it."""
        subprocess.run(
            (sys.executable, "-m", "callingcard", "users", "add", AGENT, "--password-stdin"),
            cwd=self._folder,
            env={**os.environ, **self.environment},
            input=PASSWORD,
            text=True,
            check=True,
            capture_output=True,
        )
        return (sys.executable, "-m", "callingcard", "serve", "--port", str(port))

    async def visitor(self, caller: Caller, number: int) -> Visitor:
        """Open a session from an address of its own, and begin a conversation."""
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        from_there = {"X-Forwarded-For": address}
        _, opened = await caller.post("/v1/widget/web/session", {}, from_there)
        bearer = {"Authorization": f"Bearer {opened['session']}"}
        counted = iter(range(1_000_000))

        async def say(text: str) -> object:
            body = {"clientMessageId": f"m{next(counted)}", "text": text}
            return await caller.post("/v1/widget/web/messages", body, bearer)

        await say("hello")
        listening = {**bearer, "Accept": "text/event-stream"}
        return Visitor(say, "/v1/widget/web/events?after=1", listening)

    async def agent(self, caller: Caller, port: int) -> Visitor:
        """Sign an agent in, who follows every conversation."""
        asked = {"email": AGENT, "password": PASSWORD}
        headers, _ = await caller.post(
            "/v1/app/session", asked, {"Origin": f"http://127.0.0.1:{port}"}
        )
        cookie = headers["set-cookie"].partition(";")[0]
        listening = {"Cookie": cookie, "Accept": "text/event-stream"}
        return Visitor(_silent, "/v1/inbox/events", listening)


class Bare:
    """The least that one could write."""

    name = "Starlette, a queue for each, nothing kept"
    folder = RIVALS

    def __init__(self) -> None:
        """Need nothing."""
        self.environment: dict[str, str] = {}

    def command(self, port: int) -> tuple[str, ...]:
        """Return how to start it."""
        quiet = ("--log-level", "error", "--timeout-graceful-shutdown", "1")
        return (
            sys.executable,
            "-m",
            "uvicorn",
            "streams_app:app",
            *quiet,
            "--port",
            str(port),
        )

    async def visitor(self, caller: Caller, number: int) -> Visitor:
        """Return how number *number* talks to themselves."""

        async def say(text: str) -> object:
            return await caller.post(f"/say/{number}", {"text": text})

        return Visitor(say, f"/events/{number}", {"Accept": "text/event-stream"})

    async def agent(self, caller: Caller, port: int) -> None:
        """Nobody answers here."""
        del caller, port


async def _silent(_: str) -> object:
    raise RuntimeError("agents only listen here")


@dataclass(frozen=True)
class Result:
    """What was measured of one server."""

    name: str
    idle_mib: float
    busy_mib: float
    took: dict[str, list[float]]


@contextmanager
def running(contender: Ours | Bare, port: int) -> Iterator[int]:
    """Start the server on its core; yield its process."""
    process = subprocess.Popen(
        pinned(SERVER_CORE, contender.command(port)),
        cwd=contender.folder,
        env={**os.environ, **contender.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def resident_mib(pid: int) -> float:
    """Return the memory of a process, what it shares with others divided among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


async def measure(contender: Ours | Bare, wanted: argparse.Namespace) -> Result:
    """Let everybody come, and talk for a while."""
    port, timing = free_port(), Timing()
    with running(contender, port) as pid:
        caller = Caller(port)
        await _until_up(port)
        idle = resident_mib(pid)
        visitors = await _all_come(contender, caller, wanted.visitors)
        loop = asyncio.get_running_loop()
        listeners = [("own stream", visitor) for visitor in visitors]
        agent = await contender.agent(caller, port)
        if agent is not None:
            listeners.append(("agent's feed", agent))
        for where, listener in listeners:
            transport, stream = await loop.create_connection(
                lambda where=where: Stream(where, timing), "127.0.0.1", port
            )
            transport.write(head("GET", listener.path, port, listener.headers))
            await stream.open
        await asyncio.sleep(3)
        caller.forget_idle()
        await _talk(visitors, timing, wanted)
        return Result(contender.name, idle, resident_mib(pid), timing.took)


async def _until_up(port: int) -> None:
    for _ in range(400):
        try:
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
        except OSError:
            await asyncio.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


async def _all_come(contender: Ours | Bare, caller: Caller, count: int) -> list[Visitor]:
    gate = asyncio.Semaphore(BUSY)
    come = 0

    async def one(number: int) -> Visitor:
        nonlocal come
        async with gate:
            visitor = await contender.visitor(caller, number)
        come += 1
        if come % 500 == 0:
            print(f"\r{contender.name}: {come} have come", end="", file=sys.stderr)
        return visitor

    found = await asyncio.gather(*(one(number) for number in range(count)))
    print(file=sys.stderr)
    return list(found)


async def _talk(visitors: list[Visitor], timing: Timing, wanted: argparse.Namespace) -> None:
    """Say so many messages a second, evenly; each must be heard in the end."""
    dice, begun = random.Random(7), time.perf_counter()  # noqa: S311  (picks visitors)
    under_way: list[asyncio.Future[object]] = []
    total = wanted.rate * wanted.seconds
    for number in range(total):
        await asyncio.sleep(max(0.0, begun + number / wanted.rate - time.perf_counter()))
        text = f"message {number}"
        timing.said[text] = time.perf_counter()
        under_way.append(asyncio.ensure_future(dice.choice(visitors).say(text)))
    await asyncio.gather(*under_way)
    for _ in range(100):
        if len(timing.took.get("own stream", ())) == total:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"{total} were said, {len(timing.took['own stream'])} were heard")


def table(results: list[Result]) -> str:
    """Return the results as Markdown."""
    lines = [
        "| server | where | p50 ms | p99 ms | MiB idle | MiB |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for result in results:
        for where, took in result.took.items():
            cuts = statistics.quantiles(took, n=100)
            lines.append(
                f"| {result.name} | {where} | {cuts[49] * 1000:.1f} | {cuts[98] * 1000:.1f} |"
                f" {result.idle_mib:.0f} | {result.busy_mib:.0f} |"
            )
    return "\n".join(lines)


def main() -> int:
    """Measure both; return 1 when a goal is missed and that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=5000)
    parser.add_argument("--rate", type=int, default=200, help="messages a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--strict", action="store_true")
    wanted = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory() as folder:
        contenders = (Ours(Path(folder)), Bare())
        results = [asyncio.run(measure(each, wanted)) for each in contenders]
    print(table(results))
    ours = results[0]
    slowest = max(statistics.quantiles(took, n=100)[98] for took in ours.took.values())
    missed = ours.busy_mib > GOAL_MIB or slowest * 1000 > GOAL_MS
    return 1 if wanted.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main())
