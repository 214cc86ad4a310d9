"""A session is one visitor's, in one browser, and ends for good when they sign out."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.desk_house import House

from callingcard.desk.errors import InboxNotFound, SessionEnded
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.service.visitors.sessions import Arrival, Opened

ADA = "ada@example.com"
GRACE = "grace@example.com"


async def say(house: House, opened: Opened, text: str) -> None:
    """Post *text* in the session."""
    await house.conversations.post_as_visitor(
        opened.session, text=text, client_message_id=f"c-{text}"
    )


async def test_nobody_is_anonymous(house: House):
    """Without a proof the visitor is greeted as anybody."""
    opened = await house.enter()
    assert opened.session.evidence is Evidence.ANONYMOUS
    assert opened.first_name is None
    assert opened.welcome == "Hi there, how can we help?"
    assert opened.conversation is None
    assert opened.secret.startswith("cc_ws_")


async def test_a_minted_token_tells_who_it_is(house: House):
    """The desk's own token signs the visitor in and greets them by name."""
    opened = await house.enter(
        email=" Ada@Example.com", token=house.identification.mint(ADA, "Ada")
    )
    assert opened.session.evidence is Evidence.SIGNED
    assert opened.session.signed_by == "the desk"
    assert opened.welcome == "Hi Ada, how can we help?"


async def test_a_shops_token_tells_who_it_is(house: House):
    """A customer's own JWT does the same and names its key."""
    shop = await house.shop_key()
    opened = await house.enter(token=shop.sign(given_name="Ada"))
    assert opened.session.evidence is Evidence.SIGNED
    assert opened.session.signed_by == f"key {shop.kid}"
    assert opened.first_name == "Ada"


@pytest.mark.parametrize("email", [GRACE, "nonsense", "ada@example.org"])
async def test_adas_token_with_another_address_is_anonymous(house: House, email: str):
    """A token proves one address; with any other beside it, it proves nothing."""
    opened = await house.enter(email=email, token=house.identification.mint(ADA))
    assert opened.session.evidence is Evidence.ANONYMOUS
    assert opened.session.person is None


async def test_a_revoked_keys_token_is_anonymous(house: House):
    """A key that is trusted no more signs nobody in, from this moment."""
    shop = await house.shop_key()
    assert await house.inboxes.revoke_key(shop.kid)
    opened = await house.enter(token=shop.sign())
    assert opened.session.evidence is Evidence.ANONYMOUS


async def test_a_token_is_worth_nothing_after_sign_out(house: House):
    """Replaying the token or the session after sign-out gives an anonymous visitor."""
    token = house.identification.mint(ADA, "Ada")
    opened = await house.enter(token=token, browser="b1")
    await say(house, opened, "secret of Ada")
    await house.sessions.end(opened.session)
    with pytest.raises(SessionEnded):
        await house.sessions.find("web", opened.secret)
    with pytest.raises(SessionEnded):
        await house.following.for_visitor(opened.session.id, 0)
    for arrival in ({"token": token}, {"secret": opened.secret}):
        again = await house.enter(**arrival, browser="b1")
        assert again.session.evidence is Evidence.ANONYMOUS
        assert again.conversation is None
        assert await house.texts(again) == []


async def test_signing_out_spends_every_token_of_the_stay(house: House):
    """A session that was renewed with a second token spends the first one as well."""
    first, second = house.identification.mint(ADA), house.identification.mint(ADA)
    opened = await house.enter(token=first)
    renewed = await house.enter(token=second, secret=opened.secret)
    assert renewed.secret == opened.secret
    await house.sessions.end(renewed.session)
    for token in (first, second):
        assert (await house.enter(token=token)).session.evidence is Evidence.ANONYMOUS


async def test_signing_out_ends_the_browsers_other_tabs(house: House):
    """Every identified session of the browser ends; another browser's goes on."""
    tabs = [
        await house.enter(token=house.identification.mint(ADA), browser="b1") for _ in range(2)
    ]
    phone = await house.enter(token=house.identification.mint(ADA), browser="b2")
    nobody = await house.enter(browser="b1")
    await house.sessions.end(tabs[0].session)
    with pytest.raises(SessionEnded):
        await house.sessions.find("web", tabs[1].secret)
    assert (await house.sessions.find("web", phone.secret)).id == phone.session.id
    assert (await house.sessions.find("web", nobody.secret)).id == nobody.session.id


async def test_the_same_token_elsewhere_goes_on(house: House):
    """A phone that showed the same token as the laptop is not signed out with it."""
    token = house.identification.mint(ADA)
    laptop = await house.enter(token=token, browser="b1")
    phone = await house.enter(token=token, browser="b2")
    await house.sessions.end(laptop.session)
    assert (await house.sessions.find("web", phone.secret)).id == phone.session.id


async def test_the_next_person_in_the_browser_sees_nothing(house: House):
    """Grace signs in where Ada was: Ada's session ends and Grace's is clean."""
    ada = await house.enter(token=house.identification.mint(ADA, "Ada"), browser="b1")
    await say(house, ada, "secret of Ada")
    grace = await house.enter(
        token=house.identification.mint(GRACE, "Grace"), browser="b1", secret=ada.secret
    )
    assert grace.secret != ada.secret
    assert grace.first_name == "Grace"
    assert grace.conversation is None
    assert await house.texts(grace) == []
    with pytest.raises(SessionEnded):
        await house.sessions.find("web", ada.secret)


async def test_a_signed_session_is_not_resumed_without_its_proof(house: House):
    """The page no longer says who it is: whoever sits there now starts anew."""
    ada = await house.enter(token=house.identification.mint(ADA), browser="b1")
    await say(house, ada, "secret of Ada")
    later = await house.enter(secret=ada.secret, browser="b1")
    assert later.secret != ada.secret
    assert later.session.evidence is Evidence.ANONYMOUS
    assert later.conversation is None


async def test_an_anonymous_session_is_resumed(house: House):
    """The same browser goes on with the same secret, for as long as it comes back."""
    opened = await house.enter()
    await say(house, opened, "hello")
    for _ in range(3):
        house.clock.advance(timedelta(days=100))
        again = await house.enter(secret=opened.secret)
        assert again.secret == opened.secret
        assert await house.texts(again) == ["hello"]
    house.clock.advance(timedelta(days=181))
    assert (await house.enter(secret=opened.secret)).secret != opened.secret


async def test_an_identified_session_ends_after_a_day(house: House):
    """Being used does not keep a signed session alive; a new proof does."""
    opened = await house.enter(token=house.identification.mint(ADA))
    house.clock.advance(timedelta(hours=23))
    await say(house, opened, "still here")
    house.clock.advance(timedelta(hours=2))
    with pytest.raises(SessionEnded):
        await say(house, opened, "too late")


async def test_a_proof_raises_the_session_and_brings_its_conversation(house: House):
    """What was said before signing in, in this session, joins the contact."""
    nobody = await house.enter(browser="b1")
    await say(house, nobody, "before")
    ada = await house.enter(
        token=house.identification.mint(ADA, "Ada"), secret=nobody.secret, browser="b1"
    )
    assert ada.session.evidence is Evidence.SIGNED
    assert ada.conversation is not None
    assert ada.conversation.contact_id == ada.session.contact_id is not None
    await say(house, ada, "after")
    assert await house.texts(ada) == ["before", "after"]
    phone = await house.enter(token=house.identification.mint(ADA), browser="b2")
    assert await house.texts(phone) == ["before", "after"]


async def test_raising_a_session_changes_its_secret(house: House):
    """Who noted the anonymous secret on a shared computer holds nothing afterwards."""
    nobody = await house.enter()
    await say(house, nobody, "before")
    await house.enter(token=house.identification.mint(ADA), secret=nobody.secret)
    with pytest.raises(SessionEnded):
        await house.sessions.find("web", nobody.secret)
    again = await house.enter(secret=nobody.secret)
    assert again.conversation is None


async def test_another_sessions_chat_does_not_join(house: House):
    """An anonymous chat elsewhere stays anonymous, whoever signs in later."""
    nobody = await house.enter(browser="b1")
    await say(house, nobody, "not Ada's")
    ada = await house.enter(token=house.identification.mint(ADA), browser="b1")
    assert await house.texts(ada) == []


async def test_two_tabs_of_a_new_contact_share_one_conversation(house: House):
    """Both tabs were open before the desk knew her: one contact, one conversation."""
    tabs = [
        await house.enter(token=house.identification.mint(ADA), browser="b1") for _ in range(4)
    ]
    await asyncio.gather(*(say(house, tab, f"hello {n}") for n, tab in enumerate(tabs)))
    seen = [sorted(await house.texts(tab)) for tab in tabs]
    assert seen == [["hello 0", "hello 1", "hello 2", "hello 3"]] * 4


async def test_names_are_filled_in_and_never_overwritten(house: House):
    """The desk keeps the name it knows; a signed property is the customer's word."""
    shop = await house.shop_key()
    first = await house.enter(token=shop.sign(given_name="Ada", props={"plan": "free"}))
    await say(house, first, "hello")
    token = shop.sign(given_name="Eve", family_name="L", props={"plan": "pro"}, jti="2")
    again = await house.enter(token=token)
    assert again.first_name == "Ada"
    async with house.units.reading() as unit:
        contact = await unit.contacts.by_email(ADA)
    assert contact is not None
    assert contact.last_name == "L"
    assert contact.properties["plan"] == "pro"
    assert contact.evidence is Evidence.SIGNED


async def test_a_contact_known_by_the_customers_id(house: House):
    """A token without an address is enough when it has the customer's own id."""
    shop = await house.shop_key()
    first = await house.enter(token=shop.sign(None, sub="u-1"))
    await say(house, first, "hello")
    again = await house.enter(token=shop.sign(None, sub="u-1", jti="2"), browser="b2")
    assert await house.texts(again) == ["hello"]
    other = await house.enter(token=shop.sign(None, sub="u-2"))
    assert await house.texts(other) == []


async def test_the_contact_is_made_when_the_chat_begins(house: House):
    """Opening the widget makes no contact; the first message does."""
    opened = await house.enter(token=house.identification.mint(ADA))
    async with house.units.reading() as unit:
        assert await unit.contacts.by_email(ADA) is None
    await say(house, opened, "hello")
    async with house.units.reading() as unit:
        assert await unit.contacts.by_email(ADA) is not None


async def test_a_session_is_of_its_inbox(house: House):
    """An inbox that is not there is told; nothing of a session works in another."""
    with pytest.raises(InboxNotFound):
        await house.sessions.open(Arrival("nowhere"))


async def test_sweeping_deletes_what_is_over(house: House):
    """Expired sessions and spent tokens do not pile up."""
    opened = await house.enter(token=house.identification.mint(ADA))
    await house.sessions.end(opened.session)
    await house.enter(token=house.identification.mint(ADA))
    assert await house.sessions.sweep() == 0
    house.clock.advance(timedelta(days=2))
    assert await house.sessions.sweep() == 3  # a session, the token it showed, a spent one
    assert await house.sessions.sweep() == 0


async def test_signing_out_during_an_opening_leaves_no_session(house: House):
    """However an opening and a sign-out with one token meet, no session of it survives."""
    for _ in range(10):
        token = house.identification.mint(ADA)
        opened = await house.enter(token=token, browser="b1")
        other, _ = await asyncio.gather(
            house.enter(token=token, browser="b1"), house.sessions.end(opened.session)
        )
        if other.session.evidence is Evidence.SIGNED:
            with pytest.raises(SessionEnded):
                await house.sessions.find("web", other.secret)


async def test_closing_is_told_and_a_visitor_reopens(house: House):
    """A message into a closed conversation opens it again, with a line that says so."""
    opened = await house.enter()
    await say(house, opened, "one")
    session = await house.sessions.find("web", opened.secret)
    assert session.conversation_id is not None
    agent = Author(AuthorKind.AGENT, "7", "Linus")
    closed = await house.conversations.set_status(
        session.conversation_id, "closed", actor=agent
    )
    assert (closed.status, closed.waiting_since) == ("closed", None)
    await say(house, opened, "two")
    log = await house.conversations.entries(session.conversation_id)
    assert [(entry.type, entry.status) for entry in log] == [
        ("message", None),
        ("status", "closed"),
        ("status", "open"),
        ("message", None),
    ]
    assert [entry.seq for entry in log] == [1, 2, 3, 4]
