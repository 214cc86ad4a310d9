"""Several conversations of one visitor, each their own, and nobody else's."""

from datetime import timedelta

import pytest
from tests.contract.desk.test_desk_streams import EVENTS, stream, visitor
from tests.support.desk_house import House

from callingcard.desk.errors import ConversationNotFound, NotIdentified
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.service.visitors.sessions import Opened

AGENT = Author(AuthorKind.AGENT, "700", "Linus T.")
CONVERSATIONS = "/v1/widget/web/conversations"


async def signed(house: House, email: str = "ada@example.com") -> Opened:
    """Open a session of a visitor who proved who they are."""
    return await house.enter(token=house.identification.mint(email))


async def say(house: House, opened: Opened, text: str) -> str:
    """Post a message; return its conversation."""
    posted = await house.conversations.post_as_visitor(
        opened.session, text=text, client_message_id=f"c-{text}"
    )
    return posted.entry.conversation_id


async def test_a_visitor_has_several_conversations(house: House):
    """Another one is begun, both are listed, the closed one is read and chosen again."""
    ada = await signed(house)
    first = await say(house, ada, "first")
    await house.conversations.set_status(first, "closed", actor=AGENT)  # pyright: ignore[reportArgumentType]
    house.clock.advance(timedelta(seconds=1))
    async with house.client() as client:
        begun = (await client.post(CONVERSATIONS, json={}, headers=visitor(ada))).json()
        assert (begun["head"], begun["state"]) == (0, "current")
        again = (await client.post(CONVERSATIONS, json={}, headers=visitor(ada))).json()
        assert again["id"] == begun["id"], "an empty one is not begun twice"
        assert await say(house, ada, "second") == begun["id"]
        listed = (await client.get(CONVERSATIONS, headers=visitor(ada))).json()["results"]
        assert [
            (one["id"], one["status"], one["state"], one["preview"]) for one in listed
        ] == [
            (begun["id"], "open", "current", "second"),
            (first, "closed", "other", "first"),
        ]
        old = await client.get(
            f"{EVENTS}?conversation={first}",
            headers={**visitor(ada), "Accept": "application/json"},
        )
        assert old.json()["events"][0]["text"] == "first"
        chosen = await client.post(
            CONVERSATIONS, json={"conversationId": first}, headers=visitor(ada)
        )
        assert chosen.json()["id"] == first
    assert await say(house, ada, "third") == first
    assert (await house.conversations.get(first)).status == "open"  # pyright: ignore[reportArgumentType]


async def test_nobody_reads_or_chooses_anothers_conversation(house: House):
    """Of a foreign conversation a visitor does not learn that it exists."""
    ada, eve, nobody = (
        await signed(house),
        await signed(house, "eve@x.example"),
        await house.enter(),
    )
    secret = await say(house, ada, "secret")
    await say(house, eve, "eve's")
    async with house.client() as client:
        for other in (eve, nobody):
            headers = {**visitor(other), "Accept": "application/json"}
            read = await client.get(f"{EVENTS}?conversation={secret}", headers=headers)
            chosen = await client.post(
                CONVERSATIONS, json={"conversationId": secret}, headers=headers
            )
            assert (read.status_code, chosen.status_code) == (404, 404)
            listed = await client.get(CONVERSATIONS, headers=headers)
            assert secret not in listed.text
    with pytest.raises(ConversationNotFound):
        await house.conversations.of_visitors.choose(eve.session, secret)  # pyright: ignore[reportArgumentType]


async def test_an_unknown_visitor_has_one_conversation(house: House):
    """Who proved nothing cannot begin another, and sees the one of their session."""
    nobody = await house.enter()
    own = house.conversations.of_visitors
    assert await own.all(nobody.session) == []
    key = await say(house, nobody, "hi")
    assert [one.conversation.id for one in await own.all(nobody.session)] == [key]
    with pytest.raises(NotIdentified):
        await own.begin(nobody.session)


async def test_two_devices_have_one_history(house: House):
    """What is written and read on the one is there on the other, in every conversation."""
    laptop = await signed(house)
    first = await say(house, laptop, "from the laptop")
    phone = await signed(house)
    assert phone.session.browser != laptop.session.browser
    assert await say(house, phone, "from the phone") == first
    begun = await house.conversations.of_visitors.begin(phone.session)
    house.clock.advance(timedelta(seconds=1))
    await say(house, phone, "another matter")
    async with house.client() as client:
        seen = [
            (await client.get(CONVERSATIONS, headers=visitor(one))).json()["results"]
            for one in (laptop, phone)
        ]
        assert [one["id"] for one in seen[0]] == [one["id"] for one in seen[1]]
        assert [one["preview"] for one in seen[0]] == ["another matter", "from the phone"]
        assert [one["state"] for one in seen[0]] == ["other", "current"]
        assert [one["state"] for one in seen[1]] == ["current", "other"]
        read = await client.get(
            f"{EVENTS}?conversation={begun.id}",
            headers={**visitor(laptop), "Accept": "application/json"},
        )
    assert [one["text"] for one in read.json()["events"]] == ["another matter"]
    texts = ["from the laptop", "from the phone"]
    assert await house.texts(laptop) == texts


async def test_a_stream_says_when_the_session_goes_on_elsewhere(house: House):
    """Its numbers begin again: a reset, whose conversation it is, and that one's lines."""
    ada = await signed(house)
    first = await say(house, ada, "first")
    begun = await house.conversations.of_visitors.begin(ada.session)
    await say(house, ada, "second")
    async with stream(house, f"{EVENTS}?after=1", beat=0.05, **visitor(ada)) as reading:
        assert (await reading.next() or ("",))[0] == "heartbeat"
        frame = await reading.next()
        assert frame is not None
        assert frame[2]["conversationId"] == begun.id
        await house.conversations.of_visitors.choose(ada.session, first)  # pyright: ignore[reportArgumentType]
        assert (await reading.entry())[0] == "reset"
        kind, seq, data = await reading.entry()
        assert (kind, seq, data["text"]) == ("entry", 1, "first")
