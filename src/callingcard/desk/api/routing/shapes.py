"""The documents of routing: the plan, a team, office hours, and what was decided.

They are written by people, so their members are snake_case as in a chatflow's, lengths
of time are ``2m`` or ``24h``, and spans are ``09:00-17:30``. What is read is of the same
shape as what was put, with agents by their ids.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
)

from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.routing import (
    MAX_CAPACITY,
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
from callingcard.desk.routing.hours import parse_span, span_text
from callingcard.desk.service.routing.planning import MAX_AGENTS, MAX_HOLIDAYS, MAX_RULES
from callingcard.kit.durations import parse_duration

NAME_PATTERN: Final = r"^[a-z0-9][a-z0-9_-]{0,63}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Who = Annotated[str, Field(min_length=1, max_length=254)]
"""An agent: an id or an address."""
Capacity = Annotated[int, Field(ge=1, le=MAX_CAPACITY)]


def _is_duration(text: str) -> str:
    parse_duration(text)
    return text


def _is_span(text: str) -> str:
    parse_span(text)
    return text


Duration = Annotated[
    str, Field(max_length=40, examples=["2m", "24h"]), AfterValidator(_is_duration)
]
SpanText = Annotated[
    str, Field(max_length=11, examples=["09:00-17:30"]), AfterValidator(_is_span)
]
_Name = Annotated[str, Field(max_length=150)]
_Text = Annotated[str, Field(max_length=500)]
_Fact = _Text | int | float | bool | Annotated[list[_Text], Field(max_length=100)]
Day = Annotated[date, PlainSerializer(date.isoformat, return_type=str), Field(strict=False)]


class Document(BaseModel):
    """Base of what people write: exactly these members."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class TargetDocument(Document):
    """Where a conversation goes; without a team, any agent may take it."""

    team: Name | None = None
    priority: Annotated[Priority, Field(strict=False)] = Priority.NORMAL

    def read(self) -> Target:
        """Return what it says."""
        return Target(self.team, self.priority)


class RuleDocument(TargetDocument):
    """A condition, and where a conversation goes when it holds."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    when: dict[str, Any]


class PlanDocument(Document):
    """Which team conversations go to: the first rule that matches, or the fallback."""

    rules: Annotated[list[RuleDocument], Field(max_length=MAX_RULES)] = []
    fallback: TargetDocument = TargetDocument()
    capacity: Capacity = 10
    """How many open conversations an agent may be given, over all teams."""
    capacities: Annotated[
        dict[Who, Annotated[int, Field(ge=0, le=MAX_CAPACITY)]], Field(max_length=MAX_AGENTS)
    ] = {}
    """The same for single agents, where it differs."""

    def read(self) -> RoutingPlan:
        """Return what it says."""
        return RoutingPlan(
            rules=tuple(Rule(rule.name, rule.when, rule.read()) for rule in self.rules),
            fallback=self.fallback.read(),
            capacity=self.capacity,
            capacities=self.capacities,
        )

    @classmethod
    def of(cls, plan: RoutingPlan) -> "PlanDocument":
        """Write *plan* down."""
        return cls(
            rules=[
                RuleDocument(
                    name=rule.name,
                    when=dict(rule.when),
                    team=rule.target.team,
                    priority=rule.target.priority,
                )
                for rule in plan.rules
            ],
            fallback=TargetDocument(team=plan.fallback.team, priority=plan.fallback.priority),
            capacity=plan.capacity,
            capacities=dict(plan.capacities),
        )


class OverflowDocument(Document):
    """Which team takes over, and after how long."""

    team: Name
    after: Duration


class TeamDocument(Document):
    """Agents who answer the same conversations."""

    name: Name | None = None
    """As in the path; may be left out."""
    agents: Annotated[list[Who], Field(max_length=MAX_AGENTS)]
    strategy: Annotated[Strategy, Field(strict=False)] = Strategy.BALANCED
    capacity: Capacity = 5
    """How many open conversations of this team each of its agents may be given."""
    hours: Name | None = None
    when_away: Annotated[WhenAway, Field(strict=False)] = WhenAway.REQUEUE
    sticky: Duration | None = None
    """For how long a contact's last agent comes before all others."""
    overflow: OverflowDocument | None = None
    out_of_hours: Name | None = None
    """The team that stands in while this one is closed."""

    def read(self, name: str) -> Team:
        """Return what it says of the team *name*."""
        return Team(
            name=name,
            agents=tuple(self.agents),
            strategy=self.strategy,
            capacity=self.capacity,
            hours=self.hours,
            when_away=self.when_away,
            sticky=None if self.sticky is None else parse_duration(self.sticky),
            overflow=self.overflow
            and Overflow(self.overflow.team, parse_duration(self.overflow.after)),
            out_of_hours=self.out_of_hours,
        )

    @classmethod
    def of(cls, team: Team) -> "TeamDocument":
        """Write *team* down."""
        overflow = team.overflow
        return cls(
            name=team.name,
            agents=list(team.agents),
            strategy=team.strategy,
            capacity=team.capacity,
            hours=team.hours,
            when_away=team.when_away,
            sticky=None if team.sticky is None else _text_of(team.sticky),
            overflow=overflow
            and OverflowDocument(team=overflow.team, after=_text_of(overflow.after)),
            out_of_hours=team.out_of_hours,
        )


class WeekDocument(Document):
    """The spans that begin on each day of the week; none is a day off."""

    mon: list[SpanText] = []
    tue: list[SpanText] = []
    wed: list[SpanText] = []
    thu: list[SpanText] = []
    fri: list[SpanText] = []
    sat: list[SpanText] = []
    sun: list[SpanText] = []


class HolidayDocument(Document):
    """A day with spans of its own; without any, a day off."""

    date: Day
    name: Annotated[str, Field(max_length=100)] = ""
    spans: list[SpanText] = []


class HoursDocument(Document):
    """Office hours: spans of the wall clock of a time zone."""

    name: Name | None = None
    """As in the path; may be left out."""
    zone: Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])]
    days: WeekDocument
    holidays: Annotated[list[HolidayDocument], Field(max_length=MAX_HOLIDAYS)] = []

    def read(self, name: str) -> Hours:
        """Return what it says of the hours *name*."""
        week = self.days
        days = (week.mon, week.tue, week.wed, week.thu, week.fri, week.sat, week.sun)
        return Hours(
            name=name,
            zone=self.zone,
            week=tuple(_spans(day) for day in days),
            holidays=tuple(
                Holiday(one.date, one.name, _spans(one.spans)) for one in self.holidays
            ),
        )

    @classmethod
    def of(cls, hours: Hours) -> "HoursDocument":
        """Write *hours* down."""
        mon, tue, wed, thu, fri, sat, sun = ([*map(span_text, day)] for day in hours.week)
        return cls(
            name=hours.name,
            zone=hours.zone,
            days=WeekDocument(mon=mon, tue=tue, wed=wed, thu=thu, fri=fri, sat=sat, sun=sun),
            holidays=[
                HolidayDocument(
                    date=one.day, name=one.name, spans=[*map(span_text, one.spans)]
                )
                for one in hours.holidays
            ],
        )


class TryGiven(Document):
    """Somebody to try the plan on: what is known of them, by the names of properties."""

    facts: Annotated[dict[_Name, _Fact], Field(max_length=200)]
    plan: PlanDocument | None = None
    """A plan to try instead of the one that is kept."""


class PreviewGiven(Document):
    """Office hours that may not be saved yet, and the moment to ask about."""

    hours: HoursDocument
    at: Annotated[AwareDatetime, Field(strict=False)]


class PresenceGiven(Document):
    """Whether the agent takes conversations."""

    status: Literal["online", "away"]


def _spans(texts: list[str]) -> tuple[Span, ...]:
    return tuple(parse_span(text) for text in texts)


def _text_of(length: timedelta) -> str:
    """Write *length* as people do: ``90s``, ``2m``, ``24h``.

    >>> _text_of(timedelta(minutes=90)), _text_of(timedelta(hours=24))
    ('90m', '24h')
    """
    seconds = length.total_seconds()
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
