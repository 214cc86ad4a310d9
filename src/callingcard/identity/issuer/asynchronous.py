"""The driver that does not block: one task per flight, one future per caller."""

import asyncio
import secrets
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeAlias, cast

from callingcard.backends.cache import open_async_cache
from callingcard.backends.fetch import AsyncFetch, Unreachable
from callingcard.errors import CallingcardError, UpstreamError
from callingcard.identity.issuer.limits import (
    CALLS_AT_ONCE,
    WAIT_SECONDS,
    closed,
    too_slow,
    unreachable,
)
from callingcard.identity.issuer.stores import Store, without_blocking
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import AsyncTokenCache, AsyncUpstream, Platform, TokenCache
from callingcard.identity.service.clerk import Clerk
from callingcard.identity.service.happenings import Observe
from callingcard.identity.service.issuing import (
    Abandon,
    Drop,
    Enter,
    Issue,
    Lease,
    Leave,
    Outcome,
    Pause,
    Recall,
    Release,
    Remember,
    Renew,
    RenewingAsk,
    RenewLater,
    forgetting,
)
from callingcard.identity.service.vault import Kept
from callingcard.kit.clock import Clock, SystemClock, stopwatch

_Token: TypeAlias = IdentityToken


@dataclass(eq=False, slots=True)
class _AsyncFlight:
    """One renewal, and those who wait for it."""

    visitor: Visitor
    key: str
    people: frozenset[str]
    task: "asyncio.Task[_Token] | None" = None
    waiters: "set[asyncio.Future[_Token]]" = field(default_factory=set)
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    forgotten: bool = False
    placed: bool = False
    """Whether it has one of the places from which calls are made."""
    leased: bool = False
    """Whether the store gave it the lease, and did not just fail to answer."""
    owner: str = field(default_factory=lambda: secrets.token_hex(16))


class AsyncIssuer:
    """Issues tokens without blocking; safe to share among the tasks of one event loop.

    *cache* is ``memory``, ``sqlite:///FILE``, ``redis://…``, ``postgresql://…`` or an
    object with the methods of ``TokenCache`` or ``AsyncTokenCache``.
    *allow_unverified* lets an address pass that nobody proved: whoever gets such a
    token can read what was said under the address. *observe* is told what happens.
    """

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
        time = clock or SystemClock()
        self._owns_cache = isinstance(cache, str)
        store = _opened(cache, time)
        self._clerk = Clerk(
            platform,
            allow_unverified=allow_unverified,
            clock=time,
            site=site,
            shared=store is not None,
            observe=observe,
        )
        self._store = Store(store, self._clerk.vault, self._clerk.observe)
        self._upstream = upstream or AsyncFetch(clock=time)
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)
        self._flights: dict[Visitor, _AsyncFlight] = {}
        self._running: set[_AsyncFlight] = set()
        self._closed = False

    @property
    def trouble(self) -> UpstreamError | None:
        """Why the platform is not asked for now; None when all is well."""
        return self._clerk.trouble

    async def issue(self, visitor: Visitor) -> IdentityToken:
        """Return a token for *visitor* with at least five minutes to live.

        Raises Unverified, PlatformRefused or PlatformUnavailable.
        """
        who = self._clerk.admit(visitor)
        return self._clerk.at_hand(who) or await self._look_further(who)

    def at_hand(self, visitor: Visitor) -> IdentityToken | None:
        """Return the token that can be handed out at once, None when it takes a look further.

        It is the very same object each time, until it is renewed. Raises as ``issue``.
        """
        return self._clerk.at_hand(self._clerk.admit(visitor))

    async def forget(self, visitor: Visitor) -> None:
        """Drop every token of *visitor*, those on their way too: at sign-out or erasure.

        Give the address and the user id that tokens were issued for: what is stored under
        an address is not found by a user id alone. Another node that shares the store may
        hand out what it has at hand for ten seconds more. Raises CacheUnavailable when the
        store could not be told.
        """
        people = self._clerk.vault.people(visitor)
        concerned = [flight for flight in self._running if flight.people & set(people)]
        for step in forgetting():
            match step:
                case Abandon():
                    for flight in concerned:
                        flight.forgotten = True
                        if self._flights.get(flight.visitor) is flight:
                            del self._flights[flight.visitor]
                    self._clerk.shelf.forget(visitor)
                case Drop():
                    for flight in concerned:
                        async with flight.storing:
                            pass  # only to wait for a store that had begun
                    for person in people:
                        await self._store.forget(person)
                    self._clerk.shelf.forget(visitor)

    async def close(self) -> None:
        """Stop what is under way and let go of connections."""
        self._closed = True
        tasks = [flight.task for flight in self._running if flight.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._upstream.close()
        if self._owns_cache:
            await self._store.close()

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

    async def _look_further(self, visitor: Visitor) -> _Token:
        """Answer what ``issuing`` asks."""
        steps = self._clerk.issuing()
        answer: Kept | None = None
        renewed = False
        while True:
            try:
                ask = steps.send(answer)
            except StopIteration as done:
                return self._clerk.handed_out(done.value, "upstream" if renewed else "store")
            match ask:
                case Recall():
                    answer = await self._recall(visitor, self._clerk.vault.key(visitor))
                case Renew():
                    renewed, answer = True, await self._wait(visitor)
                case RenewLater():
                    if self._clerk.may_renew_early(visitor):
                        self._fly(visitor)

    async def _recall(self, visitor: Visitor, key: str) -> Kept | None:
        """Return what the store keeps, or what is at hand when it keeps nothing."""
        seen = self._clerk.shelf.forgotten
        kept = await self._store.get(key)
        if kept is not None:
            return self._clerk.shelve(visitor, kept, seen=seen)
        return self._clerk.left_at_hand(visitor) if self._store.is_absent else None

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
        if self._closed:
            raise closed()
        flight = self._flights.get(visitor)
        if flight is None:
            vault = self._clerk.vault
            people = frozenset(vault.people(visitor))
            flight = _AsyncFlight(visitor, vault.key(visitor), people)
            self._flights[visitor] = flight
            self._running.add(flight)
            flight.task = asyncio.create_task(self._renew(flight))
            landed = flight
            flight.task.add_done_callback(lambda task: self._land(landed, task))
        return flight

    def _land(self, flight: _AsyncFlight, task: "asyncio.Task[_Token]") -> None:
        """Tell those who wait how *flight* ended."""
        self._running.discard(flight)
        if self._flights.get(flight.visitor) is flight:
            del self._flights[flight.visitor]
        error = closed() if task.cancelled() else task.exception()
        if error is not None and not flight.waiters and not self._closed:
            self._clerk.hold_off(flight.visitor, error)
        for waiter in flight.waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(task.result())
            else:
                waiter.set_exception(error)

    async def _renew(self, flight: _AsyncFlight) -> _Token:
        """Carry out ``renewing``."""
        steps = self._clerk.renewing()
        answer: Any = None
        try:
            while True:
                answer = await self._answer(flight, steps.send(answer))
        except StopIteration as done:
            return self._clerk.dress(cast("_Token", done.value), flight.visitor)
        finally:
            steps.close()
            self._leave(flight)

    async def _answer(self, flight: _AsyncFlight, ask: RenewingAsk) -> Any:
        """Do what ``renewing`` asks, and return the answer."""
        match ask:
            case Recall():
                return await self._recall(flight.visitor, flight.key)
            case Enter():
                await self._calls.acquire()
                flight.placed = True
            case Leave():
                self._leave(flight)
            case Lease():
                return await self._lease(flight)
            case Pause(seconds=seconds):
                await asyncio.sleep(seconds)
            case Issue(attempts=attempts):
                return await self._call(flight.visitor, attempts)
            case Remember(kept=kept):
                await self._remember(flight, kept)
            case Release():
                await self._store.release(flight.key, flight.owner)
        return None

    def _leave(self, flight: _AsyncFlight) -> None:
        """Give up the place from which calls are made, if *flight* has one."""
        if flight.placed:
            flight.placed = False
            self._calls.release()

    async def _lease(self, flight: _AsyncFlight) -> bool:
        """Take the lease on the flight's key; true as well when the store cannot say."""
        won = await self._store.lease(flight.key, flight.owner)
        flight.leased = won is True
        return won is not False

    async def _call(self, visitor: Visitor, attempts: int) -> Outcome:
        """Return how calling the platform went."""
        asked_at, started = self._clerk.clock.now(), stopwatch()
        tries = 1
        try:
            request = self._clerk.request(visitor, attempts)
            reply = await self._upstream.send(request)
            tries = reply.attempts
            token = self._clerk.read(reply, asked_at)
        except Unreachable as error:
            told = unreachable(error)
            return Outcome(None, told, stopwatch() - started, error.attempts)
        except CallingcardError as error:
            return Outcome(None, error, stopwatch() - started, tries)
        return Outcome(token, None, stopwatch() - started, tries)

    async def _remember(self, flight: _AsyncFlight, kept: Kept) -> None:
        """Keep *kept* unless its visitor was forgotten meanwhile."""
        async with flight.storing:
            if flight.forgotten:
                return
            owner = flight.owner if flight.leased else None
            if await self._store.fill(flight.key, kept, owner=owner):
                self._clerk.shelve(flight.visitor, kept)


def _opened(cache: str | TokenCache | AsyncTokenCache, clock: Clock) -> AsyncTokenCache | None:
    """Return the store that *cache* names or is; None when this process keeps its own."""
    if cache == "memory":
        return None
    if isinstance(cache, str):
        return open_async_cache(cache, clock=clock)
    return without_blocking(cache)
