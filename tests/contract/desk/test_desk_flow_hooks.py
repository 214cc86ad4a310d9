"""Chatflows and queues as a visitor's browser meets them."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from tests.support.talking_house import WIDGET, TalkingHouse, Visitor

from callingcard.backends.database import Database
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.service.queueing import Place
from callingcard.kit.clock import FakeClock

AGENT = Author(AuthorKind.AGENT, "700", "Linus T.")
SECOND = timedelta(seconds=1)
TOPIC = {"type": "question", "text": "Which topic?", "options": ["A", "B"], "next": "hand"}
HAND = {"type": "route", "text": "One moment."}


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> TalkingHouse:
    """Return a desk with chatflows and routing, and a team that is away."""
    house = TalkingHouse(database, clock)
    await house.inboxes.ensure_default_inbox()
    await house.support("700")
    return house


@pytest.fixture
async def client(house: TalkingHouse) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the widget's routes."""
    async with house.client() as client:
        yield client


async def test_what_greets_is_what_is_kept(house: TalkingHouse, client: httpx.AsyncClient):
    """The greeting is shown at once; the first message puts the same lines before it."""
    await house.publish("help", {"ask": TOPIC, "hand": HAND}, welcome="Hello!")
    visitor = Visitor(client)
    chatflow = (await visitor.enter(page="https://shop.example/"))["chatflow"]
    options = {"options": [{"label": "A", "value": "A"}, {"label": "B", "value": "B"}]}
    assert chatflow == {
        "name": "help",
        "fits": True,
        "welcome": "Hello!",
        "says": [
            {"text": "Hello!", "data": None},
            {"text": "Which topic?", "data": options},
        ],
    }
    assert (await visitor.look())["events"] == []
    posted = await visitor.say("B", answer={"value": "B"})
    assert posted["seq"] == 3
    seen = await visitor.look()
    assert [one["seq"] for one in seen["events"]] == [1, 2, 3, 4]
    assert await visitor.lines() == ["> Hello!", "> Which topic?", "B", "> One moment."]
    assert seen["events"][1]["data"] == options
    assert seen["events"][2]["data"] == {"answer": {"value": "B"}}
    again = await visitor.enter()
    assert again["conversation"]["readSeq"] == 3


async def test_an_answer_needs_no_text(house: TalkingHouse, client: httpx.AsyncClient):
    """Agents read in words what was put into a form; the fields are kept beside it."""
    fields = [{"property": "contact.email"}, {"property": "contact.jobtitle"}]
    await house.publish("form", {"form": {"type": "form", "fields": fields}})
    visitor = Visitor(client)
    await visitor.enter()
    values = {"contact.email": "ada@example.com", "contact.jobtitle": ""}
    await visitor.say(answer={"values": values})
    entry = (await visitor.look())["events"][-1]
    assert entry["text"] == "contact.email: ada@example.com"
    assert entry["data"] == {"answer": {"values": values}}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"value": ""},
        {"value": "x" * 4001},
        {"values": {}},
        {"values": {"a" * 101: "b"}},
        {"values": {f"f{number}": "b" for number in range(51)}},
        {"values": {"a": 1}},
        {"value": "a", "values": {"a": "b"}},
        {"value": "\ud800"},
    ],
    ids=str,
)
async def test_an_answer_that_is_none_is_refused(
    house: TalkingHouse, client: httpx.AsyncClient, answer: object
):
    """Nothing of it is kept."""
    visitor = Visitor(client)
    session = (await visitor.enter())["session"]
    refused = await client.post(
        f"{WIDGET}/messages",
        content=json.dumps({"clientMessageId": "c", "answer": answer}),
        headers={"Authorization": f"Bearer {session}"},
    )
    assert refused.status_code == 422
    assert (await visitor.enter())["conversation"] is None


async def test_the_page_chooses_the_greeting(house: TalkingHouse, client: httpx.AsyncClient):
    """Asked again on another page, the same session is greeted otherwise, or not at all."""
    path = {"property": "page.path", "operator": "starts_with", "value": "/pricing"}
    await house.publish("prices", {"hand": HAND}, welcome="A quote?", target=path)
    visitor = Visitor(client)
    elsewhere = await visitor.enter(page="https://shop.example/")
    assert (elsewhere["chatflow"]["name"], elsewhere["chatflow"]["fits"]) == (None, False)
    there = await visitor.enter(page="https://shop.example/pricing?plan=pro")
    assert there["session"] == elsewhere["session"]
    assert (there["chatflow"]["name"], there["chatflow"]["welcome"]) == ("prices", "A quote?")
    await visitor.say("hello", page="https://shop.example/pricing")
    assert await visitor.lines() == ["> A quote?", "> One moment.", "hello"]


async def test_who_is_signed_in_is_greeted_by_name(
    house: TalkingHouse, client: httpx.AsyncClient
):
    """Also before the desk has a contact; and a claim alone is nobody."""
    await house.publish(
        "hi", {"hand": HAND}, welcome="Hi {{ contact.firstname | default: 'there' }}!"
    )
    key = await house.shop_key()
    ada = Visitor(client)
    entered = await ada.enter(token=key.sign(given_name="Ada"), email="ada@example.com")
    assert entered["chatflow"]["welcome"] == "Hi Ada!"
    await ada.say("hello")
    assert (await ada.lines())[0] == "> Hi Ada!"
    claimed = await Visitor(client).enter(email="ada@example.com")
    assert claimed["chatflow"]["welcome"] == "Hi there!"


async def test_a_function_is_called_after_the_answer(
    house: TalkingHouse, client: httpx.AsyncClient
):
    """The visitor's message is acknowledged before; what comes of it, comes by the stream."""
    steps = {
        "call": {"type": "function", "name": "lookup", "next": "tell"},
        "tell": {"type": "message", "text": "It is {{ answer.call | default: '?' }}."},
    }
    await house.publish("order", steps)
    house.functions.returns = ["paid"]
    opened = await house.enter()
    posted = await house.conversations.post_as_visitor(
        opened.session, text="Where is it?", client_message_id="c-1"
    )
    assert (await house.texts(opened), house.functions.called) == (["Where is it?"], [])
    await house.conversations.follow_up(posted.entry.conversation_id)
    assert await house.texts(opened) == ["Where is it?", "It is paid."]


async def test_a_chatflow_is_silent_once_a_person_answers(
    house: TalkingHouse, client: httpx.AsyncClient
):
    """The visitor's next words are for the agent, even if they look like an answer."""
    await house.publish("help", {"ask": TOPIC, "hand": HAND}, welcome="Hello!")
    visitor = Visitor(client)
    await visitor.enter()
    posted = await visitor.say("a question of my own")
    key = ConversationId(posted["conversationId"])
    before = await visitor.lines()
    await house.conversations.post_as_agent(
        key, actor_id="700", name="Linus T.", text="Hi", client_message_id="a-1"
    )
    await visitor.say("A")
    assert await visitor.lines() == [*before, "Hi", "A"]


async def test_a_chatflow_is_silent_once_it_is_closed(
    house: TalkingHouse, client: httpx.AsyncClient
):
    """Writing again reopens the conversation, and does not go on with the flow."""
    await house.publish("help", {"ask": TOPIC, "hand": HAND})
    visitor = Visitor(client)
    await visitor.enter()
    posted = await visitor.say("hmm")
    key = ConversationId(posted["conversationId"])
    await house.conversations.set_status(key, "closed", actor=AGENT)
    before = await visitor.lines()
    await visitor.say("A")
    assert await visitor.lines() == [*before, "Conversation reopened", "A"]


async def test_who_waits_sees_their_place(house: TalkingHouse, client: httpx.AsyncClient):
    """It is told in the stream, and again when somebody before them is served."""
    first, second = Visitor(client), Visitor(client)
    for visitor in (first, second):
        await visitor.enter()
        assert (await visitor.look())["live"]["queue"] is None
        await visitor.say("hello")
        house.clock.advance(SECOND)
    assert (await first.look())["live"]["queue"] == {"position": 1, "opensAt": None}
    assert (await second.look())["live"]["queue"] == {"position": 2, "opensAt": None}
    await house.attendance.report("700", is_online=True)
    both = [(await one.look())["live"]["queue"] for one in (first, second)]
    assert both == [None, None]


async def test_a_moved_place_wakes_the_stream(house: TalkingHouse):
    """Those behind hear of it at once, without asking."""
    opened = [await house.enter() for _ in range(2)]
    for one in opened:
        posted = await house.conversations.post_as_visitor(
            one.session, text="hello", client_message_id="c-1"
        )
        await house.conversations.follow_up(posted.entry.conversation_id)
    behind = await house.following.for_visitor(opened[1].session.id, 1)
    assert behind.place == Place(2, None)
    with house.bus.listen(*behind.topics) as ear:
        woken = asyncio.create_task(ear.wait(SECOND * 60))
        await asyncio.sleep(0)
        await house.attendance.report("700", is_online=True)
        await asyncio.wait_for(woken, 5)
    now = await house.following.for_visitor(opened[1].session.id, 1)
    assert now.place is None


async def test_what_was_said_is_kept_when_the_proof_comes(
    house: TalkingHouse, client: httpx.AsyncClient
):
    """An anonymous visitor's answers become their contact's, without the typed address."""
    fields = [{"property": "contact.email"}, {"property": "contact.jobtitle"}]
    await house.publish("form", {"form": {"type": "form", "fields": fields}})
    key = await house.shop_key()
    visitor = Visitor(client)
    await visitor.enter()
    await visitor.say("hello")
    values = {"contact.email": "mallory@example.com", "contact.jobtitle": "Countess"}
    await visitor.say(answer={"values": values})
    await visitor.enter(token=key.sign(), email="ada@example.com")
    async with house.units.reading() as unit:
        ada = await unit.contacts.by_email("ada@example.com")
        assert ada is not None
        assert ada.properties.get("jobtitle") == "Countess"
        assert await unit.contacts.by_email("mallory@example.com") is None


async def test_a_new_conversation_is_greeted_again(
    house: TalkingHouse, client: httpx.AsyncClient
):
    """It begins with its first message, and asking for another twice makes one."""
    await house.publish("help", {"hand": HAND}, welcome="Hello!")
    key = await house.shop_key()
    visitor = Visitor(client)
    session = (await visitor.enter(token=key.sign(), email="ada@example.com"))["session"]
    one = (await visitor.say("first"))["conversationId"]
    made = [
        await client.post(
            f"{WIDGET}/conversations", headers={"Authorization": f"Bearer {session}"}
        )
        for _ in range(2)
    ]
    other = {answer.json()["id"] for answer in made}
    assert len(other) == 1
    assert one not in other
    posted = await visitor.say("second")
    assert posted["conversationId"] in other
    assert await visitor.lines() == ["> Hello!", "> One moment.", "second"]
