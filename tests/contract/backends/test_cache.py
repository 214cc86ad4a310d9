"""Every cache keeps what it is given until its end, and forgets people whole."""

import asyncio
import sqlite3
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import redis

from callingcard.backends.cache import AsyncCache, MemoryCache, open_async_cache, open_cache
from callingcard.backends.cache.contract import SWEEP_EVERY, AwaitedCache, CacheUnavailable
from callingcard.backends.cache.rest import REST_SECONDS
from callingcard.backends.cache.sqlite import SqliteCache
from callingcard.errors import ConfigError
from callingcard.identity.ports import AsyncSharedTokenCache, SharedTokenCache
from callingcard.kit.clock import FakeClock, stopwatch

HOUR = timedelta(hours=1)
Another = Callable[[], AwaitedCache]


async def test_a_value_is_kept_until_its_end(cache: AwaitedCache, clock: FakeClock):
    """And not a moment longer."""
    await cache.put("p.a", b"one", expires_at=clock.now() + HOUR)
    clock.advance(HOUR - timedelta(microseconds=1))
    assert await cache.get("p.a") == b"one"
    clock.advance(timedelta(microseconds=1))
    assert await cache.get("p.a") is None


async def test_a_value_without_an_end_stays(cache: AwaitedCache, clock: FakeClock):
    """Some tokens never expire."""
    await cache.put("p.a", b"one", expires_at=None)
    clock.advance(1000 * HOUR)
    assert await cache.get("p.a") == b"one"


async def test_the_last_value_counts(cache: AwaitedCache, clock: FakeClock):
    """A renewal takes the place of what it renews, even to end at once."""
    for value in (b"one", b"two"):
        await cache.put("p.a", value, expires_at=clock.now() + HOUR)
    assert (await cache.get("p.a"), await cache.get("p.b")) == (b"two", None)
    await cache.put("p.a", b"three", expires_at=clock.now() - HOUR)
    assert await cache.get("p.a") is None


@pytest.mark.parametrize("value", [b"", b":", b"1:2", bytes(range(256)), b"x" * 16_384])
async def test_any_bytes_come_back_as_they_were(
    cache: AwaitedCache, clock: FakeClock, value: bytes
):
    """What is sealed may hold any byte."""
    await cache.put("p.a", value, expires_at=None)
    await cache.put("p.b", value, expires_at=clock.now() + HOUR)
    assert (await cache.get("p.a"), await cache.get("p.b")) == (value, value)


async def test_a_person_is_forgotten_whole_and_alone(cache: AwaitedCache, clock: FakeClock):
    """Neither a prefix nor a neighbour is touched."""
    kept = ["p0.a", "pp.a", "o.a", "p/.a", "p-.a"]
    for key in ["p.a", "p.b", *kept]:
        await cache.put(key, key.encode(), expires_at=clock.now() + HOUR)
    await cache.forget("p")
    await cache.forget("nobody")
    found = [key for key in ["p.a", "p.b", *kept] if await cache.get(key) is not None]
    assert kept == found


async def test_what_one_process_keeps_another_finds(
    cache: AwaitedCache, another: Another, clock: FakeClock
):
    """And what one forgets is gone for all."""
    other = another()
    await cache.put("p.a", b"one", expires_at=clock.now() + HOUR)
    assert await other.get("p.a") == b"one"
    await other.forget("p")
    assert await cache.get("p.a") is None


async def test_many_read_at_once_and_each_gets_their_own(
    cache: AwaitedCache, clock: FakeClock
):
    """More than go into one batch, some of them asked for twice, some not there."""
    for number in range(40):
        await cache.put(f"p{number}.a", b"%d" % number, expires_at=clock.now() + HOUR)
    asked = [*range(700), *range(40)]
    found = await asyncio.gather(*(cache.get(f"p{number}.a") for number in asked))
    assert found == [b"%d" % number if number < 40 else None for number in asked]


async def test_one_who_gives_up_takes_nothing_from_the_others(
    cache: AwaitedCache, clock: FakeClock
):
    """Their reads went out together."""
    await cache.put("p.a", b"one", expires_at=clock.now() + HOUR)
    tasks = [asyncio.create_task(cache.get("p.a")) for _ in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found[1:] == [b"one"] * 4
    assert await cache.get("p.a") == b"one"


async def test_tasks_do_not_break_it(cache: AwaitedCache, clock: FakeClock):
    """Eight write, read and forget at once."""

    async def work(number: int) -> bytes | None:
        for turn in range(25):
            await cache.put(f"p{number}.{turn}", b"x", expires_at=clock.now() + HOUR)
            await cache.forget(f"p{(number + 1) % 8}x")
        return await cache.get(f"p{number}.24")

    assert await asyncio.gather(*(work(number) for number in range(8))) == [b"x"] * 8


def test_every_cache_is_what_the_issuers_ask_for(cache_url: str):
    """They can be leased from, and the wrapper of a simple cache does not pretend to be."""
    blocking = open_cache(cache_url)
    waiting = open_async_cache(cache_url)
    assert isinstance(blocking, SharedTokenCache)
    assert isinstance(waiting, AsyncSharedTokenCache)
    assert not isinstance(AsyncCache(blocking), AsyncSharedTokenCache)
    blocking.close()
    asyncio.run(waiting.close())


def test_memory_is_bounded_and_keeps_what_is_used(clock: FakeClock):
    """The value that was not used for longest goes first, and leaves no trace."""
    cache = MemoryCache(max_entries=3, clock=clock)
    for name in "abc":
        cache.put(f"{name}.1", b"x", expires_at=None)
    cache.get("a.1")
    for number in range(1000):
        cache.get("a.1")
        cache.put(f"n{number}.1", b"x", expires_at=None)
    assert (len(cache), len(cache._people), cache.get("a.1")) == (3, 3, b"x")


def test_the_file_outlives_its_cache_and_is_its_owners_alone(tmp_path: Path, clock: FakeClock):
    """Other users of the machine see nothing of it."""
    path = tmp_path / "deep" / "cache.db"
    first = SqliteCache(path, clock=clock)
    first.put("p.a", b"one", expires_at=clock.now() + HOUR)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o600}
    first.close()
    second = SqliteCache(path, clock=clock)
    assert second.get("p.a") == b"one"
    second.close()


def test_nothing_forgotten_is_left_in_the_files(tmp_path: Path, clock: FakeClock):
    """Neither in the database nor in its log, though both are open still."""
    path = tmp_path / "cache.db"
    cache = SqliteCache(path, clock=clock)
    for turn in range(20):
        cache.put(f"p.{turn}", b"very-sealed" * 50, expires_at=clock.now() + HOUR)
    assert any(b"very-sealed" in file.read_bytes() for file in tmp_path.iterdir())
    cache.forget("p")
    assert not any(b"very-sealed" in file.read_bytes() for file in tmp_path.iterdir())
    cache.close()


def test_a_closed_cache_says_so(tmp_path: Path):
    """As it says everything else that goes wrong; closing twice is fine."""
    cache = SqliteCache(tmp_path / "cache.db")
    cache.close()
    cache.close()
    for ask in (lambda: cache.get("p.a"), lambda: cache.put("p.a", b"x", expires_at=None)):
        with pytest.raises(CacheUnavailable):
            ask()


def opened(cache: SqliteCache) -> sqlite3.Connection:
    """Return the connection that *cache* has open."""
    connection = cache._hold().connection
    assert connection is not None
    return connection


def test_a_full_disk_breaks_nothing_else(tmp_path: Path):
    """Writing fails as every cache does, reading goes on, and room mends it."""
    cache = SqliteCache(tmp_path / "cache.db")
    cache.put("p.a", b"kept", expires_at=None)
    opened(cache).execute("pragma max_page_count = 10")
    with pytest.raises(CacheUnavailable) as caught:
        cache.put("q.a", b"x" * 100_000, expires_at=None)
    assert caught.value.retryable
    assert cache.get("p.a") == b"kept"
    opened(cache).execute("pragma max_page_count = 10000")
    cache.put("p.b", b"kept too", expires_at=None)
    assert cache.get("p.b") == b"kept too"
    cache.close()


def test_one_who_holds_the_file_delays_one_other_for_a_second(tmp_path: Path):
    """A process that was stopped while it wrote must not stop the rest."""
    path, now = tmp_path / "cache.db", 0.0
    cache, stuck = SqliteCache(path, timer=lambda: now), SqliteCache(path)
    with stuck._turn(stuck._hold()):
        start = stopwatch()
        with pytest.raises(CacheUnavailable):
            cache.put("p.a", b"x", expires_at=None)
        assert 0.5 < stopwatch() - start < 5
        start = stopwatch()
        for _ in range(100):
            with pytest.raises(CacheUnavailable, match="Resting"):
                cache.put("p.a", b"x", expires_at=None)
            assert cache.get("p.a") is None
        assert stopwatch() - start < 3
    now += REST_SECONDS
    cache.put("p.a", b"x", expires_at=None)
    assert stuck.get("p.a") == b"x"
    cache.close()
    stuck.close()


def test_forgetting_is_tried_while_the_file_rests(tmp_path: Path):
    """A sign-out must not fail because of what another call met a moment ago."""
    path = tmp_path / "cache.db"
    cache, stuck = SqliteCache(path, timer=lambda: 0.0), SqliteCache(path)
    cache.put("p.a", b"x", expires_at=None)
    with stuck._turn(stuck._hold()), pytest.raises(CacheUnavailable):
        cache.put("p.b", b"x", expires_at=None)
    cache.forget("p")
    assert cache.get("p.a") is None
    with pytest.raises(CacheUnavailable, match="Resting"):
        cache.put("p.b", b"x", expires_at=None)
    cache.close()
    stuck.close()


def test_a_reader_does_not_wait_for_one_who_waits_to_write(tmp_path: Path):
    """What is kept can be handed out while a stopped process holds the file."""
    path = tmp_path / "cache.db"
    cache, stuck = SqliteCache(path), SqliteCache(path)
    cache.put("p.a", b"x", expires_at=None)
    with stuck._turn(stuck._hold()), ThreadPoolExecutor(1) as threads:
        writing = threads.submit(cache.forget, "q")
        while not cache._hold().writing.locked():
            time.sleep(0.001)
        start = stopwatch()
        assert cache.get("p.a") == b"x"
        assert stopwatch() - start < 0.9
        assert isinstance(writing.exception(), CacheUnavailable)
    cache.close()
    stuck.close()


def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path):
    """It is not overwritten."""
    path = tmp_path / "notes.txt"
    path.write_bytes(b"my notes " * 1000)
    with pytest.raises(ConfigError):
        SqliteCache(path)
    assert path.read_bytes().startswith(b"my notes")


async def test_everything_in_valkey_expires_by_itself(empty_valkey: str, clock: FakeClock):
    """What ended goes from a person's hash when another is kept, and the hash goes too."""
    cache = open_async_cache(empty_valkey, clock=clock)
    await cache.put("p.a", b"one", expires_at=clock.now() + HOUR)
    await cache.lease("p.dead", "me", seconds=0.01)
    await cache.lease("q.a", "me", seconds=60)
    await cache.put("r.a", b"one", expires_at=None)
    with redis.Redis.from_url(empty_valkey) as client:
        names = client.keys()
        lives = sorted(client.pttl(name) for name in names)
        assert len(names) == 3
        assert [life // 60_000 for life in lives[:2]] in ([0, 60], [1, 60], [0, 61], [1, 61])
        assert lives[2] > 29 * 24 * 3_600_000
        clock.advance(2 * HOUR)
        await asyncio.sleep(0.05)
        await cache.put("p.b", b"two", expires_at=clock.now() + HOUR)
        assert client.hkeys("callingcard:person:p") == [b"=b"]
    await cache.close()


@pytest.mark.postgres
async def test_what_has_ended_is_removed_from_postgres(empty_postgres: str, clock: FakeClock):
    """By itself, while other values are put; leases of the dead too."""
    cache = open_async_cache(empty_postgres, clock=clock)
    for number in range(100):
        await cache.put(f"p.{number}", b"x", expires_at=clock.now() + HOUR)
        await cache.lease(f"p.{number}", "dead", seconds=0.01)
    clock.advance(2 * HOUR)
    await asyncio.sleep(0.05)
    for _ in range(SWEEP_EVERY):
        await cache.put("q.1", b"x", expires_at=clock.now() + HOUR)
    await cache.close()
    with psycopg.connect(empty_postgres) as connection:
        counted = (
            "select (select count(*) from token_cache), (select count(*) from token_leases)"
        )
        assert connection.execute(counted).fetchone() == (1, 0)


def test_what_has_ended_is_removed_from_the_file(tmp_path: Path, clock: FakeClock):
    """By itself, while other values are put; leases of the dead too."""
    path, now = tmp_path / "cache.db", 100.0
    cache = SqliteCache(path, clock=clock, timer=lambda: now)
    for number in range(100):
        cache.put(f"p.{number}", b"x", expires_at=clock.now() + HOUR)
        cache.lease(f"p.{number}", "dead", seconds=1)
    clock.advance(2 * HOUR)
    now += 2
    for _ in range(SWEEP_EVERY):
        cache.put("q.1", b"x", expires_at=clock.now() + HOUR)
    cache.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("select count(*) from sealed_values").fetchall() == [(1,)]
        assert raw.execute("select count(*) from sealed_leases").fetchall() == [(0,)]
    raw.close()


def test_a_lease_from_before_a_restart_of_the_machine_is_dead(tmp_path: Path):
    """The monotonic clock began anew, so its end seems far away."""
    path, now = tmp_path / "cache.db", 1_000_000.0
    cache = SqliteCache(path, timer=lambda: now)
    assert cache.lease("p.a", "before", seconds=10)
    now = 20.0
    assert not cache.fill("p.a", b"x", owner="before", expires_at=None)
    assert cache.lease("p.a", "after", seconds=10)
    cache.close()


@pytest.mark.postgres
async def test_a_role_that_may_not_make_tables_can_use_them(empty_postgres: str):
    """The tables may be made by somebody else, once."""
    maker = open_async_cache(empty_postgres)
    await maker.put("p.a", b"x", expires_at=None)
    await maker.close()
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        connection.execute("drop role if exists callingcard_guest")
        connection.execute("create role callingcard_guest login")
        connection.execute("revoke create on schema public from public")
        connection.execute("grant usage on schema public to callingcard_guest")
        connection.execute("grant all on token_cache, token_leases to callingcard_guest")
        guest = open_async_cache(empty_postgres.replace("postgres@", "callingcard_guest@"))
        assert await guest.get("p.a") == b"x"
        assert await guest.lease("p.a", "me", seconds=30)
        await guest.close()
        connection.execute("drop owned by callingcard_guest")
        connection.execute("drop role callingcard_guest")


@pytest.mark.postgres
async def test_tables_that_were_dropped_are_made_again(empty_postgres: str):
    """Without a restart: someone restored the database under us."""
    cache = open_async_cache(empty_postgres)
    await cache.put("p.a", b"x", expires_at=None)
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        connection.execute("drop table token_cache, token_leases")
    with pytest.raises(CacheUnavailable):
        await cache.get("p.a")
    await cache.put("p.a", b"y", expires_at=None)
    assert await cache.get("p.a") == b"y"
    await cache.close()
