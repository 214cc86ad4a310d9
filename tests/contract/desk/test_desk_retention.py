"""What was said is kept as long as its inbox says, and silent visitors leave nothing."""

from datetime import timedelta

import pytest
from tests.support.desk_house import LINUS
from tests.support.privacy_house import BY, PrivacyHouse, Talk

from callingcard.backends.database import Database
from callingcard.desk.errors import ConversationNotFound, InboxNotFound, SessionEnded
from callingcard.desk.model.audit import AuditFilter
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.errors import Invalid
from callingcard.kit.clock import FakeClock

AGENT = Author(AuthorKind.AGENT, LINUS.id, LINUS.name)


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> PrivacyHouse:
    """Return a desk with the inbox ``web``."""
    made = PrivacyHouse(database, clock)
    await made.inboxes.ensure_default_inbox()
    return made


async def closed(house: PrivacyHouse, email: str) -> Talk:
    """Return a conversation that was closed."""
    talk = await house.talk(email, "Hello")
    await house.conversations.set_status(talk.conversation_id, "closed", actor=AGENT)
    return talk


async def keep(house: PrivacyHouse, days: int | None = None, *, silent: bool = True) -> None:
    """Set the rule of the inbox ``web``."""
    await house.retention.set_rule(
        "web", keep_closed_days=days, store_silent_visitors=silent, by=BY
    )


async def test_closed_conversations_go_when_their_time_is_up(house: PrivacyHouse):
    """Not a day before, not those that are open, and not the contact."""
    old = await closed(house, "old@example.com")
    still_open = await house.talk("open@example.com", "Hello")
    await keep(house, 30)
    house.clock.advance(timedelta(days=29))
    young = await closed(house, "young@example.com")
    assert await house.retention.sweep() == 0
    house.clock.advance(timedelta(days=1, seconds=1))
    head = (await house.following.for_agents(0)).head
    assert await house.retention.sweep() > 0
    with pytest.raises(ConversationNotFound):
        await house.conversations.get(old.conversation_id)
    told = (await house.following.for_agents(head)).items
    assert [one.gone for one in told] == [old.conversation_id]
    for talk in (still_open, young):
        assert (await house.conversations.get(talk.conversation_id)).head > 0
    async with house.units.reading() as unit:
        assert await unit.contacts.get(old.contact_id) is not None
    assert await house.retention.sweep() == 0


async def test_what_was_merged_is_kept_as_long_as_its_survivor(house: PrivacyHouse):
    """It is read above what goes on, and so goes when that goes, and not before."""
    talk = await house.talk("ada@example.com", "first")
    await house.conversations.of_visitors.begin(talk.opened.session)
    second = (await house.talk("ada@example.com", "second")).conversation_id
    await house.conversations.merging.merge(talk.conversation_id, second, by=LINUS)
    await keep(house, 30)
    house.clock.advance(timedelta(days=31))
    assert await house.retention.sweep() == 0
    assert (await house.conversations.get(talk.conversation_id)).merged_into == second
    await house.conversations.set_status(second, "closed", actor=AGENT)
    house.clock.advance(timedelta(days=31))
    await house.retention.sweep()
    for gone in (talk.conversation_id, second):
        with pytest.raises(ConversationNotFound):
            await house.conversations.get(gone)


async def test_what_is_removed_is_counted_in_the_audit_log(house: PrivacyHouse):
    """Who changed the rule, and how much went by it."""
    await closed(house, "ada@example.com")
    await keep(house, 1)
    house.clock.advance(timedelta(days=2))
    await house.retention.sweep()
    removed, changed, _ = await house.audit.page(AuditFilter())
    assert (removed.deed.who.kind, removed.deed.action) == ("system", "retention.removed")
    assert removed.deed.detail["conversations"] == 1
    assert (changed.deed.who.id, changed.deed.action) == (BY.id, "settings.changed")


async def test_without_a_rule_everything_stays(house: PrivacyHouse):
    """Nothing is removed that nobody asked to remove."""
    old = await closed(house, "ada@example.com")
    house.clock.advance(timedelta(days=4000))
    assert await house.retention.sweep() == 0
    assert (await house.conversations.get(old.conversation_id)).status == "closed"


async def test_who_never_wrote_leaves_nothing(house: PrivacyHouse):
    """With the switch off, a silent visitor's session is gone after a day."""
    await keep(house, silent=False)
    silent = await house.enter(browser="silent")
    wrote = await house.enter(browser="wrote")
    await house.conversations.post_as_visitor(
        wrote.session, text="Hello", client_message_id="c1"
    )
    house.clock.advance(timedelta(hours=23))
    assert await house.retention.sweep() == 0
    house.clock.advance(timedelta(hours=2))
    assert await house.retention.sweep() == 1
    with pytest.raises(SessionEnded):
        await house.sessions.find("web", silent.secret)
    assert (await house.sessions.find("web", wrote.secret)).id == wrote.session.id


async def test_silent_visitors_stay_by_default(house: PrivacyHouse):
    """A session lives its life when nobody says otherwise."""
    silent = await house.enter(browser="silent")
    await keep(house, 30)
    house.clock.advance(timedelta(days=3))
    assert await house.retention.sweep() == 0
    assert (await house.sessions.find("web", silent.secret)).id == silent.session.id


async def test_the_rule_is_set_over_http(house: PrivacyHouse):
    """It is shown as it was set; what is no rule is refused."""
    given = {"keepClosedDays": 90, "storeSilentVisitors": False}
    async with house.privacy_client() as client:
        before = (await client.get("/v1/inboxes/web/retention")).json()
        reply = await client.put("/v1/inboxes/web/retention", json=given)
        after = (await client.get("/v1/inboxes/web/retention")).json()
        bad = await client.put(
            "/v1/inboxes/web/retention", json={**given, "keepClosedDays": 0}
        )
        unknown = await client.get("/v1/inboxes/other/retention")
    assert before == {"keepClosedDays": None, "storeSilentVisitors": True}
    assert (reply.json(), after) == (given, given)
    assert (bad.status_code, unknown.status_code) == (422, 404)


async def test_a_rule_has_to_be_one(house: PrivacyHouse):
    """Days are at least one, and the inbox has to be there."""
    with pytest.raises(Invalid, match="no time"):
        await keep(house, -1)
    with pytest.raises(InboxNotFound):
        await house.retention.rule("other")
