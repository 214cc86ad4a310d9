"""The shapes of the runs' pages. Times are ISO 8601, durations milliseconds."""

from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from pydantic import Field

from callingcard.functions.api.shapes import Given, Shape
from callingcard.functions.model.runs import RunState, TriggerKind
from callingcard.functions.ports.runs import Kept
from callingcard.functions.service.running.run_calls import Finished

TRIGGERS = get_args(TriggerKind)


class RunError(Shape):
    """Why a run failed, in a line."""

    type: str
    message: str


class RunRow(Shape):
    """A run in a list."""

    id: str
    function: str
    version: str
    version_number: int | None = Field(description="Null for a draft.")
    trigger: TriggerKind
    state: RunState
    started_at: datetime
    duration_ms: float | None = Field(description="Null while it runs.")
    start: Literal["warm", "cold", "none"]
    error: RunError | None
    fingerprint: str | None


class CallShown(Shape):
    """One call to a connector or to storage."""

    kind: Literal["connector", "storage"]
    name: str
    operation: str
    status: int | None
    start_ms: float
    duration_ms: float
    error: str | None


class FrameShown(Shape):
    """One line of a traceback."""

    line: int
    function: str
    text: str
    module: str


class RunShown(RunRow):
    """A run with everything that history keeps."""

    input: Any
    output: Any
    log: str
    calls: list[CallShown]
    queue_ms: float
    cpu_ms: float
    memory_bytes: int
    frames: list[FrameShown]
    replay_of: str | None
    extra: dict[str, str]


class RunMade(RunShown):
    """A run just made, with what it returned: that is for who ran it, and not kept."""

    result: Any


class RunsShown(Shape):
    """Some runs, newest first; *next* is the cursor of those before."""

    runs: list[RunRow]
    next: str | None


class VisitorGiven(Given):
    """Whom a trial run plays."""

    email: str = Field(default="", max_length=254)
    user_id: str = Field(default="", max_length=200)
    first_name: str = Field(default="", max_length=200)
    last_name: str = Field(default="", max_length=200)


class RunGiven(Given):
    """What to run: a source, or what is deployed when there is none."""

    source: str | None = Field(default=None, max_length=256 * 1024)
    arguments: dict[str, Any] = Field(default_factory=dict)
    visitor: VisitorGiven | None = None
    idempotency_key: str | None = Field(default=None, max_length=255)


class ReplayGiven(Given):
    """How to replay a run."""

    idempotency_key: str | None = Field(default=None, max_length=255)


def row_shown(kept: Kept) -> RunRow:
    """Return a run as lists show it."""
    return RunRow(**_row(kept))


def run_shown(kept: Kept) -> RunShown:
    """Return a run with everything that is kept of it."""
    return RunShown(**_row(kept), **_detail(kept))


def run_made(finished: Finished) -> RunMade:
    """Return a run just made, with its true result."""
    kept = finished.kept
    return RunMade(**_row(kept), **_detail(kept), result=finished.value)


def _row(kept: Kept) -> dict[str, Any]:
    run, failure = kept.run, kept.run.failure
    return {
        "id": run.id,
        "function": run.function,
        "version": run.version,
        "version_number": kept.number,
        "trigger": run.trigger,
        "state": run.state,
        "started_at": run.started_at,
        "duration_ms": None if run.duration is None else _ms(run.duration),
        "start": run.start,
        "error": RunError(type=failure.type, message=failure.message) if failure else None,
        "fingerprint": run.fingerprint or None,
    }


def _detail(kept: Kept) -> dict[str, Any]:
    run = kept.run
    return {
        "input": run.input,
        "output": run.output,
        "log": run.log,
        "calls": [
            CallShown(
                kind=call.kind,
                name=call.name,
                operation=call.operation,
                status=call.status,
                start_ms=call.started_ms,
                duration_ms=call.duration_ms,
                error=call.error or None,
            )
            for call in run.calls
        ],
        "queue_ms": _ms(run.queued),
        "cpu_ms": _ms(run.cpu),
        "memory_bytes": run.memory_bytes,
        "frames": [
            FrameShown(line=f.line, function=f.function, text=f.text, module=f.module)
            for f in (run.failure.frames if run.failure else ())
        ],
        "replay_of": run.replay_of,
        "extra": dict(run.extra),
    }


def _ms(length: timedelta) -> float:
    return round(length / timedelta(milliseconds=1), 2)
