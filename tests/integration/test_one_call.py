"""However many ask, in however many processes, the platform is called once."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.upstream import counting_hubspot

PROCESSES = 4
CALL_SECONDS = 8.0


@pytest.fixture(params=["sqlite", "valkey", "postgres"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty cache that processes can share."""
    match request.param:
        case "sqlite":
            return f"sqlite:///{tmp_path / 'tokens.db'}"
        case "valkey":
            return str(request.getfixturevalue("valkey_url"))
        case _:
            return str(request.getfixturevalue("postgres_url"))


@contextmanager
def askers(
    url: str, cache: str, kind: str, count: int
) -> Iterator[list[subprocess.Popen[str]]]:
    """Start processes that wait for the word to ask; end what is left of them."""
    command = [sys.executable, "-m", "tests.support.asking", url, cache, kind, str(count)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def begin(process: "subprocess.Popen[str]") -> None:
    """Give the word to one process."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def ended(process: "subprocess.Popen[str]") -> dict[str, object]:
    """Return what one process got, once it has ended."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(out)


@pytest.mark.parametrize("kind", ["tasks", "threads"])
def test_five_thousand_requests_of_four_processes_make_one_call(cache: str, kind: str):
    """Through the library, on every cache that processes can share."""
    with (
        counting_hubspot(delay=0.2) as hubspot,
        askers(f"{hubspot.url}/{uuid.uuid4().hex}", cache, kind, 1250) as processes,
    ):
        for process in processes:
            begin(process)
        found = [ended(process) for process in processes]
        assert hubspot.calls == 1
    assert [["tok-1-ada@example.com"]] * PROCESSES == [one["values"] for one in found]


@pytest.mark.slow
def test_a_dead_holder_of_the_lease_delays_the_others_by_a_call_at_most(cache: str):
    """Killed in the middle of its call, it leaves a lease that ends by itself."""
    with (
        counting_hubspot(delay=0.5) as hubspot,
        askers(f"{hubspot.url}/{uuid.uuid4().hex}", cache, "tasks", 50) as processes,
    ):
        first, second, *_ = processes
        begin(first)
        assert hubspot.came.wait(10)
        killed_at = time.monotonic()
        first.kill()
        begin(second)
        values = ended(second)["values"]
        waited = time.monotonic() - killed_at
        assert hubspot.calls == 2
    assert values == ["tok-2-ada@example.com"]
    # The lease, a call, and what a busy machine adds; another lease would be eight more.
    assert waited < CALL_SECONDS + 5


def test_a_process_that_was_forked_shares_nothing_but_the_store(cache: str):
    """Neither connections, on which it would hear another's answer, nor leases."""
    with counting_hubspot(delay=0.2) as hubspot:
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.support.forking",
                f"{hubspot.url}/{uuid.uuid4().hex}",
                cache,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    got = {"parent": found["before"], "late": found["after"]}
    for one in found["children"]:
        got |= one
    assert {name: value.split("-", 2)[2] for name, value in got.items()} == {
        name: f"{name}@example.com" for name in got
    }
    assert len({one["shared"] for one in found["children"]}) == 1
    assert hubspot.calls == len(got) == 18
