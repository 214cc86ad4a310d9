"""Who asks to be forgotten is: everywhere, for good, and while they are chatting."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Integer, LargeBinary, insert, select, text
from tests.support.canaries import watched_logs
from tests.support.desk_house import LINUS
from tests.support.privacy_house import BY, PrivacyHouse, Talk

from callingcard.backends.database import Database, Engine, Moment
from callingcard.desk.api.feed_schemas import feed_event
from callingcard.desk.errors import (
    ContactNotFound,
    ConversationNotFound,
    NobodyNamed,
    SessionEnded,
    TooManyMessages,
)
from callingcard.desk.model.audit import AuditFilter
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.privacy import Name, Storage, Subject
from callingcard.desk.service.crm.contacts import Key
from callingcard.desk.store.privacy.holdings import HOLDINGS, Holding
from callingcard.desk.store.schema import metadata
from callingcard.desk.store.visitors.tables import sessions
from callingcard.errors import NotFound
from callingcard.identity.model import Visitor
from callingcard.kit.clock import FakeClock
from callingcard.server.desk.privacy import PerLine, PerPerson, tokens_of

ADA = "ada.canary@example.com"
SAID = "my canary is in room 4711"


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> PrivacyHouse:
    """Return a desk without anybody in it."""
    made = PrivacyHouse(database, clock)
    await made.inboxes.ensure_default_inbox()
    return made


async def everything(house: PrivacyHouse) -> str:
    """Return every row of every table of the desk, as text."""
    found: list[str] = []
    async with house.database.reading() as connection:
        for table in metadata.sorted_tables:
            rows = await connection.execute(select(table))
            found += [f"{table.name} {dict(row)}" for row in rows.mappings()]
    return "\n".join(found)


async def rows_of(house: PrivacyHouse, talk: Talk) -> list[str]:
    """Return the lines of all tables that name the person's contact or conversation.

    Bare ids stay where it has to be told that they are gone, among them in the feed.
    """
    kept = ("desk_tombstones", "desk_audit", "desk_events", "desk_webhook_events")
    told = "'entry_seq': None, 'note_id': None"
    return [
        line
        for line in (await everything(house)).splitlines()
        if (talk.contact_id in line or talk.conversation_id in line)
        and not line.startswith(kept)
        and not (line.startswith("desk_feed") and told in line)
    ]


async def test_nothing_of_a_person_is_left(house: PrivacyHouse):
    """No table has their address, their name or their words; what others said stays."""
    ada = await house.talk(ADA, SAID, "and another canary")
    bob = await house.talk("bob@example.com", "hello from Bob")
    await house.conversations.post_as_agent(
        ada.conversation_id,
        actor_id=LINUS.id,
        name=LINUS.name,
        text="your canary is fine",
        client_message_id="a1",
    )
    house.other.kept += [ADA, "bob@example.com"]
    receipt = await house.erasing.erase(by=BY, contact_id=ada.contact_id)
    left = await everything(house)
    assert "canary" not in left.lower()
    assert await rows_of(house, ada) == []
    assert house.other.kept == ["bob@example.com"]
    assert await house.texts(bob.opened) == ["hello from Bob"]
    counts = {"contacts": 1, "conversations": 1, "entries": 3, "sessions": 1, "storage": 1}
    assert counts.items() <= receipt.counts.items()
    assert receipt.finished_at is not None


async def test_nothing_of_a_merged_conversation_is_left(house: PrivacyHouse):
    """What was merged goes with what it was merged into, and the open chat ends."""
    ada = await house.talk(ADA, SAID)
    await house.conversations.of_visitors.begin(ada.opened.session)
    second = await house.talk(ADA, "and another canary")
    merging = house.conversations.merging
    await merging.merge(second.conversation_id, ada.conversation_id, by=LINUS)
    await house.erasing.erase(by=BY, contact_id=ada.contact_id)
    assert "canary" not in (await everything(house)).lower()
    assert await rows_of(house, ada) == await rows_of(house, second) == []
    with pytest.raises(SessionEnded):
        await house.conversations.post_as_visitor(
            second.opened.session, text="still here", client_message_id="late"
        )


async def test_a_person_is_found_by_address(house: PrivacyHouse):
    """However the address is written, and with every other address a row leads to."""
    ada = await house.talk(ADA, SAID)
    receipt = await house.erasing.erase(by=BY, email="  Ada.Canary@EXAMPLE.com")
    assert await rows_of(house, ada) == []
    assert receipt.counts["contacts"] == 1


async def test_a_chat_ends_and_does_not_come_back(house: PrivacyHouse):
    """Their session is over, their token spent, and a late answer finds no conversation."""
    key = await house.shop_key()
    token = key.sign(ADA)
    ada = await house.enter(token=token)
    posted = await house.conversations.post_as_visitor(
        ada.session, text=SAID, client_message_id="c1"
    )
    await house.erasing.erase(by=BY, email=ADA)
    with pytest.raises(SessionEnded):
        await house.conversations.post_as_visitor(
            ada.session, text="still here", client_message_id="c2"
        )
    with pytest.raises(SessionEnded):
        await house.following.for_visitor(ada.session.id, 0)
    with pytest.raises(ConversationNotFound):
        await house.conversations.post_as_agent(
            posted.entry.conversation_id,
            actor_id="700",
            name="Linus T.",
            text="hello?",
            client_message_id="a1",
        )
    again = await house.enter(token=token, secret=ada.secret)
    assert again.session.evidence is Evidence.ANONYMOUS
    assert again.conversation is None
    assert "canary" not in await everything(house)


async def test_who_only_claimed_the_address_is_forgotten_too(house: PrivacyHouse):
    """A session that claims the address goes, with what was said in it."""
    key = await house.shop_key()
    claim = key.sign(ADA, email_verified=False)
    claimed = await house.enter(token=claim)
    assert claimed.session.evidence is Evidence.CLAIMED
    await house.conversations.post_as_visitor(
        claimed.session, text=SAID, client_message_id="c1"
    )
    receipt = await house.erasing.erase(by=BY, email=ADA)
    assert "canary" not in await everything(house)
    assert receipt.counts["conversations"] == 1
    assert "contacts" not in receipt.counts


async def test_agents_who_look_on_hear_that_it_is_gone(house: PrivacyHouse):
    """Their feed tells which conversation is no more, and nothing else of it."""
    ada = await house.talk(ADA, SAID)
    await house.talk("bob@example.com", "hello from Bob")
    head = (await house.following.for_agents(0)).head
    await house.erasing.erase(by=BY, contact_id=ContactId(ada.contact_id))
    news = await house.following.for_agents(head)
    (told,) = news.items
    assert (told.gone, told.entry, told.overview) == (ada.conversation_id, None, None)
    assert (news.reset, news.cursor, news.head) == (False, told.seq, told.seq)
    written = feed_event(told).model_dump(by_alias=True)
    assert written == {
        "event": "gone",
        "feedSeq": told.seq,
        "conversationId": ada.conversation_id,
    }


async def test_erasing_twice_gives_the_same_receipt(house: PrivacyHouse):
    """A contact that is gone has a receipt; one that never was is not found."""
    ada = await house.talk(ADA, SAID)
    first = await house.erasing.erase(by=BY, contact_id=ada.contact_id)
    assert await house.erasing.erase(by=BY, contact_id=ada.contact_id) == first
    by_address = await house.erasing.erase(by=BY, email=ADA)
    assert (by_address.counts, by_address.finished_at is None) == ({"storage": 0}, False)
    with pytest.raises(ContactNotFound):
        await house.erasing.erase(by=BY, contact_id=ContactId("404"))


@pytest.mark.parametrize(
    "named", [{}, {"email": "no address"}, {"email": ADA, "contact_id": ContactId("1")}]
)
async def test_one_person_has_to_be_named(house: PrivacyHouse, named: dict[str, Any]):
    """Neither nobody nor two are erased."""
    with pytest.raises(NobodyNamed):
        await house.erasing.erase(by=BY, **named)


async def test_a_receipt_names_nobody(house: PrivacyHouse):
    """What is kept of an erasure are counts and bare ids, also in the audit log."""
    ada = await house.talk(ADA, SAID)
    receipt = await house.erasing.erase(by=BY, contact_id=ada.contact_id)
    async with house.units.reading() as unit:
        kept = await unit.erasures.get(receipt.id)
        rows = await unit.audit.page(AuditFilter(kind="contact"), before=None, limit=50)
        assert await unit.forgetting.erasure_of(Name.CONTACT, ada.contact_id) == receipt.id
    assert kept == receipt
    assert dict(receipt.subject.names) == {}
    assert [(row.deed.action, row.deed.id) for row in rows] == [("erased", ada.contact_id)]


async def test_what_cannot_be_done_now_is_done_later(house: PrivacyHouse):
    """A part of the house that is down holds up its step, and whoever tends it goes on."""
    await house.talk(ADA, SAID)
    house.other.kept.append(ADA)
    house.other.is_down = True
    waiting = await house.erasing.erase(by=BY, email=ADA)
    assert (waiting.steps, waiting.finished_at) == (("desk",), None)
    assert "canary" not in await everything(house)
    house.other.is_down = False
    assert await house.erasing.resume() == 0, "somebody may be at it"
    house.clock.advance(timedelta(minutes=1))
    assert await house.new_erasing().resume() == 1
    done = await house.erasing.receipt(waiting.id)
    assert done.steps == ("desk", "storage", "again", "scrub")
    assert house.other.kept == []
    assert await house.erasing.resume(timedelta(0)) == 0


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [1, 2, 3, 4])
async def test_an_erasure_survives_being_killed(
    house: PrivacyHouse, after: int, monkeypatch: pytest.MonkeyPatch
):
    """Killed after any of its transactions, it is taken up where it was and ends."""
    ada = await house.talk(ADA, SAID)
    house.other.kept.append(ADA)
    erasing = house.new_erasing()
    real, begun = house.units.writing, 0

    def writing() -> Any:
        nonlocal begun
        begun += 1
        if begun > after:
            raise Killed
        return real()

    monkeypatch.setattr(house.units, "writing", writing)
    with pytest.raises(Killed):
        await erasing.erase(by=BY, contact_id=ada.contact_id)
    monkeypatch.undo()
    house.clock.advance(timedelta(minutes=1))
    assert await house.new_erasing().resume() == 1
    assert await rows_of(house, ada) == []
    assert house.other.kept == []
    receipt = await house.erasing.erase(by=BY, contact_id=ada.contact_id)
    assert receipt.finished_at is not None


async def test_what_was_under_way_is_swept(
    house: PrivacyHouse, monkeypatch: pytest.MonkeyPatch
):
    """A transaction that began before and ended after leaves no session behind."""
    ada = await house.talk(ADA, SAID)
    values = {
        "id": "s" * 64,
        "inbox_id": ada.opened.inbox.id,
        "browser": "late",
        "evidence": "signed",
        "person": {"email": ADA},
        "contact_id": ada.contact_id,
        "created_at": house.clock.now(),
        "expires_at": house.clock.now() + timedelta(hours=1),
    }
    forget = house.other.forget

    async def late(subject: Any) -> int:
        async with house.database.writing() as connection:
            await connection.execute(insert(sessions).values(values))
        return await forget(subject)

    monkeypatch.setattr(house.other, "forget", late)
    receipt = await house.erasing.erase(by=BY, contact_id=ada.contact_id)
    assert "canary" not in await everything(house)
    assert receipt.counts["sessions"] == 2


async def test_everybody_at_it_at_once(house: PrivacyHouse):
    """Visitor, second tab, agent and API write while it happens; nothing of it stays."""
    ada = await house.talk(ADA, SAID)
    stop = asyncio.Event()

    async def keep_on(do: Callable[[int], Awaitable[object]]) -> None:
        for number in range(10_000):
            if stop.is_set():
                return
            with suppress(SessionEnded, NotFound, TooManyMessages):
                await do(number)

    def post(number: int) -> Awaitable[object]:
        return house.conversations.post_as_visitor(
            ada.opened.session, text=SAID, client_message_id=f"v{number}"
        )

    def answer(number: int) -> Awaitable[object]:
        return house.conversations.post_as_agent(
            ada.conversation_id,
            actor_id="700",
            name="Linus T.",
            text=SAID,
            client_message_id=f"a{number}",
        )

    def note(number: int) -> Awaitable[object]:
        return house.contacts.update(Key(ada.contact_id), {"company": f"canary {number}"})

    def come_back(_: int) -> Awaitable[object]:
        return house.enter(token=ada.token, secret=ada.opened.secret)

    writers = [asyncio.create_task(keep_on(do)) for do in (post, answer, note, come_back)]
    await asyncio.sleep(0.1)
    await house.erasing.erase(by=BY, contact_id=ada.contact_id)
    stop.set()
    await asyncio.gather(*writers)
    left = await everything(house)
    assert "canary" not in left
    assert await rows_of(house, ada) == []


async def test_a_program_beside_the_server_leaves_the_rest_to_it(house: PrivacyHouse):
    """Only the server tidies its files and its memory; the order waits for it."""
    ada = await house.talk(ADA, SAID)
    beside = house.new_erasing(owner=False)
    receipt = await beside.erase(by=BY, contact_id=ada.contact_id)
    assert (receipt.finished_at, receipt.steps) == (None, ("desk", "storage", "again"))
    assert "canary" not in await everything(house)
    house.clock.advance(timedelta(minutes=1))
    assert await house.erasing.resume() == 1


def found_in(folder: Path, *marks: str) -> list[str]:
    """Return the files under *folder* that hold one of the marks, in either encoding."""
    hits: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes().lower()
            hits += [f"{path.name}: {mark}" for mark in marks if mark.encode() in raw]
    return hits


async def test_no_byte_is_left_in_the_files(house: PrivacyHouse, tmp_path: Path):
    """No canary is in the database, in its write-ahead log, beside them, or in a log line."""
    if house.database.engine is Engine.POSTGRES:
        pytest.skip("PostgreSQL's files are not ours: see the next test")
    others = [await house.talk(f"u{n}@example.com", f"text {n} " * 40) for n in range(20)]
    with watched_logs() as logged:
        ada = await house.talk(ADA, *(f"{SAID} {n} " * 60 for n in range(5)))
        assert found_in(tmp_path, "canary"), "the marks are there before"
        receipt = await house.erasing.erase(by=BY, contact_id=ada.contact_id)
    assert receipt.storage is Storage.OVERWRITTEN
    assert found_in(tmp_path, "canary", "4711") == []
    assert logged == []
    assert len(await house.texts(others[3].opened)) == 1


async def test_a_large_file_is_not_written_anew(house: PrivacyHouse, tmp_path: Path):
    """Beyond a size, overwriting what is deleted and emptying the log is what is done."""
    ada = await house.talk(ADA, SAID)
    erasing = house.new_erasing(small=0)
    receipt = await erasing.erase(by=BY, contact_id=ada.contact_id)
    if house.database.engine is Engine.POSTGRES:
        assert receipt.storage is Storage.AWAITS_VACUUM
    else:
        assert receipt.storage is Storage.CHECKPOINTED
        assert found_in(tmp_path, "canary") == []


@pytest.mark.slow  # it waits until the writer has given up waiting for the reader
async def test_a_reader_delays_the_scrubbing_and_not_the_rest(house: PrivacyHouse):
    """Whoever reads an old state keeps the log's pages; the step comes again."""
    if house.database.engine is Engine.POSTGRES:
        pytest.skip("only SQLite's log waits for its readers")
    ada = await house.talk(ADA, SAID)
    erasing = house.new_erasing(small=0)
    async with house.database.writer.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute("pragma busy_timeout = 50")
    async with house.database.reading() as connection:
        await connection.execute(text("select count(*) from desk_entries"))
        waiting = await erasing.erase(by=BY, contact_id=ada.contact_id)
    assert (waiting.steps[-1], waiting.finished_at) == ("again", None)
    house.clock.advance(timedelta(minutes=1))
    assert await erasing.resume() == 1


async def test_a_person_is_erased_over_http(house: PrivacyHouse):
    """The answer is a receipt that can be asked for again."""
    ada = await house.talk(ADA, SAID)
    async with house.privacy_client() as client:
        reply = await client.post("/v1/people/erase", json={"contactId": ada.contact_id})
        told: Mapping[str, Any] = reply.json()
        again = (await client.get(f"/v1/people/erasures/{told['id']}")).json()
        unknown = await client.get("/v1/people/erasures/nobody")
        both = await client.post("/v1/people/erase", json={"contactId": "1", "email": ADA})
    assert (reply.status_code, told["state"], told["counts"]["entries"]) == (200, "done", 1)
    assert again == told
    assert "canary" not in reply.text
    assert (unknown.status_code, both.status_code) == (404, 422)
    assert "canary" not in both.text


def filled(holding: Holding, **known: str) -> dict[str, Any]:
    """Return a row for the holding's table, a canary wherever there can be one."""
    row: dict[str, Any] = {}
    for number, column in enumerate(holding.table.columns):
        kind: Any = column.type
        made: dict[type, Any] = {
            Boolean: False,
            Integer: 9000 + number,
            JSON: {"said": "canary"},
            LargeBinary: b"canary",
            Moment: FakeClock().now(),
        }
        row[column.name] = next(
            (value for one, value in made.items() if isinstance(kind, one)),
            f"canary{number}",
        )
    return {**row, **holding.only, **known}


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda one: one.section)
async def test_each_kind_of_row_is_told_and_forgotten(house: PrivacyHouse, holding: Holding):
    """By each of its columns that name a person, a row is found, shown and deleted."""
    for column, name in holding.known_by.items():
        plain, _, member = column.partition(".")
        known: Any = {member: "mine"} if member else "mine"
        if name is Name.LINE:
            known = "contact mine"
        row = filled(holding, **{plain: known})
        subject = Subject().with_(Name.CONTACT if name is Name.LINE else name, "mine")
        async with house.database.writing() as connection:
            await connection.execute(insert(holding.table).values(row))
        async with house.units.writing() as unit:
            assert (
                len(await unit.forgetting.rows(holding.section, subject, at=0, limit=9)) == 1
            )
            assert (await unit.forgetting.forget(subject))[holding.section] == 1
        assert "canary" not in await everything(house)


@pytest.mark.parametrize("undone", [False, True])
async def test_who_was_merged_into_them_goes_too(house: PrivacyHouse, undone: bool):  # noqa: FBT001
    """A merge leads to the other contact and their address, unless it was undone."""
    ada = await house.contacts.create({"email": ADA})
    other = await house.contacts.create({"email": "second@example.com", "company": "Other"})
    values = {
        "id": "m1",
        "survivor_id": ada.id,
        "other_id": other.id,
        "made_by": "agent 701",
        "at": house.clock.now(),
        "email": "second@example.com",
        "undone_at": house.clock.now() if undone else None,
    }
    async with house.database.writing() as connection:
        await connection.execute(insert(metadata.tables["desk_merges"]).values(values))
    receipt = await house.erasing.erase(by=BY, email=ADA)
    assert receipt.counts["contacts"] == (1 if undone else 2)
    assert receipt.counts["merges"] == 1
    assert ("second@example.com" in await everything(house)) == undone


async def test_what_others_forget_is_asked_by_every_name():
    """Rooms that know one name at a time are asked for each; none is asked for nobody."""
    asked: list[tuple[str, str]] = []

    async def forget(email: str, user_id: str) -> int:
        asked.append((email, user_id))
        return 2

    async def tell(email: str, user_id: str) -> list[Mapping[str, Any]]:
        return [{"key": "both"}, {"key": email or user_id}]

    async def forget_lines(lines: Sequence[str]) -> int:
        return len(lines)

    subject = Subject().with_(Name.EMAIL, "a@x.example", "b@x.example").with_(Name.USER, "u1")
    storage = PerPerson("storage", forget, tell)
    assert await storage.forget(subject) == 6
    assert asked == [("a@x.example", ""), ("b@x.example", ""), ("", "u1")]
    keys = [one["key"] for one in await storage.told(subject)]
    assert keys == ["both", "a@x.example", "b@x.example", "u1"]
    assert await storage.forget(Subject()) == 0
    jobs = PerLine("jobs", forget_lines)
    assert await jobs.forget(subject.with_(Name.CONVERSATION, "7", "8")) == 2


async def test_tokens_are_forgotten_at_every_site():
    """Each site drops what it has at hand; a name that no site takes is nobody's."""
    dropped: list[str] = []

    class Issuing:
        async def forget(self, visitor: Visitor) -> None:
            dropped.append(visitor.email or f"user {visitor.user_id}")

    site: Any = SimpleNamespace(issuer=Issuing())
    tokens = tokens_of(lambda: {"shop": site, "blog": site})
    subject = Subject().with_(Name.EMAIL, ADA).with_(Name.USER, "u1", "x" * 100_000)
    assert await tokens.forget(subject) == 0
    assert dropped == [ADA, ADA, "user u1", "user u1"]
    assert await tokens.told(subject) == ()


def test_every_table_about_people_is_in_the_list():
    """A table with a column that names a person is forgotten, or kept with a reason."""
    from callingcard.desk.store.privacy.holdings import KEPT

    names = {"contact_id", "conversation_id", "session_id", "visitor_id", "email", "person"}
    held = {holding.of for holding in HOLDINGS} | set(KEPT)
    missing = {
        table.name: sorted(names & set(table.columns.keys()))
        for table in metadata.sorted_tables
        if names & set(table.columns.keys()) and table.name not in held
    }
    assert missing == {}


def test_the_list_is_of_tables_that_there_are():
    """Every holding names a table and columns that exist, and shows no secret."""
    for holding in HOLDINGS:
        for column in (*holding.known_by, *holding.leads, *holding.only):
            assert holding.column(column) is not None
        assert set(holding.leads) <= set(holding.known_by)
        assert holding.hides <= set(holding.table.columns.keys())
