"""A visitor whose address nobody proved is told apart, and is shown nothing of anybody."""

import pytest
from tests.support.desk_house import House, ShopKey

from callingcard.desk.errors import SessionEnded
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.service.visitors.sessions import Opened

ADA = "ada@example.com"
GRACE = "grace@example.com"


def claim(shop: ShopKey, email: str = ADA) -> str:
    """Return a token that passes on an address which nobody proved."""
    return shop.sign(
        email, email_verified=False, given_name="Mallory", props={"plan": "platinum"}
    )


async def say(house: House, opened: Opened, text: str) -> None:
    """Post *text* in the session."""
    await house.conversations.post_as_visitor(
        opened.session, text=text, client_message_id=f"c-{text}"
    )


async def known_ada(house: House) -> None:
    """Let Ada prove who she is, and write something."""
    opened = await house.enter(token=house.identification.mint(ADA, "Ada"), browser="adas")
    await say(house, opened, "secret of Ada")


async def test_a_claim_is_evidence_of_its_own(house: House):
    """The agents see ``claimed``; the visitor is greeted as anybody."""
    opened = await house.enter(token=claim(await house.shop_key()))
    assert opened.session.evidence is Evidence.CLAIMED
    assert opened.first_name is None
    assert opened.welcome == "Hi there, how can we help?"
    await say(house, opened, "hello")
    page = await house.client().get("/v1/inbox/conversations")
    assert page.json()["results"][0]["evidence"] == "claimed"


async def test_a_claim_shows_nothing_of_whom_it_names(house: House):
    """Neither the history nor the name of the person whose address was typed."""
    await known_ada(house)
    shop = await house.shop_key()
    opened = await house.enter(token=claim(shop), email=ADA)
    assert opened.conversation is None
    assert opened.first_name is None
    assert await house.texts(opened) == []
    await say(house, opened, "I am Ada, honestly")
    again = await house.enter(token=claim(shop), secret=opened.secret)
    assert await house.texts(again) == ["I am Ada, honestly"]


async def test_a_claim_over_http_answers_without_a_contact(house: House):
    """The answer of the session has the evidence and no value of the CRM."""
    await known_ada(house)
    reply = await house.client().post(
        "/v1/widget/web/session", json={"email": ADA, "token": claim(await house.shop_key())}
    )
    answer = reply.json()
    assert answer["evidence"] == "claimed"
    assert (answer["contact"], answer["conversation"]) == (None, None)
    assert (answer["signedBy"], answer["signedUntil"]) == (None, None)
    assert "Ada" not in reply.text


async def test_a_claim_changes_nothing_in_the_crm(house: House):
    """What the token says of Ada is not written to Ada, and makes no contact."""
    await known_ada(house)
    shop = await house.shop_key()
    for email in (ADA, GRACE):
        opened = await house.enter(token=claim(shop, email))
        await say(house, opened, "hello")
    async with house.units.reading() as unit:
        ada = await unit.contacts.by_email(ADA)
        assert await unit.contacts.by_email(GRACE) is None
    assert ada is not None
    assert ada.first_name == "Ada"
    assert "plan" not in ada.properties


async def test_a_claim_does_not_lower_a_signed_session(house: House):
    """The signed visitor's browser gets a session of its own for the claim."""
    shop = await house.shop_key()
    signed = await house.enter(token=house.identification.mint(ADA, "Ada"), browser="b")
    claimed = await house.enter(token=claim(shop), secret=signed.secret, browser="b")
    assert claimed.secret != signed.secret
    assert claimed.session.evidence is Evidence.CLAIMED
    kept = await house.sessions.find("web", signed.secret)
    assert kept.evidence is Evidence.SIGNED


async def test_an_anonymous_chat_goes_on_as_claimed_and_then_as_signed(house: House):
    """Evidence rises within a session, and what was said stays with its visitor."""
    shop = await house.shop_key()
    first = await house.enter()
    await say(house, first, "one")
    second = await house.enter(token=claim(shop), secret=first.secret)
    assert second.session.evidence is Evidence.CLAIMED
    assert await house.texts(second) == ["one"]
    without = await house.enter(secret=second.secret)
    assert without.session.evidence is Evidence.CLAIMED
    third = await house.enter(
        token=house.identification.mint(ADA, "Ada"), secret=second.secret
    )
    assert third.session.evidence is Evidence.SIGNED
    assert third.first_name == "Ada"
    assert await house.texts(third) == ["one"]
    with pytest.raises(SessionEnded):
        await house.sessions.find("web", second.secret)


async def test_another_claim_in_the_same_browser_starts_afresh(house: House):
    """Who claims to be Grace sees nothing of who claimed to be Ada."""
    shop = await house.shop_key()
    first = await house.enter(token=claim(shop), browser="b")
    await say(house, first, "between us")
    second = await house.enter(token=claim(shop, GRACE), secret=first.secret, browser="b")
    assert second.secret != first.secret
    assert await house.texts(second) == []


async def test_a_claim_says_what_the_page_says_or_nothing(house: House):
    """A token for another address than the page's is worth nothing at all."""
    opened = await house.enter(token=claim(await house.shop_key()), email=GRACE)
    assert opened.session.evidence is Evidence.ANONYMOUS
