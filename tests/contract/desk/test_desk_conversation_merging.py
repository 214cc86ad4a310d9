"""Two conversations of one person can be made one; nothing said is lost, or said twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest
from tests.contract.desk.test_desk_streams import EVENTS, visitor
from tests.support.desk_house import LINUS, House
from tests.support.people_house import PeopleHouse
from tests.support.talking_house import TalkingHouse

from callingcard.backends.database import Database
from callingcard.desk.errors import (
    CannotMerge,
    ConversationMerged,
    ConversationNotFound,
    MergeFinal,
)
from callingcard.desk.model.audit import AuditFilter, Who
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.service.chat.listing import View
from callingcard.desk.service.visitors.sessions import Arrival, Opened
from callingcard.kit.clock import FakeClock

ADA = "ada@example.com"
AGENT = Author(AuthorKind.AGENT, LINUS.id, LINUS.name)
CONVERSATIONS = "/v1/widget/web/conversations"
INBOX = "/v1/inbox/conversations"

T = TypeVar("T")


@dataclass
class Desk:
    """A desk on which one person has several conversations."""

    house: House

    async def enter(self, email: str = ADA, browser: str = "a") -> Opened:
        """Open a session of somebody who proved who they are."""
        token = self.house.identification.mint(email)
        return await self.house.enter(token=token, browser=browser)

    async def say(self, opened: Opened, text: str) -> ConversationId:
        """Post *text* in the session; return its conversation."""
        self.house.clock.advance(timedelta(seconds=1))
        posted = await self.house.conversations.post_as_visitor(
            opened.session, text=text, client_message_id=f"c-{text}"
        )
        return posted.entry.conversation_id

    async def another(self, opened: Opened, text: str) -> ConversationId:
        """Begin another conversation in the session with *text*."""
        self.house.clock.advance(timedelta(seconds=1))
        await self.house.conversations.of_visitors.begin(opened.session)
        return await self.say(opened, text)

    async def merge(self, one: ConversationId, into: ConversationId) -> Conversation:
        """Merge *one* into another, a second later."""
        self.house.clock.advance(timedelta(seconds=1))
        return await self.house.conversations.merging.merge(one, into, by=LINUS)

    async def unmerge(self, one: ConversationId) -> Conversation:
        """Undo a merge, a second later."""
        self.house.clock.advance(timedelta(seconds=1))
        return await self.house.conversations.merging.unmerge(one, by=LINUS)

    async def get(self, one: ConversationId) -> Conversation:
        """Return the conversation."""
        return await self.house.conversations.get(one)

    async def said(self, one: ConversationId) -> list[str]:
        """Return the messages in a conversation's own log."""
        entries = await self.house.conversations.entries(one)
        return [entry.text for entry in entries if entry.type == "message"]

    async def answer(self, one: ConversationId, text: str) -> None:
        """Answer as an agent."""
        await self.house.conversations.post_as_agent(
            one, actor_id=LINUS.id, name=LINUS.name, text=text, client_message_id=f"a-{text}"
        )


@pytest.fixture
def desk(house: House) -> Desk:
    """Return a desk."""
    return Desk(house)


async def twins(desk: Desk) -> tuple[Opened, ConversationId, ConversationId]:
    """Return Ada's session, which holds the second of her two conversations."""
    ada = await desk.enter()
    first = await desk.say(ada, "first")
    return ada, first, await desk.another(ada, "second")


async def test_one_conversation_goes_on_in_another(desk: Desk):
    """The merged one is closed and points to the survivor; each log says what was done."""
    _, first, second = await twins(desk)
    survivor = await desk.merge(second, first)
    merged = await desk.get(second)
    assert survivor.id == first
    assert (merged.status, merged.merged_into, merged.waiting_since) == ("closed", first, None)
    assert (await desk.said(first), await desk.said(second)) == (["first"], ["second"])
    for one, about in ((first, {"from": second}), (second, {"into": first})):
        line = (await desk.house.conversations.entries(one))[-1]
        assert (line.type, line.author.id, line.data) == ("status", "700", {"merge": about})
    shown = await desk.house.conversations.merging.merged(first)
    assert [view.conversation.id for view in shown] == [second]


async def test_what_a_visitor_writes_afterwards_is_in_the_survivor(desk: Desk):
    """The open widget is led there, and a message that is sent again is there once."""
    ada, first, second = await twins(desk)
    await desk.merge(second, first)
    assert await desk.say(ada, "third") == first
    assert await desk.say(ada, "third") == first
    assert await desk.house.texts(ada) == ["first", "third"]
    assert (await desk.get(second)).status == "closed"
    async with desk.house.client() as client:
        headers = {**visitor(ada), "Accept": "application/json"}
        look = (await client.get(f"{EVENTS}?live=true", headers=headers)).json()
        assert look["live"]["conversationId"] == first
        assert look["live"]["merged"] == [second]
        old = (await client.get(f"{EVENTS}?conversation={second}", headers=headers)).json()
        assert old["events"][0]["text"] == "second"
        listed = (await client.get(CONVERSATIONS, headers=headers)).json()["results"]
        assert [(one["id"], one["state"]) for one in listed] == [(first, "current")]


async def test_a_message_whose_answer_was_lost_is_not_said_twice(desk: Desk):
    """Sent again after the merge, or after its undoing, it is where it was kept first."""
    ada, first, second = await twins(desk)
    await desk.merge(second, first)
    assert await desk.say(ada, "second") == second
    assert await desk.say(ada, "in between") == first
    await desk.unmerge(second)
    assert await desk.say(ada, "in between") == first
    assert await desk.say(ada, "new") == second
    assert await desk.said(first) == ["first", "in between"]
    assert await desk.said(second) == ["second", "new"]


async def test_another_text_under_the_same_id_is_another_message(desk: Desk):
    """Ids are unique in a conversation, not in a person: nothing is taken for a repeat."""
    ada, first, second = await twins(desk)
    post = desk.house.conversations.post_as_visitor
    await post(ada.session, text="one", client_message_id="1")
    await desk.merge(second, first)
    posted = await post(ada.session, text="two", client_message_id="1")
    assert (posted.repeated, posted.entry.conversation_id) == (False, first)


async def test_who_waited_in_the_merged_one_waits_in_the_survivor(desk: Desk):
    """A closed survivor opens again, and is answered instead."""
    _, first, second = await twins(desk)
    await desk.house.conversations.set_status(first, "closed", actor=AGENT)
    since = (await desk.get(second)).waiting_since
    survivor = await desk.merge(second, first)
    assert (survivor.status, survivor.waiting_since) == ("open", since)
    counts = await desk.house.conversations.listing.counts(LINUS.id)
    assert (counts[View.ALL], counts[View.WAITING], counts[View.UNASSIGNED]) == (1, 1, 1)


async def test_a_merged_conversation_takes_no_place_in_a_queue(
    database: Database, clock: FakeClock
):
    """One person waits once, at the earlier place; undone, both wait again."""
    house = TalkingHouse(database, clock)
    await house.inboxes.ensure_default_inbox()
    await house.support("1")
    desk = Desk(house)
    ada, first, second = await twins(desk)
    for one in (first, second):
        await house.conversations.follow_up(one)
    since = (await desk.get(first)).queued_at
    assert [await house.assigning.desk.position(one) for one in (first, second)] == [1, 2]
    survivor = await desk.merge(first, second)
    assert (survivor.queued_at, survivor.team) == (since, "support")
    assert [await house.assigning.desk.position(one) for one in (first, second)] == [None, 1]
    with pytest.raises(ConversationMerged):
        await house.assigning.assign(first, "1", by=AGENT)
    await desk.unmerge(first)
    assert [await house.assigning.desk.position(one) for one in (first, second)] == [1, 2]
    await house.assigning.assign(first, "1", by=AGENT)
    assert (await desk.merge(first, second)).assigned_to == "1"
    assert await desk.say(ada, "more") == second


async def test_a_merge_can_be_undone(desk: Desk):
    """Both are as they were: what waited waits again, what was closed is closed again."""
    ada, first, second = await twins(desk)
    await desk.house.conversations.set_status(first, "closed", actor=AGENT)
    before = [await desk.get(one) for one in (first, second)]
    await desk.merge(second, first)
    await desk.unmerge(second)
    after = [await desk.get(one) for one in (first, second)]
    for was, now in zip(before, after, strict=True):
        assert (now.status, now.waiting_since, now.merged_into) == (
            was.status,
            was.waiting_since,
            None,
        )
    assert await desk.house.conversations.merging.merged(first) == []
    assert await desk.say(ada, "on") == second
    assert (await desk.unmerge(second)).status == "open"
    assert await desk.said(second) == ["second", "on"]


async def test_what_happened_since_a_merge_is_not_undone(desk: Desk):
    """The survivor that was answered, or asked, stays open; what was said in it stays."""
    ada, first, second = await twins(desk)
    await desk.house.conversations.set_status(first, "closed", actor=AGENT)
    await desk.merge(second, first)
    await desk.say(ada, "more")
    await desk.unmerge(second)
    assert (await desk.get(first)).status == "open"
    assert await desk.said(first) == ["first", "more"]
    assert (await desk.get(second)).waiting_since is not None


async def test_merges_in_a_row_lead_to_the_last(desk: Desk):
    """Whoever follows comes to the end; only what was merged last is parted by an undo."""
    ada, first, second = await twins(desk)
    third = await desk.another(ada, "third")
    await desk.merge(third, second)
    assert (await desk.merge(second, first)).id == first
    assert (await desk.merge(third, first)).id == first, "it goes on there already"
    assert await desk.say(ada, "fourth") == first
    shown = await desk.house.conversations.merging.merged(first)
    assert [view.conversation.id for view in shown] == [second, third]
    with pytest.raises(CannotMerge):
        await desk.merge(first, third)
    await desk.unmerge(second)
    assert await desk.say(ada, "fifth") == second
    shown = await desk.house.conversations.merging.merged(first)
    assert shown == []


async def test_only_one_persons_conversations_are_merged(desk: Desk):
    """Of two people, of nobody, in two inboxes, with itself: each is told what to do."""
    _, first, second = await twins(desk)
    bob = await desk.say(await desk.enter("bob@example.com", "b"), "bob")
    nobody = await desk.say(await desk.house.enter(browser="n"), "who?")
    await desk.house.inboxes.make("other", "Other")
    token = desk.house.identification.mint(ADA)
    elsewhere = await desk.house.sessions.open(Arrival("other", token=token, browser="o"))
    other = await desk.say(elsewhere, "elsewhere")
    hints = {
        first: "Name another.",
        bob: "If both are one person, merge the contacts first.",
        nobody: "They can be merged once the visitor has proved who they are.",
        other: "Choose one of the same inbox.",
    }
    for into, hint in hints.items():
        with pytest.raises(CannotMerge) as refused:
            await desk.merge(first, into)
        assert refused.value.hint == hint
    with pytest.raises(ConversationNotFound):
        await desk.merge(first, ConversationId("404"))
    offered = await desk.house.conversations.merging.candidates(first)
    assert [view.conversation.id for view in offered] == [second]
    assert await desk.house.conversations.merging.candidates(nobody) == ()


async def test_contacts_are_merged_first_and_parted_last(house: House):
    """Once two contacts are one, so may their conversations be; undoing goes backwards."""
    desk, people = Desk(house), PeopleHouse(house)
    ada, old = await people.contact(ADA), await people.contact("ada@old.example.com")
    mine = await desk.say(await desk.enter(), "mine")
    visit = await desk.enter("ada@old.example.com", "b")
    theirs = await desk.say(visit, "theirs")
    merge = await people.merging.merge(ada, old, by=Who("agent", "700"))
    await desk.merge(theirs, mine)
    assert await desk.say(visit, "more") == mine
    with pytest.raises(MergeFinal) as refused:
        await people.merging.undo(merge.id, by=Who("agent", "700"))
    assert refused.value.hint == f"Undo the merge of conversation {theirs} first."
    await desk.unmerge(theirs)
    await people.merging.undo(merge.id, by=Who("agent", "700"))
    assert await house.texts(await desk.enter("ada@old.example.com", "c")) == ["theirs"]


async def test_nobody_writes_into_what_was_merged(desk: Desk):
    """An agent's answer, a new status: refused, and told where to go on."""
    _, first, second = await twins(desk)
    await desk.answer(second, "kept")
    await desk.merge(second, first)
    await desk.answer(second, "kept")  # a repeat is no new answer
    with pytest.raises(ConversationMerged) as refused:
        await desk.answer(second, "late")
    assert (refused.value.into, refused.value.code) == (first, "desk.conversation_merged")
    with pytest.raises(ConversationMerged):
        await desk.house.conversations.set_status(second, "open", actor=AGENT)
    assert await desk.said(second) == ["second", "kept"]


async def test_agents_merge_over_http(desk: Desk):
    """Merging, what was merged, what may be, undoing; and every open app is told."""
    _, first, second = await twins(desk)
    async with desk.house.client() as client:
        head = (await client.get(INBOX)).json()["feed"]
        offered = (await client.get(f"{INBOX}/{second}/mergeable")).json()["results"]
        assert [(one["id"], one["lastEntry"]["text"]) for one in offered] == [(first, "first")]
        for _ in range(2):
            done = await client.post(f"{INBOX}/{second}/merge", json={"into": first})
            assert (done.status_code, done.json()["id"]) == (200, first)
        listed = (await client.get(f"{INBOX}/{first}/merged")).json()["results"]
        assert [(one["id"], one["mergedInto"]) for one in listed] == [(second, first)]
        wanted = {"Accept": "application/json"}
        feed = await client.get(f"/v1/inbox/events?after={head}", headers=wanted)
        told = [one for one in feed.json()["events"] if one["event"] == "conversation"]
        assert {one["conversation"]["id"] for one in told} == {first, second}
        late = await client.post(
            f"{INBOX}/{second}/messages", json={"clientMessageId": "l", "text": "late"}
        )
        assert (late.status_code, late.json()["code"]) == (409, "desk.conversation_merged")
        parted = await client.post(f"{INBOX}/{second}/unmerge")
        assert (parted.json()["id"], parted.json()["mergedInto"]) == (second, None)
        wrong = await client.post(f"{INBOX}/{second}/merge", json={"into": second})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "desk.cannot_merge")
        desk.house.agent_signed_in = False
        for path in ("merge", "unmerge"):
            answer = await client.post(f"{INBOX}/{second}/{path}", json={"into": first})
            assert answer.status_code == 401


async def test_who_merged_is_written_down(house: House):
    """The audit log names both conversations, and programs are told of either change."""
    desk, people = Desk(house), PeopleHouse(house)
    _, first, second = await twins(desk)
    await desk.merge(second, first)
    await desk.unmerge(second)
    rows = await house.audit.page(AuditFilter(kind="conversation", id=first))
    deeds = [(row.deed.action, row.deed.who.id, dict(row.deed.detail)) for row in rows]
    assert deeds == [
        ("unmerged", "700", {"other": second}),
        ("merged", "700", {"other": second}),
    ]
    for kind in ("conversation.merged", "conversation.unmerged"):
        told = await people.events(kind)
        assert [(one["conversation_id"], one["survivor_id"]) for one in told] == [
            (second, first)
        ]
    assert len(await people.events("conversation.closed")) == 1
    assert len(await people.events("conversation.reopened")) == 1


async def test_merging_and_writing_at_once_loses_nothing(desk: Desk):
    """Agents merge back and forth while the visitor writes: no circle, and each word once."""
    ada, first, second = await twins(desk)

    async def tried(act: Callable[[], Awaitable[T]]) -> None:
        try:
            await act()
        except CannotMerge:
            return

    async def talk() -> None:
        for number in range(8):
            await desk.say(ada, f"word {number}")

    async def merging(one: ConversationId, into: ConversationId) -> None:
        for _ in range(4):
            await tried(lambda: desk.merge(one, into))
            await tried(lambda: desk.unmerge(one))

    await asyncio.gather(talk(), merging(first, second), merging(second, first))
    said = [*await desk.said(first), *await desk.said(second)]
    assert sorted(said) == sorted(["first", "second", *(f"word {n}" for n in range(8))])
    assert {(await desk.get(one)).merged_into for one in (first, second)} == {None}
