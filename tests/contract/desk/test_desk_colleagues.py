"""Agents see whom they can hand a conversation to, and hand it over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from tests.support.desk_house import House
from tests.support.routing_house import BOSS, RoutingHouse

from callingcard.backends.database import Database
from callingcard.desk.api.colleagues import ColleagueRoutes, colleague_routes
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.objects import Owner
from callingcard.kit.clock import FakeClock
from callingcard.server import problems

THEN = datetime(2030, 1, 1, tzinfo=UTC)
INBOX = "/v1/inbox/conversations"


@dataclass
class Users:
    """Three people, one of whom left."""

    async def all(self) -> Sequence[Owner]:
        """Return them in no order."""
        return [
            Owner("2", "grace@example.com", "Grace", "Hopper", THEN, THEN),
            Owner("1", "ada@example.com", "ada", "", THEN, THEN),
            Owner("3", "carl@example.com", "Carl", "Left", THEN, THEN, archived=True),
        ]


@pytest.fixture
def routing(database: Database, clock: FakeClock) -> RoutingHouse:
    """Return routing over the house's database."""
    return RoutingHouse(database, clock)


@pytest.fixture
def client(house: House, routing: RoutingHouse) -> httpx.AsyncClient:
    """Return a client of the routes."""
    app = FastAPI()
    routes = ColleagueRoutes(
        house.conversations,
        Users(),
        routing=routing.desk,
        assigning=routing.assigning,
        attendance=routing.attendance,
    )
    app.include_router(colleague_routes(routes, house.agent))
    problems.install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.test")


async def written(house: House) -> ConversationId:
    """Let a visitor write, and return the conversation's id."""
    opened = await house.enter()
    posted = await house.conversations.post_as_visitor(
        opened.session, text="hello", client_message_id="c-1"
    )
    return posted.entry.conversation_id


async def test_colleagues_by_name_and_who_is_here(
    client: httpx.AsyncClient, routing: RoutingHouse
):
    """People who left are not offered; no address is told."""
    await routing.team("sales", "2")
    await routing.team("support", "700")
    await routing.here("2")
    reply = await client.get("/v1/inbox/colleagues")
    assert reply.json() == {
        "agents": [
            {"id": "1", "name": "ada", "status": "away"},
            {"id": "2", "name": "Grace Hopper", "status": "online"},
        ],
        "teams": [{"name": "sales", "mine": False}, {"name": "support", "mine": True}],
    }
    assert "example.com" not in reply.text


async def test_a_conversation_is_sent_to_a_teams_queue(
    house: House, client: httpx.AsyncClient, routing: RoutingHouse
):
    """It waits there, and goes to who is free in that team; the decision names a person."""
    await routing.team("sales", "2")
    key = await written(house)
    sent = (await client.put(f"{INBOX}/{key}/team", json={"team": "sales"})).json()
    assert (sent["team"], sent["assignedTo"]) == ("sales", None)
    assert sent["queuedAt"] is not None
    await routing.here("2")
    assert (await house.conversations.overview(key)).conversation.assigned_to == "2"
    steps = await routing.assigning.decisions(key)
    assert (steps[0].step, steps[0].by) == ("routed", "person")


async def test_a_closed_conversation_waits_for_nobody(
    house: House, client: httpx.AsyncClient, routing: RoutingHouse
):
    """Sending it to a team changes whose it is, and puts it into no queue."""
    await routing.team("sales", "2")
    await routing.here("2")
    key = await written(house)
    await house.conversations.set_status(key, "closed", actor=BOSS)
    sent = (await client.put(f"{INBOX}/{key}/team", json={"team": "sales"})).json()
    assert (sent["team"], sent["queuedAt"], sent["assignedTo"]) == ("sales", None, None)
    assert sent["waitingSince"] is None


async def test_a_team_that_is_gone_is_told_so(house: House, client: httpx.AsyncClient):
    """Nothing is changed when there is no such team."""
    key = await written(house)
    reply = await client.put(f"{INBOX}/{key}/team", json={"team": "gone"})
    assert (reply.status_code, reply.json()["code"]) == (404, "desk.team_not_found")
    assert (await house.conversations.get(key)).team is None
