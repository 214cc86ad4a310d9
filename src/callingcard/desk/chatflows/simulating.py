"""A talk that is only imagined: what a visitor would see, and why.

Nothing is called and nobody waits: a function returns what the author says that it
returns, and time is moved on to the end of each wait.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from callingcard.desk.chatflows.machine import advance
from callingcard.desk.chatflows.steps import Chatflow
from callingcard.desk.chatflows.talk import (
    Answered,
    Around,
    AwaitAnswer,
    Began,
    CallFunction,
    CallWebhook,
    Elapsed,
    Failed,
    HandOver,
    Pause,
    Replied,
    Returned,
    Say,
    Signal,
    State,
    Turn,
)
from callingcard.desk.chatflows.webhooks import read_reply
from callingcard.kit.conditions import Facts, evaluate

MAX_TURNS: Final = 500

FactsAt: TypeAlias = Callable[[datetime], Facts]
"""What is known at a moment: the office may have closed since the last one."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Somebody who might come, and what they do."""

    facts_at: FactsAt
    proven: bool
    now: datetime
    inputs: Sequence[Answered] = ()
    returns: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """By step: what its function returns or its webhook replies."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of it."""

    says: Sequence[tuple[str, Say]]
    """Who wrote each line, ``bot`` or ``visitor``, in order."""
    changes: Mapping[str, str]
    trace: Sequence[Mapping[str, Any]]
    handed_over: HandOver | None
    facts: Facts = field(repr=False)
    """What was known at the end."""
    state: State


def simulate(flow: Chatflow, scenario: Scenario) -> Simulated:
    """Let the visitor of *scenario* talk with *flow*; the trace says what each step did."""
    return _Imagined(flow, scenario).run()


class _Imagined:
    """One imagined talk."""

    def __init__(self, flow: Chatflow, scenario: Scenario) -> None:
        self._flow = flow
        self._scenario = scenario
        self._now = scenario.now
        self._inputs = list(scenario.inputs)
        self._says: list[tuple[str, Say]] = []
        self._changes: dict[str, str] = {}
        self._trace: list[Mapping[str, Any]] = []

    def run(self) -> Simulated:
        facts = self._scenario.facts_at(self._now)
        targeted = targets(self._flow, facts, proven=self._scenario.proven)
        self._trace.append({"step": None, "type": "target", "matched": targeted})
        turn = self._take(State(), Began())
        for _ in range(MAX_TURNS):
            signal = self._answer_to(turn)
            if signal is None:
                break
            turn = self._take(turn.state, signal)
        if self._inputs:
            self._trace.append({"step": None, "type": "inputs", "unused": len(self._inputs)})
        return Simulated(
            says=self._says,
            changes=self._changes,
            trace=self._trace,
            handed_over=turn.ask if isinstance(turn.ask, HandOver) else None,
            facts=turn.facts,
            state=turn.state,
        )

    def _take(self, state: State, signal: Signal) -> Turn:
        facts = self._scenario.facts_at(self._now)
        around = Around(facts, self._scenario.proven, self._now)
        turn = advance(self._flow, state, signal, around)
        self._says += [("bot", say) for say in turn.says]
        self._changes.update(turn.changes)
        self._trace += turn.trace
        return turn

    def _answer_to(self, turn: Turn) -> Signal | None:
        """Return what comes next, or None when the talk is over or out of inputs."""
        match turn.ask:
            case AwaitAnswer() if self._inputs:
                given = self._inputs.pop(0)
                data = None if given.values is None else {"values": dict(given.values)}
                self._says.append(("visitor", Say(given.text, data)))
                return given
            case Pause():
                self._now = max(self._now, turn.ask.until)
                return Elapsed()
            case CallFunction():
                return self._returned(turn.ask.step, turn.ask.name)
            case CallWebhook():
                return self._replied(turn.ask.step)
            case _:
                return None

    def _returned(self, step: str, name: str) -> Signal:
        if step in self._scenario.returns:
            return Returned(self._scenario.returns[step])
        self._not_called(step, f"function {name} was not called")
        return Failed("simulated")

    def _replied(self, step: str) -> Signal:
        given = self._scenario.returns.get(step)
        if isinstance(given, Mapping):
            return read_reply(given) or Replied()  # pyright: ignore[reportUnknownArgumentType]
        self._not_called(step, "the webhook was not called")
        return Failed("simulated")

    def _not_called(self, step: str, what: str) -> None:
        did = f"simulated: {what}; say what it returns under returns.{step}"
        self._trace.append({"step": step, "type": "simulated", "did": did})


def targets(flow: Chatflow, facts: Facts, *, proven: bool) -> bool:
    """Say whether *flow* is for a visitor with these facts."""
    if flow.identification == "required" and not proven:
        return False
    if flow.target is None:
        return True
    open_to = (
        facts
        if proven
        else {
            name: value
            for name, value in facts.items()
            if not name.startswith(("contact.", "company.", "deal."))
        }
    )
    return evaluate(flow.target, open_to).matched
