"""A chatflow talks in the conversation's own transaction, and goes on after a restart."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.support.chatflows import SUPPORT
from tests.support.desk_house import House

from callingcard.backends.bus import Bus
from callingcard.backends.database import Database
from callingcard.desk.api.chatflows import chatflow_routes
from callingcard.desk.errors import ChatflowNotFound
from callingcard.desk.model.chatflows import Waits
from callingcard.desk.model.contacts import Person
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation, Entry
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import RoutingPlan, Rule, Target, Team
from callingcard.desk.ports.router import Routed
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.crm.records import Stamp
from callingcard.desk.service.flows.chatflows import ChatflowDesk
from callingcard.desk.service.flows.imagining import ImaginingDesk
from callingcard.desk.service.flows.talking import LEASE, FlowTalk, Outside
from callingcard.desk.service.flows.writing import Writer
from callingcard.desk.service.visitors.joining import remember_contact
from callingcard.errors import Invalid, UpstreamError
from callingcard.kit.actor import Actor, Role
from callingcard.kit.clock import FakeClock
from callingcard.kit.conditions import Facts
from callingcard.server import problems

TOPIC = "What is it about?"


@dataclass
class World:
    """What chatflows ask for, done by the test."""

    returns: list[Any] = field(default_factory=list[Any])
    calls: list[tuple[str, Mapping[str, Any], str]] = field(default_factory=list[Any])
    routed: list[tuple[str | None, Facts]] = field(default_factory=list[Any])
    settled: int = 0

    async def call(self, name: str, arguments: Mapping[str, Any], *, once: str) -> Any:
        """Return what is next; raise it if it is an error."""
        self.calls.append((name, arguments, once))
        value = self.returns.pop(0)
        if isinstance(value, Exception):
            raise value
        return value

    async def route(
        self, unit: Unit, conversation: Conversation, facts: Facts, *, team: str | None = None
    ) -> Routed:
        """Note where the conversation goes."""
        self.routed.append((team, facts))
        changed = replace(conversation, team=team or "support")
        await unit.conversations.save(changed)
        return Routed(
            changed,
            changed.team,
            changed.priority,
            None,
            is_open=True,
            opens_at=None,
            position=1,
        )

    async def settle(self) -> int:
        """Count."""
        self.settled += 1
        return 0


class Talks:
    """Chatflows over a database, with conversations to talk in."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.world = World()
        self.bus = Bus()
        self.house = House(database, clock, self.bus)
        self.units, self.clock = self.house.units, clock
        self.flows = ChatflowDesk(self.units, clock)
        self.imagining = ImaginingDesk(self.units, clock)
        outside = Outside(self.world, self.world, self.world, self.world)
        writer = Writer(Stamp(clock, self.house.ids))
        self.talk = FlowTalk(self.units, outside, writer, clock=clock, news=self.bus)

    async def put(self, steps: Mapping[str, Any], **more: Any) -> None:
        """Publish a chatflow ``t`` of these steps."""
        document = {"name": "t", "start": next(iter(steps), None), "steps": steps, **more}
        await self.flows.put("t", document, by="test")

    async def start(
        self, person: Person | None = None, *, page: str = "https://shop.example/"
    ) -> ConversationId:
        """Begin a conversation, of somebody proven if *person* is given."""
        now, key = self.clock.now(), ConversationId(self.house.ids())
        async with self.units.writing() as unit:
            (inbox,) = await unit.inboxes.all()
            contact = None
            if person is not None:
                contact = await remember_contact(unit, person, new_id=self.house.ids, now=now)
            conversation = Conversation(
                id=key,
                inbox_id=inbox.id,
                visitor_id=self.house.ids(),
                contact_id=None if contact is None else contact.id,
                evidence=Evidence.ANONYMOUS if contact is None else Evidence.SIGNED,
                signed_by=None,
                signed_until=None,
                status="open",
                head=0,
                agent_read_seq=0,
                visitor_read_seq=0,
                waiting_since=None,
                created_at=now,
                updated_at=now,
            )
            await unit.conversations.add(conversation)
            begun = await self.talk.begin(unit, conversation, page=page)
            assert begun.head == len(await unit.log.entries(key, after=0, limit=99))
        await self.talk.settle(key)
        return key

    async def write(
        self, key: ConversationId, text: str, data: Mapping[str, Any] | None = None
    ) -> None:
        """Write as the visitor."""
        async with self.units.writing() as unit:
            conversation = await unit.conversations.get(key, lock=True)
            assert conversation is not None
            entry = await unit.log.append(
                Entry(
                    conversation_id=key,
                    seq=0,
                    id=self.house.ids(),
                    type="message",
                    author=Author(AuthorKind.VISITOR, conversation.visitor_id, "Visitor"),
                    text=text,
                    created_at=self.clock.now(),
                    data=data,
                )
            )
            conversation = replace(conversation, head=entry.seq)
            await self.talk.heard(unit, conversation, entry)
        await self.talk.settle(key)

    async def lines(self, key: ConversationId) -> list[str]:
        """Return what is in the log, the chatflow's lines with ``> `` before."""
        async with self.units.reading() as unit:
            entries = await unit.log.entries(key, after=0, limit=99)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        return [
            ("> " if entry.author.kind is AuthorKind.BOT else "") + entry.text
            for entry in entries
        ]

    async def contact(self, email: str) -> Mapping[str, str]:
        """Return a contact's properties."""
        async with self.units.reading() as unit:
            found = await unit.contacts.by_email(email)
        assert found is not None
        return found.properties


@pytest.fixture
async def talks(database: Database, clock: FakeClock) -> Talks:
    """Return a desk with its default inbox and chatflows."""
    made = Talks(database, clock)
    await made.house.inboxes.ensure_default_inbox()
    return made


ADA = Person("ada@example.com", "7", "Ada", "L", {"lifecyclestage": "customer"})
ASK = {"type": "question", "text": "Which topic?", "options": ["A", "B"], "next": "done"}
DONE = {"type": "route", "text": "One moment."}


async def test_a_talk_from_greeting_to_people(talks: Talks):
    """Lines, options and answers are in the log; what was answered is with the contact."""
    await talks.put(
        {
            "ask": {**ASK, "save_to": "contact.jobtitle"},
            "done": DONE,
        },
        welcome="Hi {{ contact.firstname | default: 'there' }}!",
    )
    key = await talks.start(ADA)
    assert await talks.lines(key) == ["> Hi Ada!", "> Which topic?"]
    async with talks.units.reading() as unit:
        asked = (await unit.log.entries(key, after=1, limit=1))[0]
    assert asked.data == {
        "options": [{"label": "A", "value": "A"}, {"label": "B", "value": "B"}]
    }
    await talks.write(key, "B", {"answer": {"value": "b"}})
    assert await talks.lines(key) == ["> Hi Ada!", "> Which topic?", "B", "> One moment."]
    assert (await talks.contact("ada@example.com"))["jobtitle"] == "B"
    ((team, facts),) = talks.world.routed
    assert (team, facts["contact.lifecyclestage"], facts["answer.ask"]) == (
        None,
        "customer",
        "B",
    )
    await talks.write(key, "more")
    assert len(talks.world.routed) == 1


async def test_who_proved_nothing_keeps_their_answers_until_they_do(talks: Talks):
    """They are saved when the proof comes, without the address that was only typed."""
    fields = [{"property": "contact.email"}, {"property": "contact.jobtitle"}]
    await talks.put({"form": {"type": "form", "fields": fields}})
    key = await talks.start()
    values = {"contact.email": "ada@example.com", "contact.jobtitle": "Countess"}
    await talks.write(key, "(form)", {"answer": {"values": values}})
    async with talks.units.writing() as unit:
        assert await unit.contacts.by_email("ada@example.com") is None
        person = Person("grace@example.com")
        contact = await remember_contact(
            unit, person, new_id=talks.house.ids, now=talks.clock.now()
        )
        conversation = await unit.conversations.get(key)
        assert conversation is not None
        await talks.talk.adopted(unit, replace(conversation, contact_id=contact.id))
    grace = await talks.contact("grace@example.com")
    assert (grace["jobtitle"], grace["email"]) == ("Countess", "grace@example.com")


async def test_the_highest_priority_that_fits_talks(talks: Talks):
    """Targets, inboxes and the switch decide; then the number."""
    path = {"property": "page.path", "operator": "starts_with", "value": "/pricing"}
    for name, more in {
        "usual": {"priority": 1},
        "pricing": {"priority": 5, "target": path},
        "off": {"priority": 9, "enabled": False},
        "known": {"priority": 8, "identification": "required"},
    }.items():
        await talks.flows.put(name, {"welcome": f"I am {name}", **more}, by="test")
    assert await talks.lines(await talks.start()) == ["> I am usual"]
    priced = await talks.start(page="https://shop.example/pricing?a=b")
    assert await talks.lines(priced) == ["> I am pricing"]
    assert await talks.lines(await talks.start(ADA)) == ["> I am known"]
    await talks.flows.enable("off", enabled=True, by="test")
    assert await talks.lines(await talks.start()) == ["> I am off"]


async def test_without_a_chatflow_people_take_over_at_once(talks: Talks):
    """Nobody waits for a flow that is not there."""
    key = await talks.start()
    assert (await talks.lines(key), len(talks.world.routed)) == ([], 1)


async def test_a_greeting_is_shown_and_not_kept(talks: Talks):
    """Who never writes leaves nothing behind."""
    await talks.put({"ask": ASK, "done": DONE}, welcome="Hi")
    async with talks.units.reading() as unit:
        (inbox,) = await unit.inboxes.all()
        greeting = await talks.talk.greeting(
            unit, inbox.id, evidence=Evidence.ANONYMOUS, contact=None
        )
        assert greeting is not None
        assert [say.text for say in greeting.says] == ["Hi", "Which topic?"]
        assert await unit.flow_runs.due(talks.clock.now(), limit=9) == []


CALL = {
    "call": {"type": "function", "name": "lookup-order", "next": "tell", "on_error": "sorry"},
    "tell": {"type": "message", "text": "It is {{ answer.call.status | default: '?' }}."},
    "sorry": {"type": "end", "text": "Sorry.", "close": True},
}


async def test_a_function_is_called_after_the_commit(talks: Talks):
    """Its result goes on with the talk, and the call has a name of its own."""
    await talks.put(CALL)
    talks.world.returns = [{"status": "paid"}]
    key = await talks.start()
    assert await talks.lines(key) == ["> It is paid."]
    ((name, _, once),) = talks.world.calls
    assert (name, once) == ("lookup-order", f"chatflow-{key}-1")


async def test_a_function_that_fails_leads_elsewhere(talks: Talks):
    """``on_error`` is taken; here it closes the conversation."""
    await talks.put(CALL)
    talks.world.returns = [UpstreamError("down", retryable=False)]
    key = await talks.start()
    assert await talks.lines(key) == ["> Sorry.", "> Conversation closed"]
    async with talks.units.reading() as unit:
        conversation = await unit.conversations.get(key)
    assert conversation is not None
    assert conversation.status == "closed"


async def test_a_call_whose_process_died_is_made_again_under_its_name(talks: Talks):
    """Not before its lease is over, and then by whoever sweeps."""
    await talks.put(CALL)
    talks.world.returns = [_Died(), {"status": "sent"}]
    with pytest.raises(_Died):
        await talks.start()
    async with talks.units.reading() as unit:
        (key,) = await unit.flow_runs.due(talks.clock.now() + LEASE, limit=9)
    assert await talks.talk.sweep() == 0
    talks.clock.advance(LEASE)
    assert await talks.talk.sweep() == 1
    assert await talks.lines(key) == ["> It is sent."]
    assert len({once for _, _, once in talks.world.calls}) == 1


class _Died(Exception):
    """The process ends in the middle of a call."""


async def test_a_wait_ends_when_its_time_has_come(talks: Talks):
    """A sweep goes on with it, once."""
    wait = {"type": "wait", "for": "90s", "next": "m"}
    await talks.put({"w": wait, "m": {"type": "message", "text": "Still there?"}})
    key = await talks.start()
    talks.clock.advance(timedelta(seconds=89))
    assert await talks.talk.sweep() == 0
    talks.clock.advance(timedelta(seconds=1))
    assert (await talks.talk.sweep(), await talks.talk.sweep()) == (1, 0)
    assert await talks.lines(key) == ["> Still there?"]


async def test_a_webhook_speaks_hubspots_words(talks: Talks):
    """It is sent the session with its own state, and its reply leads on."""
    hook = {"type": "webhook", "url": "https://bot.example/", "payload": "p", "next": "x"}
    await talks.put({"hook": hook, "x": {"type": "message", "text": "next"}})
    talks.world.returns = [
        {"botMessage": "Size?", "responseExpected": True, "customState": {"n": 1}},
        {"botMessage": "Thanks", "nextModuleNickname": "x"},
    ]
    key = await talks.start(ADA)
    await talks.write(key, "huge")
    assert await talks.lines(key) == ["> Size?", "huge", "> Thanks", "> next"]
    (_, first, _), (_, second, _) = talks.world.calls
    assert first["session"]["conversationId"] == int(key)
    assert first["customPayload"] == "p"
    assert second["userMessage"]["message"] == "huge"
    assert second["session"]["customState"] == {"n": 1}


async def test_a_chatflow_is_silent_once_an_agent_has_the_conversation(talks: Talks):
    """Neither an answer nor a wait makes it speak again."""
    await talks.put({"ask": ASK, "done": DONE})
    key, other = await talks.start(), await talks.start()
    async with talks.units.writing() as unit:
        conversation = await unit.conversations.get(key, lock=True)
        assert conversation is not None
        await unit.conversations.save(replace(conversation, assigned_to="700"))
        await talks.talk.stop(unit, other)
    for one in (key, other):
        await talks.write(one, "A")
        assert await talks.lines(one) == ["> Which topic?", "A"]
        async with talks.units.reading() as unit:
            run = await unit.flow_runs.get(one)
        assert run is not None
        assert run.waits is Waits.NOTHING


async def test_a_talk_goes_on_with_the_version_it_began_with(talks: Talks):
    """Publishing changes nothing in the middle of a sentence; deleting hands over."""
    await talks.put({"ask": ASK, "done": DONE})
    key, other = await talks.start(), await talks.start()
    await talks.put({"ask": {**ASK, "next": None}})
    await talks.write(key, "A")
    assert (await talks.lines(key))[-1] == "> One moment."
    await talks.flows.delete("t")
    await talks.write(other, "A")
    assert (await talks.lines(other))[-1] == "A"
    assert len(talks.world.routed) == 2


async def test_drafts_versions_and_the_way_back(talks: Talks):
    """A draft is not served; every publication is a version; one may go back."""
    await talks.put({}, welcome="one")
    await talks.flows.put("t", {"welcome": "two"}, by="test", draft=True)
    assert await talks.lines(await talks.start()) == ["> one"]
    kept = await talks.flows.publish("t", by="agent 7")
    assert (kept.flow.version, kept.flow.draft) == (2, None)
    assert await talks.lines(await talks.start()) == ["> two"]
    back = await talks.flows.roll_back("t", 1, by="test")
    assert back.flow.version == 3
    assert await talks.lines(await talks.start()) == ["> one"]
    assert [one.version for one in await talks.flows.versions("t")] == [3, 2, 1]
    for call in (
        talks.flows.publish("t", by="x"),
        talks.flows.roll_back("t", 9, by="x"),
        talks.flows.get("nobody"),
        talks.flows.delete("nobody"),
    ):
        with pytest.raises(ChatflowNotFound):
            await call
    with pytest.raises(Invalid, match="cannot be used") as refused:
        await talks.flows.put("t", {"welcome": "x", "inbox": "shop"}, by="x")
    assert "inbox" in refused.value.fields


@pytest.fixture
def client(talks: Talks) -> httpx.AsyncClient:
    """Return a client of the routes."""

    async def who() -> Actor:
        return Actor("agent", "700", "Linus T.", role=Role.OPERATOR)

    app = FastAPI()
    app.include_router(chatflow_routes(talks.flows, talks.imagining, who))  # type: ignore[arg-type]
    problems.install(app)
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://desk.test")


async def test_the_routes_keep_and_show(client: httpx.AsyncClient):
    """A document comes out as it went in; what is wrong is told by its path."""
    put = await client.put("/v1/chatflows/support", json=SUPPORT)
    assert (put.status_code, put.json()["version"]) == (200, 1)
    assert "steps.order: no step leads here" in put.json()["warnings"]
    got = await client.get("/v1/chatflows/support")
    assert got.json()["document"] == SUPPORT
    assert got.headers["cache-control"] == "no-store"
    listed = await client.get("/v1/chatflows")
    assert [(one["name"], one["runs"]) for one in listed.json()["results"]] == [("support", 0)]
    wrong = {**SUPPORT, "welcome": "Hi {{ contact.firstname }}"}
    refused = await client.put("/v1/chatflows/support", json=wrong)
    assert refused.status_code == 422
    assert "contact.firstname may be unknown" in refused.json()["fields"]["welcome"]
    for body in (b"[]", b"{", b'{"a": NaN}', b"x" * 300_000):
        bad = await client.put("/v1/chatflows/support", content=body)
        assert bad.status_code in {413, 422}
    drafted = await client.put(
        "/v1/chatflows/support", params={"draft": "true"}, json={"welcome": "x"}
    )
    assert (drafted.json()["version"], drafted.json()["hasDraft"]) == (1, True)
    assert (await client.post("/v1/chatflows/support/publish")).json()["version"] == 2
    back = await client.post("/v1/chatflows/support/rollback", json={"version": 1})
    assert back.json()["document"] == SUPPORT
    off = await client.post("/v1/chatflows/support/enabled", json={"enabled": False})
    assert off.json()["enabled"] is False
    versions = (await client.get("/v1/chatflows/support/versions")).json()["results"]
    assert [(one["version"], one["publishedBy"]) for one in versions] == [
        (number, "agent 700") for number in (4, 3, 2, 1)
    ]
    assert (await client.delete("/v1/chatflows/support")).status_code == 204
    assert (await client.get("/v1/chatflows/support")).status_code == 404


async def test_the_list_counts_the_talks(client: httpx.AsyncClient, talks: Talks):
    """Each conversation in which a chatflow talked is one run of it."""
    await client.put("/v1/chatflows/support", json=SUPPORT)
    for _ in range(2):
        await talks.start()
    listed = (await client.get("/v1/chatflows")).json()["results"]
    assert [one["runs"] for one in listed] == [2]


async def test_what_conditions_may_ask_about_is_listed(client: httpx.AsyncClient):
    """Properties come with their type, and with whether a text may quote them."""
    listed = (await client.get("/v1/properties")).json()["results"]
    known = {one["name"]: one for one in listed}
    assert [*known] == sorted(known)
    assert (known["contact.email"]["kind"], known["contact.email"]["label"]) == (
        "string",
        "Email",
    )
    assert known["deal.amount"]["kind"] == "number"
    assert known["hours.open"]["kind"] == "bool"
    assert known["visitor.evidence"]["options"] == [
        "anonymous",
        "claimed",
        "verified",
        "signed",
    ]
    assert (known["contact.company"]["writable"], known["company.name"]["writable"]) == (
        True,
        False,
    )


async def test_simulate_answers_as_the_contract_says(client: httpx.AsyncClient, talks: Talks):
    """Messages, route, changes and trace; and nothing of it happens."""
    vip = {"property": "deal.amount", "operator": "gte", "value": 250_000}
    async with talks.units.writing() as unit:
        await unit.routing.save_team(Team("sales", ()))
        plan = RoutingPlan((Rule("Big deals", vip, Target("sales")),), Target(None))
        await unit.routing.save_plan(plan)
    await client.put("/v1/chatflows/support", json=SUPPORT)
    asked = {
        "contact": {"firstname": "Ada", "lifecyclestage": "customer"},
        "deals": [{"amount": 250_000}, {"amount": 9e9, "dealstage": "closedwon"}],
        "page": {"url": "https://shop.example/a?b=c"},
        "evidence": "signed",
        "now": "2030-01-01T12:00:00Z",
        "inputs": ["billing"],
    }
    shown = (await client.post("/v1/chatflows/support/simulate", json=asked)).json()
    assert [(one["author"], one["text"]) for one in shown["messages"]] == [
        ("bot", "Hi Ada, how can we help?"),
        ("bot", "You are on the free plan."),
        ("bot", TOPIC),
        ("visitor", "billing"),
    ]
    assert [one["label"] for one in shown["messages"][2]["options"]] == [
        "Billing",
        "Technical",
    ]
    assert shown["route"] == {
        "team": "sales",
        "agent": None,
        "priority": "normal",
        "rule": "Big deals",
    }
    assert shown["contactChanges"] == {"last_topic": "Billing"}
    assert {line["type"] for line in shown["trace"]} >= {"target", "branch", "routing"}
    claimed = {
        **asked,
        "evidence": "claimed",
        "inputs": [{"values": {"email": "a@b.de"}}, "x"],
    }
    shown = (await client.post("/v1/chatflows/support/simulate", json=claimed)).json()
    assert "Ada" not in str(shown["messages"])
    assert shown["contactChanges"] == {"email": "a@b.de"}
    assert shown["route"] is None
    tried = {"document": {"welcome": "Unsaved"}}
    shown = (await client.post("/v1/chatflows/new/simulate", json=tried)).json()
    assert [one["text"] for one in shown["messages"]] == ["Unsaved"]
    missing = await client.post("/v1/chatflows/nobody/simulate", json={})
    assert missing.status_code == 404
    async with talks.units.reading() as unit:
        assert await unit.flow_runs.due(talks.clock.now(), limit=9) == []
    assert talks.world.calls == []
