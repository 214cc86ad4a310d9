"""The agents' API as the app speaks it."""

from typing import Any

import httpx
from tests.support.desk_house import House

INBOX = "/v1/inbox/conversations"


async def arrive(house: House, text: str = "hello") -> str:
    """Let Ada write, and return her conversation's id."""
    opened = await house.enter(
        token=house.identification.mint("ada@example.com", "Ada", "Lovelace")
    )
    posted = await house.conversations.post_as_visitor(
        opened.session, text=text, client_message_id="c-1"
    )
    return posted.entry.conversation_id


async def ok(answer: httpx.Response, status: int = 200) -> Any:
    """Return the answer's JSON, which is never to be stored."""
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def test_a_conversation_from_arrival_to_close(house: House):
    """List, read, answer, answer again by mistake, mark, close; exact shapes."""
    key = await arrive(house)
    async with house.client() as client:
        page = await ok(await client.get(INBOX))
        one = page["results"][0]
        assert page == {"results": [one], "next": None, "feed": 2}
        assert one == {
            "id": key,
            "status": "open",
            "evidence": "signed",
            "signedBy": "the desk",
            "signedUntil": "2030-01-02T00:00:00.000Z",
            "visitor": {"name": "Ada Lovelace", "email": "ada@example.com"},
            "contactId": one["contactId"],
            "inbox": "web",
            "head": 1,
            "agentReadSeq": 0,
            "visitorReadSeq": 1,
            "unread": 1,
            "waitingSince": "2030-01-01T12:00:00.000Z",
            "queuedAt": None,
            "assignedTo": None,
            "team": None,
            "priority": "normal",
            "archived": False,
            "mergedInto": None,
            "mergedAt": None,
            "lastEntry": one["lastEntry"],
            "createdAt": "2030-01-01T12:00:00.000Z",
            "updatedAt": "2030-01-01T12:00:00.000Z",
        }
        assert one["lastEntry"]["text"] == "hello"
        assert await ok(await client.get(f"{INBOX}/{key}")) == one
        message = {"clientMessageId": "a-1", "text": "Hi Ada"}
        first = await client.post(f"{INBOX}/{key}/messages", json=message)
        again = await client.post(f"{INBOX}/{key}/messages", json=message)
        assert await ok(first, 201) == await ok(again, 200)
        assert first.json()["seq"] == 2
        log = await ok(await client.get(f"{INBOX}/{key}/entries?after=1"))
        assert log == {"events": log["events"], "head": 2}
        assert log["events"][0]["author"] == {"kind": "agent", "id": "700", "name": "Linus T."}
        read = await client.post(f"{INBOX}/{key}/read", json={"seq": 2})
        assert read.status_code == 204
        closed = await ok(await client.patch(f"{INBOX}/{key}", json={"status": "closed"}))
        assert (closed["status"], closed["waitingSince"], closed["head"]) == (
            "closed",
            None,
            3,
        )
        assert (await ok(await client.get(INBOX)))["results"] == []
        assert len((await ok(await client.get(f"{INBOX}?status=closed")))["results"]) == 1
        opened = await ok(await client.patch(f"{INBOX}/{key}", json={"status": "open"}))
        assert opened["lastEntry"]["status"] == "open"


async def test_nobody_reads_without_signing_in(house: House):
    """Every route asks who is there, before anything else."""
    key = await arrive(house)
    house.agent_signed_in = False
    async with house.client() as client:
        for method, path in (
            ("GET", INBOX),
            ("GET", f"{INBOX}/{key}"),
            ("GET", f"{INBOX}/{key}/entries"),
            ("POST", f"{INBOX}/{key}/messages"),
            ("PATCH", f"{INBOX}/{key}"),
            ("POST", f"{INBOX}/{key}/read"),
            ("GET", "/v1/inbox/events"),
        ):
            answer = await client.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "test.signed_out")


async def test_what_is_wrong_is_told(house: House):
    """Unknown ids are 404, wild values 422, too much is 413."""
    key = await arrive(house)
    async with house.client() as client:
        statuses = [
            (await client.get(f"{INBOX}/1")).status_code,
            (await client.get(f"{INBOX}/1/entries")).status_code,
            (await client.get(f"{INBOX}?status=gone")).status_code,
            (await client.get(f"{INBOX}?after=x")).status_code,
            (await client.get(f"{INBOX}?limit=0")).status_code,
            (await client.patch(f"{INBOX}/{key}", json={"status": "gone"})).status_code,
            (await client.post(f"{INBOX}/{key}/read", json={"seq": -1})).status_code,
            (await client.post(f"{INBOX}/{key}/read", json={"seq": True})).status_code,
            (await client.post(f"{INBOX}/{key}/read", content=b"x" * 20_000)).status_code,
        ]
    assert statuses == [404, 404, 422, 422, 422, 422, 422, 422, 413]


async def test_the_routes_are_named_for_the_front_ends_types(house: House):
    """OpenAPI has a model for every JSON answer and readable operation names."""
    document = house.app().openapi()
    operations = {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }
    assert {"openSession", "listConversations", "followInbox"} <= set(operations)
    for name, operation in operations.items():
        statuses = operation["responses"]
        if "204" in statuses:
            continue
        good = statuses.get("200") or statuses.get("201") or statuses["202"]
        assert "$ref" in good["content"]["application/json"]["schema"], name
    events = document["components"]["schemas"]["FeedAnswer"]["properties"]["events"]
    assert events["items"]["discriminator"]["propertyName"] == "event"
