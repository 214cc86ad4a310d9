"""Who looked is written down once, in an order that nobody can change unseen."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from tests.support.desk_house import LINUS
from tests.support.privacy_house import BY, PrivacyHouse

from callingcard.backends.database import Database
from callingcard.desk.model.audit import START, AuditFilter, Deed, Head
from callingcard.desk.store.privacy.tables import audit, audit_head
from callingcard.kit.actor import Actor
from callingcard.kit.clock import FakeClock


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> PrivacyHouse:
    """Return a desk without anybody in it."""
    made = PrivacyHouse(database, clock)
    await made.inboxes.ensure_default_inbox()
    return made


def deed(house: PrivacyHouse, contact: str = "512") -> Deed:
    """Return that a contact was merged."""
    return Deed(BY, "merged", "contact", contact, house.clock.now(), {"into": "498"})


async def seen(house: PrivacyHouse) -> list[tuple[str, str, str]]:
    """Return who did what to which thing, the oldest first."""
    rows = await house.audit.page(AuditFilter(), limit=200)
    return [(r.deed.who.id, r.deed.action, r.deed.id) for r in reversed(rows)]


async def test_a_view_is_written_down_once_in_five_minutes(house: PrivacyHouse):
    """A look is a row; more looks of the same agent at the same thing are that one."""
    other = Actor("agent", "702", "Ken T.")
    for _ in range(3):
        await house.audit.viewed(LINUS, "conversation", "7")
    await house.audit.viewed(LINUS, "contact", "7")
    await house.audit.viewed(other, "conversation", "7")
    house.clock.advance(timedelta(minutes=5))
    await house.audit.viewed(LINUS, "conversation", "7")
    assert await seen(house) == [
        ("700", "viewed", "7"),
        ("700", "viewed", "7"),
        ("702", "viewed", "7"),
        ("700", "viewed", "7"),
    ]


async def test_another_process_knows_of_the_look(house: PrivacyHouse):
    """The five minutes hold across processes, which know them from the log."""
    await house.audit.viewed(LINUS, "contact", "512")
    house.clock.advance(timedelta(minutes=4))
    await PrivacyHouse(house.database, house.clock).audit.viewed(LINUS, "contact", "512")
    assert len(await seen(house)) == 1


async def test_a_view_that_cannot_be_written_down_is_no_view(house: PrivacyHouse):
    """When the log cannot be written, whoever asks to see something gets an error."""
    async with house.database.writing() as connection:
        await connection.execute(text("drop table desk_audit"))
    with pytest.raises(Exception, match="desk_audit"):
        await house.audit.viewed(LINUS, "contact", "512")


@pytest.mark.parametrize("bad", ["ada@example.com", "Ada Lovelace", "", "x" * 65])
async def test_what_people_are_called_does_not_get_into_the_log(house: PrivacyHouse, bad: str):
    """A detail that is no id, count or flag is refused, and nothing is written."""
    wrong = Deed(BY, "merged", "contact", "512", house.clock.now(), {"into": bad})
    with pytest.raises(ValueError, match="ids and counts"):
        await house.audit.record(wrong)
    assert await seen(house) == []


async def test_a_whole_chain_is_whole(house: PrivacyHouse):
    """An empty log is whole, and so is one with rows, up to its head."""
    assert (await house.audit.verify()).head == Head(0, START)
    rows = [await house.audit.record(deed(house)) for _ in range(4)]
    found = await house.audit.verify()
    assert (found.rows, found.head, found.broken_at) == (4, Head(4, rows[-1].hash), None)
    assert [row.previous for row in rows] == [START, *(row.hash for row in rows[:-1])]


@pytest.mark.parametrize(
    "change",
    [{"who_id": "999"}, {"detail": {"into": "1"}}, {"thing_id": "2"}, {"hash": "0" * 64}],
)
async def test_a_changed_row_is_found(house: PrivacyHouse, change: dict[str, object]):
    """A row that was changed behind our back is the first broken one."""
    for _ in range(5):
        await house.audit.record(deed(house))
    async with house.database.writing() as connection:
        await connection.execute(update(audit).where(audit.c.seq == 3).values(change))
    assert (await house.audit.verify()).broken_at == 3


async def test_a_removed_row_is_found(house: PrivacyHouse):
    """A row that was taken out is missed, in the middle as at the end."""
    for _ in range(5):
        await house.audit.record(deed(house))
    async with house.database.writing() as connection:
        await connection.execute(delete(audit).where(audit.c.seq == 5))
    assert (await house.audit.verify()).broken_at == 5
    async with house.database.writing() as connection:
        await connection.execute(delete(audit).where(audit.c.seq == 2))
    assert (await house.audit.verify()).broken_at == 2


async def test_a_noted_head_tells_of_a_cut(house: PrivacyHouse):
    """Whoever cuts the end off, head and all, is found by who noted the head before."""
    rows = [await house.audit.record(deed(house)) for _ in range(5)]
    noted = Head(5, rows[4].hash)
    async with house.database.writing() as connection:
        await connection.execute(delete(audit).where(audit.c.seq > 3))
        await connection.execute(update(audit_head).values(seq=3, hash=rows[2].hash))
    assert (await house.audit.verify()).broken_at is None
    assert (await house.audit.verify(noted)).broken_at == 4
    await house.audit.record(deed(house, "1"))
    await house.audit.record(deed(house, "2"))
    assert (await house.audit.verify(noted)).broken_at == 5


async def test_many_writers_make_one_chain(house: PrivacyHouse):
    """Writers at the same moment follow one another: no two rows have the same before."""
    others = [PrivacyHouse(house.database, house.clock) for _ in range(4)]
    await asyncio.gather(
        *(one.audit.record(deed(one, str(number))) for number in range(10) for one in others)
    )
    found = await house.audit.verify()
    assert (found.rows, found.broken_at) == (40, None)


async def undone(house: PrivacyHouse) -> None:
    """Write a row in a transaction that fails."""
    async with house.units.writing() as unit:
        await unit.audit.append(deed(house))
        raise RuntimeError("undone")


async def test_a_deed_that_is_undone_leaves_no_row(house: PrivacyHouse):
    """A row is kept with the change it tells of, or not at all; the chain stays whole."""
    await house.audit.record(deed(house))
    with pytest.raises(RuntimeError, match="undone"):
        await undone(house)
    await house.audit.record(deed(house))
    assert (await house.audit.verify()).rows == 2


async def test_the_log_is_shown_in_pages(house: PrivacyHouse):
    """Pages go back in time, and filters leave out the rest."""
    for number in range(5):
        await house.audit.record(deed(house, str(number)))
        house.clock.advance(timedelta(hours=1))
    await house.audit.viewed(LINUS, "contact", "3")
    async with house.privacy_client() as client:
        first = (await client.get("/v1/audit", params={"limit": 4})).json()
        second = (
            await client.get("/v1/audit", params={"limit": 4, "before": first["next"]})
        ).json()
        of_three = (
            await client.get("/v1/audit", params={"kind": "contact", "id": "3"})
        ).json()
        by_linus = (await client.get("/v1/audit", params={"who": "700"})).json()
        late = await client.get(
            "/v1/audit", params={"since": "2030-01-01T15:30:00Z", "action": "merged"}
        )
        bad = await client.get("/v1/audit", params={"id": "ada@example.com"})
    assert [row["seq"] for row in first["results"]] == [6, 5, 4, 3]
    assert ([row["seq"] for row in second["results"]], second["next"]) == ([2, 1], None)
    assert [row["action"] for row in of_three["results"]] == ["viewed", "merged"]
    assert [row["whoId"] for row in by_linus["results"]] == ["700"]
    assert [row["id"] for row in late.json()["results"]] == ["4"]
    assert bad.status_code == 422
    assert late.headers["cache-control"] == "no-store"


async def test_the_chain_is_verified_over_http(house: PrivacyHouse):
    """The route tells the head to be noted, and takes it back to compare."""
    await house.audit.record(deed(house))
    async with house.privacy_client() as client:
        found = (await client.get("/v1/audit/verify")).json()
        assert found["whole"]
        assert found["rows"] == 1
        forged = {"seq": 1, "hash": "f" * 64}
        told = (await client.get("/v1/audit/verify", params=forged)).json()
    assert (told["whole"], told["brokenAt"]) == (False, 1)
