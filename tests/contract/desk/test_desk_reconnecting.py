"""What chats are known to lose, to double or to put out of order when a line breaks."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from tests.contract.desk.test_desk_streams import EVENTS, FEED, stream, visitor
from tests.support.desk_house import House

from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.visitors.sessions import Opened

AGENT = Author(AuthorKind.AGENT, "700", "Linus T.")


async def say(house: House, opened: Opened, key: str) -> ConversationId:
    """Post a message under the sender's own id *key*."""
    posted = await house.conversations.post_as_visitor(
        opened.session, text=f"m {key}", client_message_id=key
    )
    return posted.entry.conversation_id


async def test_no_event_is_missed_while_the_line_is_down(house: House):
    """Whoever comes back with their cursor is told the rest, in order and once."""
    opened = await house.enter()
    await say(house, opened, "1")
    async with stream(house, EVENTS, **visitor(opened)) as reading:
        assert (await reading.entry())[1] == 1
    for key in ("2", "3", "4"):
        await say(house, opened, key)
    async with stream(house, EVENTS, **visitor(opened), **{"Last-Event-ID": "1"}) as reading:
        assert [(await reading.entry())[1] for _ in range(3)] == [2, 3, 4]


async def test_no_agent_answers_past_a_colleagues_reply(house: House):
    """A reply that was made while an agent was away is in their feed when they are back."""
    opened = await house.enter()
    key = await say(house, opened, "1")
    head = (await house.following.for_agents(0)).head
    await house.conversations.post_as_agent(
        key, actor_id="701", name="Grace H.", text="done", client_message_id="a-1"
    )
    async with stream(house, FEED, **{"Last-Event-ID": str(head)}) as reading:
        kind, _, data = await reading.entry()
    assert (kind, data["entry"]["author"]["id"], data["entry"]["text"]) == (
        "entry",
        "701",
        "done",
    )


async def test_no_closing_is_missed_on_reconnect(house: House):
    """A change of status is a line like any other, so it comes after a break too."""
    opened = await house.enter()
    key = await say(house, opened, "1")
    await house.conversations.set_status(key, "closed", actor=AGENT)
    async with stream(house, EVENTS, **visitor(opened), **{"Last-Event-ID": "1"}) as reading:
        kind, seq, data = await reading.entry()
    assert (kind, seq, data["type"], data["status"]) == ("entry", 2, "status", "closed")


async def test_no_click_becomes_two_messages(house: House):
    """A message sent again after a doubt is the same one, for agents and visitors."""
    opened = await house.enter()
    key = await say(house, opened, "1")
    await say(house, opened, "1")
    for _ in range(2):
        await house.conversations.post_as_agent(
            key, actor_id="700", name="Linus T.", text="hi", client_message_id="a-1"
        )
    log = await house.conversations.entries(key)
    assert [entry.text for entry in log] == ["m 1", "hi"]


async def test_no_two_tabs_make_two_conversations(house: House):
    """Two tabs of one person that write in the same moment write into one conversation."""
    tabs = [
        await house.enter(token=house.identification.mint("ada@example.com")) for _ in range(2)
    ]
    keys = await asyncio.gather(*(say(house, tab, f"{n}") for n, tab in enumerate(tabs)))
    assert len(set(keys)) == 1


async def test_no_message_after_closing_goes_unseen(house: House):
    """What a visitor writes after the agent closed opens the conversation again."""
    opened = await house.enter()
    key = await say(house, opened, "1")
    await house.conversations.set_status(key, "closed", actor=AGENT)
    await say(house, opened, "2")
    conversation = await house.conversations.get(key)
    assert (conversation.status, conversation.waiting_since) == (
        "open",
        house.clock.now(),
    )


async def test_no_echo_before_the_reply_is_a_second_bubble(house: House):
    """The stream's line carries the sender's own id, so it is known before the answer."""
    opened = await house.enter()
    async with stream(house, EVENTS, **visitor(opened)) as reading:
        assert (await reading.next() or ("",))[0] == "heartbeat"
        await say(house, opened, "mine")
        assert (await reading.entry())[2]["clientMessageId"] == "mine"


async def test_no_failure_to_read_news_stays_hidden(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    """A stream that cannot read breaks off, so that the reader knows and comes back."""
    opened = await house.enter()
    await say(house, opened, "1")
    real = house.units.reading
    async with stream(house, EVENTS, beat=0.05, **visitor(opened)) as reading:
        assert (await reading.entry())[1] == 1
        monkeypatch.setattr(house.units, "reading", _fails)
        await say(house, opened, "2")
        assert reading.task is not None
        with pytest.raises(OSError, match="no database"):
            await asyncio.wait_for(reading.task, 5)
        reading.task = None
    monkeypatch.setattr(house.units, "reading", real)
    async with stream(house, EVENTS, **visitor(opened), **{"Last-Event-ID": "1"}) as reading:
        assert (await reading.entry())[1] == 2


def _fails() -> AbstractAsyncContextManager[Unit]:
    """Fail as a database that is gone does."""
    raise OSError("no database")


async def test_no_sleep_needs_a_page_to_be_loaded_again(house: House):
    """Hours later the same session and cursor go on, and the heartbeat told of the gap."""
    opened = await house.enter()
    key = await say(house, opened, "1")
    house.clock.advance(timedelta(hours=60))
    await house.conversations.post_as_agent(
        key, actor_id="700", name="Linus T.", text="good morning", client_message_id="a-1"
    )
    async with stream(house, EVENTS, **visitor(opened), **{"Last-Event-ID": "1"}) as reading:
        beat = await reading.next()
        assert beat is not None
        assert (beat[0], beat[2]["head"]) == ("heartbeat", 2)
        assert (await reading.entry())[2]["text"] == "good morning"


async def test_no_line_that_only_sends_hides_the_replies(house: House):
    """Where no stream gets through, a plain request per look shows the same."""
    opened = await house.enter()
    key = await say(house, opened, "1")
    await house.conversations.post_as_agent(
        key, actor_id="700", name="Linus T.", text="hi", client_message_id="a-1"
    )
    async with house.client() as client:
        headers = {**visitor(opened), "Accept": "application/json"}
        seen = (await client.get(f"{EVENTS}?after=1&wait=5", headers=headers)).json()
    assert [(one["seq"], one["text"]) for one in seen["events"]] == [(2, "hi")]


async def test_no_opening_that_is_sent_twice_loses_what_was_said(house: House):
    """An answer that was lost on its way costs neither the session nor its conversation."""
    opened = await house.enter(browser="b-1")
    key = await say(house, opened, "1")
    again = await house.enter(browser="b-1", secret=opened.secret)
    assert (again.secret, again.conversation and again.conversation.id) == (
        opened.secret,
        key,
    )
    token = house.identification.mint("ada@example.com")
    await house.enter(browser="b-1", secret=opened.secret, token=token)  # answer lost
    raised = await house.enter(browser="b-1", secret=opened.secret, token=token)
    assert raised.conversation is not None
    assert raised.conversation.id == key
    assert await say(house, raised, "2") == key
