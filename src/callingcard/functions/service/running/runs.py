"""History as it is looked at, replayed, kept within bounds, and forgotten."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callingcard.functions.errors import UnknownRun
from callingcard.functions.model.activity import Activity
from callingcard.functions.model.runs import Run, RunVisitor
from callingcard.functions.model.values import FunctionName, Json
from callingcard.functions.ports.runs import (
    History,
    Journal,
    Kept,
    RunCare,
    RunFilter,
    RunNumbers,
    RunPage,
    RunSink,
    Trials,
)
from callingcard.functions.service.running.invoke import Invoker
from callingcard.functions.service.running.run_calls import Call, Finished
from callingcard.functions.service.running.run_seals import RunSeals
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

LONGEST_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much history is kept."""

    oldest: timedelta = timedelta(days=30)
    most: int = 10_000
    """Of one function."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where history is: what looks, what writes, what keeps it in order."""

    history: History
    journal: Journal
    care: RunCare
    numbers: RunNumbers
    seals: RunSeals


class RunDesk:
    """Looks after the runs there were."""

    def __init__(
        self,
        archive: Archive,
        invoker: Invoker,
        trials: Trials,
        *,
        clock: Clock,
        node: str,
        bounds: Bounds | None = None,
    ) -> None:
        self._archive = archive
        self._invoker = invoker
        self._trials = trials
        self._clock = clock
        self._node = node
        self._bounds = bounds or Bounds()
        self._sinks: list[RunSink] = []

    def tell_lost(self, sink: RunSink) -> None:
        """Tell *sink* of runs that are found to be lost, which no journal wrote an end for."""
        self._sinks.append(sink)

    async def get(self, run_id: str) -> Kept:
        """Return one run with everything that is kept of it; raises UnknownRun."""
        await self._archive.journal.flush()
        kept = await self._archive.history.get(run_id)
        if kept is None:
            raise UnknownRun("There is no such run, or history has let go of it.")
        return kept

    async def page(self, wanted: RunFilter, *, cursor: str = "", limit: int = 50) -> RunPage:
        """Return the next runs, newest first; raises Invalid for a bad cursor."""
        await self._archive.journal.flush()
        limit = min(max(limit, 1), LONGEST_PAGE)
        return await self._archive.history.page(wanted, cursor=cursor, limit=limit)

    async def ended(self, function: str, *, since: datetime, but: str) -> Sequence[Kept]:
        """Return what other nodes than *but* ended since then, for live streams."""
        return await self._archive.history.ended(function, since=since, but=but)

    async def activity(
        self, names: Collection[str], now: datetime
    ) -> Mapping[FunctionName, Activity]:
        """Return the last day of each of these functions."""
        return await self._archive.numbers.activity(names, now)

    async def run(
        self,
        name: str,
        source: str | None,
        arguments: Mapping[str, Json],
        *,
        by: str,
        visitor: RunVisitor | None = None,
        idempotency_key: str = "",
    ) -> Finished:
        """Run a draft, or without a *source* what is deployed, as the editor does.

        A run that failed is returned. Raises Invalid with the draft's findings.
        """
        version = None if source is None else await self._trials.trial(name, source)
        call = Call(
            function=name,
            arguments=arguments,
            trigger="editor",
            caller=by,
            visitor=visitor,
            idempotency_key=f"editor {by} {idempotency_key}" if idempotency_key else "",
            version=version,
        )
        return await self._invoker.attempt(call)

    async def replay(self, run_id: str, *, by: str, idempotency_key: str = "") -> Finished:
        """Run the version that counts now with the true input of an earlier run.

        Raises UnknownRun, UnknownFunction, and Conflict when the input cannot be opened.
        """
        kept = await self.get(run_id)
        arguments, visitor = self._archive.seals.open_input(kept.run.id, kept.sealed)
        call = Call(
            function=kept.run.function,
            arguments=arguments,
            trigger="replay",
            caller=by,
            visitor=visitor,
            idempotency_key=f"replay {run_id} {idempotency_key}" if idempotency_key else "",
            replay_of=kept.run.id,
        )
        return await self._invoker.attempt(call)

    async def start(self, *, alone: bool) -> None:
        """Begin to live, and give up what an earlier process left running.

        *alone* says that no other server can be on this database, as with SQLite.
        """
        await self._archive.care.beat(self._node, self._clock.now())
        await self._lose(alone=alone)

    async def beat(self) -> None:
        """Say that this node lives, and give up the runs of those that do not.

        Call it every ten seconds: after thirty without, others take this node for dead.
        """
        await self._archive.care.beat(self._node, self._clock.now())
        await self._lose(alone=False)

    async def sweep(self, now: datetime) -> int:
        """Let go of what history need not keep; return how many rows went."""
        bounds = self._bounds
        return await self._archive.care.sweep(now, oldest=bounds.oldest, most=bounds.most)

    async def forget(self, *, email: str = "", user_id: str = "") -> int:
        """Remove every run that is about one person; return how many.

        A run of theirs that goes on meanwhile is written down when it ends.
        """
        await self._archive.journal.flush()
        people = self._archive.seals.named(email=email, user_id=user_id)
        return await self._archive.care.forget(people) if people else 0

    async def about(
        self, *, email: str = "", user_id: str = ""
    ) -> Sequence[Mapping[str, Json]]:
        """Return every run that is about one person, as history shows it, oldest first."""
        await self._archive.journal.flush()
        people = self._archive.seals.named(email=email, user_id=user_id)
        found = await self._archive.care.about(people) if people else ()
        return [_told(kept.run) for kept in found]

    async def _lose(self, *, alone: bool) -> None:
        now = self._clock.now()
        for kept in await self._archive.care.lose(now, node=self._node, alone=alone):
            for sink in self._sinks:
                await sink.run_finished(kept.run)


def _told(run: Run) -> Mapping[str, Json]:
    """Return a run for whom it is about: without its log, which is its author's."""
    return {
        "id": run.id,
        "function": run.function,
        "trigger": run.trigger,
        "state": run.state.value,
        "started_at": rfc3339(run.started_at),
        "input": run.input,
        "output": run.output,
    }
