"""HubSpot's threads beyond reading and answering: comments, assignees, archive, webhooks."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.desk_house import LINUS
from tests.support.hubspot_house import Api

from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.service.flows.chatflows import ChatflowDesk

BASE = "/conversations/v3/conversations"
THREADS = f"{BASE}/threads"
AGENT = Author(AuthorKind.AGENT, "700", "Linus T.")


async def body_of(api: Api, method: str, path: str, status: int = 200, **more: Any) -> Any:
    """Return the JSON of a reply with this status."""
    reply = await api.call(method, path, **more)
    assert reply.status_code == status, reply.text
    return reply.json() if reply.content else None


async def test_a_comment_is_among_the_messages_and_the_program_its_author(api: Api):
    """A key's comment is an integrator's; it has no direction and is not sent to anybody."""
    key = await api.chat("hello")
    path = f"{THREADS}/{key}/messages"
    sent = {"type": "COMMENT", "text": "<b>vip</b>", "attachments": []}
    headers = {"Idempotency-Key": "once"}
    made = await body_of(api, "POST", path, 201, json=sent, headers=headers)
    again = await body_of(api, "POST", path, 201, json=sent, headers=headers)
    assert made == again
    assert (made["type"], made["createdBy"], made["recipients"]) == ("COMMENT", "I-k1", [])
    assert made["client"] == {"clientType": "INTEGRATION"}
    assert made["richText"] == "<div>&lt;b&gt;vip&lt;/b&gt;</div>"
    assert "direction" not in made
    listed = await body_of(api, "GET", path)
    assert [one["type"] for one in listed["results"]] == ["MESSAGE", "COMMENT"]
    assert await body_of(api, "GET", f"{path}/{made['id']}") == made
    assert await body_of(api, "GET", f"{path}/{made['id']}/original-content") == {
        "text": "<b>vip</b>",
        "richText": "<div>&lt;b&gt;vip&lt;/b&gt;</div>",
    }


@pytest.mark.parametrize(
    "base", [BASE, "/conversations/conversations/2026-09", "/conversations/conversations/v3"]
)
async def test_a_thread_is_given_to_an_agent_and_taken_back(api: Api, base: str):
    """Both are in the thread and among its messages; an agent who is none is refused."""
    key = await api.chat("hello")
    path = f"{base}/threads/{key}/assignee"
    thread = await body_of(api, "PUT", path, json={"actorId": "A-700"})
    assert thread["assignedTo"] == "A-700"
    assert (await api.call("PUT", path, json={"actorId": "A-999"})).status_code == 400
    assert (await api.call("PUT", path, json={"actorId": "V-700"})).status_code == 400
    assert await body_of(api, "DELETE", path, 204) is None
    assert "assignedTo" not in await body_of(api, "GET", f"{THREADS}/{key}")
    listed = (await body_of(api, "GET", f"{THREADS}/{key}/messages"))["results"]
    moves = [
        (one.get("assignedFrom"), one.get("assignedTo"))
        for one in listed
        if one["type"] == "ASSIGNMENT"
    ]
    assert moves == [(None, "A-700"), ("A-700", None)]
    unknown = f"{base}/threads/1/assignee"
    assert (await api.call("PUT", unknown, json={"actorId": "A-700"})).status_code == 404


async def test_a_thread_is_archived_and_restored(api: Api):
    """DELETE hides it; it is found with archived=true and brought back by a PATCH."""
    key = await api.chat("hello")
    path = f"{THREADS}/{key}"
    assert await body_of(api, "DELETE", path, 204) is None
    assert (await api.call("GET", path)).status_code == 404
    assert (await api.call("DELETE", path)).status_code == 404
    assert (await body_of(api, "GET", THREADS))["results"] == []
    archived = await body_of(api, "GET", f"{path}?archived=true")
    assert archived["archived"] is True
    listed = await body_of(api, "GET", f"{THREADS}?archived=true")
    assert [one["id"] for one in listed["results"]] == [key]
    back = await body_of(api, "PATCH", f"{path}?archived=true", json={"archived": False})
    assert back["archived"] is False
    assert (await body_of(api, "GET", path))["id"] == key


async def test_a_merged_thread_is_closed_and_says_where_to_go_on(api: Api):
    """It can be read as before; whoever would write into it is told into which instead."""
    house = api.house
    ada = await house.enter(token=house.identification.mint("ada@example.com"))
    posted = await house.conversations.post_as_visitor(
        ada.session, text="first", client_message_id="1"
    )
    first = posted.entry.conversation_id
    second = (await house.conversations.of_visitors.begin(ada.session)).id
    await house.conversations.merging.merge(first, second, by=LINUS)
    thread = await body_of(api, "GET", f"{THREADS}/{first}")
    assert thread["status"] == "CLOSED"
    listed = (await body_of(api, "GET", f"{THREADS}/{first}/messages"))["results"]
    assert [one.get("text") or one["newStatus"] for one in listed] == ["first", "CLOSED"]
    message = {
        "type": "MESSAGE",
        "text": "late",
        "senderActorId": "A-700",
        "channelId": "1000",
        "channelAccountId": thread["originalChannelAccountId"],
        "recipients": [],
        "attachments": [],
    }
    path = f"{THREADS}/{first}/messages"
    refused = await body_of(api, "POST", path, 409, json=message)
    assert second in refused["message"]
    reopened = await api.call("PATCH", f"{THREADS}/{first}", json={"status": "OPEN"})
    assert reopened.status_code == 409


async def test_threads_are_sorted_and_filtered_by_their_newest_message(api: Api):
    """A change of status is no message; a contact's threads are found by their number."""
    clock = api.house.clock
    first = await api.chat("one")
    clock.advance(timedelta(minutes=1))
    second = await api.chat("two")
    clock.advance(timedelta(minutes=1))
    await api.house.conversations.set_status(ConversationId(first), "closed", actor=AGENT)
    for sort, expected in (
        ("latestMessageTimestamp", [first, second]),
        ("-latestMessageTimestamp", [second, first]),
        ("id", [first, second]),
    ):
        found = await body_of(api, "GET", f"{THREADS}?sort={sort}")
        assert [one["id"] for one in found["results"]] == expected, sort
    visitor = (await body_of(api, "GET", f"{THREADS}/{second}"))["associatedContactId"]
    for query, expected in (
        ("latestMessageTimestampAfter=2030-01-01T12:00:30Z", [second]),
        (f"associatedContactId={visitor}", [second]),
        ("threadStatus=CLOSED", [first]),
        ("association=TICKET&associatedTicketId=9", []),
        ("limit=1", [first]),
    ):
        found = await body_of(api, "GET", f"{THREADS}?{query}")
        assert [one["id"] for one in found["results"]] == expected, query


async def test_quick_replies_go_out_and_their_press_comes_back(api: Api):
    """Buttons under an agent's message are the visitor's to press; no other thing is one."""
    key = await api.chat("hello")
    inbox = (await body_of(api, "GET", f"{THREADS}/{key}"))["inboxId"]
    replies = [{"label": "Yes", "value": "yes", "valueType": "TEXT"}]
    sent: dict[str, Any] = {
        "type": "MESSAGE",
        "text": "Shall we?",
        "senderActorId": "A-700",
        "channelId": "1000",
        "channelAccountId": inbox,
        "recipients": [],
        "attachments": [{"type": "QUICK_REPLIES", "quickReplies": replies}],
    }
    path = f"{THREADS}/{key}/messages"
    made = await body_of(api, "POST", path, 201, json=sent)
    assert made["attachments"] == sent["attachments"]
    (entry,) = await api.house.conversations.entries(ConversationId(key), after=1)
    assert entry.data == {"options": [{"label": "Yes", "value": "yes"}]}
    for wrong in (
        [{"type": "FILE", "fileId": "1"}],
        [{"type": "QUICK_REPLIES", "quickReplies": []}],
        sent["attachments"] * 2,
    ):
        refused = await api.call("POST", path, json={**sent, "attachments": wrong})
        assert refused.status_code == 400


async def test_bots_and_programs_are_actors(api: Api):
    """Whoever is named as an author can be asked about; a program about itself only."""
    flows = ChatflowDesk(api.house.units, api.house.clock)
    await flows.put("help", {"welcome": "Hi"}, by="test")
    for actor_id, kind, name in (
        ("B-help", "BOT", "help"),
        ("I-k1", "INTEGRATOR", "crm"),
        ("A-700", "AGENT", "Linus T."),
    ):
        actor = await body_of(api, "GET", f"{BASE}/actors/{actor_id}")
        assert actor == {"id": actor_id, "type": kind, "name": name}
    for unknown in ("B-none", "I-k2", "L-1"):
        assert (await api.call("GET", f"{BASE}/actors/{unknown}")).status_code == 404


async def test_messages_and_comments_are_paged_as_one(api: Api):
    """Page by page, in either order, nothing is missing and nothing comes twice."""
    key = await api.chat("hello")
    path = f"{THREADS}/{key}/messages"
    for number in range(5):
        comment = {"type": "COMMENT", "text": f"note {number}", "attachments": []}
        await body_of(api, "POST", path, 201, json=comment)
        api.house.clock.advance(timedelta(seconds=1))
    whole = [one["id"] for one in (await body_of(api, "GET", path))["results"]]
    for sort, expected in (("createdAt", whole), ("-createdAt", whole[::-1])):
        read: list[str] = []
        after = ""
        while True:
            page = await body_of(api, "GET", f"{path}?limit=2&sort={sort}{after}")
            read += [one["id"] for one in page["results"]]
            if "paging" not in page:
                break
            after = f"&after={page['paging']['next']['after']}"
        assert read == expected
    assert (await api.call("GET", f"{path}?after=x.y")).status_code == 400


@pytest.mark.parametrize("version", ["v3", "2026-03"])
async def test_webhooks_are_set_up_as_with_hubspot(api: Api, version: str):
    """Settings, subscriptions, pausing; the secret is in the first answer only."""
    settings = f"/webhooks/{version}/54321/settings"
    subscriptions = f"/webhooks/{version}/54321/subscriptions"
    assert (await api.call("GET", settings)).status_code == 404
    asked = {
        "targetUrl": "https://hooks.example/in",
        "throttling": {"maxConcurrentRequests": 5},
    }
    made = await body_of(api, "PUT", settings, json=asked)
    assert made.pop("clientSecret")
    assert {name: made[name] for name in asked} == asked
    assert await body_of(api, "GET", settings) == made
    changed = await body_of(
        api,
        "PUT",
        settings,
        json={**asked, "targetUrl": "https://hooks.example/2"},
    )
    assert changed["targetUrl"] == "https://hooks.example/2"
    assert "clientSecret" not in changed
    wish = {"eventType": "contact.propertyChange", "propertyName": "email", "active": True}
    one = await body_of(api, "POST", subscriptions, 201, json=wish)
    assert {name: one[name] for name in wish} == wish
    path = f"{subscriptions}/{one['id']}"
    paused = await body_of(api, "PATCH", path, json={"active": False})
    assert paused["active"] is False
    assert await body_of(api, "GET", path) == paused
    batch = {"inputs": [{"id": int(one["id"]), "active": True}]}
    done = await body_of(api, "POST", f"{subscriptions}/batch/update", json=batch)
    assert [item["active"] for item in done["results"]] == [True]
    assert len((await body_of(api, "GET", subscriptions))["results"]) == 1
    assert await body_of(api, "DELETE", path, 204) is None
    assert (await api.call("GET", path)).status_code == 404
    assert await body_of(api, "DELETE", settings, 204) is None
    assert (await api.call("GET", subscriptions)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        (
            "PUT",
            "settings",
            {
                "targetUrl": "http://10.0.0.1/",
                "throttling": {"maxConcurrentRequests": 5},
            },
        ),
        (
            "PUT",
            "settings",
            {"targetUrl": "https://a.example/", "throttling": {"maxConcurrentRequests": 99}},
        ),
        ("POST", "subscriptions", {"eventType": "contact.birthday", "active": True}),
        (
            "POST",
            "subscriptions",
            {"eventType": "contact.creation", "propertyName": "email", "active": True},
        ),
    ],
)
async def test_settings_that_cannot_be_are_refused(
    api: Api, method: str, path: str, given: dict[str, Any]
):
    """In HubSpot's words for input that does not fit."""
    asked = {"targetUrl": "https://a.example/", "throttling": {"maxConcurrentRequests": 5}}
    await body_of(api, "PUT", "/webhooks/v3/1/settings", json=asked)
    refused = await body_of(api, method, f"/webhooks/v3/1/{path}", 400, json=given)
    assert refused["category"] == "VALIDATION_ERROR"
