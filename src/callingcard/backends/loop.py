"""An event loop in a thread of its own, so that threads can use what only waits on a loop.

It starts at the first use, and again in a process that was forked since: what a fork left
us belongs to the process that opened it, and is neither used, closed nor finalised here.

Invariant: every wait for the loop ends: with the answer, in time, or when the loop is closed.
"""

import asyncio
import os
import selectors
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from callingcard.kit.clock import stopwatch

T = TypeVar("T")
R = TypeVar("R")


class LoopClosed(RuntimeError):
    """The loop was closed before there was an answer, or before it was asked."""

    def __init__(self) -> None:
        super().__init__("the loop is closed")


@dataclass(eq=False, slots=True)
class _Running(Generic[T]):
    """A loop that runs in a thread, what lives on it, and who waits for it."""

    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    held: T
    waiting: set[Future[Any]] = field(default_factory=set[Future[Any]])

    def refuse_itself(self) -> None:
        """Raise RuntimeError on the loop's own thread, which would wait for ever."""
        if threading.current_thread() is self.thread:
            raise RuntimeError("the loop cannot wait for itself: await there instead")


@dataclass(eq=False, slots=True)
class _Home(Generic[T]):
    """What one process has: a lock of its own, as a fork may copy one that is held."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    running: _Running[T] | None = None


_STARTED: Final[set[object]] = set()
"""Every loop that runs. One that a fork left us stays for good, since finalising what lives
on it could say goodbye over connections that the other process still uses."""


class LoopThread(Generic[T]):
    """Runs what *opened* makes on a loop of its own, for the threads of any process.

    *opened* is called on the loop's thread, once in each process that uses it, and must
    not block. *name* is the thread's.
    """

    def __init__(self, opened: Callable[[], T], *, name: str = "callingcard-loop") -> None:
        self._opened = opened
        self._name = name
        self._homes: dict[int, _Home[T]] = {}
        self._closed = False

    def do(self, ask: Callable[[T], Coroutine[Any, Any, R]], *, timeout: float | None) -> R:
        """Return what *ask* answers on the loop; whoever gives up waiting cancels it.

        *timeout* is in seconds. Raises TimeoutError when it is over, LoopClosed after
        ``close``, what *ask* raises, and RuntimeError on the loop's own thread.
        """
        answer = self._ask(ask)
        try:
            return answer.result(timeout)
        except CancelledError:
            raise LoopClosed from None
        finally:
            answer.cancel()

    def peek(self) -> T | None:
        """Return what is open in this process now, without starting anything."""
        running = self._home().running
        return None if running is None else running.held

    def close(self, shut: Callable[[T], Coroutine[Any, Any, None]], *, timeout: float) -> None:
        """End what is under way, have *shut* close what is open, and end the thread.

        Whoever waits for an answer gets LoopClosed at once. What does not end within
        *timeout* seconds is left behind, on a thread that ends with the process.
        """
        home = self._home()
        with home.lock:
            running = home.running
            if running is not None:
                running.refuse_itself()
            home.running, self._closed = None, True
        if running is None:
            return
        end = stopwatch() + timeout
        for answer in tuple(running.waiting):
            answer.cancel()
        ended = asyncio.run_coroutine_threadsafe(
            _wind_up(running.held, shut, timeout), running.loop
        )
        try:
            ended.result(timeout)
        except TimeoutError:
            ended.cancel()
        finally:
            _stop(running, max(0.1, end - stopwatch()))

    def _ask(self, ask: Callable[[T], Coroutine[Any, Any, R]]) -> Future[R]:
        """Hand *ask* to the loop of this process, started unless it runs."""
        home = self._home()
        with home.lock:  # so that nothing is handed over behind the back of ``close``
            if self._closed:
                raise LoopClosed
            if home.running is None:
                home.running = _start(self._opened, self._name)
            running = home.running
            running.refuse_itself()
            answer = asyncio.run_coroutine_threadsafe(_asked(ask, running.held), running.loop)
            running.waiting.add(answer)
        answer.add_done_callback(running.waiting.discard)
        return answer

    def _home(self) -> _Home[T]:
        """Return what this process has."""
        return self._homes.setdefault(os.getpid(), _Home())


async def _asked(ask: Callable[[T], Coroutine[Any, Any, R]], held: T) -> R:
    return await ask(held)


def _start(opened: Callable[[], T], name: str) -> _Running[T]:
    """Start a loop, and open on it what shall live there."""
    # Not epoll: a child of a fork shares its parent's set, and could change it. Nor what
    # Windows prefers: not every driver can work on that.
    selector = getattr(selectors, "PollSelector", selectors.SelectSelector)()
    loop = asyncio.SelectorEventLoop(selector)
    thread = threading.Thread(target=loop.run_forever, name=name, daemon=True)
    thread.start()

    async def opening() -> T:
        return opened()

    try:
        held = asyncio.run_coroutine_threadsafe(opening(), loop).result()
    except BaseException:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        raise
    running = _Running(loop, thread, held)
    _STARTED.add(running)
    return running


async def _wind_up(
    held: T, shut: Callable[[T], Coroutine[Any, Any, None]], seconds: float
) -> None:
    """End what is under way on this loop, and close what lives on it."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    ended = asyncio.gather(*left, return_exceptions=True)
    await asyncio.wait([ended], timeout=seconds / 2)  # the rest is for *shut*
    async with asyncio.timeout(seconds):
        await shut(held)


def _stop(running: _Running[Any], seconds: float) -> None:
    """End the loop and its thread, unless something blocks it."""
    running.loop.call_soon_threadsafe(running.loop.stop)
    running.thread.join(seconds)
    if not running.thread.is_alive():
        running.loop.close()
        _STARTED.discard(running)
