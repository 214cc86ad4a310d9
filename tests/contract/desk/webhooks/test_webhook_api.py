"""The operators' API of webhooks."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from tests.support.desk_house import LINUS, ORIGIN
from tests.support.webhook_house import URL, WebhookTrial

from callingcard.desk.api.webhooks import webhook_routes
from callingcard.kit.actor import Actor
from callingcard.server import problems

HOOKS = "/v1/webhooks"


@pytest.fixture
def client(trial: WebhookTrial) -> httpx.AsyncClient:
    """Return a client of an operator."""

    async def who(_: Request) -> Actor:
        return LINUS

    app = FastAPI()
    app.include_router(webhook_routes(trial.desk, who))
    problems.install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)


async def ok(reply: httpx.Response, status: int = 200) -> Any:
    """Return the JSON of a reply that is not to be stored."""
    assert reply.status_code == status, reply.text
    assert "no-store" in reply.headers["cache-control"]
    return reply.json()


async def test_an_endpoint_from_beginning_to_end(
    trial: WebhookTrial, client: httpx.AsyncClient
):
    """Add, look, change, renew the secret, remove; the secret is never shown again."""
    given = {"url": URL, "events": ["conversation.newMessage", "contact.creation"]}
    made = await ok(await client.post(HOOKS, json=given), 201)
    secret, shown = made["secret"], made["webhook"]
    assert (shown["state"], shown["maxConcurrentRequests"]) == ("working", 10)
    path = f"{HOOKS}/{shown['id']}"
    assert await ok(await client.get(path)) == shown
    listed = await client.get(HOOKS)
    assert await ok(listed) == {"results": [shown]}
    assert secret not in listed.text
    assert secret not in repr(await trial.desk.get(shown["id"]))
    changed = await ok(
        await client.patch(path, json={"events": ["contact.creation"], "enabled": False})
    )
    assert [one["eventType"] for one in changed["subscriptions"]] == ["contact.creation"]
    assert changed["state"] == "disabled"
    renewed = await ok(await client.post(f"{path}/secret"))
    assert renewed["secret"] != secret
    assert (await trial.desk.get(shown["id"])).secret == renewed["secret"]
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_deliveries_are_shown_and_sent_again(
    trial: WebhookTrial, client: httpx.AsyncClient
):
    """The log says how each went; by hand it goes out once more."""
    made = await trial.endpoint("conversation.newMessage")
    opened = await trial.house.enter()
    await trial.house.conversations.post_as_visitor(
        opened.session, text="hi", client_message_id="c-1"
    )
    await trial.work()
    path = f"{HOOKS}/{made.id}/deliveries"
    (one,) = (await ok(await client.get(path)))["results"]
    assert (one["state"], one["lastStatus"], one["attempts"]) == ("delivered", 200, 1)
    again = await ok(await client.post(f"{path}/{one['id']}/redeliver"), 202)
    assert again["state"] == "waiting"
    await trial.work()
    assert len(trial.receiver.requests) == 2
    assert (await client.post(f"{path}/1-1/redeliver")).status_code == 404
    other = await trial.endpoint("contact.creation")
    foreign = f"{HOOKS}/{other.id}/deliveries/{one['id']}/redeliver"
    assert (await client.post(foreign)).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"url": "http://10.0.0.1/", "events": ["contact.creation"]},
        {"url": URL, "events": ["contact.birthday"]},
        {"url": URL, "events": []},
        {"url": URL, "events": ["contact.creation"], "maxConcurrentRequests": 11},
        {"url": URL, "events": ["contact.creation"], "secret": "mine"},
    ],
)
async def test_what_no_endpoint_can_be_is_refused(
    client: httpx.AsyncClient, given: dict[str, Any]
):
    """And nothing is kept of it."""
    assert (await client.post(HOOKS, json=given)).status_code == 422
    assert (await ok(await client.get(HOOKS)))["results"] == []
