"""Opens every kind of cache in turn, the ones on a server both for tasks and for threads."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest
import redis

from callingcard.backends.cache import AsyncSharedCache, open_async_cache, open_cache
from callingcard.backends.cache.contract import AwaitedCache
from callingcard.kit.clock import FakeClock

KINDS = [
    "memory",
    "sqlite",
    "valkey",
    "valkey for threads",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("postgres for threads", marks=pytest.mark.postgres),
]


@pytest.fixture
def empty_valkey(valkey_url: str) -> str:
    """Return the URL of a Valkey database with nothing in it."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushdb()
    return valkey_url


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    """Return the URL of a PostgreSQL database without the cache's tables."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create schema if not exists public")
        connection.execute("drop table if exists token_cache, token_leases")
    return postgres_url


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Name each kind of cache in turn."""
    return str(request.param)


@pytest.fixture
def cache_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty store of this kind."""
    if kind.startswith("valkey"):
        return str(request.getfixturevalue("empty_valkey"))
    if kind.startswith("postgres"):
        return str(request.getfixturevalue("empty_postgres"))
    return f"sqlite:///{tmp_path / 'deep' / 'cache.db'}" if kind == "sqlite" else kind


@pytest.fixture
async def another(
    kind: str, cache_url: str, clock: FakeClock
) -> AsyncIterator[Callable[[], AwaitedCache]]:
    """Return what opens the store once more, as another process would."""
    opened: list[AwaitedCache] = []

    def again() -> AwaitedCache:
        if kind == "memory" and opened:
            return opened[0]
        opened.append(
            AsyncSharedCache(open_cache(cache_url, clock=clock))
            if "threads" in kind
            else open_async_cache(cache_url, clock=clock)
        )
        return opened[-1]

    yield again
    for one in opened:
        await one.close()


@pytest.fixture
def cache(another: Callable[[], AwaitedCache]) -> AwaitedCache:
    """Return an empty cache of each kind in turn."""
    return another()
