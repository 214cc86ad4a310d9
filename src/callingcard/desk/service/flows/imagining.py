"""Trying a chatflow on somebody who is not there: nothing is kept, called or sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from callingcard.desk.chatflows.answers import fact_of
from callingcard.desk.chatflows.simulating import Scenario, Simulated, simulate
from callingcard.desk.chatflows.talk import Answered
from callingcard.desk.errors import ChatflowNotFound
from callingcard.desk.evidence import is_proven
from callingcard.desk.model.chatflows import PropertyInfo
from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.routing import RoutingPlan, Target
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.routing.rules import Chosen, decide
from callingcard.desk.search import parse_decimal
from callingcard.desk.service.flows.chatflows import accepted, found
from callingcard.desk.service.flows.knowledge import known_to_flows, office, page_facts
from callingcard.kit.clock import Clock
from callingcard.kit.conditions import Facts
from callingcard.kit.conditions.comparisons import Value

_CLOSED: Final = {"closedwon", "closedlost"}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A visitor who might come, with what they bring and do."""

    contact: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    company: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    deals: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    page: str = ""
    evidence: Evidence = Evidence.ANONYMOUS
    now: datetime | None = None
    inputs: Sequence[Answered] = field(default=(), repr=False)
    returns: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True)
class ImaginedRoute:
    """Where the conversation would go."""

    team: str | None
    priority: Priority
    rule: str | None


@dataclass(frozen=True, slots=True)
class Imagined:
    """What would come of it."""

    talk: Simulated
    route: ImaginedRoute | None
    trace: Sequence[Mapping[str, Any]]
    warnings: Sequence[str]


class ImaginingDesk:
    """Simulates chatflows."""

    def __init__(self, units: Units, clock: Clock) -> None:
        """Take the chatflows, the hours and the routing plan from *units*."""
        self._units = units
        self._clock = clock

    async def imagine(
        self,
        name: str,
        somebody: Somebody,
        *,
        document: object = None,
        draft: bool = False,
    ) -> Imagined:
        """Simulate the chatflow, its draft, or a *document* that nobody has saved.

        Raises ChatflowNotFound, and Invalid when the document cannot be used.
        """
        now = somebody.now or self._clock.now()
        async with self._units.reading() as unit:
            if document is None:
                document = await _stored(unit, name, draft=draft)
            flow, warnings = await accepted(unit, document, name)
            registry = await known_to_flows(unit)
            facts = _facts(somebody, registry)
            is_open = await office(unit, flow.hours)
            plan = await unit.routing.plan()

        def facts_at(moment: datetime) -> Facts:
            return {**facts, "hours.open": is_open(moment)}

        talk = simulate(
            flow,
            Scenario(
                facts_at,
                proven=is_proven(somebody.evidence),
                now=now,
                inputs=somebody.inputs,
                returns=somebody.returns,
            ),
        )
        chosen = _chosen(talk, plan)
        trace = [*talk.trace]
        if chosen is not None:
            trace.append({"step": None, "type": "routing", "rules": list(chosen.trace)})
        return Imagined(talk, _route(chosen), trace, warnings)


async def _stored(unit: Unit, name: str, *, draft: bool) -> Mapping[str, Any]:
    """Return the document that visitors get, or the draft of it."""
    stored = await found(unit, name)
    document = stored.draft if draft or stored.document is None else stored.document
    if document is None:
        raise ChatflowNotFound("this chatflow has no draft")
    return document


def _chosen(talk: Simulated, plan: RoutingPlan) -> Chosen | None:
    """Return what the routing plan says, when people take over."""
    if talk.handed_over is None:
        return None
    if talk.handed_over.team is not None:
        return Chosen(Target(talk.handed_over.team), None)
    return decide(plan, talk.facts)


def _route(chosen: Chosen | None) -> ImaginedRoute | None:
    if chosen is None:
        return None
    return ImaginedRoute(chosen.target.team, chosen.target.priority, chosen.rule)


def _facts(somebody: Somebody, registry: Mapping[str, PropertyInfo]) -> dict[str, Value]:
    """Return what would be known of *somebody*."""
    facts = {**page_facts(somebody.page), "visitor.evidence": somebody.evidence.value}
    for prefix, given in (("contact", somebody.contact), ("company", somebody.company)):
        for key, value in given.items():
            info = registry.get(f"{prefix}.{key}")
            if info is not None and isinstance(value, (str, int, float)):
                facts[info.name] = (
                    fact_of(value, info.kind) if isinstance(value, str) else value
                )
    amounts = [
        amount
        for deal in somebody.deals
        if deal.get("dealstage") not in _CLOSED
        and (amount := parse_decimal(str(deal.get("amount")))) is not None
    ]
    return facts | ({"deal.amount": float(max(amounts))} if amounts else {})
