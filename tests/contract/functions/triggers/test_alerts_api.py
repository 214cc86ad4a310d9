"""The page of alerts, and of what makes functions run, over HTTP."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI, Request
from tests.support.background_house import House
from tests.support.desk_house import LINUS

from callingcard.functions.api.alerts import alert_routes
from callingcard.functions.api.triggers import trigger_routes
from callingcard.functions.errors import UnknownFunction
from callingcard.functions.model.manifest import (
    Caller,
    EventTrigger,
    HttpTrigger,
    Rate,
    ScheduleTrigger,
    Trigger,
)
from callingcard.functions.model.versions import Version
from callingcard.kit.actor import Actor
from callingcard.server import problems

URL = "https://chat.test"


class Current:
    """The versions of a house's functions."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def current(self, name: str) -> Version:
        """Return it, with a schema that wants an order's number."""
        found = self._house.deployed.functions.get(name)
        if found is None:
            raise UnknownFunction("there is no such function")
        schema = {"required": ["order"], "properties": {"order": {"type": "integer"}}}
        return replace(found.current, schema=schema)


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the routes, signed in."""

    async def who(_: Request) -> Actor:
        return LINUS

    app = FastAPI()
    app.include_router(alert_routes(house.alerts, who))
    app.include_router(trigger_routes(Current(house), house.triggers, who, public_url=URL))
    problems.install(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"{URL}/v1/admin") as opened:
        yield opened


async def test_the_page_shows_everything(house: House, client: httpx.AsyncClient):
    """Groups, channels and deliveries, in the app's own spelling."""
    await house.fails(times=2)
    shown = (await client.get("/alerts")).json()
    (group,) = shown["groups"]
    assert {name: group[name] for name in ("function", "count", "state", "lastRunId")} == {
        "function": "f",
        "count": 2,
        "state": "alerted",
        "lastRunId": "run-2",
    }
    assert [channel["id"] for channel in shown["channels"]] == ["settings-1"]
    assert [delivery["state"] for delivery in shown["deliveries"]] == ["sent"]


async def test_a_group_is_muted_unmuted_and_resolved(house: House, client: httpx.AsyncClient):
    """Each answers the group as it is then; an unknown one is 404, a naive time 422."""
    await house.fails()
    (group,) = await house.groups()
    at = f"/alerts/groups/{group.fingerprint}"
    until = (house.clock.now() + timedelta(hours=1)).isoformat()
    muted = (await client.post(f"{at}/mute", json={"until": until})).json()
    assert (muted["state"], muted["mutedUntil"]) == ("muted", "2030-01-01T13:00:00Z")
    naive = await client.post(f"{at}/mute", json={"until": "2030-01-01T13:00:00"})
    assert naive.status_code == 422
    for strange in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        refused = await client.post(f"{at}/mute", json={"until": strange})
        assert refused.status_code == 422
        assert (await client.get("/alerts")).status_code == 200
    unmuted = (await client.delete(f"{at}/mute")).json()
    assert (unmuted["state"], unmuted["mutedUntil"]) == ("alerted", None)
    assert (await client.post(f"{at}/resolve")).json()["state"] == "recovered"
    assert (await client.delete("/alerts/groups/v1-0/mute")).status_code == 404
    assert (await client.post("/alerts/groups/v1-0/resolve")).status_code == 404


async def test_a_channel_comes_and_goes_and_never_shows_its_url(
    house: House, client: httpx.AsyncClient
):
    """What was sent in is in no answer, also not in a refusal."""
    secret = "fake://canary-3f9c"
    added = await client.post("/alerts/channels", json={"name": "Team", "url": secret})
    assert added.status_code == 201
    tried = await client.post("/alerts/test")
    assert [delivery["state"] for delivery in tried.json()["deliveries"]] == ["sent", "sent"]
    page = await client.get("/alerts")
    refused = await client.post(
        "/alerts/channels", json={"name": "x", "url": "canary-3f9c", "more": "canary-3f9c"}
    )
    assert refused.status_code == 422
    for reply in (added, tried, page, refused):
        assert "canary-3f9c" not in reply.text
    where = f"/alerts/channels/{added.json()['id']}"
    assert [(await client.delete(where)).status_code for _ in range(2)] == [204, 404]
    assert len((await client.get("/alerts")).json()["channels"]) == 1


async def test_triggers_show_when_and_how(house: House, client: httpx.AsyncClient):
    """Each kind has its own members: an address with lines to copy, times, a kind of event."""
    every: tuple[Trigger, ...] = (
        HttpTrigger(auth=Caller.VISITOR, site="shop"),
        ScheduleTrigger("0 * * * *"),
        EventTrigger("message.received"),
    )
    house.deployed.deploy("lookup", *every)
    await house.triggers.tick()
    await house.pass_(hours=1)
    http, schedule, event = (await client.get("/functions/lookup/triggers")).json()["triggers"]
    assert http["url"] == f"{URL}/v1/functions/lookup"
    assert (http["auth"], http["site"]) == ("visitor", "shop")
    assert (schedule["lastAt"], schedule["nextAt"], schedule["missed"]) == (
        "2030-01-01T13:00:00Z",
        "2030-01-01T14:00:00Z",
        0,
    )
    assert event["event"] == "message.received"
    assert (await client.get("/functions/nobody/triggers")).status_code == 404


@pytest.mark.parametrize(
    ("trigger", "languages"),
    [
        (HttpTrigger(auth=Caller.KEY), ["curl", "python"]),
        (HttpTrigger(auth=Caller.VISITOR), ["javascript", "curl", "python"]),
        (
            HttpTrigger(
                "GET", Caller.PUBLIC, None, ("https://shop.test",), Rate(1, timedelta(1))
            ),
            ["javascript", "curl", "python"],
        ),
    ],
)
async def test_lines_to_copy_call_as_the_trigger_wants(
    house: House, client: httpx.AsyncClient, trigger: HttpTrigger, languages: list[str]
):
    """A key is not for pages; a public one needs no credential; Python's line compiles."""
    house.deployed.deploy("lookup", trigger)
    shown = (await client.get("/functions/lookup/triggers")).json()["triggers"][0]
    assert [snippet["language"] for snippet in shown["snippets"]] == languages
    code = {snippet["language"]: snippet["code"] for snippet in shown["snippets"]}
    compile(code["python"], "snippet", "exec")
    assert ("Authorization" in code["curl"]) == (trigger.auth is not Caller.PUBLIC)
    if trigger.method == "GET":
        assert "lookup?order=1" in code["curl"]
    else:
        assert json.dumps({"order": 1}) in code["curl"]
