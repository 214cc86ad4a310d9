"""Several servers give out conversations at the same moment."""

import asyncio
from collections import Counter

from tests.support.routing_house import BOSS, RoutingHouse

from callingcard.backends.database import Database
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import RoutingPlan, Step, Target
from callingcard.kit.clock import FakeClock
from callingcard.kit.ids import NumericIds

AGENTS = ("1", "2", "3")


async def assignments(house: RoutingHouse, talk: ConversationId) -> int:
    """Return how often the conversation was given to somebody."""
    decisions = await house.assigning.decisions(talk)
    return sum(one.step is Step.ASSIGNED for one in decisions)


async def two_servers(database: Database) -> tuple[RoutingHouse, RoutingHouse]:
    """Return two servers on one database, with one team of three."""
    clock = FakeClock()
    ids = NumericIds(clock)
    first, second = RoutingHouse(database, clock, ids), RoutingHouse(database, clock, ids)
    await first.support(*AGENTS, capacity=2)
    return first, second


async def test_two_servers_never_give_one_conversation_twice(database: Database):
    """What both try to give out at once has one agent, and nobody has more than they may."""
    first, second = await two_servers(database)
    talks = [await first.come() for _ in range(8)]
    await asyncio.gather(first.here(*AGENTS), second.here(*reversed(AGENTS)))
    await asyncio.gather(*(node.assigning.settle() for node in (first, second) * 3))
    agents = [await first.agent_of(talk) for talk in talks]
    assert Counter(agents) == {"1": 2, "2": 2, "3": 2, None: 2}
    assert agents[6:] == [None, None]
    assert [await assignments(first, talk) for talk in talks] == [1] * 6 + [0] * 2


async def test_everything_at_once_goes_over_no_cap_and_forgets_nobody(database: Database):
    """Visitors come, agents go and come back, chats end, all at the same time on two servers.

    At the end every place is taken and whoever waits is in the queue: nothing deadlocked,
    nothing was lost.
    """
    first, second = await two_servers(database)
    await first.here(*AGENTS)
    begun = [await first.come() for _ in range(6)]
    work = [
        *(node.come() for node in (first, second) * 4),
        *(second.close(talk) for talk in begun[:3]),
        first.away("1"),
        second.attendance.beat(),
        first.write_again(begun[4]),
        second.here("1"),
        first.assigning.settle(),
    ]
    done = await asyncio.gather(*work)
    await first.here(*AGENTS)
    await second.assigning.settle()
    talks = [*begun[3:], *(ConversationId(one) for one in done[:8] if isinstance(one, str))]
    states = [await first.get(talk) for talk in talks]
    held = Counter(state.assigned_to for state in states if state.assigned_to)
    assert held == {"1": 2, "2": 2, "3": 2}
    waiting = [state for state in states if state.queued_at is not None]
    assert len(waiting) == len(talks) - 6
    assert all(state.assigned_to is None for state in waiting)


async def test_of_two_people_who_take_a_conversation_at_once_one_has_it(database: Database):
    """The other is told, and the conversation was given out once."""
    first, second = await two_servers(database)
    talk = await first.come()
    found = await asyncio.gather(
        first.assigning.assign(talk, "1", by=BOSS, only_if_free=True),
        second.assigning.assign(talk, "2", by=BOSS, only_if_free=True),
        return_exceptions=True,
    )
    taken = [one for one in found if not isinstance(one, BaseException)]
    assert [type(one).__name__ for one in found].count("AlreadyTaken") == 1
    assert [one.assigned_to for one in taken] == [await first.agent_of(talk)]
    assert await assignments(first, talk) == 1


async def test_teams_are_changed_by_two_people_at_once_into_no_circle(database: Database):
    """Of two changes that would make a circle together, one is refused."""
    first, second = await two_servers(database)
    for name in ("a", "b"):
        await first.team(name)
    found = await asyncio.gather(
        first.team("a", out_of_hours="b"),
        second.team("b", out_of_hours="a"),
        return_exceptions=True,
    )
    assert [type(one).__name__ for one in found].count("Invalid") == 1
    await first.desk.put_plan(RoutingPlan(fallback=Target("a")))
