"""Keeping teams, hours and the plan; who waits, and who is here to take it.

Invariant: whoever gives conversations to agents holds ``Queue.lock`` first, before the
lock of any conversation; so two servers never fill the same place.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import (
    Decision,
    Hours,
    Load,
    Presence,
    RoutingPlan,
    Team,
    Turn,
    Waiting,
)


class Routings(Protocol):
    """The plan, the teams, and their hours."""

    async def plan(self) -> RoutingPlan:
        """Return the plan; until there is one, nothing goes to a team."""
        ...

    async def save_plan(self, plan: RoutingPlan) -> None:
        """Keep *plan* instead of the one before."""
        ...

    async def teams(self) -> Mapping[str, Team]:
        """Return every team by its name."""
        ...

    async def save_team(self, team: Team) -> None:
        """Keep a new or changed team."""
        ...

    async def delete_team(self, name: str) -> None:
        """Forget the team of this name."""
        ...

    async def hours(self) -> Mapping[str, Hours]:
        """Return all office hours by their name."""
        ...

    async def save_hours(self, hours_: Hours, /) -> None:
        """Keep new or changed office hours."""
        ...

    async def delete_hours(self, name: str) -> None:
        """Forget the office hours of this name."""
        ...


class Queue(Protocol):
    """The conversations that wait for an agent, the first to be served first."""

    async def lock(self) -> None:
        """Let nobody else give conversations to agents until we are done."""
        ...

    async def first(self, teams: Sequence[str]) -> Waiting | None:
        """Return whoever has waited longest, of the highest priority, for one of *teams*."""
        ...

    async def all(self, team: str, limit: int) -> Sequence[Waiting]:
        """Return who waits for *team*, the first to be served first."""
        ...

    async def ahead_of(self, waiting: Waiting) -> int:
        """Return how many of the same team are served before *waiting*."""
        ...

    async def since(self, team: str, before: datetime, limit: int) -> Sequence[ConversationId]:
        """Return who waits for *team*, and only that, since *before*; the longest first."""
        ...

    async def last_agent(self, conversation: Conversation, since: datetime) -> str | None:
        """Return who last answered the same person, in any conversation, after *since*."""
        ...


class Presences(Protocol):
    """Who is here, and how much they have to do."""

    async def all(self) -> Sequence[Presence]:
        """Return whatever is known of any agent's presence."""
        ...

    async def of(self, agent_id: str) -> Presence | None:
        """Return what is known of the agent's presence."""
        ...

    async def save(self, presence: Presence) -> None:
        """Keep whether an agent is here."""
        ...

    async def loads(self) -> Sequence[Load]:
        """Return how many open conversations agents have, team by team."""
        ...

    async def turns(self) -> Sequence[Turn]:
        """Return when agents were last given a conversation, team by team."""
        ...

    async def take_turn(self, turn: Turn) -> None:
        """Keep that an agent was given a conversation of a team."""
        ...

    async def held_by(self, agent_id: str) -> Sequence[ConversationId]:
        """Return the agent's open conversations whose visitor waits for an answer, by id."""
        ...


class Decisions(Protocol):
    """Why conversations went where they did."""

    async def add(self, decision: Decision) -> None:
        """Keep a decision."""
        ...

    async def of(self, conversation_id: ConversationId) -> Sequence[Decision]:
        """Return the conversation's decisions, the oldest first."""
        ...

    async def latest(self, limit: int) -> Sequence[Decision]:
        """Return the newest decisions about any conversation, the newest first."""
        ...

    async def forget(self, conversation_ids: Sequence[ConversationId]) -> None:
        """Delete the decisions about these conversations."""
        ...
