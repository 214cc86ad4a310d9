"""Puts load on a server: with wrk when it is there, else with a slower one of our own."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from contenders import LOAD_CORE, pinned
from world import World

CONNECTIONS = 64


@dataclass(frozen=True)
class Load:
    """What came back."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int
    cpu_us: float = 0.0
    """What one request cost the server's processor; other work on the machine hardly shows."""


def put_load(url: str, world: World, seconds: float) -> Load:
    """Ask *url* for tokens on 64 connections, as fast as it answers."""
    here = Path(__file__).parent
    if shutil.which("wrk"):
        script = str(here / "load.lua")
        command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", script, url)
    else:
        command = (sys.executable, str(here / "load.py"), url, str(seconds))
    said = subprocess.run(
        pinned(LOAD_CORE, command),
        env=world.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    ).stdout
    line = next(line for line in said.splitlines() if line.startswith("RESULT "))
    found = json.loads(line.removeprefix("RESULT "))
    return Load(
        requests=found["requests"],
        per_second=found["requests"] / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        failed=found["failed"],
    )


class _Asker(asyncio.Protocol):
    """One connection that asks again as soon as it has its answer."""

    def __init__(self, requests: list[bytes], times: list[float], *, first: int) -> None:
        self._requests, self._times, self._next = requests, times, first
        self._answer = b""
        self.failed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first time."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += CONNECTIONS

    def data_received(self, data: bytes) -> None:
        """Ask again when the answer is complete."""
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(body) < int(length or 0):
            return
        self.failed += not head.startswith(b"HTTP/1.1 200")
        self._times.append(time.perf_counter() - self._sent)
        self._answer = b""
        self._ask()


async def _ask_for(url: str, bearers: list[str], seconds: float) -> None:
    """Ask for *seconds* and print what came back, as wrk's script does."""
    parts = urlsplit(url)
    origin = os.environ["BENCH_ORIGIN"]
    requests = [
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: {origin}\r\n"
        f"Authorization: Bearer {bearer}\r\nContent-Length: 0\r\n\r\n".encode()
        for bearer in bearers
    ]
    times: list[float] = []
    askers = [_Asker(requests, times, first=number) for number in range(CONNECTIONS)]
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for asker in askers:
        await loop.create_connection(lambda it=asker: it, parts.hostname, parts.port)
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    ordered = sorted(times)
    result = {
        "requests": len(ordered),
        "seconds": took,
        "failed": sum(asker.failed for asker in askers),
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[len(ordered) * 99 // 100] * 1000,
    }
    print("RESULT " + json.dumps(result))


if __name__ == "__main__":
    import uvloop

    given = Path(os.environ["BENCH_BEARERS"]).read_text().split()
    uvloop.run(_ask_for(sys.argv[1], given, float(sys.argv[2])))
