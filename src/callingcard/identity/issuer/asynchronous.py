"""The driver that does not block: one task per flight, one future per caller."""

import asyncio
import inspect
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self, TypeAlias, cast

from callingcard.backends.cache import AsyncCache, open_cache
from callingcard.backends.fetch import AsyncFetch, Unreachable
from callingcard.identity.issuer.limits import (
    CALLS_AT_ONCE,
    WAIT_SECONDS,
    closed,
    too_slow,
    unreachable,
)
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import AsyncTokenCache, AsyncUpstream, Platform, TokenCache
from callingcard.identity.service.issuing import (
    Abandon,
    Clerk,
    Drop,
    Issue,
    Recall,
    Remember,
    Renew,
    RenewLater,
    forgetting,
)
from callingcard.kit.clock import Clock, SystemClock

_Token: TypeAlias = IdentityToken
_Answer: TypeAlias = IdentityToken | None


@dataclass(eq=False, slots=True)
class _AsyncFlight:
    """One renewal, and those who wait for it."""

    person: str
    task: "asyncio.Task[_Token] | None" = None
    waiters: "set[asyncio.Future[_Token]]" = field(default_factory=set)
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    forgotten: bool = False


class AsyncIssuer:
    """Issues tokens without blocking; safe to share among the tasks of one event loop.

    *cache* is ``memory``, ``sqlite:///FILE`` or an object with the methods of
    ``TokenCache`` or ``AsyncTokenCache``. *allow_unverified* lets an address pass that
    nobody proved: whoever gets such a token can read what was said under the address.
    """

    def __init__(
        self,
        platform: Platform,
        *,
        cache: str | TokenCache | AsyncTokenCache = "memory",
        allow_unverified: bool = False,
        clock: Clock | None = None,
        site: str = "default",
        upstream: AsyncUpstream | None = None,
    ) -> None:
        time = clock or SystemClock()
        self._clerk = Clerk(platform, allow_unverified=allow_unverified, clock=time, site=site)
        self._owns_cache = isinstance(cache, str)
        self._cache = _without_blocking(cache, time)
        self._upstream = upstream or AsyncFetch(clock=time)
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)
        self._flights: dict[str, _AsyncFlight] = {}
        self._running: set[_AsyncFlight] = set()

    async def issue(self, visitor: Visitor) -> IdentityToken:
        """Return a token for *visitor* with at least five minutes to live.

        Raises Unverified, PlatformRefused or PlatformUnavailable.
        """
        who = self._clerk.admit(visitor)
        signed = self._clerk.sign(who)
        if signed is not None:
            return signed
        steps = self._clerk.issuing(who)
        answer: _Answer = None
        while True:
            try:
                ask = steps.send(answer)
            except StopIteration as done:
                return self._clerk.dress(done.value, who)
            match ask:
                case Recall():
                    answer = await self._recall(who)
                case Renew():
                    answer = await self._wait(who)
                case RenewLater():
                    if self._clerk.may_renew_early(who):
                        self._fly(who)

    async def forget(self, visitor: Visitor) -> None:
        """Drop every token of *visitor*, those on their way too: at sign-out or erasure."""
        people = self._clerk.vault.people(visitor)
        concerned = [flight for flight in self._running if flight.person in people]
        for step in forgetting(visitor):
            match step:
                case Abandon():
                    for flight in concerned:
                        flight.forgotten = True
                    self._flights = {k: f for k, f in self._flights.items() if not f.forgotten}
                case Drop():
                    for flight in concerned:
                        async with flight.storing:
                            pass  # only to wait for a store that had begun
                    for person in people:
                        await self._cache.forget(person)

    async def close(self) -> None:
        """Stop what is under way and let go of connections."""
        tasks = [flight.task for flight in self._running if flight.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._upstream.close()
        if self._owns_cache:
            await self._cache.close()

    async def __aenter__(self) -> Self:
        """Return the issuer itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the issuer."""
        await self.close()

    async def _recall(self, visitor: Visitor) -> _Answer:
        """Return the stored token, or None."""
        key = self._clerk.vault.key(visitor)
        sealed = await self._cache.get(key)
        return None if sealed is None else self._clerk.vault.open(sealed, key)

    async def _wait(self, visitor: Visitor) -> _Token:
        """Wait for the flight of *visitor*, each caller on a future of its own."""
        flight = self._fly(visitor)
        mine: asyncio.Future[_Token] = asyncio.get_running_loop().create_future()
        flight.waiters.add(mine)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await mine
        except TimeoutError:
            raise too_slow() from None
        finally:
            flight.waiters.discard(mine)

    def _fly(self, visitor: Visitor) -> _AsyncFlight:
        """Return the flight that renews for *visitor*, started unless there is one."""
        key = self._clerk.vault.key(visitor)
        flight = self._flights.get(key)
        if flight is None:
            flight = _AsyncFlight(self._clerk.vault.person(visitor))
            self._flights[key] = flight
            self._running.add(flight)
            flight.task = asyncio.create_task(self._renew(visitor, flight))
            landed = flight
            flight.task.add_done_callback(lambda task: self._land(visitor, landed, task))
        return flight

    def _land(
        self, visitor: Visitor, flight: _AsyncFlight, task: "asyncio.Task[_Token]"
    ) -> None:
        """Tell those who wait how the flight for *visitor* ended."""
        self._running.discard(flight)
        key = self._clerk.vault.key(visitor)
        if self._flights.get(key) is flight:
            del self._flights[key]
        error = closed() if task.cancelled() else task.exception()
        if error is not None and not flight.waiters:
            self._clerk.hold_off(visitor, error)
        for waiter in flight.waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(task.result())
            else:
                waiter.set_exception(error)

    async def _renew(self, visitor: Visitor, flight: _AsyncFlight) -> _Token:
        """Carry out ``renewing``."""
        now = self._clerk.clock.now()
        steps = self._clerk.renewing(visitor, now)
        answer: _Answer = None
        while True:
            try:
                ask = steps.send(answer)
            except StopIteration as done:
                return cast("_Token", done.value)
            match ask:
                case Recall():
                    answer = await self._recall(visitor)
                case Issue():
                    answer = await self._call(visitor, now)
                case Remember(token=token):
                    await self._remember(visitor, token, flight)

    async def _call(self, visitor: Visitor, now: datetime) -> _Token:
        """Return a new token from the platform."""
        request = self._clerk.request(visitor)
        try:
            async with self._calls:
                reply = await self._upstream.send(request)
        except Unreachable as error:
            raise unreachable(error) from None
        return self._clerk.read(reply, now)

    async def _remember(self, visitor: Visitor, token: _Token, flight: _AsyncFlight) -> None:
        """Store *token* unless its visitor was forgotten meanwhile."""
        key = self._clerk.vault.key(visitor)
        sealed = self._clerk.vault.seal(token, key)
        async with flight.storing:
            if not flight.forgotten:
                await self._cache.put(key, sealed, expires_at=token.expires_at)


def _without_blocking(
    cache: str | TokenCache | AsyncTokenCache, clock: Clock
) -> AsyncTokenCache:
    """Return *cache* as one that may be awaited."""
    if isinstance(cache, str):
        return AsyncCache(open_cache(cache, clock=clock))
    if inspect.iscoroutinefunction(cache.get):
        return cast("AsyncTokenCache", cache)
    return AsyncCache(cast("TokenCache", cache))
