"""A person is told everything that is kept of them, and nothing of anybody else."""

import io
import json
import zipfile
from typing import Any

import pytest
from tests.support.desk_house import LINUS
from tests.support.privacy_house import BY, PrivacyHouse

from callingcard.backends.database import Database
from callingcard.desk.errors import ContactNotFound
from callingcard.desk.model.audit import AuditFilter
from callingcard.desk.model.ids import ContactId
from callingcard.kit.clock import FakeClock

ADA = "ada@example.com"


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> PrivacyHouse:
    """Return a desk without anybody in it."""
    made = PrivacyHouse(database, clock)
    await made.inboxes.ensure_default_inbox()
    return made


async def unzipped(house: PrivacyHouse, **named: Any) -> dict[str, Any]:
    """Return what an export holds: parsed JSON by section, and the page as text."""
    made = await house.exporting.export(by=BY, **named)
    raw = b"".join([chunk async for chunk in made.chunks])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    page = files.pop("index.html")
    found = {name.removesuffix(".json"): json.loads(text) for name, text in files.items()}
    return {**found, "page": page}


async def test_everything_is_told(house: PrivacyHouse):
    """Who they are, what was said by whom, where else they are known, and who looked."""
    ada = await house.talk(ADA, "Hello", "<script>alert(1)</script>")
    await house.talk("bob@example.com", "Bob's secret")
    await house.conversations.post_as_agent(
        ada.conversation_id,
        actor_id=LINUS.id,
        name=LINUS.name,
        text="Hi Ada",
        client_message_id="a1",
    )
    await house.audit.viewed(LINUS, "conversation", ada.conversation_id)
    house.other.kept += [ADA, "bob@example.com"]
    told = await unzipped(house, contact_id=ada.contact_id)
    assert [c["properties"]["email"] for c in told["contacts"]] == [ADA]
    assert [e["text"] for e in told["entries"]] == [
        "Hello",
        "<script>alert(1)</script>",
        "Hi Ada",
    ]
    assert [e["author_name"] for e in told["entries"]][-1] == "Linus T."
    assert told["storage"] == [{"key": ADA}]
    assert [row["action"] for row in told["audit"]] == ["exported", "viewed"]
    assert "bob" not in json.dumps(told).lower()
    assert "&lt;script&gt;" in told["page"]
    assert "<script>" not in told["page"]


async def test_what_was_merged_is_told_too(house: PrivacyHouse):
    """Both conversations, which goes on in which, and who merged them."""
    ada = await house.talk(ADA, "first")
    await house.conversations.of_visitors.begin(ada.opened.session)
    second = (await house.talk(ADA, "second")).conversation_id
    await house.conversations.merging.merge(ada.conversation_id, second, by=LINUS)
    told = await unzipped(house, contact_id=ada.contact_id)
    assert {c["id"]: c["merged_into"] for c in told["conversations"]} == {
        ada.conversation_id: second,
        second: None,
    }
    said = [e["text"] for e in told["entries"] if e["type"] == "message"]
    assert sorted(said) == ["first", "second"]
    assert "merged" in [row["action"] for row in told["audit"]]


async def test_no_secret_is_told(house: PrivacyHouse):
    """Hashes of sessions and tokens would let others in, and are left out."""
    ada = await house.talk(ADA, "Hello")
    told = await unzipped(house, email=ADA)
    assert ada.opened.session.id not in json.dumps(told)
    assert str(ada.opened.session.fingerprint) not in json.dumps(told)
    assert [s["contact_id"] for s in told["sessions"]] == [ada.contact_id]


async def test_a_long_history_is_sent_in_pieces(house: PrivacyHouse):
    """Beyond a page of rows nothing is missing or twice, and no piece holds it all."""
    ada = await house.talk(ADA, "Hello")
    for number in range(450):
        await house.conversations.post_as_agent(
            ada.conversation_id,
            actor_id=LINUS.id,
            name=LINUS.name,
            text=f"{number} " + house.units.__class__.__name__ * 50,
            client_message_id=str(number),
        )
    told = await unzipped(house, contact_id=ada.contact_id)
    assert [e["seq"] for e in told["entries"]] == list(range(1, 452))
    made = await house.exporting.export(by=BY, contact_id=ada.contact_id)
    assert len([chunk async for chunk in made.chunks]) > 5


async def test_an_export_is_in_the_audit_log(house: PrivacyHouse):
    """Whose data left, when and by whom; of an unknown address, that somebody asked."""
    ada = await house.talk(ADA, "Hello")
    await unzipped(house, email=ADA)
    nothing = await unzipped(house, email="nobody@example.com")
    assert list(nothing) == ["page"]
    rows = await house.audit.page(AuditFilter(action="exported"))
    assert [(r.deed.action, r.deed.kind) for r in rows] == [
        ("exported", "export"),
        ("exported", "contact"),
    ]
    assert rows[1].deed.id == ada.contact_id
    with pytest.raises(ContactNotFound):
        await unzipped(house, contact_id=ContactId("404"))


async def test_an_export_is_a_download(house: PrivacyHouse):
    """Over HTTP it is a zip that no cache keeps, and its name is no address."""
    ada = await house.talk(ADA, "Hello")
    async with house.privacy_client() as client:
        reply = await client.post("/v1/people/export", json={"email": ADA})
        unknown = await client.post("/v1/people/export", json={"contactId": "404"})
    assert (reply.status_code, unknown.status_code) == (200, 404)
    assert reply.headers["content-type"] == "application/zip"
    assert reply.headers["cache-control"] == "no-store"
    assert f'filename="person-{ada.contact_id}.zip"' in reply.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert "entries.json" in archive.namelist()
