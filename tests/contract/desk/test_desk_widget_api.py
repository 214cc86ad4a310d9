"""The widget protocol as the frame speaks it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import httpx
import pytest
from tests.support.desk_house import ORIGIN, House

from callingcard.desk.api.bodies import read_body
from callingcard.desk.api.schemas import PostMessage
from callingcard.desk.errors import BodyTooSlow

WIDGET = "/v1/widget/web"
XSS = "<img src=x onerror=alert(1)>\"';--\u2028</script>"


def bearer(session: str) -> dict[str, str]:
    """Return the header that carries a session."""
    return {"Authorization": f"Bearer {session}"}


async def enter(client: httpx.AsyncClient, **what: Any) -> dict[str, Any]:
    """Open a session and return the answer."""
    secret = what.pop("session", None)
    answer = await client.post(
        f"{WIDGET}/session", json=what, headers=bearer(secret) if secret else {}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def say(client: httpx.AsyncClient, session: str, text: str, key: str) -> httpx.Response:
    """Post a message."""
    return await client.post(
        f"{WIDGET}/messages",
        json={"clientMessageId": key, "text": text},
        headers=bearer(session),
    )


async def test_a_visit_from_greeting_to_goodbye(house: House):
    """The whole protocol once, with the exact shapes of its answers."""
    async with house.client() as client:
        nobody = await enter(client)
        assert nobody == {
            "session": nobody["session"],
            "evidence": "anonymous",
            "contact": None,
            "conversation": None,
            "inbox": {
                "name": "Chat",
                "answeredBy": "We answer as soon as we can",
                "identification": "optional",
                "refusesUnproven": False,
                "codes": False,
            },
            "chatflow": {
                "name": None,
                "fits": True,
                "welcome": "Hi there, how can we help?",
                "says": [{"text": "Hi there, how can we help?", "data": None}],
            },
            "signedBy": None,
            "signedUntil": None,
        }
        token = house.identification.mint("ada@example.com", "Ada", "Lovelace")
        ada = await enter(
            client,
            email="ada@example.com",
            token=token,
            browser="b1",
            session=nobody["session"],
        )
        assert ada["contact"] == {"firstName": "Ada"}
        assert (ada["evidence"], ada["signedBy"]) == ("signed", "the desk")
        assert ada["signedUntil"] == "2030-01-02T00:00:00.000Z"
        first = await say(client, ada["session"], XSS, "c-1")
        assert first.status_code == 201
        assert first.json() == {
            "conversationId": first.json()["conversationId"],
            "seq": 1,
            "createdAt": "2030-01-01T12:00:00.000Z",
        }
        repeat = await say(client, ada["session"], XSS, "c-1")
        assert (repeat.status_code, repeat.json()) == (200, first.json())
        polled = await client.get(
            f"{WIDGET}/events?after=0&wait=25",
            headers={**bearer(ada["session"]), "Accept": "application/json"},
        )
        entry = polled.json()["events"][0]
        assert polled.json() == {"events": [entry], "head": 1}
        assert entry == {
            "seq": 1,
            "id": entry["id"],
            "type": "message",
            "clientMessageId": "c-1",
            "author": {
                "kind": "visitor",
                "id": entry["author"]["id"],
                "name": "Ada Lovelace",
            },
            "text": XSS,
            "status": None,
            "createdAt": "2030-01-01T12:00:00.000Z",
            "data": None,
        }
        read = await client.post(
            f"{WIDGET}/read", json={"seq": 1}, headers=bearer(ada["session"])
        )
        assert read.status_code == 204
        again = await enter(client, token=token, session=ada["session"])
        assert again["session"] == ada["session"]
        assert again["conversation"] == {
            "id": first.json()["conversationId"],
            "head": 1,
            "readSeq": 1,
        }
        gone = await client.delete(f"{WIDGET}/session", headers=bearer(ada["session"]))
        assert gone.status_code == 204
        after = await say(client, ada["session"], "late", "c-2")
        assert (after.status_code, after.json()["code"]) == (401, "desk.session_ended")
        assert (await enter(client, token=token))["evidence"] == "anonymous"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'{"text":"","clientMessageId":"c"}', {}, 422, "invalid"),
        (b'{"text":"x","clientMessageId":""}', {}, 422, "invalid"),
        (b'{"text":"x"}', {}, 422, "invalid"),
        (b'{"text":5,"clientMessageId":"c"}', {}, 422, "invalid"),
        (b'{"text":"x","clientMessageId":"c","more":1}', {}, 422, "invalid"),
        (b'{"text":"\\ud800","clientMessageId":"c"}', {}, 422, "invalid"),
        (b"[" * 15_000, {}, 422, "invalid"),
        (b"\xff", {}, 422, "invalid"),
        (b"", {}, 422, "invalid"),
        (b"x" * 16_385, {}, 413, "too_large"),
        (b"{}", {"Origin": "https://evil.example"}, 403, "desk.origin"),
        (b"{}", {"Origin": "null"}, 403, "desk.origin"),
        (b"{}", {"Authorization": "Bearer cc_ws_unknown"}, 401, "desk.session_ended"),
        (b"{}", {"Authorization": "Bearer " + "x" * 5000}, 401, "desk.session_ended"),
        (b"{}", {"Authorization": "Basic eDp5"}, 401, "desk.session_ended"),
    ],
)
async def test_what_is_wrong_is_told(
    house: House, body: bytes, headers: dict[str, str], status: int, code: str
):
    """Each fault has its status and code, and nothing is written."""
    async with house.client() as client:
        session = (await enter(client))["session"]
        answer = await client.post(
            f"{WIDGET}/messages", content=body, headers={**bearer(session), **headers}
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "access-control-allow-origin" not in answer.headers
        assert (await enter(client, session=session))["conversation"] is None


async def test_our_own_origin_is_welcome_and_an_unknown_inbox_is_404(house: House):
    """The frame names its origin in every post."""
    async with house.client() as client:
        own = await client.post(f"{WIDGET}/session", json={}, headers={"Origin": ORIGIN})
        assert own.status_code == 200
        nowhere = await client.post("/v1/widget/nowhere/session", json={})
        assert (nowhere.status_code, nowhere.json()["code"]) == (404, "desk.inbox_not_found")


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "x" * 9000, "\0", "é"])
async def test_a_bad_token_is_never_an_error(house: House, token: str):
    """Whatever the page hands over, the chat opens."""
    async with house.client() as client:
        answer = await enter(client, token=token, email="ada@example.com")
        assert (answer["evidence"], answer["contact"]) == ("anonymous", None)


async def test_an_address_that_opens_too_many_sessions_waits(house: House):
    """The limit names how long to wait."""
    async with house.client() as client:
        for _ in range(120):
            await enter(client)
        answer = await client.post(f"{WIDGET}/session", json={})
        assert (answer.status_code, answer.json()["code"]) == (429, "desk.too_many_sessions")
        assert int(answer.headers["retry-after"]) >= 1


async def test_a_body_that_drips_is_given_up(house: House):
    """The deadline is for the whole body, however steadily it drips."""

    class Dripping:
        """A request whose body never ends."""

        headers: ClassVar[dict[str, str]] = {}

        async def stream(self) -> AsyncIterator[bytes]:
            """Yield a byte now and then."""
            while True:
                yield b" "
                await asyncio.sleep(0.01)

    with pytest.raises(BodyTooSlow):
        await read_body(Dripping(), PostMessage, deadline=0.1)  # pyright: ignore[reportArgumentType]
    assert house.bus.closed is False
