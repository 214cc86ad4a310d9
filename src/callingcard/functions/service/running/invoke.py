"""One call of a function, from its arguments to its answer and its place in history.

The order is the promise: what is wrong with a call is told before anything starts; a call
waits its turn; it runs on the version that counted when it came; and however it ends, the
end is handed to history before the caller hears of it.

Invariant: a run is recorded as successful only when the sandbox said that it returned.
Invariant: what history gets was redacted; the true input and result are there sealed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from callingcard.errors import CallingcardError, Conflict, Invalid, TooLarge, UpstreamError
from callingcard.functions.errors import SandboxUnavailable, UnknownRun
from callingcard.functions.model.manifest import OnError
from callingcard.functions.model.runs import (
    Failure,
    Run,
    RunState,
)
from callingcard.functions.model.values import FunctionName, Json, RunId
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.calls import StorageCalls
from callingcard.functions.ports.connectors import ConnectorCalls
from callingcard.functions.ports.runs import (
    Answered,
    Bells,
    Deployed,
    Environments,
    Fingerprint,
    History,
    Journal,
    Kept,
    RunKeys,
    RunNews,
)
from callingcard.functions.ports.sandbox import Outcome, Sandbox, Task
from callingcard.functions.service.running.broker import RunBroker
from callingcard.functions.service.running.parameters import check_arguments, named
from callingcard.functions.service.running.queue import LONGEST_WAIT, RunQueue
from callingcard.functions.service.running.redaction import Redactor
from callingcard.functions.service.running.run_calls import Call, Finished, error_of
from callingcard.functions.service.running.run_seals import RunSeals
from callingcard.kit.clock import Clock, stopwatch
from callingcard.kit.ids import random_id

_LOOK_AGAIN: Final = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class House:
    """What invoking stands on."""

    deployed: Deployed
    environments: Environments
    sandbox: Sandbox
    connectors: ConnectorCalls
    storage: StorageCalls
    journal: Journal
    history: History
    keys: RunKeys
    news: RunNews
    fingerprint: Fingerprint
    seals: RunSeals
    bells: Bells
    clock: Clock
    node: str
    """The name of this process, a new one at each start."""
    new_id: Callable[[], str] = lambda: random_id("run_")


@dataclass(slots=True)
class _Live:
    """A run under way."""

    version: Version
    call: Call
    arguments: Mapping[str, Json]
    kept: Kept
    redactor: Redactor
    partial: str = ""
    """The line of log that is not ended yet."""


class Invoker:
    """Runs functions, for whoever may; who that is, is decided outside."""

    def __init__(self, house: House, queue: RunQueue) -> None:
        self._house = house
        self.queue = queue
        self._living: set[RunId] = set()

    async def invoke(self, call: Call) -> Finished:
        """Run a function; raises FunctionError when the run failed, unless ``on_error`` helps.

        Also raises UnknownFunction, Invalid, LimitExceeded and SandboxUnavailable, before
        anything was run.
        """
        version = call.version or await self._house.deployed.current(call.function)
        finished = await self._attempt(call, version)
        error = finished.problem or error_of(finished.run)
        if error is None:
            return finished
        return await self._fall_back(call, version, finished, error)

    async def attempt(self, call: Call) -> Finished:
        """Run a function; a run that failed is returned as it is, and not raised."""
        version = call.version or await self._house.deployed.current(call.function)
        finished = await self._attempt(call, version)
        if finished.problem is not None:
            raise finished.problem
        return finished

    async def _attempt(self, call: Call, version: Version) -> Finished:
        """Check, wait, run; what keeps a run from starting is raised."""
        house = self._house
        arguments = self._checked(call, version)
        environment = await house.environments(version.lock) if version.lock else ""
        asked = stopwatch()
        async with self.queue.turn(version.function):
            live = self._begin(call, version, arguments, stopwatch() - asked)
            other = await self._write_start(live)
            if other is None:
                return await self._run(live, environment)
        return await self._repeated(call, version, other)

    async def beat(self) -> None:
        """Keep the leases of the runs that live; call it every three seconds."""
        if self._living:
            await self._house.storage.beat(frozenset(self._living))

    def _given(self, call: Call, version: Version) -> Mapping[str, Json]:
        """Return the arguments that a call has for ``main``."""
        if call.trigger in {"event", "schedule"}:
            return named(version.schema, call.arguments)
        return call.arguments

    def _checked(self, call: Call, version: Version) -> Mapping[str, Json]:
        """Return the arguments that ``main`` gets; raises TooLarge, Invalid."""
        arguments = self._given(call, version)
        most = version.manifest.limits.input_bytes
        try:
            size = len(json.dumps(arguments, ensure_ascii=False, allow_nan=False).encode())
        except (ValueError, RecursionError):
            raise Invalid("The arguments are no JSON that everybody reads alike.") from None
        if size > most:
            raise TooLarge(f"The arguments are larger than {most} bytes.")
        check_arguments(version, arguments)
        return arguments

    def _begin(
        self, call: Call, version: Version, arguments: Mapping[str, Json], queued: float
    ) -> _Live:
        """Return the run that is about to start."""
        house = self._house
        redactor = Redactor(version.manifest.sensitive)
        redactor.learn_visitor(call.visitor)
        run_id = RunId(house.new_id())
        extra = {"caller": call.caller, **call.extra} if call.caller else dict(call.extra)
        run = Run(
            id=run_id,
            function=FunctionName(version.function),
            version=version.id,
            trigger=call.trigger,
            state=RunState.RUNNING,
            started_at=house.clock.now(),
            input=redactor.value(arguments),
            queued=timedelta(seconds=queued),
            node=house.node,
            replay_of=call.replay_of,
            extra=extra,
        )
        kept = Kept(
            run,
            number=version.number or None,
            people=house.seals.people(call.visitor, arguments),
            sealed=house.seals.seal_input(run_id, arguments, call.visitor),
        )
        return _Live(version, call, arguments, kept, redactor)

    async def _write_start(self, live: _Live) -> RunId | None:
        """Write the start down; return the run that has the call's key already, if any."""
        house, key = self._house, live.call.idempotency_key
        if not key:
            house.journal.started(live.kept)
            return None
        hashed = house.seals.key(key)
        try:
            return await house.keys.claim(live.version.function, hashed, live.kept)
        except BaseException:
            # It may be on the disk all the same; nothing ran, and nobody will end it.
            lost = Failure("Lost", "The caller went away before the run began.")
            run = replace(live.kept.run, state=RunState.LOST, failure=lost)
            house.journal.ended(replace(live.kept, run=run))
            raise

    async def _run(self, live: _Live, environment: str) -> Finished:
        """Run what was begun, and write down how it ended."""
        house, run, version = self._house, live.kept.run, live.version
        broker = RunBroker(
            run.id,
            version,
            connectors=house.connectors,
            storage=house.storage,
            redactor=live.redactor,
        )
        if version.manifest.storage:
            self._living.add(run.id)
        house.news.run(live.kept)
        problem: UpstreamError | None = None
        outcome = Outcome(
            RunState.LOST, failure=Failure("Lost", "The server ended the run before its end.")
        )
        try:
            outcome = await house.sandbox.run(
                _task(live, environment), broker, on_log=lambda text: self._said(live, text)
            )
        except SandboxUnavailable as error:
            problem = error
            failure = Failure(type(error).__name__, error.message)
            outcome = Outcome(RunState.CRASHED, failure=failure)
        finally:
            self._living.discard(run.id)
            # Not after the next await: whoever is cancelled there has ended all the same.
            kept = self._end(live, broker, outcome)
            await broker.close()
        return Finished(kept, outcome.value, problem=problem)

    def _end(self, live: _Live, broker: RunBroker, outcome: Outcome) -> Kept:
        """Hand the end of a run to history and to those who look on."""
        succeeded = outcome.state is RunState.SUCCEEDED
        redactor = live.redactor
        output = redactor.value(outcome.value) if succeeded else None
        self._said(live, "\n" if live.partial else "")
        run = replace(
            live.kept.run,
            state=outcome.state,
            output=output,
            log=redactor.text(outcome.log),
            calls=broker.records,
            failure=None if succeeded else redactor.failure(outcome.failure),
            duration=outcome.duration,
            cpu=outcome.cpu,
            memory_bytes=outcome.memory_bytes,
            start="none" if outcome.state is RunState.LOST else outcome.start,
        )
        if not succeeded:
            run = replace(run, fingerprint=self._house.fingerprint(run))
        kept = replace(live.kept, run=run)
        self._house.journal.ended(kept, self._answered(live, outcome))
        self._house.news.run(kept)
        return kept

    def _answered(self, live: _Live, outcome: Outcome) -> Answered | None:
        """Return what has to be known of the result later, if anything."""
        call, seals = live.call, self._house.seals
        stale = live.version.manifest.on_error is OnError.STALE and call.trigger == "http"
        if outcome.state is not RunState.SUCCEEDED or not (stale or call.idempotency_key):
            return None
        people = live.kept.people
        return Answered(
            key=seals.key(call.idempotency_key) if call.idempotency_key else "",
            question=seals.question(call.visitor, live.arguments) if stale else "",
            person=people[0] if people else "",
            sealed=seals.seal_answer(live.kept.run.id, outcome.value),
        )

    def _said(self, live: _Live, text: str) -> None:
        """Tell whole lines to those who look on: half a line may hold half a secret."""
        if not text or not self._house.news.watched(live.version.function):
            return
        whole, newline, rest = (live.partial + text).rpartition("\n")
        live.partial = rest[-live.version.manifest.limits.log_bytes :]
        if newline:
            at, run = self._house.clock.now(), live.kept.run
            self._house.news.log(run.function, run.id, at, live.redactor.text(whole))

    async def _repeated(self, call: Call, version: Version, run_id: RunId) -> Finished:
        """Return the run that an earlier call with this key started, once it has ended."""
        house = self._house
        patience = version.manifest.limits.wall + LONGEST_WAIT
        began = stopwatch()
        while stopwatch() - began < patience.total_seconds():
            await house.journal.flush()
            kept = await house.history.get(run_id)
            if kept is None:
                raise UnknownRun("History has let go of the run with this idempotency key.")
            self._same_question(call, version, kept)
            if kept.run.state is not RunState.RUNNING:
                return await self._answer_again(call, version, kept)
            await house.bells().wait(_LOOK_AGAIN)
        raise Conflict(
            "The first call with this idempotency key still runs.", hint="Ask again later."
        )

    def _same_question(self, call: Call, version: Version, kept: Kept) -> None:
        """Raise Conflict when a key that was used comes back with something else."""
        seals = self._house.seals
        asked = seals.question(call.visitor, self._given(call, version))
        arguments, visitor = seals.open_input(kept.run.id, kept.sealed)
        if seals.question(visitor, arguments) != asked:
            raise Conflict(
                "This idempotency key was used with other arguments.",
                hint="Make a new key for each new call.",
            )

    async def _answer_again(self, call: Call, version: Version, kept: Kept) -> Finished:
        """Return the result of a run that has ended."""
        seals = self._house.seals
        if kept.run.state is not RunState.SUCCEEDED:
            return Finished(kept, repeated=True)
        sealed = await self._house.keys.answer(
            version.function, seals.key(call.idempotency_key)
        )
        if sealed is None:
            raise Conflict("The call with this idempotency key succeeded; its result is gone.")
        return Finished(kept, seals.open_answer(kept.run.id, sealed), repeated=True)

    async def _fall_back(
        self,
        call: Call,
        version: Version,
        finished: Finished,
        error: CallingcardError,
    ) -> Finished:
        """Return what ``on_error`` has for the caller; raises *error* when it has nothing."""
        on_error = version.manifest.on_error
        if call.trigger != "http" or on_error is OnError.FAIL:
            raise error
        if on_error is OnError.ANONYMOUS:
            return replace(finished, value=None, fallback="anonymous")
        seals = self._house.seals
        question = seals.question(call.visitor, call.arguments)
        last = await self._house.keys.last(version.function, question)
        if last is None:
            raise error
        return replace(finished, value=seals.open_answer(*last), fallback="stale")


def _task(live: _Live, environment: str) -> Task:
    """Return what the sandbox is to do."""
    version, manifest = live.version, live.version.manifest
    return Task(
        run=live.kept.run.id,
        function=version.function,
        source=version.source,
        arguments=live.arguments,
        environment=environment,
        visitor=live.call.visitor,
        connectors=manifest.connectors,
        storage=manifest.storage,
        limits=manifest.limits,
    )
