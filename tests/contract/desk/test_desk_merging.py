"""Merging is somebody's decision, loses nothing, and can be taken back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from tests.support.desk_house import House
from tests.support.people_house import PeopleHouse

from callingcard.desk.errors import (
    ContactExists,
    ContactNotFound,
    MergeFinal,
    MergeNotFound,
    SameContact,
    SessionEnded,
)
from callingcard.desk.model.audit import Who
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.merging import Merge
from callingcard.desk.service.visitors.sessions import Opened

ADA = "ada@example.com"
LINUS_T, GRACE_H = Who("agent", "700"), Who("agent", "701")
OLD = "ada@old.example.com"


@pytest.fixture
def people(house: House) -> PeopleHouse:
    """Return a desk that merges contacts."""
    return PeopleHouse(house)


async def visit(people: PeopleHouse, email: str, browser: str) -> Opened:
    """Return the session of somebody who is signed in with this address."""
    return await people.house.enter(
        token=people.house.identification.mint(email), browser=browser
    )


async def test_the_survivor_keeps_its_own_and_gets_what_was_missing(people: PeopleHouse):
    """Values of the survivor win, gaps are filled, the other's address is a further one."""
    ada = await people.contact(ADA, company="Ink", firstname="Ada")
    old = await people.contact(OLD, company="Steam", phone="12")
    merge = await people.merging.merge(ada, old, by=LINUS_T)
    kept = await people.row(ada)
    assert kept.properties == {
        "email": ADA,
        "company": "Ink",
        "firstname": "Ada",
        "phone": "12",
        "hs_additional_emails": OLD,
    }
    assert (await people.row(old)).archived
    assert (merge.survivor_id, merge.other_id, merge.by) == (ada, old, "agent 700")
    assert await people.events("contact.merged") == [
        {"contact_id": ada, "merged_ids": [old], "merge_id": merge.id}
    ]


async def test_undoing_restores_both_exactly(people: PeopleHouse):
    """Properties, addresses, outside ids, conversations: as if nothing had been."""
    ada = await people.contact(ADA, company="Ink")
    old = await people.contact(OLD, phone="12")
    await people.known_as(old, "u-7")
    mine = await people.say(await visit(people, ADA, "a"), "mine")
    theirs = await people.say(await visit(people, OLD, "b"), "theirs")
    before = [await people.row(ada), await people.row(old)]
    merge = await people.merging.merge(ada, old, by=LINUS_T)
    assert (await people.row(ada)).external_id == "u-7"
    undone = await people.merging.undo(merge.id, by=GRACE_H)
    after = [await people.row(ada), await people.row(old)]
    for was, now in zip(before, after, strict=True):
        assert (was.properties, was.external_id, was.evidence, was.archived) == (
            now.properties,
            now.external_id,
            now.evidence,
            now.archived,
        )
    talks = {
        one: (await people.house.conversations.get(one)).contact_id  # type: ignore[arg-type]
        for one in (mine, theirs)
    }
    assert talks == {mine: ada, theirs: old}
    assert (undone.undone_by, undone.moved) == ("agent 701", None)
    assert len(await people.events("contact.unmerged")) == 1
    assert await people.house.texts(await visit(people, OLD, "c")) == ["theirs"]


async def test_what_was_changed_since_stays(people: PeopleHouse):
    """An agent's later correction of the survivor is not undone with the merge."""
    ada, old = await people.contact(ADA, company="Ink"), await people.contact(OLD, phone="12")
    merge = await people.merging.merge(ada, old, by=LINUS_T)
    async with people.house.units.writing() as unit:
        found = await unit.contacts.get(ada)
        assert found is not None
        properties = {**found.properties, "phone": "99", "city": "London"}
        await unit.contacts.save(replace(found, properties=properties))
    await people.merging.undo(merge.id, by=LINUS_T)
    assert (await people.row(ada)).properties == {
        "email": ADA,
        "company": "Ink",
        "phone": "99",
        "city": "London",
    }
    assert (await people.row(old)).properties["phone"] == "12"


async def test_a_merged_visitors_chat_goes_on(people: PeopleHouse):
    """The open session of the merged one writes on, as the survivor, without a new login."""
    ada = await people.contact(ADA, firstname="Ada")
    old = await people.contact(OLD)
    chatting = await visit(people, OLD, "b")
    talk = await people.say(chatting, "one")
    await people.merging.merge(ada, old, by=LINUS_T)
    assert await people.say(chatting, "two") == talk
    assert await people.house.texts(chatting) == ["one", "two"]
    found = await people.house.conversations.overview(talk)  # type: ignore[arg-type]
    assert (found.conversation.contact_id, found.visitor_name) == (ada, "Ada")


async def test_either_address_and_either_id_finds_the_survivor(people: PeopleHouse):
    """Through two merges on end: the oldest address still leads to who is left."""
    ada, old, older = [
        await people.contact(email) for email in (ADA, OLD, "ada@older.example.com")
    ]
    await people.known_as(ada, "u-1")
    await people.known_as(older, "u-3")
    await people.merging.merge(old, older, by=LINUS_T)
    await people.merging.merge(ada, old, by=LINUS_T)
    for email in (ADA, OLD, "ada@older.example.com"):
        assert (await visit(people, email, email)).session.contact_id == ada
    shop = await people.house.shop_key()
    by_id = await people.house.enter(token=shop.sign(email=None, sub="u-3"), browser="z")
    assert by_id.session.contact_id == ada
    further = (await people.row(ada)).properties["hs_additional_emails"]
    assert further == "ada@old.example.com;ada@older.example.com"
    assert len(await people.everybody()) == 1


async def test_only_the_latest_merge_can_be_undone(people: PeopleHouse):
    """In the order they came, backwards; what is undone is undone once."""
    ada, old, older = [
        await people.contact(email) for email in (ADA, OLD, "ada@older.example.com")
    ]
    first = await people.merging.merge(ada, old, by=LINUS_T)
    second = await people.merging.merge(ada, older, by=LINUS_T)
    with pytest.raises(MergeFinal):
        await people.merging.undo(first.id, by=LINUS_T)
    await people.merging.undo(second.id, by=LINUS_T)
    await people.merging.undo(first.id, by=LINUS_T)
    with pytest.raises(MergeFinal):
        await people.merging.undo(first.id, by=LINUS_T)
    assert "hs_additional_emails" not in (await people.row(ada)).properties
    assert [one.id for one in await people.merging.of_contact(ada)] == [second.id, first.id]


async def test_a_survivor_that_was_merged_on_must_come_back_first(people: PeopleHouse):
    """A chain is taken apart from its end."""
    ada, old, older = [
        await people.contact(email) for email in (ADA, OLD, "ada@older.example.com")
    ]
    inner = await people.merging.merge(old, older, by=LINUS_T)
    outer = await people.merging.merge(ada, old, by=LINUS_T)
    with pytest.raises(MergeFinal):
        await people.merging.undo(inner.id, by=LINUS_T)
    await people.merging.undo(outer.id, by=LINUS_T)
    await people.merging.undo(inner.id, by=LINUS_T)
    assert {one.id for one in await people.everybody()} == {ada, old, older}


async def test_a_merge_is_final_after_thirty_days(people: PeopleHouse):
    """To the moment; then what undoing needed is swept away and the alias stays."""
    ada, old = await people.contact(ADA), await people.contact(OLD)
    merge = await people.merging.merge(ada, old, by=LINUS_T)
    people.house.clock.advance(timedelta(days=30))
    with pytest.raises(MergeFinal):
        await people.merging.undo(merge.id, by=LINUS_T)
    people.house.clock.advance(timedelta(seconds=1))
    assert await people.merging.sweep() == 1
    assert [one.moved for one in await people.merging.of_contact(ada)] == [None]
    assert (await visit(people, OLD, "b")).session.contact_id == ada


async def test_undoing_gives_back_what_was_said_since(people: PeopleHouse):
    """Who was merged by mistake gets their sessions and new conversations, and no others."""
    ada, old = await people.contact(ADA), await people.contact(OLD)
    mine, theirs = await visit(people, ADA, "a"), await visit(people, OLD, "b")
    await people.say(mine, "of Ada")
    merge = await people.merging.merge(ada, old, by=LINUS_T)
    wrongly = await visit(people, OLD, "c")
    assert await people.house.texts(wrongly) == ["of Ada"]
    await people.merging.undo(merge.id, by=LINUS_T)
    assert await people.house.texts(wrongly) == []
    assert await people.house.texts(theirs) == []
    await people.say(theirs, "of old")
    assert await people.house.texts(wrongly) == ["of old"]
    assert await people.house.texts(mine) == ["of Ada"]
    assert (await visit(people, OLD, "d")).session.contact_id == old


async def test_a_taken_address_stops_the_undoing(people: PeopleHouse):
    """Nothing is half undone when somebody has the other's address by now."""
    ada, old = await people.contact(ADA), await people.contact(OLD, phone="1")
    merge = await people.merging.merge(ada, old, by=LINUS_T)
    async with people.house.units.writing() as unit:
        row = await unit.contacts.get(old)
        assert row is not None
        await unit.contacts.add(replace(row, id=ContactId("77"), archived=False))
    with pytest.raises(ContactExists):
        await people.merging.undo(merge.id, by=LINUS_T)
    assert (await people.row(ada)).properties["phone"] == "1"


async def test_nobody_merges_with_who_is_not_there(people: PeopleHouse):
    """Unknown, archived and already merged contacts are refused."""
    ada, old = await people.contact(ADA), await people.contact(OLD)
    with pytest.raises(ContactNotFound):
        await people.merging.merge(ada, ContactId("404"), by=LINUS_T)
    await people.merging.merge(ada, old, by=LINUS_T)
    with pytest.raises(ContactNotFound):
        await people.merging.merge(ada, old, by=LINUS_T)
    with pytest.raises(MergeNotFound):
        await people.merging.undo("mrg_404", by=LINUS_T)
    with pytest.raises(ContactNotFound):
        await people.merging.of_contact(ContactId("404"))


async def test_the_database_too_refuses_a_self_merge(people: PeopleHouse):
    """Were the use case ever wrong, no row could say that a contact is its own alias."""
    ada = await people.contact(ADA)
    with pytest.raises(SameContact):
        await people.merging.merge(ada, ada, by=LINUS_T)
    row = Merge(
        "mrg_1",
        ada,
        ada,
        by="",
        at=people.house.clock.now(),
        email=None,
        external_id=None,
        moved=None,
    )
    with pytest.raises(IntegrityError):
        async with people.house.units.writing() as unit:
            await unit.merges.add(row)


async def test_forgetting_tells_who_was_merged_into_it(people: PeopleHouse):
    """Erasing a person finds the archived rows of all whom they were, and no merge stays."""
    ada, old, older = [
        await people.contact(email) for email in (ADA, OLD, "ada@older.example.com")
    ]
    await people.merging.merge(old, older, by=LINUS_T)
    await people.merging.merge(ada, old, by=LINUS_T)
    async with people.house.units.writing() as unit:
        assert await unit.merges.forget(ada) == [old, older]
        assert await unit.merges.holder_of("email", OLD) is None


async def test_a_proof_of_both_names_merges_in_the_same_session(people: PeopleHouse):
    """The id alone first, then the id and the address: one person, by the customer's word."""
    imported = await people.contact(ADA, company="Ink")
    shop = await people.house.shop_key()
    first = await people.house.enter(token=shop.sign(email=None, sub="u-7"), browser="b")
    talk = await people.say(first, "hello")
    both = await people.house.enter(
        token=shop.sign(ADA, sub="u-7"), secret=first.secret, browser="b"
    )
    assert both.session.contact_id == imported
    assert await people.house.texts(both) == ["hello"]
    assert (await people.house.conversations.get(talk)).contact_id == imported  # type: ignore[arg-type]
    assert (await people.row(imported)).external_id == "u-7"
    assert [one.by for one in await people.merging.of_contact(imported)] == ["session"]


async def test_ending_a_contacts_sessions_ends_every_tab(people: PeopleHouse):
    """Every browser, also one that only opened the chat; tokens are spent; others stay."""
    token = people.house.identification.mint(ADA)
    silent = await people.house.enter(token=token, browser="s")
    ada = await people.contact(ADA)
    tabs = [await visit(people, ADA, f"b{number}") for number in range(3)]
    grace = await visit(people, "grace@example.com", "g")
    assert silent.session.contact_id is None
    assert await people.house.sessions.revoke_contact(ada) == 4
    for tab in (*tabs, silent):
        with pytest.raises(SessionEnded):
            await people.house.following.for_visitor(tab.session.id, 0)
    assert (await people.house.enter(token=token)).session.evidence.value == "anonymous"
    assert await people.house.sessions.find("web", grace.secret)
    with pytest.raises(ContactNotFound):
        await people.house.sessions.revoke_contact(ContactId("404"))


async def test_merging_over_http(people: PeopleHouse):
    """Merge, list, undo and end sessions; exact shapes, and each fault's code."""
    ada, old = await people.contact(ADA), await people.contact(OLD)
    async with people.client() as client:
        made = await client.post(f"/v1/contacts/{ada}/merge", json={"other": old})
        assert (made.status_code, made.json()) == (
            200,
            {
                "id": made.json()["id"],
                "survivorId": ada,
                "otherId": old,
                "by": "agent 700",
                "at": "2030-01-01T12:00:00.000Z",
                "undoUntil": "2030-01-31T12:00:00.000Z",
                "undoneAt": None,
                "undoneBy": None,
            },
        )
        listed = (await client.get(f"/v1/contacts/{old}/merges")).json()
        assert listed == {"results": [made.json()]}
        undone = await client.post(f"/v1/merges/{made.json()['id']}/undo")
        assert undone.json()["undoneBy"] == "agent 700"
        assert undone.json()["undoUntil"] is None
        again = await client.post(f"/v1/merges/{made.json()['id']}/undo")
        assert (again.status_code, again.json()["code"]) == (409, "desk.merge_final")
        itself = await client.post(f"/v1/contacts/{ada}/merge", json={"other": ada})
        assert (itself.status_code, itself.json()["code"]) == (409, "desk.same_contact")
        nobody = await client.post("/v1/merges/mrg_1/undo")
        assert (nobody.status_code, nobody.json()["code"]) == (404, "desk.merge_not_found")
        ended = await client.delete(f"/v1/contacts/{ada}/sessions")
        assert ended.json() == {"ended": 0}
        people.house.agent_signed_in = False
        assert (await client.get(f"/v1/contacts/{old}/merges")).status_code == 401


async def test_merging_while_they_write_loses_nothing(people: PeopleHouse):
    """However messages and the merge meet, all is said once, in the survivor's chat."""
    ada, old = await people.contact(ADA), await people.contact(OLD)
    tabs = [await visit(people, OLD, f"b{number}") for number in range(4)]
    words = [f"w{number}" for number in range(12)]
    await asyncio.gather(
        people.merging.merge(ada, old, by=LINUS_T),
        *(people.say(tabs[number % 4], word) for number, word in enumerate(words)),
    )
    assert {talk.contact_id for talk in await people.talks()} == {ada}
    for tab in tabs:
        assert sorted(await people.house.texts(tab)) == sorted(words)
