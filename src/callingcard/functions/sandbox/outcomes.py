"""What became of a run: its words, its death and our clock, made one verdict."""

import signal
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from callingcard.functions.model.manifest import MIB, Limits
from callingcard.functions.model.runs import Failure, RunState
from callingcard.functions.model.values import Json
from callingcard.functions.sandbox.frames import Done, Failed, Violation
from callingcard.functions.sandbox.zygotes import Ended

_NEARLY: Final = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """The part of an outcome that has to be judged."""

    state: RunState
    value: Json = None
    failure: Failure | None = None


def judge(
    said: Done | Failed | Violation | None, ended: Ended | None, limits: Limits, *, late: bool
) -> Verdict:
    """Say how a run went.

    *said* is its last word; None when it ended without one. *late* says that its time was
    up before it said anything.
    """
    if late:
        return _timed_out(limits)
    if isinstance(said, Done):
        return Verdict(RunState.SUCCEEDED, said.value)
    if isinstance(said, Failed):
        return Verdict(said.state, failure=said.failure)
    if isinstance(said, Violation):
        return _crashed(str(said))
    if ended is None:
        return _crashed("the process that the function ran in was lost")
    return _died(ended, limits)


def cpu_seconds(limits: Limits) -> int:
    """Return how much processor time a run may use: all of its time on one processor."""
    return int(limits.wall / timedelta(seconds=1)) + 1


def _died(ended: Ended, limits: Limits) -> Verdict:
    """Judge a death without a last word."""
    if ended.status == -signal.SIGKILL:
        # The kernel kills for two reasons, and does not say for which.
        if ended.cpu >= timedelta(seconds=cpu_seconds(limits)) * _NEARLY:
            return _timed_out(limits)
        if ended.memory_bytes >= limits.memory_bytes * _NEARLY:
            return Verdict(RunState.OUT_OF_MEMORY, failure=out_of_memory(limits))
    if ended.status < 0:
        return _crashed(f"the function's process was ended by signal {_signal(-ended.status)}")
    return _crashed(
        f"the function's process ended with status {ended.status} and without a result"
    )


def out_of_memory(limits: Limits) -> Failure:
    """Return what the author is told when memory ran out."""
    return Failure("OutOfMemory", f"it needed more than {limits.memory_bytes // MIB} MiB")


def _timed_out(limits: Limits) -> Verdict:
    seconds = limits.wall / timedelta(seconds=1)
    return Verdict(
        RunState.TIMED_OUT, failure=Failure("Timeout", f"it took over {seconds:g} s")
    )


def _crashed(message: str) -> Verdict:
    return Verdict(RunState.CRASHED, failure=Failure("Crash", message))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
