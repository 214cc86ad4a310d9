"""How a job is done: by the handler of its kind, again when that asks for it.

Invariant: a job that was added is done or given up, whichever process dies meanwhile.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from callingcard.functions.model.jobs import Job
from callingcard.functions.ports.units import Units
from callingcard.kit.clock import Clock

LOAN: Final = timedelta(seconds=30)
"""How long a worker may be silent before another takes its job up."""

KEPT: Final = timedelta(days=2)
"""How long the id of a job that ended is remembered."""

_MOST_STUMBLES: Final = 10
_STUMBLE_WAIT: Final = timedelta(seconds=30)

Handler: TypeAlias = Callable[[Job], Awaitable[None]]
"""Does a job, at least once; raises TryAgain when it should be done later once more."""


class TryAgain(Exception):
    """A job could not be done now, and is to be tried again *after* a while."""

    def __init__(self, after: timedelta) -> None:
        super().__init__("later")
        self.after = after


class JobDesk:
    """Hands out jobs that are due and has them done; a worker asks it."""

    def __init__(self, units: Units, handlers: Mapping[str, Handler], *, clock: Clock) -> None:
        """Do the jobs of each kind by its handler."""
        self._units = units
        self._handlers = handlers
        self._clock = clock

    async def due(self, limit: int) -> Sequence[Job]:
        """Return jobs to do now; they are the caller's until the loan is over."""
        now = self._clock.now()
        async with self._units.reading() as unit:
            if not await unit.jobs.waiting(now):
                return ()
        async with self._units.writing() as unit:
            return await unit.jobs.take(now, until=now + LOAN, limit=limit)

    async def perform(self, job: Job) -> None:
        """Do *job*; raises what its handler did not foresee, see ``stumbled``."""
        try:
            await self._handlers[job.kind](job)
        except TryAgain as later:
            async with self._units.writing() as unit:
                await unit.jobs.again(job, self._clock.now() + later.after)
            return
        async with self._units.writing() as unit:
            await unit.jobs.end(job, now=self._clock.now())

    async def stumbled(self, job: Job) -> bool:
        """Try *job* again later, after a fault of ours; False when it is given up."""
        now = self._clock.now()
        async with self._units.writing() as unit:
            if job.attempt >= _MOST_STUMBLES:
                await unit.jobs.end(job, now=now)
                return False
            await unit.jobs.again(job, now + _STUMBLE_WAIT * job.attempt)
            return True

    async def renew(self, job: Job) -> bool:
        """Keep *job* for longer; False when another has taken it up."""
        async with self._units.writing() as unit:
            return await unit.jobs.renew(job, self._clock.now() + LOAN)

    async def sweep(self) -> int:
        """Forget jobs that ended a while ago; return how many."""
        async with self._units.writing() as unit:
            return await unit.jobs.sweep(self._clock.now() - KEPT)

    async def forget(self, lines: Sequence[str]) -> int:
        """Forget what was to be told of these lines of events, which may hold messages.

        A line is such as ``conversation 512``. Return how many jobs went.
        """
        async with self._units.writing() as unit:
            return await unit.jobs.forget(lines)
