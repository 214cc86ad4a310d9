"""What routing answers: its documents in lists, decisions, agents, and who is here."""

from datetime import datetime
from typing import Any, Literal

from callingcard.desk.api.routing.shapes import HoursDocument, TeamDocument
from callingcard.desk.api.schemas import Moment, Wire
from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.routing import Decision, Presence, Step
from callingcard.desk.routing.hours import OfficeHours
from callingcard.desk.routing.rules import Chosen


class TeamsAnswer(Wire):
    """Every team."""

    results: list[TeamDocument]


class HoursAnswer(Wire):
    """All office hours."""

    results: list[HoursDocument]


class TriedOut(Wire):
    """Where somebody would go, and what each rule said."""

    team: str | None
    priority: Priority
    rule: str | None
    """None is the fallback."""
    trace: list[dict[str, Any]]

    @classmethod
    def of(cls, chosen: Chosen) -> "TriedOut":
        """Write *chosen* down."""
        return cls(
            team=chosen.target.team,
            priority=chosen.target.priority,
            rule=chosen.rule,
            trace=[dict(line) for line in chosen.trace],
        )


class HoursPreview(Wire):
    """Whether the office is open at a moment, and when that changes."""

    is_open: bool
    opens_at: Moment | None
    """None when it is open, or never opens."""
    closes_at: Moment | None
    """None when it is closed, or never closes."""

    @classmethod
    def of(cls, office: OfficeHours, at: datetime) -> "HoursPreview":
        """Say how it is *at* a moment."""
        is_open = office.is_open(at)
        return cls(
            is_open=is_open,
            opens_at=None if is_open else office.next_opening(at),
            closes_at=office.next_closing(at) if is_open else None,
        )


class DecisionOut(Wire):
    """One step of a conversation's way to an agent, and why."""

    conversation_id: str
    at: Moment
    step: Step
    team: str | None
    priority: Priority
    agent_id: str | None
    rule: str | None
    by: str
    trace: list[dict[str, Any]]

    @classmethod
    def of(cls, decision: Decision) -> "DecisionOut":
        """Write *decision* down."""
        return cls(
            conversation_id=decision.conversation_id,
            at=decision.at,
            step=decision.step,
            team=decision.team,
            priority=decision.priority,
            agent_id=decision.agent_id,
            rule=decision.rule,
            by=decision.by,
            trace=[dict(line) for line in decision.trace],
        )


class RoutingAnswer(Wire):
    """Why a conversation is where it is, oldest step first, and its place in the queue."""

    position: int | None
    decisions: list[DecisionOut]


class DecisionsAnswer(Wire):
    """The newest steps of any conversation, the newest first."""

    results: list[DecisionOut]


class PresenceOut(Wire):
    """Whether an agent takes conversations."""

    agent_id: str
    status: Literal["online", "away"]
    seen_at: Moment

    @classmethod
    def of(cls, presence: Presence) -> "PresenceOut":
        """Write *presence* down."""
        return cls(
            agent_id=presence.agent_id,
            status="online" if presence.is_online else "away",
            seen_at=presence.seen_at,
        )


class PresencesAnswer(Wire):
    """Everybody who was ever here."""

    results: list[PresenceOut]
