"""Who is on duty: the teams as they are now, and which of them can take a conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from callingcard.desk.model.routing import (
    Hours,
    Load,
    Presence,
    RoutingPlan,
    Strategy,
    Team,
    Turn,
)
from callingcard.desk.routing.strategies import Candidate, free
from callingcard.desk.routing.teams import is_open


@dataclass(frozen=True, slots=True)
class Duty:
    """Everything that a choice among agents depends on, at the moment *now*."""

    now: datetime
    plan: RoutingPlan
    teams: Mapping[str, Team]
    hours: Mapping[str, Hours]
    presences: Sequence[Presence]
    loads: Sequence[Load]
    turns: Sequence[Turn]

    def able(self) -> list[str]:
        """Return the teams that would give somebody a conversation now."""
        return [
            team.name
            for team in self.teams.values()
            if team.strategy is not Strategy.MANUAL
            and is_open(team, self.hours, self.now)
            and free(team, self.candidates(team))
        ]

    def candidates(self, team: Team) -> list[Candidate]:
        """Return the agents of *team* as they are now."""
        here = {one.agent_id for one in self.presences if one.is_here(self.now)}
        return [
            Candidate(
                agent_id=agent,
                is_here=agent in here,
                open=sum(load.open for load in self.loads if load.agent_id == agent),
                open_of_team=self._open_of(agent, team.name),
                room=self.plan.capacity_of(agent),
                idle_since=self._turn(agent, None),
                turn_at=self._turn(agent, team.name),
            )
            for agent in team.agents
        ]

    def _open_of(self, agent: str, team: str) -> int:
        mine = (load for load in self.loads if load.agent_id == agent)
        return sum(load.open for load in mine if load.team == team)

    def _turn(self, agent: str, team: str | None) -> datetime | None:
        """Return when *agent* was last given a conversation, of *team* or of any."""
        mine = (turn for turn in self.turns if turn.agent_id == agent)
        return max((turn.at for turn in mine if team in {None, turn.team}), default=None)
