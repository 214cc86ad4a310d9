"""A worker: takes up jobs that are due, a few at a time, and keeps them while it works.

It knows no job: *source* hands them out, does them and takes them back. Beside the jobs
it calls *beats*, which look at the clock and at what happened.

Invariant: a beat or a job that fails stops neither the worker nor the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final, Generic, Protocol, Self, TypeVar

import structlog

AT_ONCE: Final = 8
EVERY: Final = timedelta(seconds=1)
RENEW_EVERY: Final = timedelta(seconds=10)

logger = structlog.get_logger("callingcard.jobs")


class _Identified(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...


J = TypeVar("J", bound=_Identified)
Beat = Callable[[], Awaitable[object]]


class Source(Protocol[J]):
    """Where jobs come from, and where it is known how each is done."""

    async def due(self, limit: int) -> Sequence[J]:
        """Return jobs to do now, lent to us for a while."""
        ...

    async def perform(self, job: J) -> None:
        """Do *job* and note that it is done."""
        ...

    async def stumbled(self, job: J) -> bool:
        """Note that doing *job* failed in a way that nobody foresaw."""
        ...

    async def renew(self, job: J) -> bool:
        """Keep *job* for longer; False when another has it now."""
        ...


class Worker(Generic[J]):
    """Works while its block runs: ``async with Worker(source, beats):``."""

    def __init__(
        self,
        source: Source[J],
        beats: Mapping[str, Beat],
        *,
        at_once: int = AT_ONCE,
        every: timedelta = EVERY,
    ) -> None:
        """Do at most *at_once* jobs at the same time, and look for more *every* so often."""
        self._source = source
        self._beats = beats
        self._at_once = at_once
        self._every = every.total_seconds()
        self._doing: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._main: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to work, in the background."""
        self._main = asyncio.create_task(self._work(), name="jobs")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what was not done is taken up by another worker, or after a restart."""
        tasks = [*self._doing, *([self._main] if self._main else [])]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    def wake(self) -> None:
        """Look for work now, and not only when it is time to."""
        self._news.set()

    async def _work(self) -> None:
        while True:
            for name, beat in self._beats.items():
                await self._beat(name, beat)
            await self._take_up()
            # Not wait_for: in Python 3.11 it can swallow being cancelled, and we never stop.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._news.wait()
            self._news.clear()

    async def _beat(self, name: str, beat: Beat) -> None:
        """Call *beat*, and go on after a fault: this is the job edge."""
        try:
            await beat()
        except Exception:
            logger.exception("beat failed", beat=name)

    async def _take_up(self) -> None:
        """Take up as many jobs as there is room for."""
        free = self._at_once - len(self._doing)
        if free <= 0:
            return
        try:
            jobs = await self._source.due(free)
        except Exception:
            logger.exception("no jobs can be taken up")
            return
        for job in jobs:
            task = asyncio.create_task(self._do(job), name=f"job {job.id}")
            self._doing.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._doing.discard(task)
        self._news.set()  # its place is free, and the next of its line may be due

    async def _do(self, job: J) -> None:
        """Do *job*, keep it meanwhile, and go on after a fault: this is the job edge."""
        keeping = asyncio.create_task(self._keep(job))
        try:
            await self._source.perform(job)
        except Exception:
            logger.exception("job stumbled", job=job.id, kind=job.kind)
            await self._stumbled(job)
        finally:
            keeping.cancel()

    async def _stumbled(self, job: J) -> None:
        try:
            if not await self._source.stumbled(job):
                logger.error("job given up", job=job.id, kind=job.kind)
        except Exception:
            # Its loan ends by itself, and then it is taken up again.
            logger.exception("job not given back", job=job.id, kind=job.kind)

    async def _keep(self, job: J) -> None:
        """Renew the loan of *job* until it is done."""
        while True:
            await asyncio.sleep(RENEW_EVERY.total_seconds())
            try:
                if not await self._source.renew(job):
                    return
            except Exception:
                logger.exception("job not kept", job=job.id, kind=job.kind)
