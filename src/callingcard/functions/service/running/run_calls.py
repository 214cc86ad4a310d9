"""A wish to run a function, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from callingcard.errors import FunctionError, UpstreamError
from callingcard.functions.errors import (
    Crashed,
    OutOfMemory,
    OutputRefused,
    Raised,
    TimedOut,
)
from callingcard.functions.model.runs import Run, RunState, RunVisitor, TriggerKind
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.runs import Kept

_ERRORS: Final[Mapping[RunState, tuple[type[FunctionError], str]]] = {
    RunState.RAISED: (Raised, "The function raised an exception."),
    RunState.TIMED_OUT: (TimedOut, "The function took longer than it may."),
    RunState.OUT_OF_MEMORY: (OutOfMemory, "The function needed more memory than it may use."),
    RunState.CRASHED: (Crashed, "The function's process ended before it had answered."),
    RunState.TOO_LARGE: (OutputRefused, "The function returned more than it may, or no JSON."),
    RunState.LOST: (Crashed, "Nobody knows how the run ended."),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One wish to run a function."""

    function: str
    arguments: Mapping[str, Json] = field(repr=False)
    trigger: TriggerKind
    caller: str = ""
    """``key ID``, ``agent ID``, ``public`` …: who asks, for the run's *extra*."""
    visitor: RunVisitor | None = None
    idempotency_key: str = field(default="", repr=False)
    """Calls of one function with one key run once in 24 hours."""
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    version: Version | None = None
    """What to run instead of the version that counts, such as a draft."""
    replay_of: RunId | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that ended, and what the caller gets."""

    kept: Kept
    value: Json = field(default=None, repr=False)
    fallback: Literal["", "anonymous", "stale"] = ""
    """How the value was come by, when the run failed and ``on_error`` says so."""
    problem: UpstreamError | None = None
    """Why nothing could be run on this machine."""
    repeated: bool = False
    """Whether the run is that of an earlier call with the same idempotency key."""

    @property
    def run(self) -> Run:
        """The run as history keeps it."""
        return self.kept.run


def error_of(run: Run) -> FunctionError | None:
    """Return what the caller of a failed run is told: no internals, and where to look."""
    if run.state not in _ERRORS:
        return None
    kind, message = _ERRORS[run.state]
    hint = "Its author finds the reason among the function's runs."
    return kind(message, run_id=run.id, hint=hint)
