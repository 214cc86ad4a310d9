"""Whom a team gives a conversation: who is here, has room, and whose turn it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.routing import RoutingPlan, Rule, Strategy, Target, Team
from callingcard.desk.routing.rules import decide
from callingcard.desk.routing.strategies import Candidate, Wish, pick
from callingcard.desk.routing.teams import circle

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def team(strategy: str = "balanced", **changes: Any) -> Team:
    """Return a team of three."""
    return Team("support", ("1", "2", "3"), strategy=Strategy(strategy), **changes)


def agent(number: str, mine: int = 0, **changes: Any) -> Candidate:
    """Return an agent who is here, with *mine* conversations of the team."""
    told: dict[str, Any] = {"is_here": True, "open": mine, "open_of_team": mine, "room": 10}
    return Candidate(number, **{**told, **changes})


def chosen(team: Team, *candidates: Candidate, **wish: str) -> str | None:
    """Return who is chosen."""
    found = pick(team, candidates, Wish(**wish))
    return None if found is None else found.agent_id


def test_the_one_with_the_fewest_open_is_chosen():
    """Balanced counts open conversations of all teams."""
    elsewhere = agent("1", 0, open=4)
    assert chosen(team(), elsewhere, agent("2", 2), agent("3", 3)) == "2"


def test_of_equals_the_longest_idle_is_chosen():
    """Who was given one longest ago comes first, and who never was before them."""
    early, late = agent("1", idle_since=NOON), agent("2", idle_since=NOON + HOUR)
    assert chosen(team(), late, early) == "1"
    assert chosen(team(), late, early, agent("3")) == "3"


def test_round_robin_goes_by_turns_and_not_by_load():
    """Who took one of this team's longest ago is next, however busy."""
    busy = agent("1", 4, turn_at=NOON, idle_since=NOON + HOUR)
    idle = agent("2", 0, turn_at=NOON + HOUR, idle_since=NOON + HOUR)
    assert chosen(team("round_robin"), busy, idle) == "1"


def test_the_owner_comes_first_and_else_the_balance_decides():
    """An owner who is away or full does not make their contact wait."""
    owner = agent("3", 4)
    assert chosen(team("owner"), agent("1"), owner, owner="3") == "3"
    assert chosen(team("owner"), agent("1"), agent("3", 5), owner="3") == "1"
    assert chosen(team("owner"), agent("1"), agent("3", is_here=False), owner="3") == "1"
    assert chosen(team(), agent("1"), owner, owner="3") == "1"


def test_the_last_agent_comes_first_only_where_the_team_says_so():
    """Sticky is a team's choice, and never over a cap."""
    sticky = team(sticky=HOUR)
    assert chosen(sticky, agent("1"), agent("2", 4), last_agent="2") == "2"
    assert chosen(sticky, agent("1"), agent("2", 5), last_agent="2") == "1"
    assert chosen(team(), agent("1"), agent("2", 4), last_agent="2") == "1"


def test_a_manual_team_gives_nobody_anything():
    """People take conversations themselves."""
    assert chosen(team("manual"), agent("1")) is None


@pytest.mark.parametrize(
    "unable",
    [
        {"is_here": False},
        {"open_of_team": 5},
        {"open": 10},
        {"room": 0},
    ],
)
def test_nobody_is_chosen_who_is_away_or_full(unable: dict[str, Any]):
    """Both caps hold, that of the team and that over all teams."""
    assert chosen(team(), agent("1", **unable)) is None


candidates = st.lists(
    st.builds(
        agent,
        st.sampled_from(["1", "2", "3"]),
        st.integers(0, 6),
        is_here=st.booleans(),
        open=st.integers(0, 12),
    ),
    unique_by=lambda one: one.agent_id,
)


@given(candidates, st.sampled_from(["balanced", "round_robin", "owner"]))
def test_whoever_is_chosen_could_take_it_and_somebody_is_if_anybody_can(
    given_agents: list[Candidate], strategy: str
):
    """A choice is made exactly when there is one, and it is the same whatever the order."""
    able = {
        one.agent_id
        for one in given_agents
        if one.is_here and one.open < 10 and one.open_of_team < 5
    }
    found = chosen(team(strategy), *given_agents)
    assert (found in able) if able else found is None
    assert found == chosen(team(strategy), *reversed(given_agents))


VIP = {"property": "contact.plan", "operator": "eq", "value": "vip"}
LARGE = {"property": "deal.amount", "operator": "gte", "value": 250_000}
PLAN = RoutingPlan(
    rules=(
        Rule("VIP", VIP, Target("priority", Priority.HIGH)),
        Rule("large deal", LARGE, Target("sales")),
    ),
    fallback=Target("support"),
)


def test_the_first_rule_that_matches_decides_and_says_why():
    """Rules after the match are not asked; what was asked is in the trace."""
    found = decide(PLAN, {"contact.plan": "vip", "deal.amount": 300_000.0})
    assert (found.target, found.rule) == (Target("priority", Priority.HIGH), "VIP")
    assert [line["rule"] for line in found.trace] == ["VIP"]


def test_an_unknown_visitor_goes_to_the_fallback():
    """What is not known matches no rule; the trace says that all were asked."""
    found = decide(PLAN, {})
    assert (found.target.team, found.rule) == ("support", None)
    assert [line["matched"] for line in found.trace] == [False, False]


def test_the_trace_of_a_decision_holds_no_value_of_a_person():
    """The rule's own value is told, and what the contact has is not."""
    found = decide(PLAN, {"contact.plan": "gold", "deal.amount": 12_345.0})
    assert "gold" not in str(found.trace)
    assert "12345" not in str(found.trace)


def test_a_team_that_would_stand_in_for_itself_is_found():
    """A circle of stand-ins is found however long, and so is one of overflows."""
    others = {
        "b": Team("b", (), out_of_hours="c"),
        "c": Team("c", (), out_of_hours="a"),
        "d": Team("d", ()),
    }
    assert circle(Team("a", (), out_of_hours="b"), others) == "out_of_hours"
    assert circle(Team("a", (), out_of_hours="a"), others) == "out_of_hours"
    assert circle(Team("a", (), out_of_hours="d"), others) is None
