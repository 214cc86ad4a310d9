"""The issuer that blocks: what is at hand in the caller's thread, the rest on a loop.

The loop runs in a thread of its own, with an AsyncIssuer on it, so that there is one way
to wait, to give up and to call. It starts at the first token that is not at hand, and
anew in a process that was forked since.
"""

import os
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Final, Self

from callingcard.backends.loop import LoopClosed, LoopThread
from callingcard.errors import UpstreamError
from callingcard.identity.issuer.asynchronous import AsyncIssuer
from callingcard.identity.issuer.limits import WAIT_SECONDS, closed, too_slow
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import AsyncTokenCache, AsyncUpstream, Platform, TokenCache
from callingcard.identity.service.happenings import Observe
from callingcard.kit.clock import Clock

_LONGEST: Final = 2 * WAIT_SECONDS
"""More than anything on the loop takes, so that a stuck loop strands nobody."""


class Issuer:
    """Issues tokens and blocks; safe to share among threads. As AsyncIssuer otherwise."""

    def __init__(  # noqa: PLR0913  (each is an option of its own)
        self,
        platform: Platform,
        *,
        cache: str | TokenCache | AsyncTokenCache = "memory",
        allow_unverified: bool = False,
        clock: Clock | None = None,
        site: str = "default",
        upstream: AsyncUpstream | None = None,
        observe: Observe | None = None,
    ) -> None:
        make = partial(
            AsyncIssuer,
            platform,
            cache=cache,
            allow_unverified=allow_unverified,
            clock=clock,
            site=site,
            upstream=upstream,
            observe=observe,
        )
        self._inner = _PerProcess(make)
        self._thread = LoopThread(self._inner.get, name="callingcard-issuer")

    @property
    def trouble(self) -> UpstreamError | None:
        """Why the platform is not asked for now; None when all is well."""
        return self._inner.get().trouble

    def issue(self, visitor: Visitor) -> IdentityToken:
        """Return a token for *visitor* with at least five minutes to live.

        Raises Unverified, PlatformRefused or PlatformUnavailable.
        """
        token = self._inner.get().at_hand(visitor)
        if token is not None:
            return token
        try:
            return self._thread.do(lambda inner: inner.issue(visitor), timeout=_LONGEST)
        except LoopClosed:
            raise closed() from None
        except TimeoutError:
            raise too_slow() from None

    def forget(self, visitor: Visitor) -> None:
        """Drop every token of *visitor*, as ``AsyncIssuer.forget`` does."""
        try:
            self._thread.do(lambda inner: inner.forget(visitor), timeout=_LONGEST)
        except LoopClosed:
            raise closed() from None
        except TimeoutError:
            raise too_slow() from None

    def close(self) -> None:
        """Stop what is under way and let go of connections."""
        with suppress(LoopClosed):
            self._thread.do(_nothing, timeout=_LONGEST)  # what was opened is closed on a loop
            self._thread.close(AsyncIssuer.close, timeout=_LONGEST)

    def __enter__(self) -> Self:
        """Return the issuer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the issuer."""
        self.close()


async def _nothing(_inner: AsyncIssuer) -> None:
    """Do nothing, on the loop."""


class _PerProcess:
    """Makes an AsyncIssuer for each process: what a fork left us belongs to another."""

    def __init__(self, make: Callable[[], AsyncIssuer]) -> None:
        self._make = make
        self._made: AsyncIssuer | None = make()  # so that a wrong setting is told at once
        self._inherited: list[AsyncIssuer] = []
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            forked = weakref.WeakMethod(self._forked)
            os.register_at_fork(after_in_child=lambda: (call := forked()) and call())

    def get(self) -> AsyncIssuer:
        """Return the one of this process."""
        if self._made is not None:
            return self._made
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _forked(self) -> None:
        """Start anew, and neither use nor close what is the parent's."""
        if self._made is not None:
            self._inherited.append(self._made)
        self._made, self._lock = None, threading.Lock()
