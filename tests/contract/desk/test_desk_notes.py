"""What agents say among themselves, and what becomes of a conversation behind the scenes."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from tests.contract.desk.test_desk_streams import EVENTS, FEED, stream, visitor
from tests.support.desk_house import House

from callingcard.desk.errors import ConversationNotFound
from callingcard.desk.model.conversations import Author, AuthorKind, Note
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.signs import SignKind
from callingcard.desk.service.chat.notes import note_assignment
from callingcard.desk.service.visitors.sessions import Opened

AGENT = Author(AuthorKind.AGENT, "700", "Linus T.")
INBOX = "/v1/inbox/conversations"


async def begun(house: House, text: str = "hello") -> tuple[Opened, ConversationId]:
    """Let Ada say something; return her session and the conversation."""
    opened = await house.enter(token=house.identification.mint("ada@example.com", "Ada"))
    posted = await house.conversations.post_as_visitor(
        opened.session, text=text, client_message_id="c-1"
    )
    return opened, posted.entry.conversation_id


async def answer(house: House, key: ConversationId, number: int) -> None:
    """Post the agent's answer *number*."""
    await house.conversations.post_as_agent(
        key,
        actor_id="700",
        name="Linus T.",
        text=f"answer {number}",
        client_message_id=f"a-{number}",
    )


async def assign(house: House, key: ConversationId, agent: str | None) -> None:
    """Give the conversation to an agent, as routing does."""
    async with house.units.writing() as unit:
        before = await unit.conversations.get(key, lock=True)
        assert before is not None
        after = replace(before, assigned_to=agent)
        await unit.conversations.save(after)
        await note_assignment(unit, before, after, by=AGENT, at=house.clock.now())


async def test_a_note_never_reaches_the_visitor_and_leaves_no_gap(house: House):
    """Neither the stream, the poll nor the numbers show that anything was noted."""
    opened, key = await begun(house)
    async with stream(house, f"{EVENTS}?after=1", **visitor(opened)) as reading:
        assert (await reading.next() or ("",))[0] == "heartbeat"
        await house.conversations.notes.comment(key, author=AGENT, text="angry, be careful")
        await assign(house, key, "700")
        await answer(house, key, 1)
        kind, seq, data = await reading.entry()
        assert (kind, seq, data["text"]) == ("entry", 2, "answer 1")
    news = await house.following.for_visitor(opened.session.id, 0)
    assert [entry.seq for entry in news.entries] == [1, 2]
    assert "angry" not in repr(news)
    async with house.client() as client:
        headers = {**visitor(opened), "Accept": "application/json"}
        polled = await client.get(f"{EVENTS}?after=0&wait=0&live=true", headers=headers)
    assert "angry" not in polled.text
    assert [event["seq"] for event in polled.json()["events"]] == [1, 2]


async def test_agents_read_notes_where_they_were_made(house: House):
    """History has entries and notes as one, in order, page by page, both ways."""
    _, key = await begun(house)
    for number in range(1, 4):
        await house.conversations.notes.comment(key, author=AGENT, text=f"note {number}")
        house.clock.advance(timedelta(seconds=1))
        await answer(house, key, number)
    await house.conversations.notes.comment(key, author=AGENT, text="note 4")
    whole = [
        "hello",
        "note 1",
        "answer 1",
        "note 2",
        "answer 2",
        "note 3",
        "answer 3",
        "note 4",
    ]
    history = house.conversations.history
    for newest_first in (False, True):
        for limit in (1, 2, 3, 100):
            read: list[str] = []
            after: str | None = None
            while True:
                page = await history.page(
                    key, after=after, limit=limit, newest_first=newest_first
                )
                read += [line.text for line in page.lines]
                after = page.next
                if after is None:
                    break
            assert read == (list(reversed(whole)) if newest_first else whole), limit


async def test_a_note_is_written_once(house: House):
    """The same note sent twice is one note; another agent's is another."""
    _, key = await begun(house)
    notes = house.conversations.notes
    first = await notes.comment(key, author=AGENT, text="x", client_note_id="n-1")
    again = await notes.comment(key, author=AGENT, text="x", client_note_id="n-1")
    assert first == again
    assert list(await notes.of(key)) == [first]
    with pytest.raises(ConversationNotFound):
        await notes.comment(ConversationId("1"), author=AGENT, text="x")


async def test_the_feed_tells_of_notes_and_assignments(house: House):
    """Agents learn of both at once, with the conversation as it is now."""
    _, key = await begun(house)
    head = (await house.following.for_agents(0)).head
    await house.conversations.notes.comment(key, author=AGENT, text="look here")
    await assign(house, key, "700")
    await assign(house, key, "700")
    async with house.client() as client:
        answer_ = await client.get(
            f"{FEED}?after={head}", headers={"Accept": "application/json"}
        )
    comment, assignment = answer_.json()["events"]
    assert (comment["event"], comment["note"]["text"]) == ("note", "look here")
    assert (assignment["note"]["kind"], assignment["note"]["assignedTo"]) == (
        "assignment",
        "700",
    )
    assert assignment["conversation"]["assignedTo"] == "700"


async def test_notes_over_http(house: House):
    """Write, repeat, list; an unknown conversation is 404."""
    _, key = await begun(house)
    async with house.client() as client:
        note = {"clientNoteId": "n-1", "text": " a note "}
        first = await client.post(f"{INBOX}/{key}/notes", json=note)
        again = await client.post(f"{INBOX}/{key}/notes", json=note)
        assert (first.status_code, first.json()) == (201, again.json())
        assert (first.json()["text"], first.json()["author"]["id"]) == ("a note", "700")
        listed = await client.get(f"{INBOX}/{key}/notes")
        assert listed.json() == {"notes": [first.json()]}
        assert (await client.post(f"{INBOX}/1/notes", json=note)).status_code == 404
        bad = await client.post(f"{INBOX}/{key}/notes", json={**note, "text": " "})
        assert bad.status_code == 422


async def test_an_archived_conversation_is_in_no_list_and_comes_back(house: House):
    """Put away it is hidden; its visitor's next message brings it back, closed or not."""
    opened, key = await begun(house)
    shelves = house.conversations.shelves
    await house.conversations.set_status(key, "closed", actor=AGENT)
    await shelves.set_archived(key, archived=True)
    async with house.client() as client:
        assert (await client.get(f"{INBOX}?status=all")).json()["results"] == []
        assert (await client.get(f"{INBOX}/{key}")).json()["archived"] is True
        await house.conversations.post_as_visitor(
            opened.session, text="still there?", client_message_id="c-2"
        )
        (found,) = (await client.get(INBOX)).json()["results"]
        assert (found["id"], found["archived"], found["status"]) == (key, False, "open")
        put = await client.patch(f"{INBOX}/{key}", json={"archived": True})
        assert put.json()["archived"] is True
        back = await client.patch(f"{INBOX}/{key}", json={"archived": False})
        assert back.json()["archived"] is False
    assert (await house.conversations.get(key)).head == 4


async def counts(client: httpx.AsyncClient) -> dict[str, int]:
    """Return the count of each view."""
    views = (await client.get("/v1/inbox/views")).json()["views"]
    return {view["name"]: view["count"] for view in views}


async def test_each_view_has_its_conversations_and_their_count(house: House):
    """Mine, unassigned, waiting, closed: what is listed is what is counted."""
    keys: list[ConversationId] = []
    for _ in range(4):
        visitor_ = await house.enter()
        posted = await house.conversations.post_as_visitor(
            visitor_.session, text="hi", client_message_id="c-1"
        )
        keys.append(posted.entry.conversation_id)
        house.clock.advance(timedelta(seconds=1))
    mine, other, _, done = keys
    await assign(house, mine, "700")
    await assign(house, other, "701")
    await answer(house, other, 1)
    await house.conversations.set_status(done, "closed", actor=AGENT)
    async with house.client() as client:
        assert await counts(client) == {
            "mine": 1,
            "team": 0,
            "unassigned": 1,
            "waiting": 2,
            "closed": 1,
            "all": 3,
        }
        for view, count in (await counts(client)).items():
            listed = (await client.get(f"{INBOX}?view={view}")).json()["results"]
            assert len(listed) == count, view
        (found,) = (await client.get(f"{INBOX}?view=mine")).json()["results"]
        assert found["id"] == mine
        assert (await client.get(f"{INBOX}?view=theirs")).status_code == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Rechnung", ["entry"]),
        ("RECHN", ["entry"]),
        ("straße größe", ["entry"]),
        ("STRASSE", ["entry"]),
        ("100%", ["entry"]),
        ("chnung", []),
        ("a_b", []),
        ("vip careful", ["note"]),
        ("lovelace", ["contact"]),
        ("ada@example", ["contact"]),
        ("rechnung vip", []),
        ("nothing", []),
    ],
)
async def test_a_conversation_is_found_by_its_words(
    house: House, query: str, found: list[str]
):
    """By the beginning of words, folded alike on every engine; in notes and names too."""
    opened = await house.enter(
        token=house.identification.mint("ada@example.com", "Ada", "Lovelace")
    )
    posted = await house.conversations.post_as_visitor(
        opened.session,
        text="Die Rechnung: 100% falsch! Straße, GRÖSSE axb",
        client_message_id="c-1",
    )
    key = posted.entry.conversation_id
    await house.conversations.notes.comment(key, author=AGENT, text="VIP, be careful")
    hits = await house.conversations.listing.find(query, limit=10)
    kinds = [
        "contact" if hit.line is None else "note" if isinstance(hit.line, Note) else "entry"
        for hit in hits
    ]
    assert kinds == found
    assert all(hit.overview.conversation.id == key for hit in hits)


async def test_search_over_http(house: House):
    """The newest find comes first; what has no word is refused; the archive is left out."""
    keys: list[str] = []
    for number in range(3):
        opened = await house.enter()
        posted = await house.conversations.post_as_visitor(
            opened.session, text=f"order {number}", client_message_id="c-1"
        )
        keys.append(posted.entry.conversation_id)
        house.clock.advance(timedelta(seconds=1))
    await house.conversations.shelves.set_archived(ConversationId(keys[0]), archived=True)
    async with house.client() as client:
        results = (await client.get("/v1/inbox/search?q=order")).json()["results"]
        assert [one["conversation"]["id"] for one in results] == [keys[2], keys[1]]
        assert results[0]["entry"]["text"] == "order 2"
        assert (await client.get("/v1/inbox/search?q=%2C%2C")).status_code == 422
        assert (await client.get("/v1/inbox/search?q=" + "x" * 300)).status_code == 422
        house.agent_signed_in = False
        assert (await client.get("/v1/inbox/search?q=order")).status_code == 401


async def test_agents_see_who_looks_and_who_types(house: House):
    """Signs come with the stream, go by themselves, and are in no log."""
    opened, key = await begun(house)
    head = (await house.following.for_agents(0)).head
    async with house.client() as client:
        for body in ({"kind": "looking"}, {"kind": "typing"}):
            done = await client.post(f"{INBOX}/{key}/presence", json=body)
            assert done.status_code == 204
        types = await client.post(
            "/v1/widget/web/typing", json={"typing": True}, headers=visitor(opened)
        )
        assert types.status_code == 204
        news = await house.following.for_agents(head)
        assert {(sign.kind.value, sign.author.kind.value) for sign in news.signs} == {
            ("looking", "agent"),
            ("typing", "visitor"),
            ("typing", "agent"),
        }
        assert (news.head, news.items) == (head, [])
        await client.post(f"{INBOX}/{key}/presence", json={"kind": "looking", "active": False})
    house.clock.advance(timedelta(seconds=7))
    assert (await house.following.for_agents(head)).signs == []


async def test_a_visitor_sees_an_agent_type_and_read(house: House):
    """The stream tells both, without a number; and nothing of who looks."""
    opened, key = await begun(house)
    presence = house.conversations.presence
    async with stream(house, f"{EVENTS}?after=1", beat=0.05, **visitor(opened)) as reading:

        async def live() -> dict[str, object]:
            while True:
                frame = await reading.next()
                assert frame is not None
                if frame[0] == "live":
                    assert frame[1] is None
                    return frame[2]

        assert await live() == {
            "conversationId": key,
            "typing": [],
            "agentReadSeq": 0,
            "merged": [],
            "queue": None,
        }
        await presence.agent_does(key, SignKind.LOOKING, AGENT, shown=True)
        await presence.agent_does(key, SignKind.TYPING, AGENT, shown=True)
        assert (await live())["typing"] == ["Linus T."]
        await house.conversations.read_by_agent(key, 1)
        assert (await live())["agentReadSeq"] == 1
        await answer(house, key, 1)
        await presence.agent_does(key, SignKind.TYPING, AGENT, shown=False)
