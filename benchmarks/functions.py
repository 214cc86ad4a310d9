"""What one run of a function costs, beside what else one could do.

``python benchmarks/functions.py`` prints a table; nothing is written. Each contender runs
the same function, which adds two numbers it is given:

* a route of FastAPI, in uvicorn, over a connection that is kept alive: no isolation at all
* a pool of worker processes: nothing is started, and one run sees what another left behind
* a fresh interpreter for each run: clean, but neither fast nor shut in
* a fork of a warm interpreter when it is asked for, and nothing else: neither fences nor talk
* the sandbox, at each level that this machine allows: clean, and shut in

Whoever calls does so on the event loop that the server has. *one caller* is the median and
the 99th percentile of the time from call to answer. *runs/s* is with eight callers at once.
Figures are this machine's; read them as ratios. With ``--strict`` it fails when the sandbox
misses its goals: 5 ms at the median, 250 runs/s.
"""

import argparse
import asyncio
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import httpx

from callingcard.cli.output import run
from callingcard.functions.model.runs import RunState
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.ports.sandbox import Ask, AskRefused, Task
from callingcard.functions.sandbox.levels import ORDER, is_below, probe
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from callingcard.functions.sandbox.zygotes import LevelName

SOURCE = "def main(a: int, b: int) -> int:\n    return a + b\n"
SERVER = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.post("/")
async def add(given: dict[str, int]) -> int:
    return given["a"] + given["b"]
class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)
Server(uvicorn.Config(app, port=0, log_level="error")).run()
"""
FRESH = "import json, sys; given = json.load(sys.stdin); print(given['a'] + given['b'])"
FORK = """
import os, sys
from callingcard_guest import zygote
for line in sys.stdin.buffer:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        a, b = line.split()
        os.write(theirs, b"%d\\n" % (int(a) + int(b)))
        os._exit(0)
    os.waitpid(child, 0)
    os.write(1, os.read(ours, 100))
    os.close(ours)
    os.close(theirs)
"""

Once = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found of one contender."""

    name: str
    median_ms: float
    p99_ms: float
    per_second: float


class NoBroker:
    """Has nothing to offer."""

    async def answer(self, ask: Ask) -> Json:
        """Refuse."""
        raise AskRefused("unknown", "there is nothing")

    async def close(self) -> None:
        """Hold nothing."""


def add(given: dict[str, int]) -> int:
    """Do what the function does."""
    return given["a"] + given["b"]


@asynccontextmanager
async def a_route() -> AsyncIterator[Once]:
    """Serve the function as a route."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, stdout=PIPE, stderr=DEVNULL
    )
    assert server.stdout is not None
    port = int(await server.stdout.readline())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

        async def once() -> object:
            return (await client.post("/", json={"a": 1, "b": 2})).json()

        yield once
    server.terminate()
    await server.wait()


@asynccontextmanager
async def a_pool() -> AsyncIterator[Once]:
    """Keep two workers."""
    with ProcessPoolExecutor(2) as pool:
        loop = asyncio.get_running_loop()

        async def once() -> object:
            return await loop.run_in_executor(pool, add, {"a": 1, "b": 2})

        yield once


@asynccontextmanager
async def a_fresh_process() -> AsyncIterator[Once]:
    """Start an interpreter each time."""

    async def once() -> object:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-c", FRESH, stdin=PIPE, stdout=PIPE
        )
        told, _ = await process.communicate(b'{"a": 1, "b": 2}')
        return int(told)

    yield once


@asynccontextmanager
async def a_bare_fork() -> AsyncIterator[Once]:
    """Copy an interpreter that has imported what a zygote has, one copy at a time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FORK, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    given, told, turn = process.stdin, process.stdout, asyncio.Lock()

    async def once() -> object:
        async with turn:
            given.write(b"1 2\n")
            return int(await told.readline())

    yield once
    given.close()
    await process.wait()


def a_sandbox(level: LevelName) -> Callable[[], AbstractAsyncContextManager[Once]]:
    """Return what opens a sandbox at *level*."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Once]:
        sandbox = ForkSandbox(level=level)
        task = Task(RunId("r"), "add", SOURCE, {"a": 1, "b": 2})

        async def once() -> object:
            outcome = await sandbox.run(task, NoBroker())
            assert outcome.state is RunState.SUCCEEDED, outcome.failure
            return outcome.value

        yield once
        await sandbox.close()

    return opened


async def measure(name: str, once: Once, runs: int) -> Measured:
    """Call *once* over and over, first alone and then eight at a time."""
    for _ in range(max(5, runs // 20)):
        assert await once() == 3
    times: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        await once()
        times.append((time.perf_counter() - began) * 1000)

    async def caller() -> None:
        for _ in range(max(1, runs // 8)):
            await once()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(8)))
    took = time.perf_counter() - began
    last = statistics.quantiles(times, n=100)[-1]
    return Measured(name, statistics.median(times), last, max(1, runs // 8) * 8 / took)


async def compare(runs: int) -> list[Measured]:
    """Measure every contender that this machine can run."""
    reached = (await probe()).name
    contenders: dict[str, Callable[[], AbstractAsyncContextManager[Once]]] = {
        "FastAPI route, no isolation": a_route,
        "warm pool, state is shared": a_pool,
        "fresh `python -I -c`": a_fresh_process,
        "bare fork, not shut in": a_bare_fork,
    }
    for level in ORDER[1:]:
        if level != "none" and not is_below(reached, level):
            contenders[f"sandbox, {level}"] = a_sandbox(level)
    found: list[Measured] = []
    for name, opened in contenders.items():
        async with opened() as once:
            found.append(await measure(name, once, runs))
    return found


def main() -> int:
    """Print the table; with ``--strict`` the answer is 1 when a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--runs", type=int, default=400)
    options.add_argument("--strict", action="store_true")
    given = options.parse_args()
    found = run(compare(given.runs))
    print("| what runs it | one caller, ms | p99, ms | runs/s, 8 callers |")
    print("|---|--:|--:|--:|")
    for row in found:
        print(
            f"| {row.name} | {row.median_ms:.2f} | {row.p99_ms:.2f} | {row.per_second:,.0f} |"
        )
    missed = [
        row.name
        for row in found
        if row.name.startswith("sandbox") and (row.median_ms > 5 or row.per_second < 250)
    ]
    if missed:
        print(f"\nmissed its goals: {', '.join(missed)}")
    return 1 if given.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main())
