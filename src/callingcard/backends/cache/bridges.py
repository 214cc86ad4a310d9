"""Bridges between caches that block and caches that wait, both ways.

``AsyncCache`` lets one that blocks be awaited: what may touch a disk runs in a thread.
``BlockingCache`` lets one that waits be used by threads: it runs on a loop of its own.
"""

import asyncio
import contextvars
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

from callingcard.backends.cache.contract import (
    CALL_SECONDS,
    AwaitedCache,
    Cache,
    CacheUnavailable,
    SharedCache,
)
from callingcard.backends.cache.memory import MemoryCache
from callingcard.backends.loop import LoopClosed, LoopThread

_THREADS: Final = 4
"""Few, and our own: a store that hangs must not hold up what else the app has threads for."""

_WAIT_SECONDS: Final = 2 * CALL_SECONDS
"""More than any call takes, so that a stuck loop strands nobody."""

P = ParamSpec("P")
T = TypeVar("T")


class AsyncCache:
    """A Cache for those who must not block."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._instant = isinstance(cache, MemoryCache)
        self._closed = False
        self._threads: dict[int, ThreadPoolExecutor] = {}  # by process: a fork copies none

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        return await self._do(self._cache.get, key)

    async def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key* until *expires_at*."""
        await self._do(self._cache.put, key, value, expires_at=expires_at)

    async def forget(self, person: str) -> None:
        """Drop every key of *person*, and end the leases on them."""
        await self._do(self._cache.forget, person)

    async def close(self) -> None:
        """Let go of files, connections and threads."""
        if self._closed:
            return
        self._closed = True
        if self._instant:
            self._cache.close()
            return
        await self._in_thread(self._cache.close)
        self._threads.pop(os.getpid()).shutdown(wait=False)

    async def _do(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the cache, in a thread unless it is in memory."""
        if self._instant:
            return ask(*args, **kwargs)
        if self._closed:
            raise CacheUnavailable("Closed")
        return await self._in_thread(partial(ask, *args, **kwargs))

    async def _in_thread(self, ask: Callable[[], T]) -> T:
        threads = self._threads.get(os.getpid())
        if threads is None:
            threads = ThreadPoolExecutor(_THREADS, "callingcard-cache")
            self._threads[os.getpid()] = threads
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(threads, context.run, ask)


class AsyncSharedCache(AsyncCache):
    """A SharedCache for those who must not block."""

    def __init__(self, cache: SharedCache) -> None:
        super().__init__(cache)
        self._shared = cache

    async def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        return await self._do(self._shared.lease, key, owner, seconds=seconds)

    async def fill(
        self, key: str, value: bytes, *, owner: str, expires_at: datetime | None
    ) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        return await self._do(
            self._shared.fill, key, value, owner=owner, expires_at=expires_at
        )

    async def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        await self._do(self._shared.release, key, owner)


class BlockingCache:
    """A cache that waits, for threads; *opened* opens it.

    What many threads read at once goes out as one command, like the reads of many tasks.
    """

    def __init__(self, opened: Callable[[], AwaitedCache]) -> None:
        self._loop = LoopThread(opened, name="callingcard-cache")

    def get(self, key: str) -> bytes | None:
        """Return what is kept under *key*, or None when that is nothing or has ended."""
        return self._do(lambda cache: cache.get(key))

    def put(self, key: str, value: bytes, *, expires_at: datetime | None) -> None:
        """Keep *value* under *key* until *expires_at*."""
        self._do(lambda cache: cache.put(key, value, expires_at=expires_at))

    def forget(self, person: str) -> None:
        """Drop every key of *person*, and end the leases on them."""
        self._do(lambda cache: cache.forget(person))

    def lease(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the lease on *key* for *owner*; say whether it was free, or theirs already."""
        return self._do(lambda cache: cache.lease(key, owner, seconds=seconds))

    def fill(self, key: str, value: bytes, *, owner: str, expires_at: datetime | None) -> bool:
        """Keep *value* and end the lease, in one step; False when it is not *owner*'s now."""
        return self._do(
            lambda cache: cache.fill(key, value, owner=owner, expires_at=expires_at)
        )

    def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        self._do(lambda cache: cache.release(key, owner))

    def close(self) -> None:
        """Let go of connections, and end the thread; whoever waits is told at once."""
        self._loop.close(lambda cache: cache.close(), timeout=_WAIT_SECONDS)

    def _do(self, ask: Callable[[AwaitedCache], Coroutine[Any, Any, T]]) -> T:
        """Have the loop ask the cache, and wait for the answer."""
        try:
            return self._loop.do(ask, timeout=_WAIT_SECONDS)
        except TimeoutError:
            raise CacheUnavailable("TimeoutError") from None
        except LoopClosed:
            raise CacheUnavailable("Closed") from None
