"""A store that is down, hangs or is full delays nobody for long, and mends by itself."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from tests.support.stores import frozen
from tools.with_services import Postgres, Valkey, started

from callingcard.backends.cache import AsyncSharedCache, open_async_cache, open_cache
from callingcard.backends.cache.contract import AwaitedCache, CacheUnavailable
from callingcard.backends.cache.sqlite import SqliteCache
from callingcard.kit.clock import stopwatch

ASKS: list[Callable[[AwaitedCache], Awaitable[object]]] = [
    lambda cache: cache.get("p.a"),
    lambda cache: cache.put("p.a", b"x", expires_at=None),
    lambda cache: cache.forget("p"),
    lambda cache: cache.lease("p.a", "me", seconds=5),
    lambda cache: cache.fill("p.a", b"x", owner="me", expires_at=None),
    lambda cache: cache.release("p.a", "me"),
]


@pytest.fixture(
    scope="module", params=[Valkey, pytest.param(Postgres, marks=pytest.mark.postgres)]
)
def service(request: pytest.FixtureRequest) -> Iterator[Postgres | Valkey]:
    """Have a server of each kind that only these tests use."""
    kind: type[Postgres | Valkey] = request.param
    request.getfixturevalue("valkey_url" if kind is Valkey else "postgres_url")  # or skip
    with started(kind) as running:
        yield running


@pytest.fixture(params=["for tasks", "for threads"])
async def cache(
    request: pytest.FixtureRequest, service: Postgres | Valkey
) -> AsyncIterator[AwaitedCache]:
    """Return a cache that has been used, so that it has connections to lose."""
    opened: AwaitedCache = (
        open_async_cache(service.url)
        if request.param == "for tasks"
        else AsyncSharedCache(open_cache(service.url))
    )
    await asyncio.gather(*(recovered(opened, within=10) for _ in range(10)))
    await opened.forget("p")
    yield opened
    await opened.close()


async def recovered(cache: AwaitedCache, *, within: float) -> float:
    """Return how many seconds it took until the cache kept something again."""
    start = stopwatch()
    while True:
        try:
            await cache.put("p.back", b"x", expires_at=None)
            assert await cache.get("p.back") == b"x"
        except CacheUnavailable:
            assert stopwatch() - start < within
            await asyncio.sleep(0.05)
        else:
            return stopwatch() - start


async def all_fail(cache: AwaitedCache, url: str) -> float:
    """Ask everything there is to ask; return the longest that one took to fail."""
    longest = 0.0
    for ask in ASKS:
        start = stopwatch()
        with pytest.raises(CacheUnavailable) as caught:
            await ask(cache)
        longest = max(longest, stopwatch() - start)
        said = f"{caught.value} {caught.value.hint}"
        assert url not in said
        assert "127.0.0.1" not in said
        assert caught.value.retryable
    return longest


async def test_a_store_that_is_killed_fails_at_once_and_comes_back(
    cache: AwaitedCache, service: Postgres | Valkey
):
    """With a new process on the same port, within five seconds."""
    service.stop()
    try:
        assert await all_fail(cache, service.url) < 2
    finally:
        service.start()
    assert await recovered(cache, within=5) < 5
    assert await cache.lease("p.a", "me", seconds=30)


async def test_a_store_that_hangs_fails_in_a_second_and_comes_back(
    cache: AwaitedCache, service: Postgres | Valkey
):
    """It takes the connection and says nothing; the second call does not wait again."""
    with frozen(service):
        start = stopwatch()
        assert await all_fail(cache, service.url) < 2.5
        assert stopwatch() - start < 10  # six calls, of which one or two waited
    assert await recovered(cache, within=5) < 5


async def test_many_who_wait_at_once_wait_no_longer(
    cache: AwaitedCache, service: Postgres | Valkey
):
    """Neither threads nor connections run out while the store hangs."""
    with frozen(service):
        start = stopwatch()
        asks = [cache.lease(f"p.{i}", "me", seconds=5) for i in range(100)]
        results = await asyncio.gather(*asks, return_exceptions=True)
        assert {type(result) for result in results} == {CacheUnavailable}
        assert stopwatch() - start < 10
    assert await recovered(cache, within=5) < 5


async def test_forgetting_is_tried_while_the_store_rests(
    cache: AwaitedCache, service: Postgres | Valkey
):
    """A sign-out must not fail for what another call met a moment ago."""
    await cache.put("p.a", b"x", expires_at=None)
    with frozen(service), pytest.raises(CacheUnavailable):
        await cache.lease("q.a", "me", seconds=5)
    await cache.forget("p")
    with pytest.raises(CacheUnavailable, match="Resting"):
        await cache.get("p.a")
    assert await recovered(cache, within=5) < 5
    assert await cache.get("p.a") is None


def test_threads_that_wait_while_it_is_closed_are_told_so(service: Postgres | Valkey):
    """In words of the cache's, at once; and closing does not wait for a store that hangs."""
    cache = open_cache(service.url)
    asyncio.run(recovered(AsyncSharedCache(cache), within=10))
    with frozen(service), ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(cache.lease, f"p.{i}", "me", seconds=5) for i in range(8)]
        time.sleep(0.1)
        start = stopwatch()
        cache.close()
        errors = [one.exception(timeout=5) for one in asked]
        assert stopwatch() - start < 9
    assert [str(error) for error in errors] == [str(CacheUnavailable("Closed"))] * 8
    with pytest.raises(CacheUnavailable, match="Closed"):
        cache.get("p.a")
    cache.close()


async def test_a_restart_that_nobody_saw_costs_nothing(
    cache: AwaitedCache, service: Postgres | Valkey
):
    """Connections that lay idle meanwhile are replaced without a fault."""
    service.stop()
    service.start()
    assert await cache.lease("p.a", "me", seconds=30)
    for turn in range(10):
        await cache.put(f"p.{turn}", b"x", expires_at=None)


async def test_a_caller_who_gives_up_leaves_the_connection_usable(
    cache: AwaitedCache, service: Postgres | Valkey
):
    """No answer to one question is taken for the answer to another."""
    for turn in range(50):
        await cache.put(f"p.{turn}", b"%d" % turn, expires_at=None)
    for turn in range(50):
        given_up = asyncio.create_task(cache.lease(f"p.{turn}", "me", seconds=5))
        await asyncio.sleep(0.0005)
        given_up.cancel()
        assert await cache.get(f"p.{turn}") == b"%d" % turn


async def test_a_full_store_can_be_read_and_comes_back_when_there_is_room(empty_valkey: str):
    """Nothing rests meanwhile: it answers, only not as we like."""
    cache = open_async_cache(empty_valkey)
    await cache.put("p.a", b"kept", expires_at=None)
    with redis.Redis.from_url(empty_valkey) as client:
        client.config_set("maxmemory", 1)
        try:
            for ask in (ASKS[1], ASKS[3]):
                with pytest.raises(CacheUnavailable):
                    await ask(cache)
            assert await cache.get("p.a") == b"kept"
            await cache.forget("p")
        finally:
            client.config_set("maxmemory", 0)
    assert await cache.get("p.a") is None
    await cache.put("p.b", b"kept too", expires_at=None)
    assert await cache.get("p.b") == b"kept too"
    await cache.close()


FORKED = """
import os, sys
from callingcard.backends.cache import open_cache
cache = open_cache(sys.argv[1])
cache.put("p.a", b"one", expires_at=None)
child = os.fork()
if child == 0:
    cache.put("p.b", b"two", expires_at=None)
    print(cache.get("p.a"), cache.lease("p.a", "child", seconds=30), flush=True)
    cache.close()
    os._exit(0)
os.waitpid(child, 0)
print(cache.get("p.b"), cache.lease("p.a", "parent", seconds=30), cache.get("p.a"))
cache.close()
"""


def test_a_process_that_was_forked_can_use_it_too(cache_url: str, kind: str):
    """As servers that load the app before they fork do; the parent notices nothing."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKED, cache_url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    seen_by_parent = "None True b'one'" if kind == "memory" else "b'two' False b'one'"
    assert ran.stdout.splitlines() == ["b'one' True", seen_by_parent]
    assert ran.stderr == ""


FORKED_IN_THREADS = """
import asyncio, os, sys
from callingcard.backends.cache import open_async_cache
cache = open_async_cache(sys.argv[1])

async def use(name):
    asks = [cache.lease(f"{name}.{number}", "me", seconds=9) for number in range(9)]
    found = await asyncio.gather(*asks)
    os.write(1, f"{name} {all(found)}{chr(10)}".encode())

asyncio.run(use("parent"))
child = os.fork()
asyncio.run(use("late" if child else "child"))
asyncio.run(cache.close())
if child == 0:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_process_that_was_forked_has_threads_of_its_own(tmp_path: Path):
    """Those that its parent started for the cache do not exist in it."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKED_IN_THREADS, f"sqlite:///{tmp_path}/c.db"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert sorted(ran.stdout.splitlines()) == ["child True", "late True", "parent True"]
    assert ran.stderr == ""


STARTED_BADLY = """
import os, sys
from pathlib import Path
from callingcard.backends.cache.contract import CacheUnavailable
from callingcard.backends.cache.sqlite import SqliteCache
now = 100.0
failed, free = os.pipe(), os.pipe()
cache = SqliteCache(Path(sys.argv[1]), timer=lambda: now)
cache.put("p.a", b"one", expires_at=None)
with cache._turn(cache._hold()), cache._hold().using:
    child = os.fork()
    if child == 0:
        try:
            cache.get("p.a")
        except CacheUnavailable as error:
            print(error, flush=True)
        os.write(failed[1], b".")
        os.read(free[0], 1)
        now += 10
        print(cache.get("p.a"), cache.lease("p.a", "child", seconds=30), flush=True)
        cache.close()
        os._exit(0)
    os.read(failed[0], 1)
os.write(free[1], b".")
assert os.waitpid(child, 0)[1] == 0
now += 10
print(cache.get("p.a"), cache.lease("p.a", "parent", seconds=30), flush=True)
cache.close()
"""


def test_a_forked_process_that_could_not_open_the_file_at_first_can_later(tmp_path: Path):
    """Though its parent held the file, and every lock there is, when it forked."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", STARTED_BADLY, tmp_path / "cache.db"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.splitlines() == [
        "The token cache gave no answer (TimeoutError).",
        "b'one' True",
        "b'one' False",
    ]
    assert ran.stderr == ""


async def test_a_locked_file_leaves_the_apps_own_threads_alone(tmp_path: Path):
    """Names are looked up in them: calls that need no cache must not wait for it."""
    path = tmp_path / "cache.db"
    cache, stuck = open_async_cache(f"sqlite:///{path}"), SqliteCache(path)
    with stuck._turn(stuck._hold()):
        start = stopwatch()
        asks = [cache.lease(f"p.{i}", "me", seconds=5) for i in range(300)]
        leases = asyncio.gather(*asks, return_exceptions=True)
        await asyncio.sleep(0.05)
        named = await asyncio.to_thread(lambda: threading.current_thread().name)
        assert stopwatch() - start < 3
        assert not named.startswith("callingcard")
        assert any("callingcard-cache" in one.name for one in threading.enumerate())
        assert {type(one) for one in await leases} == {CacheUnavailable}
        assert stopwatch() - start < 10
    await cache.close()
    stuck.close()


async def test_a_cache_in_threads_that_was_closed_says_so(tmp_path: Path):
    """As it says everything else; closing twice is fine."""
    cache = open_async_cache(f"sqlite:///{tmp_path / 'cache.db'}")
    await cache.put("p.a", b"x", expires_at=None)
    await cache.close()
    await cache.close()
    for ask in ASKS:
        with pytest.raises(CacheUnavailable, match="Closed"):
            await ask(cache)


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from callingcard.backends.cache.sqlite import SqliteCache
cache = SqliteCache(Path(sys.argv[1]))
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
turn = 0
while True:
    turn += 1
    key = f"p{turn % 50}.{turn}"
    assert cache.lease(key, sys.argv[2], seconds=60)
    assert cache.fill(key, b"x" * 900, owner=sys.argv[2], expires_at=None)
    if turn % 20 == 0:
        cache.forget(f"p{(turn + 25) % 50}")
"""


def test_processes_that_are_killed_while_they_write_damage_no_file(tmp_path: Path):
    """Four write into one file until each is killed, three times over."""
    path = tmp_path / "cache.db"
    for turn in range(3):
        writers = [
            subprocess.Popen([sys.executable, "-c", KILLED, path, f"{turn}-{number}"])
            for number in range(4)
        ]
        for writer in writers:
            writer.wait(timeout=60)
    cache = SqliteCache(path)
    assert cache.lease("q.a", "me", seconds=5)
    assert cache.fill("q.a", b"x", owner="me", expires_at=None)
    cache.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("pragma integrity_check").fetchall() == [("ok",)]
    raw.close()
