"""What holds for every call: limits, sizes, secrecy, and two callers at once."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from tests.support.hubspot_house import AUTHORIZED, Api, api_of, crm_of

from callingcard.desk.api.hubspot.crm.paths import crm_paths
from callingcard.desk.api.hubspot.limits import TenSecondly
from callingcard.desk.model.conversations import Conversation
from callingcard.errors import LimitExceeded
from callingcard.kit.clock import FakeClock

CONTACTS = "/crm/v3/objects/contacts"
TOKENS = "/visitor-identification/v3/tokens/create"


async def test_a_key_may_call_190_times_in_ten_seconds(api: Api, clock: FakeClock):
    """The call after that is refused in the words the official clients wait on."""
    replies = [await api.call("GET", f"{CONTACTS}/1") for _ in range(191)]
    assert {404} == {reply.status_code for reply in replies[:190]}
    refused = replies[190]
    body = refused.json()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    assert refused.headers["x-hubspot-ratelimit-remaining"] == "0"
    assert body.pop("correlationId")
    assert body == {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "TEN_SECONDLY_ROLLING",
    }
    other = {"authorization": "Bearer pat-local-other"}
    assert (await api.call("GET", CONTACTS, headers=other)).status_code == 200
    clock.advance(timedelta(seconds=10))
    assert (await api.call("GET", CONTACTS)).status_code == 200


def test_the_limit_remembers_so_many_keys_and_no_more(clock: FakeClock):
    """A crowd of keys takes a bounded room, and a clock set back locks nobody out."""
    limit = TenSecondly(clock, max_calls=1)
    for number in range(20_000):
        limit.count(str(number))
    assert len(limit._windows) == 10_000
    with pytest.raises(LimitExceeded):
        limit.count("19999")
    clock.advance(timedelta(hours=-1))
    limit.count("19999")


async def test_a_body_larger_than_a_mebibyte_is_refused(api: Api):
    """It is not read to its end, whatever its length claims to be."""
    reply = await api.call(
        "POST",
        CONTACTS,
        content=b'{"properties": {"firstname": "' + b"x" * 1_048_576 + b'"}}',
        headers={"content-type": "application/json"},
    )
    assert reply.status_code == 413
    assert reply.json()["status"] == "error"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[" * 100_000,
        b'{"email": ' + b"[" * 50_000 + b"}",
        b'{"email": "\xff"}',
        b'{"email": "a@b.co", "email": "b@b.co"}',
        b'{"email": "\\ud800@b.co"}',
        b'{"email": "a@b.co", "firstName": "\\u0000"}',
        b'{"email": 1' + b"0" * 5000 + b"}",
    ],
)
async def test_a_strange_body_is_a_bad_request(api: Api, raw: bytes):
    """Whatever is no JSON object of text gets a 400 in the envelope."""
    headers = {"content-type": "application/json"}
    reply = await api.call("POST", TOKENS, content=raw, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["message"].startswith("Invalid input JSON")


@pytest.mark.parametrize(
    "path",
    [
        f"{CONTACTS}?after=%00",
        f"{CONTACTS}/%00",
        f"{CONTACTS}/a%00%40b.co?idProperty=email",
        "/conversations/v3/conversations/threads/%00",
        "/conversations/v3/conversations/threads?inboxId=%00",
    ],
)
async def test_an_url_with_a_nul_is_a_bad_request(api: Api, path: str):
    """PostgreSQL can hold no NUL, so none comes that far."""
    assert (await api.call("GET", path)).status_code == 400


async def test_a_bug_of_ours_tells_nothing_of_itself(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    """What escapes is a 500 in the envelope, logged without the caller's data."""

    async def broken(*_: Any, **__: Any) -> Conversation:
        raise RuntimeError("ada@example.com in the select statement")

    monkeypatch.setattr(api.house.conversations, "get", broken)
    with structlog.testing.capture_logs() as logged:
        reply = await api.call("GET", "/conversations/v3/conversations/threads/1")
    correlation = reply.json()["correlationId"]
    assert (reply.status_code, reply.json()["message"]) == (500, "internal error")
    assert "select" not in reply.text
    assert [correlation] == [line["correlation_id"] for line in logged]


async def test_minting_logs_no_address_and_no_token(
    api: Api, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    """Nothing of a visitor is written anywhere on the way."""
    caplog.set_level("DEBUG")
    reply = await api.call("POST", TOKENS, json={"email": "marked-ada@example.com"})
    written = caplog.text + "".join(capfd.readouterr())
    assert reply.status_code == 200
    assert "marked-ada" not in written
    assert reply.json()["token"] not in written


async def test_the_token_opens_a_signed_session_for_that_address_only(api: Api):
    """The desk that minted the token believes it, for the visitor it was made for."""
    sent = {"email": "Ada@example.com", "firstName": "Ada"}
    token = (await api.call("POST", TOKENS, json=sent)).json()["token"]
    hers = await api.house.enter(email="ada@example.com", token=token)
    his = await api.house.enter(email="linus@example.com", token=token)
    assert (hers.session.evidence, his.session.evidence) == ("signed", "anonymous")


async def test_two_changes_at_once_are_both_kept(api: Api):
    """Neither overwrites what the other wrote into another property."""
    made = await api.call("POST", CONTACTS, json={"properties": {"firstname": "Ada"}})
    path = f"{CONTACTS}/{made.json()['id']}"
    names = ["company", "phone", "jobtitle", "website", "city", "country", "plan", "zip"]
    await asyncio.gather(
        *(api.call("PATCH", path, json={"properties": {name: name}}) for name in names)
    )
    kept = (await api.call("GET", f"{path}?properties={','.join(names)}")).json()
    assert {name: name for name in names} == {name: kept["properties"][name] for name in names}


async def test_one_address_makes_one_contact(api: Api):
    """Of many who create it at once, one does, and the others learn its id."""
    replies = await asyncio.gather(
        *(
            api.call("POST", CONTACTS, json={"properties": {"email": "ada@example.com"}})
            for _ in range(8)
        )
    )
    made = [reply.json()["id"] for reply in replies if reply.status_code == 201]
    told = {reply.json()["message"] for reply in replies if reply.status_code == 409}
    assert sorted(reply.status_code for reply in replies) == ([201] + [409] * 7)
    assert {f"Contact already exists. Existing ID: {made[0]}"} == told


async def test_batches_in_opposite_orders_do_not_block_each_other(api: Api):
    """Both upserts end, and each contact is there once."""
    emails = [f"n{number}@example.com" for number in range(20)]

    def batch(order: list[str], plan: str) -> dict[str, Any]:
        return {
            "inputs": [
                {"idProperty": "email", "id": email, "properties": {"plan": plan}}
                for email in order
            ]
        }

    replies = await asyncio.gather(
        api.call("POST", f"{CONTACTS}/batch/upsert", json=batch(emails, "a")),
        api.call("POST", f"{CONTACTS}/batch/upsert", json=batch(emails[::-1], "b")),
    )
    assert [reply.status_code for reply in replies] == [200, 200]
    found = await api.call("POST", f"{CONTACTS}/search", json={"limit": 100})
    assert found.json()["total"] == 20


async def test_every_operation_wants_a_credential(api: Api):
    """Without one, each path and method answers 401 and does nothing."""
    transport = httpx.ASGITransport(api_of(api.house))
    crm = [
        (method, re.sub(r"\{\w+\}", "1", path))
        for path, methods in crm_paths(crm_of(api.house)).items()
        for method in methods
    ]
    asked = [*OPERATIONS, *crm]
    replies: list[tuple[str, int]] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as nobody:
        for method, path in asked:
            reply = await nobody.request(method, path, content=b"{}")
            replies.append((path, reply.status_code))
    assert [(path, 401) for _, path in asked] == replies
    assert "authorization" in AUTHORIZED


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/webhooks/v3/1/settings?hapikey=pat-local-desk", 404),
        ("/webhooks/v3/1/settings?hapikey=pat-na1-nobody", 401),
        ("/webhooks/v3/1/settings?hapikey=cc_sk_tokens", 403),
        ("/webhooks/v3/1/settings?hapikey=pat-local-desk&hapikey=pat-local-desk", 401),
        ("/webhooks/v3/1/settings?hapikey=", 401),
        (f"{CONTACTS}?hapikey=pat-local-desk", 401),
    ],
)
async def test_a_developer_key_is_good_for_webhooks_only(api: Api, url: str, status: int):
    """The official clients can show it nowhere but in the query, and only there they may."""
    transport = httpx.ASGITransport(api_of(api.house))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as nobody:
        assert (await nobody.get(url)).status_code == status
        header = {"authorization": "Bearer pat-na1-nobody"}
        assert (await nobody.get(url, headers=header)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/crm/v3/objects/tickets", 404),
        ("POST", "/crm/v3/pipelines/deals", 405),
        ("GET", "/crm/v3/pipelines/deals/default/audit", 404),
        ("POST", "/crm/v4/associations/contacts/companies/labels", 405),
        ("POST", "/crm/v4/associations/usage/high-usage-report/1", 404),
    ],
)
async def test_a_call_that_is_left_out_is_refused(
    api: Api, method: str, path: str, status: int
):
    """It changes nothing and says so in the envelope."""
    reply = await api.call(method, path)
    assert (reply.status_code, reply.json()["status"]) == (status, "error")


async def test_a_kind_of_record_has_three_names(api: Api):
    """Its name, the singular and HubSpot's number lead to the same records."""
    made = await api.call(
        "POST", "/crm/v3/objects/0-3", json={"properties": {"dealname": "A"}}
    )
    key = made.json()["id"]
    bases = ("/crm/v3/objects", "/crm/objects/2026-03")
    found = [
        (await api.call("GET", f"{base}/{name}/{key}")).json()["id"]
        for base in bases
        for name in ("deals", "deal", "0-3")
    ]
    assert found == [key] * 6


_THREADS = "/conversations/v3/conversations"
OPERATIONS = [
    ("POST", TOKENS),
    ("GET", CONTACTS),
    ("POST", CONTACTS),
    ("POST", f"{CONTACTS}/search"),
    *(
        ("POST", f"{CONTACTS}/batch/{verb}")
        for verb in ("read", "create", "update", "upsert", "archive")
    ),
    *((method, f"{CONTACTS}/1") for method in ("GET", "PATCH", "DELETE")),
    *(
        ("GET", f"{_THREADS}/{path}")
        for path in (
            "inboxes",
            "inboxes/1",
            "channels",
            "channels/1000",
            "channel-accounts",
            "channel-accounts/1",
            "threads",
            "threads/1",
            "threads/1/messages",
            "threads/1/messages/1",
            "actors/A-1",
        )
    ),
    ("PATCH", f"{_THREADS}/threads/1"),
    ("POST", f"{_THREADS}/threads/1/messages"),
    ("POST", f"{_THREADS}/actors/batch/read"),
]


async def test_text_is_escaped_in_rich_text(api: Api):
    """A visitor's angle brackets are text to whoever shows the rich text."""
    thread = await api.chat("<script>1 & 2</script>")
    reply = await api.call("GET", f"{_THREADS}/threads/{thread}/messages")
    message = json.loads(reply.content)["results"][0]
    assert message["text"] == "<script>1 & 2</script>"
    assert message["richText"] == "<div>&lt;script&gt;1 &amp; 2&lt;/script&gt;</div>"
