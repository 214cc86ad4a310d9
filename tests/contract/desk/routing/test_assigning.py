"""Who is given a conversation, and who waits: the complaints of others' users are tests."""

from datetime import timedelta

import pytest
from tests.support.routing_house import BOSS, RoutingHouse

from callingcard.desk.errors import AgentNotFound, AlreadyTaken, ConversationNotFound
from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import (
    Overflow,
    RoutingPlan,
    Rule,
    Strategy,
    Target,
    Team,
    WhenAway,
)

MINUTE = timedelta(minutes=1)
VIP = Rule(
    "VIP",
    {"property": "contact.plan", "operator": "eq", "value": "vip"},
    Target("priority", Priority.HIGH),
)


async def test_nobody_overloaded_or_away_is_given_a_conversation(routing: RoutingHouse):
    """Chats wait in a queue, and are not lost with agents who are full or not there.

    https://github.com/chatwoot/chatwoot/issues/13050
    """
    await routing.support("1", "2", capacity=2)
    await routing.here("1")
    talks = [await routing.come() for _ in range(4)]
    assert [await routing.agent_of(talk) for talk in talks] == ["1", "1", None, None]
    assert [await routing.assigning.position(talk) for talk in talks[2:]] == [1, 2]


async def test_an_agent_set_free_is_given_the_oldest_waiting(routing: RoutingHouse):
    """Not the newest, and not by chance.

    https://github.com/chatwoot/chatwoot/issues/10376
    """
    await routing.support("1", capacity=1)
    await routing.here("1")
    first, second, third = [await routing.come() for _ in range(3)]
    routing.clock.advance(MINUTE)
    await routing.close(first)
    assert await routing.agent_of(second) == "1"
    assert await routing.agent_of(third) is None
    assert await routing.assigning.position(third) == 1


async def test_nobody_is_in_limbo_when_all_agents_were_away(routing: RoutingHouse):
    """Who wrote while nobody was there is given to the first agent who comes back.

    https://github.com/chatwoot/chatwoot/issues/5672
    """
    await routing.support("1", "2")
    first, second = await routing.come(), await routing.come()
    assert await routing.agent_of(first) is None
    await routing.here("2")
    assert [await routing.agent_of(talk) for talk in (first, second)] == ["2", "2"]


async def test_a_returning_agent_is_given_the_oldest_waiting_up_to_their_cap(
    routing: RoutingHouse,
):
    """Coming back is as being set free, and no flood."""
    await routing.support("1", capacity=2)
    talks = [await routing.come() for _ in range(3)]
    await routing.here("1")
    assert [await routing.agent_of(talk) for talk in talks] == ["1", "1", None]


async def test_the_team_that_was_decided_is_the_team_that_answers(routing: RoutingHouse):
    """The department that rules chose is never ignored for another that has time.

    https://github.com/RocketChat/Rocket.Chat/issues/23941
    """
    await routing.team("priority", "1")
    await routing.support("2")
    await routing.desk.put_plan(RoutingPlan((VIP,), Target("support")))
    await routing.here("2")
    vip = await routing.come(facts={"contact.plan": "vip"})
    other = await routing.come(facts={"contact.plan": "free"})
    assert await routing.agent_of(vip) is None
    assert await routing.agent_of(other) == "2"
    assert (await routing.get(vip)).team == "priority"


async def test_urgent_ones_come_before_older_ones(routing: RoutingHouse):
    """Within a priority the oldest is first; a higher priority goes ahead."""
    await routing.support("1", capacity=1)
    await routing.desk.put_plan(
        RoutingPlan(
            (Rule("VIP", VIP.when, Target("support", Priority.URGENT)),), Target("support")
        )
    )
    await routing.here("1")
    busy, old = await routing.come(), await routing.come()
    routing.clock.advance(MINUTE)
    urgent = await routing.come(facts={"contact.plan": "vip"})
    assert await routing.assigning.position(old) == 2
    await routing.close(busy)
    assert await routing.agent_of(urgent) == "1"
    assert await routing.agent_of(old) is None


async def test_a_cap_over_all_teams_holds_too(routing: RoutingHouse):
    """Two teams that each leave room do not overload the agent of both."""
    await routing.team("sales", "1")
    await routing.support("1")
    plan = RoutingPlan(fallback=Target("support"), capacity=3, capacities={"2": 1})
    await routing.desk.put_plan(plan)
    await routing.here("1")
    talks = [
        await routing.come(team=team) for team in ("sales", "sales", "support", "support")
    ]
    assert [await routing.agent_of(talk) for talk in talks] == ["1", "1", "1", None]


async def test_an_agents_going_away_gives_waiting_visitors_to_others(routing: RoutingHouse):
    """Who waits for an answer queues again at their old place; the answered ones stay."""
    await routing.support("1", "2", capacity=5)
    await routing.here("1")
    answered, waiting = await routing.come(), await routing.come()
    await routing.answer(answered, "1")
    await routing.here("2")
    await routing.away("1")
    assert await routing.agent_of(answered) == "1"
    assert await routing.agent_of(waiting) == "2"
    assert await routing.steps_of(waiting) == [
        "routed:fallback",
        "assigned:balanced",
        "requeued:away",
        "assigned:balanced",
    ]
    await routing.write_again(answered)
    assert await routing.agent_of(answered) == "2"


async def test_a_team_may_keep_the_conversations_of_who_goes_away(routing: RoutingHouse):
    """Then they wait for their agent, also when the visitor writes again."""
    await routing.support("1", "2", when_away=WhenAway.KEEP)
    await routing.here("1")
    talk = await routing.come()
    await routing.here("2")
    await routing.away("1")
    await routing.write_again(talk)
    assert await routing.agent_of(talk) == "1"


async def test_an_agent_whose_app_is_gone_is_away_after_two_minutes(routing: RoutingHouse):
    """A closed laptop does not keep its conversations; a short break in the line does."""
    await routing.support("1", "2")
    await routing.here("1")
    talk = await routing.come()
    routing.clock.advance(MINUTE)
    await routing.here("2")
    assert await routing.attendance.beat() == 0
    routing.clock.advance(MINUTE)
    await routing.attendance.beat()
    assert await routing.agent_of(talk) == "2"
    online = {one.agent_id: one.is_online for one in await routing.attendance.everybody()}
    assert online == {"1": False, "2": True}


async def test_a_reopened_conversation_does_not_go_over_the_cap(routing: RoutingHouse):
    """Its agent has others by now, so it queues; who has time takes it."""
    await routing.support("1", capacity=1)
    await routing.here("1")
    first, second = await routing.come(), await routing.come()
    await routing.close(first)
    await routing.write_again(first)
    assert await routing.agent_of(second) == "1"
    assert await routing.agent_of(first) is None
    assert await routing.assigning.position(first) == 1
    await routing.close(second)
    assert await routing.agent_of(first) == "1"


async def test_a_returning_visitor_has_the_same_agent_again(routing: RoutingHouse):
    """Within the sticky time, whoever answered last comes before who has less to do."""
    await routing.support("1", "2", sticky=timedelta(hours=1))
    contact = await routing.contact()
    await routing.here("2")
    first = await routing.come(contact_id=contact)
    await routing.answer(first, "2")
    await routing.here("1")
    again = await routing.come(contact_id=contact)
    assert await routing.agent_of(again) == "2"
    routing.clock.advance(timedelta(hours=2))
    await routing.here("1", "2")
    assert await routing.agent_of(await routing.come(contact_id=contact)) == "1"


async def test_the_owner_of_a_contact_is_given_their_conversations(routing: RoutingHouse):
    """As HubSpot's contact owner; when they are away, the balance decides."""
    await routing.support("1", "2", strategy=Strategy.OWNER)
    contact = await routing.contact(hubspot_owner_id="2")
    await routing.here("1", "2")
    busy = [await routing.come() for _ in range(2)]
    await routing.close(busy[0])
    assert await routing.agent_of(await routing.come(contact_id=contact)) == "2"
    await routing.away("2")
    assert await routing.agent_of(await routing.come(contact_id=contact)) == "1"


async def test_a_conversation_overflows_after_its_time(routing: RoutingHouse):
    """Who waits too long goes to the next team, once, and keeps their place."""
    await routing.team("second", "2")
    await routing.support("1")
    await routing.desk.put_team(
        Team("support", ("1",), overflow=Overflow("second", 2 * MINUTE))
    )
    await routing.here("2")
    talk = await routing.come()
    routing.clock.advance(MINUTE)
    await routing.here("2")
    await routing.attendance.beat()
    assert await routing.agent_of(talk) is None
    routing.clock.advance(MINUTE)
    await routing.attendance.beat()
    assert await routing.agent_of(talk) == "2"
    assert await routing.steps_of(talk) == [
        "routed:fallback",
        "overflowed:support",
        "assigned:balanced",
    ]


async def test_a_manual_team_waits_for_people(routing: RoutingHouse):
    """One who takes a conversation has it; a second who takes it is told so."""
    await routing.support("1", "2", strategy=Strategy.MANUAL)
    await routing.here("1", "2")
    talk = await routing.come()
    assert await routing.agent_of(talk) is None
    await routing.assigning.assign(talk, "2", by=BOSS, only_if_free=True)
    with pytest.raises(AlreadyTaken):
        await routing.assigning.assign(talk, "1", by=BOSS, only_if_free=True)
    assert await routing.agent_of(talk) == "2"


async def test_people_give_and_take_as_they_like(routing: RoutingHouse):
    """A person may go over a cap; what they take away is not given back at once."""
    await routing.support("1", "2", capacity=1)
    await routing.here("1")
    busy, waiting = await routing.come(), await routing.come()
    given = await routing.assigning.assign(waiting, "1", by=BOSS)
    assert (given.assigned_to, given.queued_at) == ("1", None)
    freed = await routing.assigning.unassign(waiting, by=BOSS)
    assert (freed.assigned_to, await routing.agent_of(waiting)) == (None, None)
    await routing.close(busy)
    assert await routing.agent_of(waiting) is None
    with pytest.raises(AgentNotFound):
        await routing.assigning.assign(waiting, "nobody", by=BOSS)
    with pytest.raises(ConversationNotFound):
        await routing.assigning.assign(ConversationId("404"), "1", by=BOSS)


async def test_who_is_relieved_of_a_conversation_is_given_the_oldest_waiting(
    routing: RoutingHouse,
):
    """Handing one over to a colleague makes room, as closing it does."""
    await routing.support("1", capacity=1)
    await routing.here("1")
    first, second = await routing.come(), await routing.come()
    await routing.assigning.assign(first, "2", by=BOSS)
    assert [await routing.agent_of(talk) for talk in (first, second)] == ["2", "1"]


async def test_every_step_is_told_to_functions_and_to_the_app(routing: RoutingHouse):
    """Queued, assigned and requeued are events, and wake who looks at the conversation."""
    await routing.support("1")
    await routing.here("1")
    talk = await routing.come()
    routing.clock.advance(MINUTE)
    await routing.away("1")
    told = [(kind, data) for kind, data in await routing.told()]
    assert sorted(kind for kind, _ in told) == [
        "conversation.assigned",
        "conversation.assigned",
        "conversation.queued",
        "conversation.requeued",
    ]
    queued = next(data for kind, data in told if kind == "conversation.queued")
    assert queued == {"conversation_id": talk, "team": "support", "priority": "normal"}
    whose = [data["assigned_to"] for kind, data in told if kind == "conversation.assigned"]
    assert whose == ["1", None]
    assert {f"conversation:{talk}", "feed"} <= set(routing.news.topics)


async def test_without_a_plan_a_conversation_is_anybodys(routing: RoutingHouse):
    """Until somebody sets up teams, nothing queues and nothing is given out."""
    await routing.here("1")
    routed = await routing.routed()
    assert (routed.team, routed.position, routed.is_open) == (None, None, True)
    assert (await routing.get(routed.conversation.id)).queued_at is None


async def test_a_closed_conversation_waits_no_longer(routing: RoutingHouse):
    """It leaves the queue, and those behind it move up."""
    await routing.support("1")
    first, second = await routing.come(), await routing.come()
    await routing.close(first)
    assert await routing.assigning.position(first) is None
    assert await routing.assigning.position(second) == 1
