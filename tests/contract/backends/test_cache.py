"""Every cache keeps what it is given until its end, and forgets people whole."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from callingcard.backends.cache import AsyncCache, Cache, MemoryCache, SqliteCache, open_cache
from callingcard.errors import ConfigError
from callingcard.kit.clock import FakeClock

HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "sqlite"])
def cache(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock):
    """Open each kind of cache in turn."""
    url = "memory" if request.param == "memory" else f"sqlite:///{tmp_path / 'cache.db'}"
    opened = open_cache(url, clock=clock)
    yield opened
    opened.close()


def test_a_value_is_kept_until_its_end(cache: Cache, clock: FakeClock):
    """And not a moment longer."""
    cache.put("p.a", b"one", expires_at=clock.now() + HOUR)
    clock.advance(HOUR - timedelta(seconds=1))
    assert cache.get("p.a") == b"one"
    clock.advance(timedelta(seconds=1))
    assert cache.get("p.a") is None


def test_a_value_without_an_end_stays(cache: Cache, clock: FakeClock):
    """Some tokens never expire."""
    cache.put("p.a", b"one", expires_at=None)
    clock.advance(1000 * HOUR)
    assert cache.get("p.a") == b"one"


def test_the_last_value_counts(cache: Cache, clock: FakeClock):
    """A renewal takes the place of what it renews."""
    for value in (b"one", b"two"):
        cache.put("p.a", value, expires_at=clock.now() + HOUR)
    assert (cache.get("p.a"), cache.get("p.b")) == (b"two", None)


def test_a_person_is_forgotten_whole_and_alone(cache: Cache, clock: FakeClock):
    """Neither a prefix nor a neighbour is touched."""
    kept = ["p0.a", "pp.a", "o.a", "p/.a", "p-.a"]
    for key in ["p.a", "p.b", *kept]:
        cache.put(key, key.encode(), expires_at=clock.now() + HOUR)
    cache.forget("p")
    cache.forget("nobody")
    found = [key for key in ["p.a", "p.b", *kept] if cache.get(key) is not None]
    assert kept == found


def test_threads_do_not_break_it(cache: Cache, clock: FakeClock):
    """Eight threads write, read and forget at once."""

    def work(number: int) -> bytes | None:
        for turn in range(50):
            cache.put(f"p{number}.{turn}", b"x", expires_at=clock.now() + HOUR)
            cache.forget(f"p{(number + 1) % 8}x")
        return cache.get(f"p{number}.49")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [b"x"] * 8


async def test_it_can_be_awaited(cache: Cache, clock: FakeClock):
    """The same, for those who must not block."""
    waiting = AsyncCache(cache)
    await asyncio.gather(
        *(waiting.put(f"p.{i}", b"x", expires_at=clock.now() + HOUR) for i in range(20))
    )
    assert await waiting.get("p.7") == b"x"
    await waiting.forget("p")
    assert await waiting.get("p.7") is None


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
    """Another process sees what was kept; other users of the machine do not."""
    path = tmp_path / "deep" / "cache.db"
    first = SqliteCache(path, clock=clock)
    first.put("p.a", b"one", expires_at=clock.now() + HOUR)
    second = SqliteCache(path, clock=clock)
    assert second.get("p.a") == b"one"
    assert path.stat().st_mode & 0o777 == 0o600
    second.close()
    first.close()
    third = SqliteCache(path, clock=clock)
    assert third.get("p.a") == b"one"
    third.close()


def test_what_has_ended_is_removed_from_the_file(tmp_path: Path, clock: FakeClock):
    """By itself, while other values are put."""
    path = tmp_path / "cache.db"
    cache = SqliteCache(path, clock=clock)
    for number in range(100):
        cache.put(f"p.{number}", b"x", expires_at=clock.now() + HOUR)
    clock.advance(2 * HOUR)
    for _ in range(256):
        cache.put("q.1", b"x", expires_at=clock.now() + HOUR)
    cache.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("select count(*) from sealed_values").fetchall() == [(1,)]
    raw.close()


@pytest.mark.parametrize(
    "url", ["redis://h/0", "postgresql://h/d", "", "sqlite", "sqlite:///", "memory2"]
)
def test_an_unknown_cache_stops_the_start(url: str):
    """With what may be written instead."""
    with pytest.raises(ConfigError) as caught:
        open_cache(url)
    assert "sqlite:///FILE" in caught.value.hint


def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path):
    """It is not overwritten."""
    path = tmp_path / "notes.txt"
    path.write_bytes(b"my notes " * 1000)
    with pytest.raises(ConfigError):
        SqliteCache(path)
    assert path.read_bytes().startswith(b"my notes")
