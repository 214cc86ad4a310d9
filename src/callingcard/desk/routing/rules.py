"""Which team a conversation goes to: the first rule whose condition holds.

What each rule said is kept, so that "why did this go there?" has an answer; the values
that were found are not, because they are about a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callingcard.desk.model.routing import RoutingPlan, Target
from callingcard.kit.conditions import Facts, evaluate, parse_condition


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where a plan sends a conversation, and why."""

    target: Target
    rule: str | None
    """The rule that matched; None is the fallback."""
    trace: Sequence[Mapping[str, Any]] = ()
    """For each rule that was asked: its name, whether it matched, and what its parts said."""


def decide(plan: RoutingPlan, facts: Facts) -> Chosen:
    """Return where *plan* sends a conversation of which *facts* are known.

    >>> from callingcard.desk.model.routing import Rule
    >>> vip = {"property": "contact.vip", "operator": "eq", "value": True}
    >>> plan = RoutingPlan((Rule("VIP", vip, Target("priority")),), Target("support"))
    >>> decide(plan, {"contact.vip": True}).target.team
    'priority'
    >>> decide(plan, {}).target.team
    'support'
    """
    trace: list[Mapping[str, Any]] = []
    for rule in plan.rules:
        verdict = evaluate(parse_condition(rule.when), facts)
        leaves = [said.as_json() for said in verdict.trace]
        trace.append({"rule": rule.name, "matched": verdict.matched, "leaves": leaves})
        if verdict.matched:
            return Chosen(rule.target, rule.name, trace)
    return Chosen(plan.fallback, None, trace)
