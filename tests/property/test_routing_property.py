"""Whatever happens in whatever order, routing is fair: nobody lost, overloaded or overtaken.

A machine lets visitors come, write and go, agents come, go and vanish, and people give
and take conversations, against real services on SQLite. After every step the whole
desk is looked at.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from tests.support.ready import place_database
from tests.support.routing_house import BOSS, RoutingHouse

from callingcard.backends.choose import open_database
from callingcard.desk.model.conversations import Conversation, Priority
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import (
    GONE_AFTER,
    RoutingPlan,
    Rule,
    Strategy,
    Target,
    Team,
    WhenAway,
)
from callingcard.kit.clock import FakeClock

T = TypeVar("T")
AGENTS = ("1", "2", "3")
TEAMS = {
    "first": Team("first", ("1", "2"), capacity=2),
    "second": Team("second", ("2", "3"), Strategy.ROUND_ROBIN, capacity=1),
    "kept": Team("kept", ("1", "3"), capacity=2, when_away=WhenAway.KEEP),
    "manual": Team("manual", ("1",), Strategy.MANUAL),
}
ROOM = 3
VIP = Rule(
    "VIP",
    {"property": "contact.plan", "operator": "eq", "value": "vip"},
    Target("first", Priority.HIGH),
)
PLAN = RoutingPlan((VIP,), Target("second"), capacity=ROOM)
FIRST = list(reversed(Priority))


def place(talk: Conversation) -> tuple[Any, ...]:
    """Return what orders a queue."""
    return FIRST.index(talk.priority), talk.queued_at, talk.id


class Desk(RuleBasedStateMachine):
    """Three agents in four teams, and whoever comes."""

    talks = Bundle("talks")

    def __init__(self) -> None:
        """Open a desk on an empty database."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        place_database(Path(self.folder.name))
        self.database = open_database("sqlite", Path(self.folder.name))
        self.house = RoutingHouse(self.database, self.clock)
        self.ids: list[ConversationId] = []
        self.left_free: set[ConversationId] = set()
        self.given_by_hand: set[ConversationId] = set()
        self.before: dict[ConversationId, Conversation] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do *work* on the machine's own loop."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Close everything."""
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    @initialize(target=talks)
    def set_up(self) -> Any:
        """Make the teams and the plan."""
        for team in TEAMS.values():
            self.run(self.house.desk.put_team(team))
        self.run(self.house.desk.put_plan(PLAN))
        return multiple()

    @rule(
        target=talks,
        team=st.sampled_from([None, None, *TEAMS]),
        plan=st.sampled_from(["vip", "free"]),
    )
    def come(self, team: str | None, plan: str) -> ConversationId:
        """Let a visitor come and be routed."""
        self.clock.advance(timedelta(seconds=1))
        talk = self.run(self.house.come(facts={"contact.plan": plan}, team=team))
        self.ids.append(talk)
        return talk

    @rule(talk=talks)
    def close(self, talk: ConversationId) -> None:
        """Let a conversation end."""
        self.run(self.house.close(talk))

    @rule(talk=talks)
    def write(self, talk: ConversationId) -> None:
        """Let the visitor write, perhaps after the end."""
        if self.before[talk].status == "closed":
            self.left_free.discard(talk)
        self.run(self.house.write_again(talk))

    @rule(talk=talks)
    def answer(self, talk: ConversationId) -> None:
        """Let the agent whose it is answer."""
        agent = self.before[talk].assigned_to
        if agent is not None and self.before[talk].status == "open":
            self.run(self.house.answer(talk, agent))

    @rule(agent=st.sampled_from(AGENTS))
    def arrive(self, agent: str) -> None:
        """Let an agent come, or their app say that it is still there."""
        self.run(self.house.here(agent))

    @rule(agent=st.sampled_from(AGENTS))
    def leave(self, agent: str) -> None:
        """Let an agent go."""
        self.run(self.house.away(agent))

    @rule(seconds=st.sampled_from([1, 30, 125]))
    def wait(self, seconds: int) -> None:
        """Let time pass; who says nothing for two minutes is gone."""
        self.clock.advance(timedelta(seconds=seconds))
        self.run(self.house.attendance.beat())

    @rule(talk=talks, agent=st.sampled_from(AGENTS))
    def give(self, talk: ConversationId, agent: str) -> None:
        """Let a person give a conversation to an agent, whatever the caps say."""
        if self.before[talk].status == "open":
            self.given_by_hand.add(talk)
            self.left_free.discard(talk)
            self.run(self.house.assigning.assign(talk, agent, by=BOSS))

    @rule(talk=talks)
    def take_away(self, talk: ConversationId) -> None:
        """Let a person make an agent's conversation anybody's."""
        if self.before[talk].status == "open":
            self.left_free.add(talk)
            self.run(self.house.assigning.unassign(talk, by=BOSS))

    @invariant()
    def all_is_fair(self) -> None:
        """Look at the whole desk."""
        now = {talk: self.run(self.house.get(talk)) for talk in self.ids}
        opened = [talk for talk in now.values() if talk.status == "open"]
        waiting = [talk for talk in now.values() if talk.queued_at is not None]
        given = [talk for talk in opened if self._was_just_given(talk)]
        self._nobody_is_lost(opened, waiting)
        self._nobody_is_overloaded(opened, given)
        self._nobody_waits_for_who_is_free(opened, waiting)
        self._nobody_is_overtaken(opened, waiting, given)
        self._places_are_true(waiting)
        self.before = now
        self.given_by_hand.clear()

    def _was_just_given(self, talk: Conversation) -> bool:
        before = self.before.get(talk.id)
        if talk.assigned_to is None or talk.id in self.given_by_hand:
            return False
        return before is None or before.assigned_to != talk.assigned_to

    def _nobody_is_lost(self, opened: list[Conversation], waiting: list[Conversation]) -> None:
        for talk in waiting:
            assert (talk.status, talk.assigned_to) == ("open", None)
            assert talk.team in TEAMS
        for talk in opened:
            free = talk.assigned_to is None and talk.queued_at is None
            assert free == (talk.id in self.left_free)

    def _nobody_is_overloaded(
        self, opened: list[Conversation], given: list[Conversation]
    ) -> None:
        for talk in given:
            agent, team = str(talk.assigned_to), TEAMS[str(talk.team)]
            assert agent in team.agents
            assert self._is_here(agent)
            assert self._open(opened, agent) <= ROOM
            assert self._open(opened, agent, team) <= team.capacity

    def _nobody_waits_for_who_is_free(
        self, opened: list[Conversation], waiting: list[Conversation]
    ) -> None:
        for talk in waiting:
            team = TEAMS[str(talk.team)]
            if team.strategy is not Strategy.MANUAL:
                assert not [
                    agent for agent in team.agents if self._is_free(opened, agent, team)
                ]

    def _nobody_is_overtaken(
        self,
        opened: list[Conversation],
        waiting: list[Conversation],
        given: list[Conversation],
    ) -> None:
        for talk in given:
            agent = str(talk.assigned_to)
            earlier = self.before.get(talk.id)
            queued = talk if earlier is None or earlier.queued_at is None else earlier
            for other in waiting:
                team = TEAMS[str(other.team)]
                if team.strategy is Strategy.MANUAL or agent not in team.agents:
                    continue
                was_waiting = other.id in self.before and self.before[other.id].queued_at
                # What they were given just now they did not have when they were given it.
                had = self._open(opened, agent, team) - (talk.team == team.name)
                could = had < team.capacity
                if was_waiting and could and queued.queued_at is not None:
                    assert place(queued) < place(other)

    def _places_are_true(self, waiting: list[Conversation]) -> None:
        for name in TEAMS:
            line = sorted((talk for talk in waiting if talk.team == name), key=place)
            told = [self.run(self.house.assigning.position(talk.id)) for talk in line]
            assert told == list(range(1, len(line) + 1))

    def _is_here(self, agent: str) -> bool:
        everybody = self.run(self.house.attendance.everybody())
        return any(
            one.is_online and self.clock.now() - one.seen_at < GONE_AFTER
            for one in everybody
            if one.agent_id == agent
        )

    def _is_free(self, opened: list[Conversation], agent: str, team: Team) -> bool:
        room = self._open(opened, agent) < ROOM
        return (
            room and self._open(opened, agent, team) < team.capacity and self._is_here(agent)
        )

    def _open(self, opened: list[Conversation], agent: str, team: Team | None = None) -> int:
        mine = [talk for talk in opened if talk.assigned_to == agent]
        return sum(team is None or talk.team == team.name for talk in mine)


Desk.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestDesk = pytest.mark.slow(Desk.TestCase)
