"""Routing over HTTP: what operators set up, and what agents say and see."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from tests.support.routing_house import RoutingHouse

from callingcard.access.errors import ScopeMissing
from callingcard.desk.api.routing.routes import (
    attendance_routes,
    decision_routes,
    routing_routes,
)
from callingcard.kit.actor import Actor, Role
from callingcard.server import problems

RULE = {
    "name": "VIP",
    "when": {"property": "contact.plan", "operator": "eq", "value": "vip"},
    "team": "priority",
    "priority": "high",
}
HOURS: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "days": {"mon": ["09:00-12:00", "13:00-17:00"], "fri": ["22:00-06:00"]},
    "holidays": [
        {"date": "2030-12-25", "name": "Christmas Day"},
        {"date": "2030-12-24", "name": "Christmas Eve", "spans": ["09:00-12:00"]},
    ],
}
TEAM: dict[str, Any] = {
    "agents": ["ada@example.com", "2"],
    "strategy": "round_robin",
    "capacity": 3,
    "hours": "office",
    "sticky": "24h",
    "overflow": {"team": "support", "after": "90s"},
}


async def ada(_: Request) -> Actor:
    """Let Ada call."""
    return Actor("agent", "1", "Ada", role=Role.OPERATOR)


async def nobody(_: Request) -> Actor:
    """Refuse whoever calls."""
    raise ScopeMissing("not for you")


@pytest.fixture
async def client(routing: RoutingHouse) -> AsyncIterator[httpx.AsyncClient]:
    """Return Ada's client."""
    app = FastAPI()
    app.include_router(routing_routes(routing.desk, ada))
    app.include_router(attendance_routes(routing.attendance, ada))
    app.include_router(decision_routes(routing.assigning, ada))
    problems.install(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        yield client


async def test_what_is_put_is_read_again(client: httpx.AsyncClient):
    """Hours, teams and the plan come back as documents that can be put again."""
    hours = (await client.put("/v1/hours/office", json=HOURS)).json()
    assert hours["days"]["mon"] == ["09:00-12:00", "13:00-17:00"]
    assert hours["holidays"][1] == {
        "date": "2030-12-24",
        "name": "Christmas Eve",
        "spans": ["09:00-12:00"],
    }
    assert (await client.put("/v1/teams/support", json={"agents": ["1"]})).status_code == 200
    team = (await client.put("/v1/teams/priority", json=TEAM)).json()
    assert team["agents"] == ["1", "2"]
    assert (team["sticky"], team["overflow"]["after"]) == ("24h", "90s")
    plan = {"rules": [RULE], "fallback": {"team": "support"}, "capacities": {"2": 4}}
    put = (await client.put("/v1/routing", json=plan)).json()
    assert put["rules"] == [RULE]
    assert put["fallback"] == {"team": "support", "priority": "normal"}
    for path, document in [
        ("/v1/hours/office", hours),
        ("/v1/teams/priority", team),
        ("/v1/routing", put),
    ]:
        assert (await client.get(path)).json() == document
        again = await client.put(path, json=document)
        assert (again.status_code, again.json()) == (200, document)
    listed = (await client.get("/v1/teams")).json()["results"]
    assert [one["name"] for one in listed] == ["priority", "support"]
    assert [one["name"] for one in (await client.get("/v1/hours")).json()["results"]] == [
        "office"
    ]


async def test_the_plan_of_the_contract_is_enough(client: httpx.AsyncClient):
    """The documents of the contract are taken as they stand there."""
    await client.put("/v1/hours/office", json={"zone": "UTC", "days": {}})
    team = {"agents": ["1"], "strategy": "balanced", "capacity": 5, "hours": "office"}
    for name in ("support", "priority"):
        assert (await client.put(f"/v1/teams/{name}", json=team)).status_code == 200
    plan = {"rules": [RULE], "fallback": {"team": "support"}}
    assert (await client.put("/v1/routing", json=plan)).status_code == 200


@pytest.mark.parametrize(
    ("path", "document", "field"),
    [
        ("/v1/teams/x", {"agents": ["3", "none@example.com"]}, "agents.1"),
        ("/v1/teams/x", {"agents": [], "strategy": "luck"}, "strategy"),
        ("/v1/teams/x", {"agents": [], "sticky": "soon"}, "sticky"),
        ("/v1/teams/x", {"agents": [], "colour": "red"}, "colour"),
        ("/v1/teams/x", {"name": "y", "agents": []}, "name"),
        ("/v1/hours/x", {**HOURS, "zone": "Mars/Olympus"}, "zone"),
        ("/v1/hours/x", {**HOURS, "days": {"mon": ["9-5"]}}, "days.mon.0"),
        (
            "/v1/hours/x",
            {**HOURS, "days": {"mon": ["09:00-12:00", "11:00-13:00"]}},
            "days.mon",
        ),
        ("/v1/routing", {"rules": [RULE]}, "rules.0.team"),
        ("/v1/routing", {"fallback": {"team": "none"}}, "fallback.team"),
        (
            "/v1/routing",
            {"rules": [{"name": "x", "when": {"property": "contact.a", "operator": "is"}}]},
            "rules.0.when.operator",
        ),
    ],
)
async def test_what_is_wrong_is_refused_with_its_place(
    client: httpx.AsyncClient, path: str, document: dict[str, Any], field: str
):
    """A mistake is answered with 422 and the path to it, and changes nothing."""
    answer = await client.put(path, json=document)
    assert answer.status_code == 422
    assert field in str(answer.json())
    assert "none@example.com" not in answer.text
    if path != "/v1/routing":
        assert (await client.get(path)).status_code == 404


async def test_what_is_used_stays_and_the_rest_can_go(client: httpx.AsyncClient):
    """A team that the plan names is kept with 409; one that is not used is deleted."""
    for name in ("support", "other"):
        await client.put(f"/v1/teams/{name}", json={"agents": ["1"]})
    await client.put("/v1/routing", json={"fallback": {"team": "support"}})
    assert (await client.delete("/v1/teams/support")).status_code == 409
    assert (await client.delete("/v1/teams/other")).status_code == 204
    assert (await client.delete("/v1/teams/other")).status_code == 404
    assert (await client.delete("/v1/hours/none")).status_code == 404


async def test_an_agent_says_that_they_are_here_and_is_given_work(
    client: httpx.AsyncClient, routing: RoutingHouse
):
    """Presence is one call; why a conversation came is another."""
    await routing.support("1")
    talk = await routing.come(facts={"contact.plan": "free"})
    waiting = (await client.get(f"/v1/conversations/{talk}/routing")).json()
    assert (waiting["position"], len(waiting["decisions"])) == (1, 1)
    put = await client.put("/v1/inbox/presence", json={"status": "online"})
    assert (put.json()["agentId"], put.json()["status"]) == ("1", "online")
    assert put.headers["Cache-Control"] == "no-store"
    assert await routing.agent_of(talk) == "1"
    found = (await client.get(f"/v1/conversations/{talk}/routing")).json()
    assert found["position"] is None
    last = found["decisions"][-1]
    assert (last["step"], last["team"], last["agentId"], last["by"]) == (
        "assigned",
        "support",
        "1",
        "balanced",
    )
    everybody = (await client.get("/v1/inbox/presence")).json()["results"]
    assert [(one["agentId"], one["status"]) for one in everybody] == [("1", "online")]
    assert (await client.get("/v1/conversations/404/routing")).status_code == 404


async def test_a_plan_is_tried_before_it_is_saved(client: httpx.AsyncClient):
    """The trial says where somebody would go and why, and refuses what could not be kept."""
    await client.put("/v1/teams/priority", json={"agents": ["1"]})
    known = {"facts": {"contact.plan": "VIP"}, "plan": {"rules": [RULE]}}
    tried = (await client.post("/v1/routing/try", json=known)).json()
    assert (tried["team"], tried["priority"], tried["rule"]) == ("priority", "high", "VIP")
    assert [leaf["holds"] for leaf in tried["trace"][0]["leaves"]] == [True]
    kept = (
        await client.post("/v1/routing/try", json={"facts": {"contact.plan": "vip"}})
    ).json()
    assert (kept["team"], kept["rule"]) == (None, None)
    assert (await client.get("/v1/routing")).json()["rules"] == []
    nowhere = {"facts": {}, "plan": {"rules": [{**RULE, "team": "none"}]}}
    refused = await client.post("/v1/routing/try", json=nowhere)
    assert (refused.status_code, refused.json()["fields"]) == (
        422,
        {"rules.0.team": "there is no such team"},
    )


async def test_hours_are_previewed_before_they_are_saved(client: httpx.AsyncClient):
    """The preview says when the office opens or closes; nothing is kept."""
    friday = {"hours": HOURS, "at": "2029-12-28T21:30:00Z"}  # 22:30 in Berlin
    shown = (await client.post("/v1/hours/preview", json=friday)).json()
    assert shown == {"isOpen": True, "opensAt": None, "closesAt": "2029-12-29T05:00:00.000Z"}
    saturday = {"hours": HOURS, "at": "2029-12-29T12:00:00Z"}
    shown = (await client.post("/v1/hours/preview", json=saturday)).json()
    assert shown == {"isOpen": False, "opensAt": "2029-12-31T08:00:00.000Z", "closesAt": None}
    wrong = {**saturday, "hours": {**HOURS, "zone": "Mars/Olympus"}}
    assert (await client.post("/v1/hours/preview", json=wrong)).status_code == 422
    assert (await client.get("/v1/hours")).json()["results"] == []


async def test_the_newest_decisions_come_first(
    client: httpx.AsyncClient, routing: RoutingHouse
):
    """What was decided lately is listed over all conversations, so many as are asked for."""
    await routing.support("1")
    first = await routing.come()
    routing.clock.advance(timedelta(minutes=1))
    second = await routing.come()
    listed = (await client.get("/v1/routing/decisions")).json()["results"]
    assert [one["conversationId"] for one in listed] == [second, first]
    newest = (await client.get("/v1/routing/decisions?limit=1")).json()["results"]
    assert [one["conversationId"] for one in newest] == [second]
    assert (await client.get("/v1/routing/decisions?limit=0")).status_code == 422


async def test_who_may_not_sees_and_changes_nothing(routing: RoutingHouse):
    """Every route is guarded."""
    app = FastAPI()
    app.include_router(routing_routes(routing.desk, nobody))
    app.include_router(attendance_routes(routing.attendance, nobody))
    app.include_router(decision_routes(routing.assigning, nobody))
    problems.install(app)
    paths = app.openapi()["paths"]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://desk.test"
    ) as client:
        for path, operations in paths.items():
            for method in operations:
                url = path.format(name="support", conversation_id="1")
                answer = await client.request(method, url, json={})
                assert answer.status_code == 403, (method, path)
    assert len(paths) == 10
