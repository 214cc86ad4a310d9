"""Who may run next: a bounded number at once, and functions take turns.

``Turns`` decides and knows no time; ``RunQueue`` waits, with a bell for each caller.
A function that is called a thousand times a second fills its own line. The others are
asked in turn, and a few places stay free of it, so that a slow function cannot have all.

Invariant: never more than *at_once* runs hold a place, nor more than the share of one.
Invariant: a function with somebody waiting and a share to spare is served after at most
one run of each other function.
"""

from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Generic, TypeVar

from callingcard.errors import LimitExceeded
from callingcard.functions.errors import SandboxUnavailable
from callingcard.functions.ports.runs import Bell, Bells

LONGEST_WAIT: Final = timedelta(seconds=30)
_COME_AGAIN: Final = timedelta(seconds=1)
T = TypeVar("T")


class Turns(Generic[T]):
    """Places for *at_once* runs, and a line for each function; *T* is who waits.

    >>> turns = Turns[str](at_once=2, line=10)
    >>> [turns.enter("a", "1"), turns.enter("a", "2"), turns.enter("b", "3")]
    [True, False, True]
    >>> turns.leave("b"), turns.leave("a")
    ([], ['2'])
    """

    def __init__(self, *, at_once: int, line: int) -> None:
        """Let one function have three quarters of the places, and *line* wait for them."""
        self._free = at_once
        self._share = max(1, at_once * 3 // 4)
        self._most = line
        self._running: dict[str, int] = {}
        self._lines: OrderedDict[str, deque[T]] = OrderedDict()

    @property
    def running(self) -> int:
        """How many places are taken."""
        return sum(self._running.values())

    def waiting(self) -> dict[str, int]:
        """Return how many wait, for each function that has any waiting."""
        return {name: len(line) for name, line in self._lines.items()}

    def enter(self, name: str, who: T) -> bool | None:
        """Give *who* a place (True), or let them wait (False); None when the line is full.

        Nobody overtakes: while others wait for this function, a newcomer waits too.
        """
        if name not in self._lines and self._may(name):
            self._take(name)
            return True
        line = self._lines.get(name)
        if (len(line) if line else 0) >= self._most:
            return None
        self._lines.setdefault(name, deque()).append(who)
        return False

    def leave(self, name: str) -> list[T]:
        """Give a place of *name* back; return who has one now."""
        self._free += 1
        self._running[name] -= 1
        if not self._running[name]:
            del self._running[name]
        return self._next()

    def give_up(self, name: str, who: T) -> bool:
        """Take *who* out of the line; False when they are not in it, so have a place."""
        line = self._lines.get(name)
        if line is None or who not in line:
            return False
        line.remove(who)
        if not line:
            del self._lines[name]
        return True

    def _next(self) -> list[T]:
        """Give out what is free, one to each function in turn."""
        served: list[T] = []
        while (name := next(filter(self._may, self._lines), None)) is not None:
            line = self._lines[name]
            served.append(line.popleft())
            self._take(name)
            if line:
                self._lines.move_to_end(name)
            else:
                del self._lines[name]
        return served

    def _may(self, name: str) -> bool:
        return self._free > 0 and self._running.get(name, 0) < self._share

    def _take(self, name: str) -> None:
        self._free -= 1
        self._running[name] = self._running.get(name, 0) + 1


class RunQueue:
    """Lets callers wait for their turn, up to half a minute."""

    def __init__(
        self, bells: Bells, *, at_once: int, line: int, longest: timedelta = LONGEST_WAIT
    ) -> None:
        self._turns = Turns[Bell](at_once=at_once, line=line)
        self._bells = bells
        self._longest = longest
        self._stopping: Bell | None = None
        self._waiters: set[Bell] = set()

    @property
    def running(self) -> int:
        """How many runs go on."""
        return self._turns.running

    def waiting(self) -> dict[str, int]:
        """Return how many calls wait, for each function that has any waiting."""
        return self._turns.waiting()

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncGenerator[None]:
        """Hold a place while the block runs; raises LimitExceeded, SandboxUnavailable."""
        await self._enter(name)
        try:
            yield
        finally:
            self._leave(name)

    async def drain(self, at_most: timedelta) -> bool:
        """Take nobody in any more, and wait for the runs; say whether all have ended."""
        if self._stopping is None:
            self._stopping = self._bells()
        for bell in self._waiters:
            bell.ring()
        if self.running:
            await self._stopping.wait(at_most)
        return not self.running

    async def _enter(self, name: str) -> None:
        if self._stopping is not None:
            raise _stopping()
        bell = self._bells()
        entered = self._turns.enter(name, bell)
        if entered is None:
            raise _full(f"Too many calls of {name} wait already.")
        if entered:
            return
        self._waiters.add(bell)
        try:
            await bell.wait(self._longest)
        except BaseException:
            # Whoever is cancelled just when they were served passes their place on.
            if not self._turns.give_up(name, bell):
                self._leave(name)
            raise
        finally:
            self._waiters.discard(bell)
        if self._turns.give_up(name, bell):
            if self._stopping is not None:
                raise _stopping()
            raise _full(f"The call of {name} waited too long for its turn.")

    def _leave(self, name: str) -> None:
        for bell in self._turns.leave(name):
            bell.ring()
        if self._stopping is not None and not self.running:
            self._stopping.ring()


def _full(message: str) -> LimitExceeded:
    return LimitExceeded(
        message, retry_after=_COME_AGAIN, hint="Call again a little later, or less often."
    )


def _stopping() -> SandboxUnavailable:
    return SandboxUnavailable(
        "The server is about to stop.", retryable=True, hint="Call again in some seconds."
    )
