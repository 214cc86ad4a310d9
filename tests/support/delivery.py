"""Visitors and agents who talk while servers are killed and lines break, for tests.

Everybody writes until it is acknowledged, follows what is new from a cursor, and notes
every line that came. Afterwards the notes are compared with the logs.
"""

import asyncio
import json
import os
import random
import re
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt

from tests.support.processes import Product

ORIGIN = "http://chat.test"
WIDGET = "/v1/widget/web"
TAINT = re.compile(r"taint-[0-9a-f]{12}")
_CLOSES_EVERY = 25
_REPEATS = 0.05


@dataclass(frozen=True)
class Plan:
    """How much is to happen; ``CALLINGCARD_DELIVERY_…`` asks for more."""

    kills: int = 2
    reconnects: int = 30
    messages: int = 500
    contacts: int = 4
    strangers: int = 4

    @classmethod
    def wanted(cls) -> "Plan":
        """Return what the environment asks for."""
        given = {
            name: int(os.environ[f"CALLINGCARD_DELIVERY_{name.upper()}"])
            for name in cls.__dataclass_fields__
            if f"CALLINGCARD_DELIVERY_{name.upper()}" in os.environ
        }
        return cls(**given)


@dataclass
class Cluster:
    """The servers; any of them will do."""

    products: Sequence[Product]
    chance: random.Random
    kills: int = 0

    def url(self) -> str:
        """Return the address of one of them, which may be down just now."""
        return self.chance.choice(self.products).url

    async def kill_one(self) -> None:
        """End one as a power cut would, and start it again."""
        product = self.chance.choice(self.products)
        await asyncio.to_thread(product.kill)
        await asyncio.to_thread(product.start)
        self.kills += 1


@dataclass
class Tally:
    """What happened so far, and whether it goes on."""

    acknowledged: int = 0
    reconnects: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[str] = field(default_factory=list)


class Caller:
    """Sends requests to any server until one of them answers."""

    def __init__(self, cluster: Cluster, headers: Mapping[str, str]) -> None:
        self.cluster = cluster
        self.headers = dict(headers)
        self.client = httpx.AsyncClient(trust_env=False, timeout=20, headers=headers)

    async def until_answered(self, method: str, path: str, **what: Any) -> httpx.Response:
        """Return the first answer that is one; a busy server is asked again."""
        while True:
            try:
                reply = await self.client.request(method, self.cluster.url() + path, **what)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if reply.status_code not in {429, 503}:
                return reply
            await asyncio.sleep(float(reply.headers.get("retry-after", "0.3")))


class Reader:
    """Follows one stream from a cursor, over lines that break."""

    def __init__(
        self, caller: Caller, path: str, tally: Tally, *, polls: bool = False
    ) -> None:
        """Listen at *path*; with *polls*, by asking again and again."""
        self._caller = caller
        self._path = path
        self._tally = tally
        self._polls = polls
        self._line: asyncio.Task[None] | None = None
        self.cursor = 0
        self.events: list[dict[str, Any]] = []
        self.arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.taints: set[str] = set()
        self._lines = 0

    async def follow(self) -> None:
        """Read until cancelled, coming back whenever the line breaks."""
        while True:
            self._line = asyncio.create_task(self._poll() if self._polls else self._stream())
            try:
                await asyncio.wait([self._line])
                if not self._line.cancelled() and (error := self._line.exception()):
                    if not isinstance(error, httpx.TransportError):
                        self._tally.faults.append(f"{self._path}: {error!r}")
                    await asyncio.sleep(0.2)
            finally:
                self._line.cancel()

    def hang_up(self) -> None:
        """Break the line."""
        if self._line is not None:
            self._line.cancel()

    async def close(self) -> None:
        """Close what requests are made with."""
        await self._caller.client.aclose()

    async def _stream(self) -> None:
        headers = {"Last-Event-ID": str(self.cursor)}
        url = self._caller.cluster.url() + self._path
        async with self._caller.client.stream("GET", url, headers=headers) as reply:
            self._expect(reply)
            self._connected()
            async for name, number, data in _frames(reply):
                self.taints |= set(TAINT.findall(data))
                if name in {"reset", "ended"}:
                    self._tally.faults.append(f"{self._path}: {name} at {self.cursor}")
                if number is not None:
                    self._take(number, json.loads(data))

    async def _poll(self) -> None:
        first = True
        while True:
            url = f"{self._caller.cluster.url()}{self._path}?after={self.cursor}&wait=2"
            reply = await self._caller.client.get(url, headers={"Accept": "application/json"})
            self._expect(reply)
            if first:
                self._connected()
            first = False
            self.taints |= set(TAINT.findall(reply.text))
            answer = reply.json()
            if answer.get("reset"):
                self._tally.faults.append(f"{self._path}: reset at {self.cursor}")
            for event in answer["events"]:
                self._take(event["seq"], event)

    def _connected(self) -> None:
        """Count every line but the first."""
        self._tally.reconnects += bool(self._lines)
        self._lines += 1

    def _expect(self, reply: httpx.Response) -> None:
        if reply.status_code == 503:
            raise httpx.ConnectError("busy")
        assert reply.status_code == 200, reply.status_code

    def _take(self, number: int, event: dict[str, Any]) -> None:
        """Note an event, and where to go on, in one step."""
        self.cursor = number
        self.events.append(event)
        self.arrived.put_nowait(event)


async def _frames(reply: httpx.Response) -> AsyncIterator[tuple[str, int | None, str]]:
    """Yield each event's name, number and data."""
    fields: dict[str, str] = {}
    async for line in reply.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        number = int(fields["id"]) if "id" in fields else None
        yield fields["event"], number, fields["data"]
        fields = {}


class Device:
    """One browser of a visitor: it writes, and it follows the conversation."""

    def __init__(
        self, caller: Caller, tally: Tally, *, taint: str, name: str, polls: bool = False
    ) -> None:
        """Mark everything that it says with *taint*, which nobody else's has."""
        self.caller, self._tally = caller, tally
        self.taint, self.name = taint, name
        self.reader = Reader(caller, f"{WIDGET}/events", tally, polls=polls)
        self.sent: list[str] = []
        self.told: dict[str, int] = {}
        self.conversations: set[str] = set()

    async def write(self) -> None:
        """Post message after message, each until it is acknowledged; some twice."""
        chance = random.Random(self.name)
        while not self._tally.stop.is_set():
            key = f"{self.name}-{len(self.sent) + 1}"
            self.sent.append(key)
            await self._post(key)
            if chance.random() < _REPEATS:
                await self._post(key)
            await asyncio.sleep(0.2 + chance.random() * 0.2)

    async def _post(self, key: str) -> None:
        said = {"clientMessageId": key, "text": f"{self.taint} {key}"}
        reply = await self.caller.until_answered("POST", f"{WIDGET}/messages", json=said)
        if reply.status_code not in {200, 201}:
            self._tally.faults.append(f"{key}: {reply.status_code} {reply.text}")
            return
        answer = reply.json()
        self.conversations.add(answer["conversationId"])
        if self.told.setdefault(key, answer["seq"]) != answer["seq"]:
            self._tally.faults.append(f"{key}: told {answer['seq']} and {self.told[key]}")
        self._tally.acknowledged += 1

    async def log(self) -> list[dict[str, Any]]:
        """Return the conversation's whole log."""
        events: list[dict[str, Any]] = []
        while True:
            reply = await self.caller.until_answered(
                "GET",
                f"{WIDGET}/events?after={len(events)}",
                headers={"Accept": "application/json"},
            )
            events += reply.json()["events"]
            if len(events) >= reply.json()["head"]:
                return events


class AgentAtWork:
    """Reads everything, and answers every message of their half of the conversations."""

    def __init__(self, caller: Caller, tally: Tally, *, share: tuple[int, int]) -> None:
        """Answer where the conversation's number leaves *share*'s rest."""
        self._caller, self._tally, self._share = caller, tally, share
        self.reader = Reader(caller, "/v1/inbox/events", tally)
        self.told: dict[str, tuple[str, int]] = {}
        self.busy = 0

    async def answer(self) -> None:
        """Answer what came, one after another."""
        part, whole = self._share
        while True:
            event = await self.reader.arrived.get()
            entry, key = event.get("entry"), event.get("conversationId", "0")
            if not entry or entry["author"]["kind"] != "visitor" or int(key) % whole != part:
                continue
            if entry["type"] != "message":
                continue
            self.busy += 1
            await self._answer(key, entry)
            self.busy -= 1

    async def _answer(self, key: str, entry: Mapping[str, Any]) -> None:
        path = f"/v1/inbox/conversations/{key}"
        said = {"clientMessageId": f"re-{entry['id']}"[:64], "text": f"re {entry['text']}"}
        reply = await self._caller.until_answered("POST", f"{path}/messages", json=said)
        if reply.status_code not in {200, 201}:
            self._tally.faults.append(f"answer: {reply.status_code} {reply.text}")
            return
        self.told[said["clientMessageId"]] = (key, reply.json()["seq"])
        self._tally.acknowledged += 1
        if len(self.told) % _CLOSES_EVERY == 0:
            closing = {"status": "closed"}
            await self._caller.until_answered("PATCH", path, json=closing)

    def seen(self) -> dict[str, list[int]]:
        """Return the numbers of the lines that came, by conversation."""
        found: dict[str, list[int]] = defaultdict(list)
        for event in self.reader.events:
            if event.get("entry"):
                found[event["conversationId"]].append(event["entry"]["seq"])
        return found


async def open_device(
    cluster: Cluster, tally: Tally, *, name: str, taint: str, key: Mapping[str, str] | None
) -> Device:
    """Open a session: of somebody whom *key* signs for, or of a stranger."""
    asked: dict[str, str] = {}
    if key is not None:
        now = int(time.time())
        email = f"{taint}@example.com"
        claims = {
            "aud": "web",
            "email": email,
            "given_name": taint,
            "iat": now,
            "exp": now + 3600,
        }
        token = jwt.encode(claims, key["secret"], "HS256", headers={"kid": key["kid"]})
        asked = {"email": email, "token": token}
    opening = Caller(cluster, {})
    reply = await opening.until_answered("POST", f"{WIDGET}/session", json=asked)
    await opening.client.aclose()
    assert reply.json()["evidence"] == ("anonymous" if key is None else "signed")
    bearer = {"Authorization": f"Bearer {reply.json()['session']}"}
    polls = name.endswith("3")
    return Device(Caller(cluster, bearer), tally, taint=taint, name=name, polls=polls)


def new_taint() -> str:
    """Return a mark that stands in nobody else's messages."""
    return f"taint-{uuid.uuid4().hex[:12]}"
