"""Caches of sealed values by key, one file a technology: see ``contract`` for the promise."""

from callingcard.backends.cache.bridges import AsyncCache, AsyncSharedCache
from callingcard.backends.cache.contract import Cache, CacheUnavailable
from callingcard.backends.cache.memory import MemoryCache
from callingcard.backends.cache.opening import open_async_cache, open_cache
from callingcard.backends.cache.urls import shares_without_tls

__all__ = [
    "AsyncCache",
    "AsyncSharedCache",
    "Cache",
    "CacheUnavailable",
    "MemoryCache",
    "open_async_cache",
    "open_cache",
    "shares_without_tls",
]
