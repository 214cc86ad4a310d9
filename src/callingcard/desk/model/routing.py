"""Who takes a conversation: teams, their hours, the plan, and who is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.ids import ContactId, ConversationId

GONE_AFTER: Final = timedelta(minutes=2)
"""An agent whose app was not heard of for this long is away."""

MAX_CAPACITY: Final = 1000
"""More conversations at once than any person answers."""


class Strategy(StrEnum):
    """How a team chooses among its agents."""

    BALANCED = "balanced"
    """Who has the fewest open conversations; of those, who was given one longest ago."""
    ROUND_ROBIN = "round_robin"
    """Who was given one of this team's longest ago."""
    OWNER = "owner"
    """The owner of the contact, when they can; otherwise as balanced."""
    MANUAL = "manual"
    """Nobody: people take conversations themselves."""


class WhenAway(StrEnum):
    """What becomes of the conversations of an agent who goes away."""

    REQUEUE = "requeue"
    """Those in which the visitor waits for an answer queue again."""
    KEEP = "keep"
    """They wait until the agent is back."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """Which team takes a conversation that has waited *after* in the first one's queue."""

    team: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Team:
    """Agents who answer the same conversations."""

    name: str
    agents: tuple[str, ...]
    """Their ids, in the order in which they take turns at first."""
    strategy: Strategy = Strategy.BALANCED
    capacity: int = 5
    """How many open conversations of this team each of its agents may be given."""
    hours: str | None = None
    """The name of its office hours; without, it is always open."""
    when_away: WhenAway = WhenAway.REQUEUE
    sticky: timedelta | None = None
    """For how long a contact's last agent comes before all others."""
    overflow: Overflow | None = None
    out_of_hours: str | None = None
    """The team that stands in while this one is closed."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends a conversation."""

    team: str | None
    """None leaves it with nobody, for any agent to take."""
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition, as its document, and where a conversation goes when it holds."""

    name: str
    when: Mapping[str, Any]
    target: Target


@dataclass(frozen=True, slots=True)
class RoutingPlan:
    """Which team a conversation goes to: the first rule that matches, or *fallback*."""

    rules: tuple[Rule, ...] = ()
    fallback: Target = field(default_factory=lambda: Target(None))
    capacity: int = 10
    """How many open conversations an agent may be given, over all teams."""
    capacities: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The same for single agents, by id, where it differs."""

    def capacity_of(self, agent_id: str) -> int:
        """Return how many open conversations the agent may be given, over all teams."""
        return self.capacities.get(agent_id, self.capacity)


@dataclass(frozen=True, slots=True)
class Span:
    """From *start* until before *end*, in minutes since the midnight its day begins with.

    An *end* beyond 1440 is on the next day: a span that goes over midnight.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which other spans begin than on its weekday; none is a day off."""

    day: date
    name: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """Office hours: spans of the wall clock in a time zone, Monday first.

    A span belongs to the day on which it begins, so a holiday replaces the spans that
    begin on it, and not the night that began the evening before.
    """

    name: str
    zone: str
    """An IANA name such as ``Europe/Berlin``."""
    week: tuple[tuple[Span, ...], ...]
    """Seven days, each with its spans."""
    holidays: tuple[Holiday, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether an agent takes conversations, and when their app was last heard of."""

    agent_id: str
    is_online: bool
    seen_at: datetime

    def is_here(self, now: datetime) -> bool:
        """Say whether the agent takes conversations at *now*."""
        return self.is_online and now - self.seen_at < GONE_AFTER


class Step(StrEnum):
    """What happened to a conversation on its way to an agent."""

    ROUTED = "routed"
    OUT_OF_HOURS = "out_of_hours"
    OVERFLOWED = "overflowed"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    REQUEUED = "requeued"


@dataclass(frozen=True, slots=True)
class Decision:
    """One step of a conversation's way to an agent, and why."""

    id: str
    conversation_id: ConversationId
    at: datetime
    step: Step
    team: str | None
    priority: Priority
    agent_id: str | None = None
    rule: str | None = None
    """The rule that matched; None for the fallback, and where no rule was asked."""
    by: str = ""
    """Why, in a word: a strategy, ``sticky``, ``owner``, ``person``, ``away`` …"""
    trace: Sequence[Mapping[str, Any]] = ()
    """What each rule said, in their order."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many open conversations of one team an agent has; *team* None is of no team."""

    agent_id: str
    team: str | None
    open: int


@dataclass(frozen=True, slots=True)
class Turn:
    """When an agent was last given a conversation of a team."""

    agent_id: str
    team: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation in a team's queue."""

    id: ConversationId
    contact_id: ContactId | None
    visitor_id: str
    team: str
    priority: Priority
    queued_at: datetime
