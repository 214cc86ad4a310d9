"""Measures the token endpoint beside its rivals, and the library: ``make bench``.

Everything runs on one core, load comes from another; each server is first checked for
right answers, warmed up, and measured three times, the second time in reverse order.
Only ratios within one run mean anything, and only above a tenth.
"""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import redis
from contenders import Contender, cpu_seconds, ours, rivals, running
from load import Load, put_load
from world import CACHE, World, free_port, make_world

HERE = Path(__file__).parent
ROUNDS = 3
WARM_UP = 1.0
GOALS = {
    "FastAPI, uvicorn, PyJWT": 7.0,
    "Fastify, @fastify/jwt": 1.0,
    "Go, net/http, crypto/hmac": 0.7,
}
"""How many times as fast as each we mean to be."""


@contextmanager
def redis_server(world: World) -> Generator[str]:
    """Start a Redis with the tokens in it, and give its URL; empty when there is none."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        yield ""
        return
    port = free_port()
    quiet = ("--save", "", "--appendonly", "no", "--bind", "127.0.0.1")
    process = subprocess.Popen(
        ["taskset", "-c", "1", found, "--port", str(port), *quiet]
        if shutil.which("taskset")
        else [found, "--port", str(port), *quiet],
        cwd=CACHE,
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"redis://127.0.0.1:{port}/0"
        client = redis.Redis.from_url(
            url, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.1), 50)
        )
        tokens = json.loads(world.tokens.read_text())
        client.mset({key: json.dumps(kept) for key, kept in tokens.items()})
        yield url
    finally:
        process.terminate()
        process.wait()


def measure(
    contenders: list[Contender], world: World, seconds: float
) -> dict[str, list[Load]]:
    """Measure each three times, the second time in reverse order."""
    found: dict[str, list[Load]] = {one.name: [] for one in contenders}
    for number in range(ROUNDS):
        for one in contenders if number % 2 == 0 else reversed(contenders):
            with running(one, world) as (url, group):
                put_load(url, world, WARM_UP)
                before = cpu_seconds(group)
                load = put_load(url, world, seconds)
                used = cpu_seconds(group) - before
            load = replace(load, cpu_us=used * 1e6 / max(1, load.requests))
            found[one.name].append(load)
            print(
                f"{number + 1}. {one.name}: {load.per_second:,.0f}/s, {load.cpu_us:.1f} µs",
                file=sys.stderr,
            )
    return found


def summary(found: dict[str, list[Load]]) -> list[dict[str, float | str]]:
    """Return the medians, fastest first, each as a ratio to ours."""
    rows: list[dict[str, float | str]] = []
    middle = {
        name: statistics.median(load.per_second for load in loads)
        for name, loads in found.items()
    }
    mine = middle["callingcard, cached token"]
    for name in sorted(middle, key=middle.__getitem__, reverse=True):
        loads = found[name]
        rows.append(
            {
                "name": name,
                "per_second": round(middle[name]),
                "ours_is_times": round(mine / middle[name], 2),
                "cpu_us": round(statistics.median(load.cpu_us for load in loads), 1),
                "p50_ms": round(statistics.median(load.p50_ms for load in loads), 2),
                "p99_ms": round(statistics.median(load.p99_ms for load in loads), 2),
                "failed": sum(load.failed for load in loads),
            }
        )
    return rows


def shortcomings(row: dict[str, float | str]) -> list[str]:
    """Return what is not as it should be in one row."""
    name, times = str(row["name"]), float(row["ours_is_times"])
    found = [f"{name}: {row['failed']} requests failed"] if row["failed"] else []
    if times < GOALS.get(name, 0.0):
        found.append(f"{name}: callingcard is {times} x as fast, not {GOALS[name]} x")
    return found


def machine() -> str:
    """Return what this was measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
        model = f"{len(names)} x {names[0]}" if names else model
    system = f"{platform.system()} {platform.release()}"
    return f"{model}, {system}, Python {platform.python_version()}"


def token_table(rows: list[dict[str, float | str]]) -> str:
    """Return the endpoint's rows in Markdown."""
    lines = [
        "| server, one core | requests/s | callingcard is | CPU µs each | p50 ms | p99 ms |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row['name']} | {row['per_second']:,} | {row['ours_is_times']} x "
        f"| {row['cpu_us']} | {row['p50_ms']} | {row['p99_ms']} |"
        for row in rows
    ]
    return "\n".join(lines)


def library_table(rows: list[dict[str, float | str]]) -> str:
    """Return the library's rows in Markdown."""
    lines = ["| what | µs |", "|---|--:|"]
    return "\n".join(lines + [f"| {row['name']} | {row['us']:,} |" for row in rows])


def write_between(text: str, mark: str, table: str) -> str:
    """Return *text* with *table* between the comments that name *mark*."""
    before, begin, rest = text.partition(f"<!-- {mark} -->")
    _, end, after = rest.partition(f"<!-- /{mark} -->")
    return f"{before}{begin}\n{table}\n{end}{after}"


def main() -> int:
    """Measure, print and write down; fail when a goal is missed and that was asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3.0, help="of load, each time")
    options.add_argument("--only", default="", help="servers whose name has this, and ours")
    options.add_argument("--no-write", action="store_true", help="leave the files alone")
    options.add_argument("--strict", action="store_true", help="fail when a goal is missed")
    given = options.parse_args()
    world = make_world()
    with redis_server(world) as redis_url:
        others = [one for one in rivals(redis_url) if given.only.lower() in one.name.lower()]
        rows = summary(measure([*ours(), *others], world, given.seconds))
    said = subprocess.run(
        [sys.executable, str(HERE / "library.py")], check=True, capture_output=True, text=True
    ).stdout
    library = json.loads(said)
    print(f"{machine()}\n\n{token_table(rows)}\n\n{library_table(library)}\n")
    missed = [line for row in rows for line in shortcomings(row)]
    print("\n".join(f"missed: {line}" for line in missed) or "every goal is met")
    if not given.no_write and not given.only:
        results = {"machine": machine(), "token_endpoint": rows, "library": library}
        (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")
        readme = HERE / "README.md"
        text = write_between(readme.read_text(), "machine", f"Measured on {machine()}.")
        text = write_between(text, "token endpoint", token_table(rows))
        readme.write_text(write_between(text, "library", library_table(library)))
    return 1 if missed and given.strict else 0


if __name__ == "__main__":
    sys.exit(main())
