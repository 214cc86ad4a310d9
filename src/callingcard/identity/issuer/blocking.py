"""The driver that blocks: flights run in a few threads, callers wait on their futures."""

import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self, TypeAlias, cast

from callingcard.backends.cache import open_cache
from callingcard.backends.fetch import Fetch, Unreachable
from callingcard.identity.issuer.limits import (
    CALLS_AT_ONCE,
    WAIT_SECONDS,
    closed,
    too_slow,
    unreachable,
)
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import Platform, TokenCache, Upstream
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
class _Flight:
    """One renewal; those who wait hold its future, and cannot cancel what runs."""

    key: str
    person: str
    future: "Future[_Token] | None" = None
    storing: threading.Lock = field(default_factory=threading.Lock)
    forgotten: bool = False


class Issuer:
    """Issues tokens and blocks; safe to share among threads. As AsyncIssuer otherwise."""

    def __init__(
        self,
        platform: Platform,
        *,
        cache: str | TokenCache = "memory",
        allow_unverified: bool = False,
        clock: Clock | None = None,
        site: str = "default",
        upstream: Upstream | None = None,
    ) -> None:
        time = clock or SystemClock()
        self._clerk = Clerk(platform, allow_unverified=allow_unverified, clock=time, site=site)
        self._owns_cache = isinstance(cache, str)
        self._cache = open_cache(cache, clock=time) if isinstance(cache, str) else cache
        self._upstream = upstream or Fetch(clock=time)
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE, "callingcard-renewal")
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight] = {}
        self._running: set[_Flight] = set()

    def issue(self, visitor: Visitor) -> IdentityToken:
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
                    answer = self._recall(who)
                case Renew():
                    answer = self._wait(who)
                case RenewLater():
                    if self._clerk.may_renew_early(who):
                        self._fly(who, early=True)

    def forget(self, visitor: Visitor) -> None:
        """Drop every token of *visitor*, those on their way too: at sign-out or erasure."""
        people = self._clerk.vault.people(visitor)
        with self._lock:
            concerned = [flight for flight in self._running if flight.person in people]
        for step in forgetting(visitor):
            match step:
                case Abandon():
                    self._ground(concerned)
                case Drop():
                    for flight in concerned:
                        with flight.storing:
                            pass  # only to wait for a store that had begun
                    for person in people:
                        self._cache.forget(person)

    def close(self) -> None:
        """Stop what is under way and let go of connections."""
        self._upstream.close()  # first, so that nobody waits for a call to end by itself
        self._pool.shutdown(cancel_futures=True)
        self._upstream.close()
        if self._owns_cache:
            self._cache.close()

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

    def _recall(self, visitor: Visitor) -> _Answer:
        """Return the stored token, or None."""
        key = self._clerk.vault.key(visitor)
        sealed = self._cache.get(key)
        return None if sealed is None else self._clerk.vault.open(sealed, key)

    def _wait(self, visitor: Visitor) -> _Token:
        """Wait for the flight of *visitor*."""
        try:
            return self._fly(visitor, early=False).result(WAIT_SECONDS)
        except CancelledError:
            raise closed() from None
        except TimeoutError:
            raise too_slow() from None

    def _fly(self, visitor: Visitor, *, early: bool) -> "Future[_Token]":
        """Return the future of the flight for *visitor*, started unless there is one."""
        key = self._clerk.vault.key(visitor)
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None and flight.future is not None:
                return flight.future
            flight = _Flight(key, self._clerk.vault.person(visitor))
            try:
                flight.future = self._pool.submit(self._renew, visitor, flight, early=early)
            except RuntimeError:  # what a pool raises that was shut down
                raise closed() from None
            self._flights[key] = flight
            self._running.add(flight)
            return flight.future

    def _ground(self, concerned: "list[_Flight]") -> None:
        """Keep the flights *concerned* from storing, and let the next caller start anew."""
        with self._lock:
            for flight in concerned:
                flight.forgotten = True
                if self._flights.get(flight.key) is flight:
                    del self._flights[flight.key]

    def _renew(self, visitor: Visitor, flight: _Flight, *, early: bool) -> _Token:
        """Carry out ``renewing``, and free the key before anybody hears how it ended."""
        try:
            return self._steps(visitor, flight)
        except Exception as error:
            if early:
                self._clerk.hold_off(visitor, error)
            raise
        finally:
            with self._lock:
                self._running.discard(flight)
                if self._flights.get(flight.key) is flight:
                    del self._flights[flight.key]

    def _steps(self, visitor: Visitor, flight: _Flight) -> _Token:
        """Answer what ``renewing`` asks."""
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
                    answer = self._recall(visitor)
                case Issue():
                    answer = self._call(visitor, now)
                case Remember(token=token):
                    self._remember(token, flight)

    def _call(self, visitor: Visitor, now: datetime) -> _Token:
        """Return a new token from the platform."""
        request = self._clerk.request(visitor)
        try:
            reply = self._upstream.send(request)
        except Unreachable as error:
            raise unreachable(error) from None
        return self._clerk.read(reply, now)

    def _remember(self, token: _Token, flight: _Flight) -> None:
        """Store *token* unless its visitor was forgotten meanwhile."""
        sealed = self._clerk.vault.seal(token, flight.key)
        with flight.storing:
            if not flight.forgotten:
                self._cache.put(flight.key, sealed, expires_at=token.expires_at)
