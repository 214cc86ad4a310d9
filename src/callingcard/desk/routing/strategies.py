"""Which agent of a team is given the conversation that has waited longest.

Invariants: nobody is chosen who is not here, or who has as many conversations as they
may, of the team or over all; among equals the choice is the same on every node.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from callingcard.desk.model.routing import Strategy, Team

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent of a team as they are now."""

    agent_id: str
    is_here: bool
    open: int
    """Open conversations, over all teams."""
    open_of_team: int
    room: int
    """How many open conversations they may be given, over all teams."""
    idle_since: datetime | None = None
    """When they were last given a conversation; None is never."""
    turn_at: datetime | None = None
    """When they were last given one of this team's."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom a conversation would rather go to: its last agent, its contact's owner."""

    last_agent: str | None = None
    """Only while the team's ``sticky`` time has not passed."""
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """Who is chosen, and *why* in a word."""

    agent_id: str
    why: str


_Rank: TypeAlias = tuple[object, ...]
_Key: TypeAlias = Callable[[Candidate], _Rank]


def free(team: Team, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return those who may be given one more conversation of *team*."""
    return [
        one
        for one in candidates
        if one.is_here and one.open < one.room and one.open_of_team < team.capacity
    ]


def pick(team: Team, candidates: Sequence[Candidate], wish: Wish) -> Pick | None:
    """Return who is given a conversation of *team*, or None when nobody can be.

    >>> team = Team("support", ("1", "2"))
    >>> busy = Candidate("1", is_here=True, open=2, open_of_team=2, room=9)
    >>> idle = Candidate("2", is_here=True, open=1, open_of_team=0, room=9)
    >>> pick(team, [busy, idle], Wish())
    Pick(agent_id='2', why='balanced')
    >>> away = Candidate("2", is_here=False, open=1, open_of_team=0, room=9)
    >>> pick(team, [busy, away], Wish()).agent_id
    '1'
    """
    able = free(team, candidates)
    if not able or team.strategy is Strategy.MANUAL:
        return None
    ids = {one.agent_id for one in able}
    if team.strategy is Strategy.OWNER and wish.owner in ids:
        return Pick(str(wish.owner), "owner")
    if team.sticky is not None and wish.last_agent in ids:
        return Pick(str(wish.last_agent), "sticky")
    if team.strategy is Strategy.ROUND_ROBIN:
        return Pick(min(able, key=_by_turn(team)).agent_id, "round_robin")
    return Pick(min(able, key=_by_load(team)).agent_id, "balanced")


def _by_load(team: Team) -> _Key:
    """Order by open conversations, then by who was given one longest ago."""

    def rank(one: Candidate) -> _Rank:
        return (one.open, one.idle_since or _NEVER, team.agents.index(one.agent_id))

    return rank


def _by_turn(team: Team) -> _Key:
    """Order by who was given one of the team's longest ago."""

    def rank(one: Candidate) -> _Rank:
        return (one.turn_at or _NEVER, team.agents.index(one.agent_id))

    return rank
