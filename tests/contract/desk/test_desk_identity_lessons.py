"""What users of other chats complained of, and does not happen here.

Each test is named for what it prevents; ``docs/explanation/lessons.md`` says where the
complaint was made.
"""

from datetime import timedelta

import pytest
from tests.support.desk_house import House
from tests.support.people_house import PeopleHouse

from callingcard.desk.errors import SessionEnded
from callingcard.desk.model.audit import Who
from callingcard.desk.model.evidence import Evidence

LINUS_T = Who("agent", "700")
ADA, GRACE = "ada@example.com", "grace@example.com"


@pytest.fixture
def people(house: House) -> PeopleHouse:
    """Return a desk that sends codes and merges contacts."""
    return PeopleHouse(house)


@pytest.mark.parametrize("token", ["", " ", ".", "..", "null", "undefined", "e30.e30."])
async def test_an_empty_proof_lets_nobody_impersonate_another(house: House, token: str):
    """An address with an empty or made-up proof beside it is nobody's."""
    await house.shop_key()
    opened = await house.enter(email=ADA, token=token)
    assert opened.session.evidence is Evidence.ANONYMOUS
    assert opened.session.person is None


async def test_a_claimed_address_is_never_joined_to_its_contact(people: PeopleHouse):
    """Agents see the claim as a claim; the contact, with or without it, is another."""
    ada = await people.house.enter(token=people.house.identification.mint(ADA))
    await people.say(ada, "real")
    shop = await people.house.shop_key()
    liar = await people.house.enter(token=shop.sign(ADA, email_verified=False))
    talk = await people.say(liar, "fake")
    seen = await people.house.conversations.overview(talk)  # type: ignore[arg-type]
    assert (seen.conversation.evidence, seen.conversation.contact_id) == (
        Evidence.CLAIMED,
        None,
    )
    assert seen.visitor_email is None


async def test_a_proof_is_not_good_for_ever(house: House):
    """A token noted today signs nobody in after its end, and cannot ask for a year."""
    shop = await house.shop_key()
    now = int(house.clock.now().timestamp())
    token = shop.sign()
    assert (await house.enter(token=token)).session.evidence is Evidence.SIGNED
    house.clock.advance(timedelta(hours=1, seconds=31))
    assert (await house.enter(token=token)).session.evidence is Evidence.ANONYMOUS
    year = shop.sign(exp=now + 365 * 86400)
    assert (await house.enter(token=year)).session.evidence is Evidence.ANONYMOUS
    timeless = shop.sign(exp=None)
    assert (await house.enter(token=timeless)).session.evidence is Evidence.ANONYMOUS


async def test_no_client_can_say_that_it_is_verified(people: PeopleHouse):
    """The session's body has no word for evidence, and what a token says of it is ignored."""
    async with people.client() as client:
        for extra in ({"evidence": "signed"}, {"hmac_verified": True}, {"verified": True}):
            answer = await client.post("/v1/widget/web/session", json={"email": ADA, **extra})
            assert answer.status_code == 422
    shop = await people.house.shop_key()
    token = shop.sign(email_verified=False, evidence="signed", verified=True)
    assert (await people.house.enter(token=token)).session.evidence is Evidence.CLAIMED


async def test_no_secret_is_taken_from_the_url(people: PeopleHouse):
    """A session in the query opens nothing: addresses land in logs and histories."""
    ada = await people.house.enter(token=people.house.identification.mint(ADA))
    async with people.client() as client:
        for name in ("session", "token", "cw_conversation", "access_token"):
            answer = await client.get(f"/v1/widget/web/events?{name}={ada.secret}")
            assert (answer.status_code, answer.json()["code"]) == (401, "desk.session_ended")


@pytest.mark.parametrize("by", ["token", "code"])
async def test_the_secret_changes_when_the_visitor_becomes_known(people: PeopleHouse, by: str):
    """Whoever noted the anonymous secret follows nobody once it was raised."""
    nobody = await people.house.enter()
    await people.say(nobody, "hello")
    if by == "token":
        token = people.house.identification.mint(ADA)
        known = await people.house.enter(token=token, secret=nobody.secret)
    else:
        known = await people.bring(nobody, await people.ask(nobody))
    assert known.secret != nobody.secret
    with pytest.raises(SessionEnded):
        await people.house.following.for_visitor(nobody.session.id, 0)
    assert await people.house.texts(known) == ["hello"]


async def test_a_second_look_at_a_good_proof_does_not_fail(house: House):
    """Opening again and again with the same token and session is the same visitor."""
    shop = await house.shop_key()
    token = shop.sign(props={"plan": "pro"})
    first = await house.enter(token=token, browser="b")
    for _ in range(3):
        again = await house.enter(token=token, secret=first.secret, browser="b")
        assert (again.secret, again.session.evidence) == (first.secret, Evidence.SIGNED)


async def test_the_next_user_of_a_browser_sees_nothing_of_the_last(people: PeopleHouse):
    """Grace signs in where Ada forgot to sign out: nothing read, nothing mixed, no stream."""
    ada = await people.house.enter(
        token=people.house.identification.mint(ADA, "Ada"), browser="b"
    )
    await people.say(ada, "secret of Ada")
    grace = await people.house.enter(
        token=people.house.identification.mint(GRACE, "Grace"), secret=ada.secret, browser="b"
    )
    assert await people.house.texts(grace) == []
    await people.say(grace, "of Grace")
    assert await people.house.texts(grace) == ["of Grace"]
    with pytest.raises(SessionEnded):
        await people.house.following.for_visitor(ada.session.id, 0)
    assert {one.email for one in await people.everybody()} == {ADA, GRACE}
    assert await people.events("contact.merged") == []


async def test_history_is_back_after_signing_in_again(people: PeopleHouse):
    """Signing out loses nothing, and no second conversation begins."""
    mint = people.house.identification.mint
    ada = await people.house.enter(token=mint(ADA), browser="b")
    talk = await people.say(ada, "before")
    await people.house.sessions.end(ada.session)
    back = await people.house.enter(token=mint(ADA), browser="b")
    assert await people.house.texts(back) == ["before"]
    assert await people.say(back, "after") == talk


async def test_a_new_chat_of_a_known_visitor_is_theirs(people: PeopleHouse):
    """What a signed visitor begins belongs to their contact from the first word."""
    ada = await people.house.enter(token=people.house.identification.mint(ADA))
    talk = await people.say(ada, "new")
    found = await people.house.conversations.get(talk)  # type: ignore[arg-type]
    assert found.contact_id == (await people.everybody())[0].id
    assert found.evidence is Evidence.SIGNED


async def test_two_ids_at_one_address_stay_two_people(people: PeopleHouse):
    """A shared mailbox does not merge the customer's users, nor lose what either said."""
    shop = await people.house.shop_key()
    one = await people.house.enter(token=shop.sign(ADA, sub="1", given_name="Ada"))
    await people.say(one, "of one")
    two = await people.house.enter(token=shop.sign(ADA, sub="2", given_name="Eve"))
    assert await people.house.texts(two) == []
    assert two.first_name == "Eve"
    await people.say(two, "of two")
    contacts = {found.external_id: found for found in await people.everybody()}
    assert set(contacts) == {"1", "2"}
    assert (contacts["1"].email, contacts["1"].first_name) == (ADA, "Ada")
    assert (contacts["2"].email, contacts["2"].first_name) == (None, "Eve")
    again = await people.house.enter(token=shop.sign(ADA, sub="1"), browser="c")
    assert await people.house.texts(again) == ["of one"]


async def test_a_merge_with_itself_deletes_nothing(people: PeopleHouse):
    """The contact and their conversation are as they were."""
    ada = await people.house.enter(token=people.house.identification.mint(ADA))
    await people.say(ada, "kept")
    contact = (await people.everybody())[0]
    async with people.client() as client:
        answer = await client.post(
            f"/v1/contacts/{contact.id}/merge", json={"other": contact.id}
        )
    assert answer.status_code == 409
    assert await people.everybody() == [contact]
    assert await people.house.texts(ada) == ["kept"]


async def test_the_agent_chooses_which_contact_survives(people: PeopleHouse):
    """Either direction works, and the chosen one's values win."""
    imported = await people.contact("crm@example.com", company="From the CRM")
    chatted = await people.contact(ADA, company="From the chat")
    merge = await people.merging.merge(imported, chatted, by=LINUS_T)
    assert (await people.row(imported)).properties["company"] == "From the CRM"
    await people.merging.undo(merge.id, by=LINUS_T)
    await people.merging.merge(chatted, imported, by=LINUS_T)
    assert (await people.row(chatted)).properties["company"] == "From the chat"
    assert [one.id for one in await people.everybody()] == [chatted]


async def test_nothing_merges_for_a_name_alone(people: PeopleHouse):
    """Same name, same company: still two, until somebody says otherwise."""
    shop = await people.house.shop_key()
    for email in (ADA, GRACE):
        token = shop.sign(email, given_name="Sam", props={"company": "Ink"})
        await people.say(await people.house.enter(token=token), f"of {email}")
    assert len(await people.everybody()) == 2
    assert await people.events("contact.merged") == []


async def test_a_proof_makes_no_second_contact(people: PeopleHouse):
    """Who was imported by address is found by the first token, whatever its case."""
    imported = await people.contact(ADA, company="Ink")
    shop = await people.house.shop_key()
    await people.say(await people.house.enter(token=shop.sign("Ada@Example.COM")), "hi")
    assert [one.id for one in await people.everybody()] == [imported]
