"""What an issuer keeps tokens in, and how it goes on without it.

A store that is down must cost nobody their chat: what is not found there is asked of
the platform, as if this process were alone.

Invariant: nothing raised by a store reaches whoever asks for a token.
"""

import inspect
import logging
from typing import Final, cast

from callingcard.backends.cache import AsyncCache, AsyncSharedCache
from callingcard.errors import CallingcardError
from callingcard.identity.ports import (
    AsyncSharedTokenCache,
    AsyncTokenCache,
    SharedTokenCache,
    TokenCache,
)
from callingcard.identity.service.happenings import Observe, StoreFailed
from callingcard.identity.service.vault import Kept, Refusal, Vault
from callingcard.kit.clock import stopwatch

LEASE_SECONDS: Final = 8.5
"""The eight of a call, and half a second for the store on either side of it."""

_QUIET_SECONDS: Final = 30.0

_log = logging.getLogger("callingcard.identity")


class Store:
    """A cache as an issuer uses it; None keeps nothing."""

    def __init__(self, cache: AsyncTokenCache | None, vault: Vault, observe: Observe) -> None:
        self._cache = cache
        self._shared = cache if isinstance(cache, AsyncSharedTokenCache) else None
        self._vault = vault
        self._observe = observe
        self._failing = False
        self._told_at: float | None = None

    @property
    def is_absent(self) -> bool:
        """Whether there is none, or it failed when it was last asked."""
        return self._cache is None or self._failing

    async def get(self, key: str) -> Kept | None:
        """Return what is kept under *key*, or None."""
        if self._cache is None:
            return None
        try:
            sealed = await self._cache.get(key)
        except CallingcardError as error:
            self._failed(error)
            return None
        self._failing = False
        return None if sealed is None else self._vault.open(sealed, key)

    async def lease(self, key: str, owner: str) -> bool | None:
        """Take the lease on *key* for *owner*; None when there is nobody to ask."""
        if self._shared is None:
            return None
        try:
            return await self._shared.lease(key, owner, seconds=LEASE_SECONDS)
        except CallingcardError as error:
            self._failed(error)
            return None

    async def fill(self, key: str, kept: Kept, *, owner: str | None) -> bool:
        """Keep *kept*, ending *owner*'s lease; false when that was lost, to a forgetting say.

        Without an *owner* there is no lease to end: the store could not be asked for one.
        """
        if self._cache is None:
            return True
        end = kept.until if isinstance(kept, Refusal) else kept.expires_at
        sealed = self._vault.seal(kept, key)
        try:
            if self._shared is not None and owner is not None:
                return await self._shared.fill(key, sealed, owner=owner, expires_at=end)
            await self._cache.put(key, sealed, expires_at=end)
        except CallingcardError as error:
            self._failed(error)
        return True

    async def release(self, key: str, owner: str) -> None:
        """End the lease on *key* if it is *owner*'s."""
        if self._shared is None:
            return
        try:
            await self._shared.release(key, owner)
        except CallingcardError as error:
            self._failed(error)

    async def forget(self, person: str) -> None:
        """Drop every key of *person*; raises when that could not be done."""
        if self._cache is not None:
            await self._cache.forget(person)

    async def close(self) -> None:
        """Let go of files and connections."""
        if self._cache is not None:
            await self._cache.close()

    def _failed(self, error: CallingcardError) -> None:
        """Note that the store failed, and say so now and then."""
        self._failing = True
        now = stopwatch()
        if self._told_at is None or now - self._told_at > _QUIET_SECONDS:
            self._told_at = now
            _log.warning("the token cache failed: %s: %s", error.code, error.message)
            self._observe(StoreFailed(error))


def without_blocking(cache: TokenCache | AsyncTokenCache) -> AsyncTokenCache:
    """Return *cache* as one that may be awaited."""
    if inspect.iscoroutinefunction(cache.get):
        return cast("AsyncTokenCache", cache)
    if isinstance(cache, SharedTokenCache):
        return AsyncSharedCache(cache)
    return AsyncCache(cast("TokenCache", cache))
