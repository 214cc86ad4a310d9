"""Writes history in batches: a commit takes milliseconds, a run may take one.

What is handed over is written within 50 ms, or once there are a hundred. A short run is
one row: its start and its end meet before either was written.

Invariant: what was handed over is written, in its order, or the log says that it is not.
Invariant: a sink that hangs or breaks holds up neither a run nor the writing.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from callingcard.functions.model.runs import Run
from callingcard.functions.model.values import RunId
from callingcard.functions.ports.runs import Answered, Kept, RunSink
from callingcard.functions.store.running.runs import Ended, SqlRuns

log = structlog.get_logger("callingcard.functions")

TOPIC: Final = "functions.runs"
BATCH: Final = 100
PAUSE: Final = timedelta(milliseconds=50)
FAREWELL: Final = timedelta(seconds=3)
_SINK_SECONDS: Final = 30.0
_MOST_WAITING: Final = 20_000
_RETRY_SECONDS: Final = 1.0


class RunJournal:
    """Takes what happens and writes it a little later; implements ``ports.runs.Journal``.

    *notify* is told the topic ``functions.runs`` after each batch that holds an end.
    """

    def __init__(
        self,
        store: SqlRuns,
        *,
        notify: Callable[[str], None],
        sinks: Sequence[RunSink] = (),
        pause: timedelta = PAUSE,
        farewell: timedelta = FAREWELL,
    ) -> None:
        """Write to *store*; at the end, *sinks* have *farewell* to hear the rest."""
        self._store = store
        self._notify = notify
        self._sinks = list(sinks)
        self._pause = pause.total_seconds()
        self._farewell = farewell.total_seconds()
        self._started: dict[RunId, Kept] = {}
        self._ended: list[Ended] = []
        self._full = asyncio.Event()
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._news: asyncio.Queue[Run] = asyncio.Queue(_MOST_WAITING)
        self._teller: asyncio.Task[None] | None = None

    def add_sink(self, sink: RunSink) -> None:
        """Tell *sink* too of every run that ends from now on."""
        self._sinks.append(sink)

    def started(self, kept: Kept) -> None:
        """Note that a run began."""
        self._started[kept.run.id] = kept
        self._wake()

    def ended(self, kept: Kept, answered: Answered | None = None) -> None:
        """Note how a run ended, and what has to be known of its result."""
        fresh = self._started.pop(kept.run.id, None) is not None
        self._ended.append(Ended(kept, fresh, answered))
        self._wake()

    async def flush(self) -> None:
        """Return once everything handed over until now is on the disk."""
        while self._started or self._ended or self._writing.locked():
            await self._write()

    async def close(self) -> None:
        """Write what is left, tell it, and stop."""
        await self.flush()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._farewell):
                await self._news.join()
        for task in (self._writer, self._teller):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._writer = self._teller = None

    def _wake(self) -> None:
        if len(self._started) + len(self._ended) >= BATCH:
            self._full.set()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._go())

    async def _go(self) -> None:
        """Write until nothing is left; a fault is told and tried again: the job edge."""
        while self._started or self._ended:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._full.wait()
            self._full.clear()
            try:
                await self._write()
            except Exception:
                log.exception("history cannot be written")
                self._give_up_beyond(_MOST_WAITING)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _write(self) -> None:
        """Write one batch; what could not be written is put back."""
        async with self._writing:
            started, self._started = self._started, {}
            ended, self._ended = self._ended, []
            if not started and not ended:
                return
            try:
                await self._store.write(list(started.values()), ended)
            except OperationalError:
                self._put_back(started, ended)
                raise
            except DBAPIError:
                await self._write_singly(list(started.values()), ended)
            except BaseException:
                self._put_back(started, ended)
                raise
            if ended:
                self._tell([one.kept.run for one in ended])

    def _put_back(self, started: dict[RunId, Kept], ended: list[Ended]) -> None:
        """Take a batch back that was not written, before what came meanwhile."""
        late = {one.kept.run.id: one for one in self._ended}
        for run_id in started.keys() & late.keys():
            late[run_id] = Ended(late[run_id].kept, fresh=True, answered=late[run_id].answered)
        begun = {run_id: kept for run_id, kept in started.items() if run_id not in late}
        self._started = {**begun, **self._started}
        self._ended = [*ended, *late.values()]

    async def _write_singly(self, started: list[Kept], ended: list[Ended]) -> None:
        """Write each alone, so that a row no database takes costs itself only."""
        for kept in started:
            await self._write_one(kept.run, [kept], [])
        for one in ended:
            await self._write_one(one.kept.run, [], [one])

    async def _write_one(self, run: Run, started: list[Kept], ended: list[Ended]) -> None:
        try:
            await self._store.write(started, ended)
        except SQLAlchemyError:
            log.exception("a run cannot be kept", run=run.id)

    def _give_up_beyond(self, most: int) -> None:
        """Let go of the oldest when memory would not hold them."""
        beyond = len(self._ended) - most
        if beyond > 0:
            del self._ended[:beyond]
            log.error("history lost runs", count=beyond)

    def _tell(self, ended: Sequence[Run]) -> None:
        """Tell the other nodes, and the sinks behind everybody's back."""
        self._notify(TOPIC)
        if not self._sinks:
            return
        for run in ended:
            if self._news.full():
                log.error("a run was not told", run=run.id)
            else:
                self._news.put_nowait(run)
        if self._teller is None:
            self._teller = asyncio.create_task(self._tell_sinks())

    async def _tell_sinks(self) -> None:
        """Tell each run to each sink, whatever they make of it: the job edge."""
        while True:
            run = await self._news.get()
            for sink in self._sinks:
                try:
                    async with asyncio.timeout(_SINK_SECONDS):
                        await sink.run_finished(run)
                except Exception:
                    log.exception("a run could not be told", run=run.id)
            self._news.task_done()
