"""Streams and long polls tell everything once, in order, and end when they should."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from tests.support.desk_house import House

from callingcard.backends.bus import Bus
from callingcard.desk.api.pulse import Pulse
from callingcard.desk.api.streams import EventStream, Look, Streams
from callingcard.desk.model.conversations import Author, AuthorKind, Entry
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.signs import SignKind
from callingcard.desk.model.visitors import Watched
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.visitors.sessions import Opened

Frame = tuple[str, int | None, dict[str, Any]]


class Stream:
    """One open stream, spoken to in ASGI, so that nothing buffers in between."""

    def __init__(self, app: FastAPI, path: str, headers: dict[str, str]) -> None:
        """Ask for *path*."""
        where, _, query = path.partition("?")
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": where,
            "raw_path": where.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("chat.test", 80),
        }
        self._app = app
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False
        self._text = ""
        self.status = 0
        self.headers: dict[str, str] = {}
        self.task: asyncio.Task[None] | None = None

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            await self._chunks.put(message.get("body", b""))
            if not message.get("more_body"):
                await self._chunks.put(None)

    def start(self) -> None:
        """Start reading."""
        self.task = asyncio.create_task(
            self._app(self._scope, self._receive, self._send)  # pyright: ignore[reportArgumentType]
        )

    def hang_up(self) -> None:
        """Go, and let the server find out."""
        self._gone.set()

    async def leave(self) -> None:
        """Hang up, and wait until the server noticed, or end it there."""
        self._gone.set()
        if self.task is not None:
            await asyncio.wait([self.task], timeout=0.1)
            self.task.cancel()
            await asyncio.wait([self.task], timeout=5)
            assert self.task.done()
            if not self.task.cancelled():
                self.task.result()

    async def next(self) -> Frame | None:
        """Return the next frame, or None at the end of the stream."""
        while "\n\n" not in self._text:
            chunk = await asyncio.wait_for(self._chunks.get(), 5)
            if chunk is None:
                return None
            self._text += chunk.decode()
        raw, _, self._text = self._text.partition("\n\n")
        fields = dict(line.split(": ", 1) for line in raw.split("\n"))
        seq = int(fields["id"]) if "id" in fields else None
        return fields["event"], seq, json.loads(fields["data"])

    async def entry(self) -> Frame:
        """Return the next frame that is of a log, or ends the stream."""
        while True:
            frame = await self.next()
            assert frame is not None
            if frame[0] not in {"heartbeat", "live"}:
                return frame


@asynccontextmanager
async def stream(
    house: House, path: str, *, beat: float = 10, **headers: str
) -> AsyncIterator[Stream]:
    """Open a stream and hang up at the end."""
    opened = Stream(house.app(timedelta(seconds=beat)), path, headers)
    opened.start()
    yield opened
    await opened.leave()


def visitor(opened: Opened) -> dict[str, str]:
    """Return the header of a visitor's session."""
    return {"Authorization": f"Bearer {opened.secret}"}


async def say(house: House, opened: Opened, number: int) -> ConversationId:
    """Post the visitor's message *number*."""
    posted = await house.conversations.post_as_visitor(
        opened.session, text=f"m {number}", client_message_id=f"c-{number}"
    )
    return posted.entry.conversation_id


EVENTS = "/v1/widget/web/events"
FEED = "/v1/inbox/events"


async def test_a_stream_starts_before_there_is_a_conversation(house: House):
    """It heartbeats with head 0 and tells the first message when it makes one."""
    opened = await house.enter()
    async with stream(house, EVENTS, **visitor(opened)) as reading:
        assert await reading.next() == ("heartbeat", None, {"head": 0})
        assert reading.status == 200
        assert reading.headers["content-type"] == "text/event-stream"
        assert reading.headers["cache-control"] == "no-store"
        assert reading.headers["x-accel-buffering"] == "no"
        conversation_id = await say(house, opened, 1)
        kind, seq, data = await reading.entry()
        assert (kind, seq, data["text"]) == ("entry", 1, "m 1")
        await house.conversations.post_as_agent(
            conversation_id, actor_id="7", name="Linus", text="hi", client_message_id="a"
        )
        kind, seq, data = await reading.entry()
        assert (kind, seq, data["author"]) == (
            "entry",
            2,
            {"kind": "agent", "id": "7", "name": "Linus"},
        )


@pytest.mark.slow
async def test_a_long_log_comes_in_order_from_the_cursor(house: House):
    """More than a batch, resumed by the query and by Last-Event-ID."""
    opened = await house.enter()
    for number in range(1, 451):
        house.clock.advance(timedelta(seconds=1))
        await say(house, opened, number)
    for headers, after in (({}, 7), ({"Last-Event-ID": "9"}, 9), ({"Last-Event-ID": "x"}, 7)):
        asked = {**visitor(opened), **headers}
        async with stream(house, f"{EVENTS}?after=7", **asked) as reading:
            assert await reading.next() == ("heartbeat", None, {"head": 450})
            seqs = [(await reading.entry())[1] for _ in range(450 - after)]
            assert seqs == list(range(after + 1, 451))


async def test_a_cursor_from_elsewhere_is_reset(house: House):
    """A cursor ahead of the log names nothing; the stream says so and goes on."""
    opened = await house.enter()
    await say(house, opened, 1)
    async with stream(house, f"{EVENTS}?after=9", **visitor(opened)) as reading:
        assert await reading.next() == ("heartbeat", None, {"head": 1})
        assert await reading.entry() == ("reset", None, {"head": 1})
        await say(house, opened, 2)
        assert (await reading.entry())[1] == 2


async def test_heartbeats_carry_the_head(house: House):
    """A reader that missed something without knowing finds out by itself."""
    opened = await house.enter()
    await say(house, opened, 1)
    async with stream(house, f"{EVENTS}?after=1", beat=0.05, **visitor(opened)) as reading:
        frames = [await reading.next() for _ in range(4)]
    beats = [frame for frame in frames if frame is not None and frame[0] == "heartbeat"]
    assert beats == [("heartbeat", None, {"head": 1})] * 3


async def test_news_without_a_wake_up_come_with_the_heartbeat(house: House):
    """A message written by another process rings no bell here and is still told."""
    opened = await house.enter()
    await say(house, opened, 1)
    other = House(house.database, house.clock)
    async with stream(house, f"{EVENTS}?after=1", beat=0.1, **visitor(opened)) as reading:
        await reading.next()
        await other.conversations.post_as_visitor(
            opened.session, text="m 2", client_message_id="c-2"
        )
        assert (await reading.entry())[1] == 2


async def test_signing_out_ends_the_stream_in_every_tab(house: House):
    """Each tab is told that it is over, at once, and the connection closes."""
    tabs = [
        await house.enter(token=house.identification.mint("ada@example.com"), browser="b1")
        for _ in range(2)
    ]
    async with (
        stream(house, EVENTS, **visitor(tabs[0])) as one,
        stream(house, EVENTS, **visitor(tabs[1])) as other,
    ):
        for reading in (one, other):
            assert (await reading.next())[0] == "heartbeat"  # pyright: ignore[reportOptionalSubscript]
        await house.sessions.end(tabs[0].session)
        for reading in (one, other):
            assert await reading.next() == ("ended", None, {})
            assert await reading.next() is None
    async with stream(house, EVENTS, **visitor(tabs[1])) as refused:
        assert refused.task is not None
        await asyncio.wait_for(refused.task, 5)
        assert refused.status == 401


async def test_an_expired_session_ends_its_stream(house: House):
    """Nobody needs to tell: the next look finds the session over."""
    opened = await house.enter(token=house.identification.mint("ada@example.com"))
    async with stream(house, EVENTS, beat=0.05, **visitor(opened)) as reading:
        await reading.next()
        house.clock.advance(timedelta(hours=25))
        assert await reading.entry() == ("ended", None, {})


async def test_a_stopping_server_closes_without_ended(house: House):
    """A stop is no sign-out: the reader comes back to the next process."""
    opened = await house.enter()
    async with stream(house, EVENTS, **visitor(opened)) as reading:
        assert (await reading.next()) == ("heartbeat", None, {"head": 0})
        house.bus.close()
        assert await reading.next() is None


async def test_a_reader_that_leaves_is_forgotten(house: House):
    """Nothing stays behind of a stream whose reader hung up."""
    opened = await house.enter()
    async with stream(house, EVENTS, beat=0.02, **visitor(opened)) as reading:
        await reading.next()
        await asyncio.sleep(0.05)
        assert house.bus._waiting
        reading.hang_up()
        assert reading.task is not None
        await asyncio.wait_for(reading.task, 5)
    assert not house.bus._waiting


async def test_agents_follow_everything(house: House):
    """The feed has what was said and what changed, each with its own number."""
    async with stream(house, FEED) as reading:
        assert await reading.next() == ("heartbeat", None, {"head": 0})
        opened = await house.enter()
        conversation_id = await say(house, opened, 1)
        kind, seq, data = await reading.entry()
        assert (kind, seq, sorted(data)) == ("conversation", 1, ["conversation", "feedSeq"])
        assert data["conversation"]["id"] == conversation_id
        kind, seq, data = await reading.entry()
        assert (kind, seq) == ("entry", 2)
        assert sorted(data) == ["conversationId", "entry", "feedSeq"]
        assert (data["feedSeq"], data["entry"]["text"]) == (2, "m 1")


async def test_an_agent_who_signs_out_reads_no_more(house: House):
    """The stream asks again who is there, at every look."""
    async with stream(house, FEED, beat=0.05) as reading:
        await reading.next()
        house.agent_signed_in = False
        assert await reading.entry() == ("ended", None, {})


async def test_a_long_poll_waits_for_news(house: House):
    """It answers at once when there is something, else when something comes."""
    opened = await house.enter()
    async with house.client() as client:
        headers = {**visitor(opened), "Accept": "application/json"}
        waiting = asyncio.create_task(client.get(f"{EVENTS}?after=0&wait=25", headers=headers))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await say(house, opened, 1)
        answer = (await asyncio.wait_for(waiting, 5)).json()
        assert (answer["head"], [entry["seq"] for entry in answer["events"]]) == (1, [1])
        empty = await client.get(f"{EVENTS}?after=1&wait=0.1", headers=headers)
        assert empty.json() == {"events": [], "head": 1}
        ahead = await client.get(f"{EVENTS}?after=5&wait=25", headers=headers)
        assert ahead.json() == {"events": [], "head": 1, "reset": True}
        feed = await client.get(f"{FEED}?after=0", headers={"Accept": "application/json"})
        assert [event["event"] for event in feed.json()["events"]] == ["conversation", "entry"]
        assert feed.json()["head"] == 2


@pytest.mark.parametrize(
    "path", [f"{EVENTS}?after=-1", f"{EVENTS}?after=x", f"{FEED}?after=-1"]
)
async def test_a_cursor_that_is_no_number_is_refused(house: House, path: str):
    """Nonsense is told as such."""
    opened = await house.enter()
    async with house.client() as client:
        assert (await client.get(path, headers=visitor(opened))).status_code == 422


async def watched_by(house: House, opened: Sequence[Opened]) -> list[Watched]:
    """Return what the streams of these sessions would ask together."""
    looks = [await house.following.for_visitor(one.session.id, 0) for one in opened]
    return [look.watched for look in looks if look.watched is not None]


async def test_many_streams_are_asked_about_together(house: House):
    """What is new with them costs one question, which forgets nobody."""
    asked: list[int] = []

    async def counted(watched: Collection[Watched]) -> Mapping[Watched, Sequence[Entry]]:
        asked.append(len(watched))
        return await house.following.together(watched)

    async def ask() -> list[list[str] | None]:
        news = await asyncio.gather(*(pulse.news_of(one) for one in watched))
        return [None if one is None else [entry.text for entry in one] for one in news]

    pulse = Pulse(counted, gather=0.01)
    opened = [await house.enter(browser=f"b-{number}") for number in range(5)]
    for number, one in enumerate(opened[:3]):
        await say(house, one, number)
    watched = await watched_by(house, opened)
    assert len(watched) == 5
    assert (await ask(), asked) == ([[]] * 5, [5])
    await say(house, opened[0], 7)
    await house.sessions.end(opened[1].session)
    await say(house, opened[3], 8)  # which begins a conversation
    assert (await ask(), asked) == ([["m 7"], None, [], None, []], [5, 5])
    await say(house, opened[0], 9)  # two that it has not heard of
    assert await ask() == [None, None, [], None, []]


async def test_what_is_more_than_an_entry_is_not_told_together(house: House):
    """Each look of its own finds who types, a queue, a merge and a read mark."""
    opened = [await house.enter(browser=f"b-{number}") for number in range(5)]
    talks = [await say(house, one, 1) for one in opened]
    watched = await watched_by(house, opened)
    assert len(watched) == 5
    await house.conversations.presence.agent_does(
        talks[0], SignKind.TYPING, Author(AuthorKind.AGENT, "700", "Linus"), shown=True
    )
    await house.conversations.read_by_agent(talks[1], 1)
    async with house.units.writing() as unit:
        waiting = await unit.conversations.get(talks[2])
        merged = await unit.conversations.get(talks[3])
        assert waiting is not None
        assert merged is not None
        now = house.clock.now()
        await unit.conversations.save(replace(waiting, team="sales", queued_at=now))
        await unit.conversations.save(replace(merged, merged_at=now))
    for one in opened:
        await say(house, one, 2)
    told = await house.following.together(watched)
    assert {one.conversation_id for one in told} == {talks[4]}


async def test_an_entry_is_told_together_only_to_whose_conversation_it_is(house: House):
    """A conversation that became another person's is left to a look of its own."""
    opened = await house.enter()
    talk = await say(house, opened, 1)
    (watched,) = await watched_by(house, [opened])
    contacts = ContactDesk(house.units, house.clock, house.ids)
    ada = await contacts.create({"email": "ada@example.com"})
    async with house.units.writing() as unit:
        conversation = await unit.conversations.get(talk)
        assert conversation is not None
        await unit.conversations.save(replace(conversation, contact_id=ada.id))
    assert await house.following.together([watched]) == {}


@pytest.mark.parametrize(("dice", "beats"), [(0.999, 2), (0.0, 1)])
async def test_streams_that_open_together_do_not_beat_together(dice: float, beats: int):
    """The first heartbeat but one comes early, by chance; all come at once else, for hours."""
    sent: list[bytes] = []
    go = asyncio.Event()

    async def look(_: int) -> Look:
        return Look((), head=0, reset=False, cursor=0, more=False, topics=("news",))

    async def receive() -> dict[str, Any]:
        await go.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    streams = Streams(Bus(), heartbeat=timedelta(seconds=20), dice=lambda: dice)
    stream = await streams.stream(look, 0)
    assert isinstance(stream, EventStream)
    sending = asyncio.create_task(stream.send(receive, send))
    await asyncio.sleep(0.2)
    assert b"".join(sent).count(b"event: heartbeat") == beats
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
