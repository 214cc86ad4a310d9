"""How teams, hours and the plan are written down as documents."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.routing import (
    Holiday,
    Hours,
    Overflow,
    RoutingPlan,
    Rule,
    Span,
    Strategy,
    Target,
    Team,
    WhenAway,
)


def plan_document(plan: RoutingPlan) -> dict[str, Any]:
    """Write *plan* down."""
    return {
        "rules": [
            {"name": rule.name, "when": dict(rule.when), **_target_document(rule.target)}
            for rule in plan.rules
        ],
        "fallback": _target_document(plan.fallback),
        "capacity": plan.capacity,
        "capacities": dict(plan.capacities),
    }


def plan_of(document: Mapping[str, Any]) -> RoutingPlan:
    """Read what ``plan_document`` wrote; an empty one is the plan of the beginning."""
    if not document:
        return RoutingPlan()
    return RoutingPlan(
        rules=tuple(
            Rule(rule["name"], rule["when"], _target(rule)) for rule in document["rules"]
        ),
        fallback=_target(document["fallback"]),
        capacity=document["capacity"],
        capacities=document["capacities"],
    )


def team_document(team: Team) -> dict[str, Any]:
    """Write *team* down, but its name."""
    overflow = team.overflow
    return {
        "agents": list(team.agents),
        "strategy": team.strategy.value,
        "capacity": team.capacity,
        "hours": team.hours,
        "when_away": team.when_away.value,
        "sticky_seconds": None if team.sticky is None else _seconds(team.sticky),
        "overflow": overflow and [overflow.team, _seconds(overflow.after)],
        "out_of_hours": team.out_of_hours,
    }


def team_of(name: str, document: Mapping[str, Any]) -> Team:
    """Read what ``team_document`` wrote."""
    sticky, overflow = document["sticky_seconds"], document["overflow"]
    return Team(
        name=name,
        agents=tuple(document["agents"]),
        strategy=Strategy(document["strategy"]),
        capacity=document["capacity"],
        hours=document["hours"],
        when_away=WhenAway(document["when_away"]),
        sticky=None if sticky is None else timedelta(seconds=sticky),
        overflow=overflow and Overflow(overflow[0], timedelta(seconds=overflow[1])),
        out_of_hours=document["out_of_hours"],
    )


def hours_document(hours: Hours) -> dict[str, Any]:
    """Write *hours* down, but their name."""
    return {
        "zone": hours.zone,
        "week": [_spans_document(day) for day in hours.week],
        "holidays": [
            [holiday.day.isoformat(), holiday.name, _spans_document(holiday.spans)]
            for holiday in hours.holidays
        ],
    }


def hours_of(name: str, document: Mapping[str, Any]) -> Hours:
    """Read what ``hours_document`` wrote."""
    return Hours(
        name=name,
        zone=document["zone"],
        week=tuple(_spans(day) for day in document["week"]),
        holidays=tuple(
            Holiday(date.fromisoformat(day), title, _spans(spans))
            for day, title, spans in document["holidays"]
        ),
    )


def _target_document(target: Target) -> dict[str, Any]:
    return {"team": target.team, "priority": target.priority.value}


def _target(document: Mapping[str, Any]) -> Target:
    return Target(document["team"], Priority(document["priority"]))


def _spans_document(spans: Sequence[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _spans(document: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in document)


def _seconds(length: timedelta) -> float:
    return length.total_seconds()
