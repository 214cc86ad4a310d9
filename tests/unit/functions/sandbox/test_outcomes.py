"""A run's end is judged by its last word, its death and the clock, in the right order."""

import signal
from datetime import timedelta

import pytest

from callingcard.functions.model.manifest import MIB, Limits
from callingcard.functions.model.runs import Failure, RunState
from callingcard.functions.sandbox.frames import Done, Failed, Violation
from callingcard.functions.sandbox.outcomes import cpu_seconds, judge
from callingcard.functions.sandbox.zygotes import Ended

LIMITS = Limits(wall=timedelta(seconds=2), memory_bytes=64 * MIB)
FAILURE = Failure("ValueError", "no")


def ended(status: int = 0, *, cpu: float = 0.0, mib: int = 1) -> Ended:
    """Return a death."""
    return Ended(status, timedelta(seconds=cpu), mib * MIB)


def test_a_result_is_a_success_whatever_came_after():
    """We kill every run after its last word, so how it died says nothing."""
    verdict = judge(Done(7), ended(-signal.SIGKILL), LIMITS, late=False)
    assert (verdict.state, verdict.value, verdict.failure) == (RunState.SUCCEEDED, 7, None)


def test_the_clock_comes_first():
    """A run that was late has timed out."""
    verdict = judge(None, ended(-signal.SIGKILL, mib=100), LIMITS, late=True)
    assert (verdict.state, verdict.failure) == (
        RunState.TIMED_OUT,
        Failure("Timeout", "it took over 2 s"),
    )


def test_a_failure_is_passed_on():
    """What the run says of itself counts."""
    said = Failed(RunState.TOO_LARGE, FAILURE)
    verdict = judge(said, ended(), LIMITS, late=False)
    assert (verdict.state, verdict.failure) == (RunState.TOO_LARGE, FAILURE)


def test_a_violation_is_a_crash():
    """With the reason, for the author."""
    verdict = judge(Violation("it wrote junk"), ended(), LIMITS, late=False)
    assert verdict.failure == Failure("Crash", "it wrote junk")


@pytest.mark.parametrize(
    ("death", "state", "words"),
    [
        (ended(0), RunState.CRASHED, "status 0"),
        (ended(3), RunState.CRASHED, "status 3"),
        (ended(-signal.SIGSEGV), RunState.CRASHED, "SIGSEGV"),
        (ended(-63), RunState.CRASHED, "63"),
        (ended(-signal.SIGKILL), RunState.CRASHED, "SIGKILL"),
        (ended(-signal.SIGKILL, cpu=2.9), RunState.TIMED_OUT, "2 s"),
        (ended(-signal.SIGKILL, mib=63), RunState.OUT_OF_MEMORY, "64 MiB"),
        (None, RunState.CRASHED, "lost"),
    ],
)
def test_a_death_without_a_word(death: Ended | None, state: RunState, words: str):
    """The kernel kills for time and for memory; everything else is a crash."""
    verdict = judge(None, death, LIMITS, late=False)
    assert verdict.state is state
    assert verdict.failure is not None
    assert words in verdict.failure.message


def test_processor_time_is_the_time_there_is():
    """Rounded up, since the kernel counts whole seconds."""
    assert cpu_seconds(Limits(wall=timedelta(seconds=0.2))) == 1
    assert cpu_seconds(Limits(wall=timedelta(seconds=5))) == 6
