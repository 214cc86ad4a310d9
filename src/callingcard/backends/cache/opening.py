"""Opens the cache that a URL names; drivers are imported when they are needed."""

from pathlib import Path

from callingcard.backends.cache.bridges import AsyncSharedCache, BlockingCache
from callingcard.backends.cache.contract import AwaitedCache, SharedCache
from callingcard.backends.cache.memory import MemoryCache
from callingcard.backends.cache.urls import KNOWN_URLS, Store, store_of
from callingcard.errors import ConfigError
from callingcard.kit.clock import Clock


def open_cache(url: str, *, clock: Clock | None = None) -> SharedCache:
    """Open the cache that *url* names, for threads.

    Raises ConfigError for a URL that names none, or whose driver is not installed.

    >>> open_cache("memory").get("ada.1") is None
    True
    """
    store = _store(url)
    if store is Store.MEMORY:
        return MemoryCache(clock=clock)
    if store is Store.SQLITE:
        from callingcard.backends.cache.sqlite import SqliteCache

        return SqliteCache(Path(url.removeprefix("sqlite:///")), clock=clock)
    _remote(url, store, clock)  # only to see that it can be, so that a fault stops the start
    return BlockingCache(lambda: _remote(url, store, clock))


def open_async_cache(url: str, *, clock: Clock | None = None) -> AwaitedCache:
    """Open the cache that *url* names, for the tasks of one event loop.

    Raises ConfigError for a URL that names none, or whose driver is not installed.
    """
    store = _store(url)
    if store in {Store.MEMORY, Store.SQLITE}:
        return AsyncSharedCache(open_cache(url, clock=clock))
    return _remote(url, store, clock)


def _store(url: str) -> Store:
    """Return what *url* names; raises ConfigError."""
    try:
        return store_of(url)
    except ValueError as error:
        raise ConfigError(
            f"The cache's URL cannot be used: {error}.", hint=f"Use {KNOWN_URLS}."
        ) from None


def _remote(url: str, store: Store, clock: Clock | None) -> AwaitedCache:
    """Open a cache on another host; raises ConfigError when its driver is not installed."""
    try:
        if store is Store.VALKEY:
            from callingcard.backends.cache.valkey import AsyncValkeyCache

            return AsyncValkeyCache(url, clock=clock)
        from callingcard.backends.cache.postgres import AsyncPostgresCache

        return AsyncPostgresCache(url, clock=clock)
    except ImportError as error:
        raise ConfigError(
            "The cache's driver is not installed.",
            hint=f'Install it: pip install "callingcard[{store.value}]".',
        ) from error
