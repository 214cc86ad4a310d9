"""A one-time code proves an address: once, soon, and in the session that asked."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.support.desk_house import House
from tests.support.people_house import PeopleHouse

from callingcard.desk.errors import (
    AlreadyKnown,
    CodesOff,
    SessionEnded,
    TooManyCodes,
    WrongCode,
)
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.visitors import Identify
from callingcard.desk.service.visitors.inboxes import InboxChanges
from callingcard.desk.store.visitors.tables import codes
from callingcard.errors import Invalid

ADA = "ada@example.com"
WIDGET = "/v1/widget/web"


@pytest.fixture
def people(house: House) -> PeopleHouse:
    """Return a desk that sends codes."""
    return PeopleHouse(house)


def other_than(code: str) -> str:
    """Return six digits that are not *code*."""
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_code_raises_the_session_and_its_conversation(people: PeopleHouse):
    """The visitor is verified under a new secret, and what they said is their contact's."""
    nobody = await people.house.enter()
    talk = await people.say(nobody, "before")
    ada = await people.bring(nobody, await people.ask(nobody, " Ada@Example.com"))
    assert ada.session.evidence is Evidence.VERIFIED
    assert ada.secret != nobody.secret
    assert await people.house.texts(ada) == ["before"]
    with pytest.raises(SessionEnded):
        await people.house.sessions.find("web", nobody.secret)
    contact = (await people.everybody())[0]
    assert (contact.email, contact.evidence) == (ADA, Evidence.VERIFIED)
    assert ada.session.contact_id == contact.id
    found = await people.house.conversations.overview(ada.conversation.id)  # type: ignore[union-attr]
    assert (found.conversation.id, found.conversation.contact_id) == (talk, contact.id)
    assert found.conversation.evidence is Evidence.VERIFIED
    assert found.conversation.signed_by is None


async def test_a_verified_visitor_sees_what_is_theirs(people: PeopleHouse):
    """An earlier conversation and the name that the desk knows, on another device."""
    signed = await people.house.enter(token=people.house.identification.mint(ADA, "Ada"))
    await people.say(signed, "from my laptop")
    phone = await people.house.enter(browser="phone")
    ada = await people.bring(phone, await people.ask(phone))
    assert ada.first_name == "Ada"
    assert await people.house.texts(ada) == ["from my laptop"]


async def test_a_typed_address_is_a_claim_until_the_code_comes(people: PeopleHouse):
    """Asking for a code shows nothing and makes no contact."""
    signed = await people.house.enter(token=people.house.identification.mint(ADA, "Ada"))
    await people.say(signed, "secret of Ada")
    stranger = await people.house.enter()
    await people.ask(stranger)
    again = await people.house.enter(secret=stranger.secret)
    assert again.session.evidence is Evidence.CLAIMED
    assert (again.first_name, await people.house.texts(again)) == (None, [])
    assert len(await people.everybody()) == 1


async def test_five_tries_and_no_more(people: PeopleHouse):
    """The right code is worth nothing after five wrong ones; a new one is."""
    nobody = await people.house.enter()
    code = await people.ask(nobody)
    for _ in range(5):
        with pytest.raises(WrongCode):
            await people.bring(nobody, other_than(code))
    with pytest.raises(WrongCode):
        await people.bring(nobody, code)
    ada = await people.bring(nobody, await people.ask(nobody))
    assert ada.session.evidence is Evidence.VERIFIED


async def test_a_code_lives_for_ten_minutes(people: PeopleHouse):
    """A second before it is good, at its end it is not."""
    nobody = await people.house.enter()
    code = await people.ask(nobody)
    people.house.clock.advance(timedelta(minutes=10))
    with pytest.raises(WrongCode):
        await people.bring(nobody, code)
    code = await people.ask(nobody)
    people.house.clock.advance(timedelta(minutes=9, seconds=59))
    assert (await people.bring(nobody, code)).session.evidence is Evidence.VERIFIED


async def test_a_code_is_for_one_session_and_only_the_newest_counts(people: PeopleHouse):
    """Neither another browser nor a replaced code gets anywhere."""
    mine, theirs = await people.house.enter(), await people.house.enter()
    code = await people.ask(mine)
    await people.ask(theirs, "grace@example.com")
    with pytest.raises(WrongCode):
        await people.bring(theirs, code)
    newer = code
    while newer == code:
        people.house.clock.advance(timedelta(minutes=11))
        newer = await people.ask(mine)
    with pytest.raises(WrongCode):
        await people.bring(mine, code)
    ada = await people.bring(mine, newer)
    with pytest.raises(AlreadyKnown):
        await people.bring(ada, newer)


async def test_the_code_is_not_in_the_database(people: PeopleHouse):
    """What is kept is a hash that cannot be tried out without the server's secret."""
    import hashlib

    nobody = await people.house.enter()
    code = await people.ask(nobody)
    async with people.house.database.reading() as connection:
        row = (await connection.execute(select(codes))).mappings().one()
    kept = " ".join(str(value) for name, value in row.items() if name != "id")
    assert code not in kept.split()
    assert row["code_hash"] != hashlib.sha256(code.encode()).hexdigest()


async def test_a_session_and_an_address_have_their_limits(people: PeopleHouse):
    """Three codes for a session in ten minutes, five for an address in an hour."""
    one = await people.house.enter()
    for _ in range(3):
        await people.ask(one)
    with pytest.raises(TooManyCodes) as refused:
        await people.ask(one, "grace@example.com")
    assert refused.value.retry_after == timedelta(minutes=10)
    other = await people.house.enter()
    for _ in range(2):
        await people.ask(other)
    with pytest.raises(TooManyCodes) as refused:
        await people.ask(await people.house.enter())
    assert refused.value.retry_after == timedelta(hours=1)
    assert len(people.mailbox.letters) == 5
    people.house.clock.advance(timedelta(hours=1))
    await people.ask(other)


async def test_a_network_has_its_limits(people: PeopleHouse):
    """Who asks for, or guesses at, the codes of many is slowed down."""
    for number in range(20):
        await people.ask(await people.house.enter(), f"a{number}@example.com")
    last = await people.house.enter()
    with pytest.raises(TooManyCodes):
        await people.ask(last)
    for _ in range(30):
        with pytest.raises(WrongCode):
            await people.bring(last, "000000")
    with pytest.raises(TooManyCodes):
        await people.bring(last, "000000")


async def test_known_and_unknown_addresses_get_one_answer(people: PeopleHouse):
    """The answers to a contact's address and to nobody's differ in nothing."""
    await people.contact(ADA, firstname="Ada")
    answers: list[tuple[int, object]] = []
    async with people.client() as client:
        for email in (ADA, "nobody@example.com"):
            opened = (await client.post(f"{WIDGET}/session", json={})).json()
            header = {"Authorization": f"Bearer {opened['session']}"}
            sent = await client.post(
                f"{WIDGET}/session/code", json={"email": email}, headers=header
            )
            wrong = await client.post(
                f"{WIDGET}/session/verify",
                json={"code": other_than(people.mailbox.code)},
                headers=header,
            )
            body = {k: v for k, v in wrong.json().items() if k not in {"instance", "id"}}
            answers.append((sent.status_code, (sent.json(), wrong.status_code, body)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 202
    assert [letter.to for letter in people.mailbox.letters] == [ADA, "nobody@example.com"]


async def test_the_whole_way_over_http(people: PeopleHouse):
    """The widget learns that codes are sent, asks for one, brings it, and is known."""
    async with people.client() as client:
        opened = (await client.post(f"{WIDGET}/session", json={})).json()
        assert opened["inbox"]["codes"] is True
        header = {"Authorization": f"Bearer {opened['session']}"}
        sent = await client.post(f"{WIDGET}/session/code", json={"email": ADA}, headers=header)
        assert (sent.status_code, sent.json()) == (
            202,
            {"expiresAt": "2030-01-01T12:10:00.000Z"},
        )
        spaced = f"{people.mailbox.code[:3]} {people.mailbox.code[3:]}"
        raised = await client.post(
            f"{WIDGET}/session/verify", json={"code": spaced}, headers=header
        )
        assert raised.status_code == 200
        assert raised.json()["evidence"] == "verified"
        assert raised.json()["session"] != opened["session"]
        bad = await client.post(
            f"{WIDGET}/session/verify", json={"code": "12345a"}, headers=header
        )
        assert (bad.status_code, bad.json()["code"]) == (422, "invalid")
        evil = await client.post(
            f"{WIDGET}/session/code", json={"email": ADA}, headers={"Origin": "https://e.x"}
        )
        assert (evil.status_code, evil.json()["code"]) == (403, "desk.origin")


async def test_no_codes_without_mail_or_identification(people: PeopleHouse):
    """Where nothing could be sent or proved, that is said before anything is kept."""
    nobody = await people.house.enter()
    people.mailbox.ready = False
    with pytest.raises(CodesOff):
        await people.ask(nobody)
    people.mailbox.ready = True
    await people.house.inboxes.change("web", InboxChanges(identification=Identify.OFF))
    with pytest.raises(CodesOff):
        await people.ask(nobody)
    assert people.mailbox.letters == []


async def test_who_is_signed_in_needs_no_code(people: PeopleHouse):
    """A signed session stays its visitor's, whatever address is typed into it."""
    ada = await people.house.enter(token=people.house.identification.mint(ADA))
    with pytest.raises(AlreadyKnown):
        await people.ask(ada, "grace@example.com")
    with pytest.raises(Invalid):
        await people.ask(await people.house.enter(), "not an address")
    with pytest.raises(SessionEnded):
        await people.codes.send("web", "cc_ws_none", email=ADA, network="n")


async def test_a_verified_visitor_comes_back_for_a_day(people: PeopleHouse):
    """The secret is enough on a page that names nobody, and not where it names another."""
    nobody = await people.house.enter(browser="b")
    ada = await people.bring(nobody, await people.ask(nobody))
    back = await people.house.enter(secret=ada.secret, browser="b")
    assert (back.secret, back.session.evidence) == (ada.secret, Evidence.VERIFIED)
    named = await people.house.enter(secret=ada.secret, email="ADA@example.com")
    assert named.secret == ada.secret
    for what in ({"email": "grace@example.com"}, {"token": "nonsense"}):
        other = await people.house.enter(secret=ada.secret, **what)
        assert other.session.evidence is Evidence.ANONYMOUS
    people.house.clock.advance(timedelta(hours=24))
    late = await people.house.enter(secret=ada.secret)
    assert late.session.evidence is Evidence.ANONYMOUS


async def test_a_token_raises_a_verified_session_under_a_new_secret(people: PeopleHouse):
    """Evidence rises within the session, and the weaker secret is over."""
    nobody = await people.house.enter(browser="b")
    await people.say(nobody, "hello")
    ada = await people.bring(nobody, await people.ask(nobody))
    token = people.house.identification.mint(ADA, "Ada")
    signed = await people.house.enter(secret=ada.secret, token=token, browser="b")
    assert signed.session.evidence is Evidence.SIGNED
    assert signed.secret != ada.secret
    assert await people.house.texts(signed) == ["hello"]
    with pytest.raises(SessionEnded):
        await people.house.sessions.find("web", ada.secret)


async def test_codes_are_swept_when_no_limit_counts_them(people: PeopleHouse):
    """An hour after it was sent nothing is left of a code."""
    await people.ask(await people.house.enter())
    assert await people.codes.sweep() == 0
    people.house.clock.advance(timedelta(hours=1, seconds=1))
    assert await people.codes.sweep() == 1
