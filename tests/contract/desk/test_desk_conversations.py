"""Posting is exactly once and gapless, on each engine and under concurrency."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.desk_house import House

from callingcard.desk.errors import ConversationNotFound, TooManyMessages
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.search import Query
from callingcard.errors import Invalid

ADA = "ada@example.com"
AGENT = Author(AuthorKind.AGENT, "700", "Linus T.")


async def begun(house: House, **what: str) -> tuple[object, ConversationId]:
    """Return a session with one message in it, and its conversation."""
    opened = await house.enter(**what)
    posted = await house.conversations.post_as_visitor(
        opened.session, text="hello", client_message_id="c-0"
    )
    return opened.session, posted.entry.conversation_id


async def answer(house: House, conversation_id: ConversationId, number: int):
    """Post the agent's message *number*."""
    return await house.conversations.post_as_agent(
        conversation_id,
        actor_id="700",
        name="Linus T.",
        text=f"answer {number}",
        client_message_id=f"a-{number}",
    )


async def test_fifty_posts_at_once_have_fifty_numbers(house: House):
    """However they interleave, the log counts 1 to 50 and the feed misses none."""
    opened = await house.enter(token=house.identification.mint(ADA))

    async def post(number: int) -> int:
        house.clock.advance(timedelta(seconds=1))
        posted = await house.conversations.post_as_visitor(
            opened.session, text=f"message {number}", client_message_id=f"c-{number}"
        )
        return posted.entry.seq

    seqs = await asyncio.gather(*(post(number) for number in range(50)))
    assert sorted(seqs) == list(range(1, 51))
    news = await house.following.for_visitor(opened.session.id, 0)
    assert [entry.seq for entry in news.entries] == list(range(1, 51))
    assert {entry.text for entry in news.entries} == {f"message {n}" for n in range(50)}
    feed = await house.following.for_agents(0)
    assert [item.seq for item in feed.items] == list(range(1, feed.head + 1))
    assert [item.entry.seq for item in feed.items if item.entry] == list(range(1, 51))


async def test_the_same_message_at_once_is_one_message(house: House):
    """A hurried client sends one message ten times: one entry, one answer."""
    opened = await house.enter()
    posted = await asyncio.gather(
        *(
            house.conversations.post_as_visitor(
                opened.session, text="hello", client_message_id="c-1"
            )
            for _ in range(10)
        )
    )
    assert len({one.entry.id for one in posted}) == 1
    assert [one.repeated for one in posted].count(False) == 1
    assert await house.texts(opened) == ["hello"]


async def test_agents_and_visitors_post_at_once(house: House):
    """Both sides write into one log, still without a gap, each message once."""
    session, conversation_id = await begun(house)
    house.clock.advance(timedelta(seconds=20))
    await asyncio.gather(
        *(answer(house, conversation_id, number % 10) for number in range(20)),
        *(
            house.conversations.post_as_visitor(
                session,  # pyright: ignore[reportArgumentType]
                text=f"q {number}",
                client_message_id=f"c-{number + 1}",
            )
            for number in range(10)
        ),
    )
    log = await house.conversations.entries(conversation_id)
    assert [entry.seq for entry in log] == list(range(1, 22))
    assert len({(entry.author.id, entry.client_message_id) for entry in log}) == 21


async def test_a_repeat_after_signing_in_is_still_one_message(house: House):
    """A message whose answer was lost is sent again when its author has become a contact."""
    opened = await house.enter()
    first = await house.conversations.post_as_visitor(
        opened.session, text="hello", client_message_id="c-1"
    )
    raised = await house.enter(token=house.identification.mint(ADA), secret=opened.secret)
    again = await house.conversations.post_as_visitor(
        raised.session, text="hello", client_message_id="c-1"
    )
    assert again.repeated
    assert again.entry == first.entry


async def test_agents_see_who_waits_and_what_is_unread(house: House):
    """A visitor's message waits until it is answered; unread counts visitors' lines only."""
    session, conversation_id = await begun(house)
    asked_at = house.clock.now()
    house.clock.advance(timedelta(seconds=5))
    await house.conversations.post_as_visitor(
        session,  # pyright: ignore[reportArgumentType]
        text="anybody?",
        client_message_id="c-1",
    )
    view = await house.conversations.overview(conversation_id)
    assert (view.unread, view.conversation.waiting_since) == (2, asked_at)
    assert view.visitor_name.startswith("Visitor ")
    assert view.last_entry is not None
    assert view.last_entry.text == "anybody?"
    await house.conversations.read_by_agent(conversation_id, 1)
    assert (await house.conversations.overview(conversation_id)).unread == 1
    await answer(house, conversation_id, 1)
    view = await house.conversations.overview(conversation_id)
    assert (view.unread, view.conversation.waiting_since) == (0, None)
    assert view.conversation.agent_read_seq == 3


async def test_read_marks_only_move_forward(house: House):
    """A late or wild mark changes nothing that was read."""
    session, conversation_id = await begun(house)
    await answer(house, conversation_id, 1)
    for seq, expected in ((99, 2), (1, 2), (0, 2)):
        await house.conversations.read_by_visitor(session, seq)  # pyright: ignore[reportArgumentType]
        await house.conversations.read_by_agent(conversation_id, seq)
        conversation = await house.conversations.get(conversation_id)
        assert conversation.visitor_read_seq == expected
        assert conversation.agent_read_seq == expected


async def test_closing_twice_is_one_line(house: House):
    """Closing what is closed writes nothing."""
    _, conversation_id = await begun(house)
    for _ in range(2):
        await house.conversations.set_status(conversation_id, "closed", actor=AGENT)
    log = await house.conversations.entries(conversation_id)
    assert [entry.type for entry in log] == ["message", "status"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  hi \n", "hi"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        (
            "\N{GRINNING FACE} e\N{COMBINING ACUTE ACCENT} \u202e",
            "\N{GRINNING FACE} e\u0301 \u202e",
        ),
        ("x" * 4000, "x" * 4000),
    ],
)
async def test_text_is_kept_as_it_was_sent(house: House, text: str, kept: str):
    """Nothing is escaped or lost but the blanks around it, and what cannot be stored."""
    opened = await house.enter()
    await house.conversations.post_as_visitor(
        opened.session, text=text, client_message_id="c-1"
    )
    assert await house.texts(opened) == [kept]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001, "\ud800"])
async def test_text_that_is_no_message_is_refused(house: House, text: str):
    """Nothing, too much, or what is not text at all."""
    opened = await house.enter()
    with pytest.raises(Invalid) as refused:
        await house.conversations.post_as_visitor(
            opened.session, text=text, client_message_id="c-1"
        )
    assert list(refused.value.fields) == ["text"]


async def test_who_posts_too_fast_waits(house: House):
    """Thirty at once are fine, the next one is told how long to wait."""
    opened = await house.enter()
    for number in range(30):
        await house.conversations.post_as_visitor(
            opened.session, text="x", client_message_id=f"c-{number}"
        )
    with pytest.raises(TooManyMessages) as refused:
        await house.conversations.post_as_visitor(
            opened.session, text="x", client_message_id="c-30"
        )
    house.clock.advance(refused.value.retry_after)
    await house.conversations.post_as_visitor(
        opened.session, text="x", client_message_id="c-30"
    )
    assert len(await house.texts(opened)) == 31


async def test_the_list_goes_on_where_it_ended(house: House):
    """Pages do not shift when a conversation becomes new, and times may be equal."""
    made: list[ConversationId] = []
    for number in range(7):
        _, conversation_id = await begun(house)
        made.append(conversation_id)
        if number % 3 == 0:
            house.clock.advance(timedelta(seconds=1))
    await house.conversations.set_status(made[0], "closed", actor=AGENT)
    first = await house.following.inbox("open", limit=3, after=None)
    _, newest = await begun(house)
    await answer(house, first.items[0].conversation.id, 1)
    seen = [view.conversation.id for view in first.items]
    cursor = first.next
    while cursor is not None:
        page = await house.following.inbox("open", limit=2, after=cursor)
        seen += [view.conversation.id for view in page.items]
        cursor = page.next
    assert seen == list(reversed(made[1:]))
    assert newest not in seen
    every = await house.following.inbox("all", limit=50, after=None)
    assert len(every.items) == 8
    with pytest.raises(Invalid):
        await house.following.inbox("all", limit=50, after="nonsense")


async def test_what_is_not_there_is_told(house: House):
    """No conversation has this id."""
    nowhere = ConversationId("1")
    for attempt in (
        house.conversations.get(nowhere),
        house.conversations.overview(nowhere),
        house.conversations.entries(nowhere),
        house.conversations.set_status(nowhere, "closed", actor=AGENT),
        answer(house, nowhere, 1),
    ):
        with pytest.raises(ConversationNotFound):
            await attempt
    assert (await house.conversations.list_conversations(Query())).items == []


async def test_a_trimmed_feed_tells_an_old_cursor_to_reset(house: House):
    """Who comes back to a feed that was trimmed beyond them starts from the list again."""
    for _ in range(3):
        await begun(house)
    assert await house.following.trim(keep=2) == 4
    news = await house.following.for_agents(0)
    assert (news.reset, news.head, list(news.items)) == (True, 6, [])
    news = await house.following.for_agents(4)
    assert (news.reset, [item.seq for item in news.items]) == (False, [5, 6])
    assert (await house.following.for_agents(7)).reset


async def test_the_feed_tells_what_happened_to_a_conversation(house: House):
    """Made, linked to a contact and read are events beside what was said."""
    opened = await house.enter()
    posted = await house.conversations.post_as_visitor(
        opened.session, text="hello", client_message_id="c-1"
    )
    await house.enter(token=house.identification.mint(ADA, "Ada"), secret=opened.secret)
    await house.conversations.read_by_agent(posted.entry.conversation_id, 1)
    feed = await house.following.for_agents(0)
    assert ["entry" if item.entry else "conversation" for item in feed.items] == [
        "conversation",
        "entry",
        "conversation",
        "conversation",
    ]
    assert feed.items[-1].changed.visitor_name == "Ada"
    assert feed.items[-1].changed.conversation.evidence == "signed"
