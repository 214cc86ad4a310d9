"""What happens in the desk reaches functions at least once, and in its order."""

from datetime import timedelta
from typing import Any

from tests.support.background_house import House
from tests.support.desk_house import House as Desk

from callingcard.functions.model.manifest import EventTrigger
from callingcard.functions.model.runs import RunState
from callingcard.functions.model.triggers import RunOrder


async def a_chat(house: House) -> Desk:
    """Have a visitor say two things and an agent answer and close."""
    desk = Desk(house.database, house.clock)
    await desk.inboxes.ensure_default_inbox()
    opened = await desk.enter()
    say = desk.conversations.post_as_visitor
    posted = await say(opened.session, text="hello", client_message_id="1")
    await say(opened.session, text="is anybody there?", client_message_id="2")
    await say(opened.session, text="hello", client_message_id="1")  # sent twice
    conversation = posted.entry.conversation_id
    await desk.conversations.post_as_agent(
        conversation, actor_id="7", name="Linus", text="yes", client_message_id="a"
    )
    await desk.conversations.set_status(conversation, "closed", actor=posted.entry.author)
    await say(opened.session, text="one more thing", client_message_id="3")
    return desk


def told(house: House, function: str = "watch") -> list[tuple[str, Any]]:
    """Return what *function* was told of: kinds, and texts where there are any."""
    found: list[tuple[str, Any]] = []
    for order in house.invokes.orders:
        data: Any = order.arguments["data"]
        if order.function == function:
            found.append((str(order.arguments["event"]), data.get("text")))
    return found


async def test_a_conversation_is_told_in_its_order(house: House):
    """Functions hear of each kind they ask for, once, as it happened."""
    kinds = (
        "conversation.created",
        "message.received",
        "message.sent",
        "conversation.closed",
        "conversation.reopened",
    )
    house.deployed.deploy("watch", *[EventTrigger(kind) for kind in kinds])
    await a_chat(house)
    assert await house.events.relay() == 7
    await house.work()
    assert told(house) == [
        ("conversation.created", None),
        ("message.received", "hello"),
        ("message.received", "is anybody there?"),
        ("message.sent", "yes"),
        ("conversation.closed", None),
        ("conversation.reopened", None),
        ("message.received", "one more thing"),
    ]
    assert await house.events.relay() == 0


async def test_each_function_hears_of_what_it_asks_for(house: House):
    """Two functions of one kind both hear of it; one of another kind does not."""
    house.deployed.deploy("one", EventTrigger("message.sent"))
    house.deployed.deploy("two", EventTrigger("message.sent"))
    house.deployed.deploy("three", EventTrigger("contact.created"))
    await a_chat(house)
    await house.events.relay()
    await house.work()
    assert [told(house, name) for name in ("one", "two", "three")] == [
        [("message.sent", "yes")],
        [("message.sent", "yes")],
        [],
    ]


async def test_a_relay_that_dies_in_between_tells_again(house: House):
    """Until the desk forgets an event it is found again, and is still one job."""
    house.deployed.deploy("watch", EventTrigger("message.sent"))
    await a_chat(house)
    waiting = await house.events._outbox.waiting(100)
    await house.events._spread(waiting)  # and here the server dies
    await house.work()
    await house.events.relay()
    await house.work()
    assert told(house) == [("message.sent", "yes")]


async def test_nothing_is_told_of_what_was_undone(house: House):
    """An event is of the transaction it happens in, and goes with it."""
    desk = Desk(house.database, house.clock)
    try:
        async with desk.units.writing() as unit:
            await unit.events.tell("contact.created", house.clock.now(), {}, line="")
            raise RuntimeError
    except RuntimeError:
        pass
    assert await house.events.relay() == 0


async def test_a_failing_function_is_tried_four_times_and_then_told(house: House):
    """It is repeated after 10 s, 1 min and 5 min; only the last failure is an alert."""
    house.deployed.deploy("watch", EventTrigger("message.sent"))
    house.invokes.outcome = lambda _: RunState.RAISED
    await a_chat(house)
    await house.events.relay()
    await house.work()
    seen: list[int] = [len(house.invokes.orders)]
    for seconds in (10, 60, 300, 3600):
        await house.pass_(seconds=seconds)
        seen.append(len(house.invokes.orders))
    assert seen == [1, 2, 3, 4, 4]
    assert [order.extra["retries_left"] for order in house.invokes.orders] == [*"3210"]
    assert len({order.key for order in house.invokes.orders}) == 4
    assert len({order.arguments["id"] for order in house.invokes.orders}) == 1
    (group,) = await house.groups()
    assert group.count == 1


async def test_what_comes_later_in_a_conversation_waits(house: House):
    """While an earlier message is tried again, the next one is not told yet."""
    house.deployed.deploy("watch", EventTrigger("message.received"))

    def outcome(order: RunOrder) -> RunState:
        first_time = order.extra["attempt"] == "1" and len(house.invokes.orders) == 1
        return RunState.RAISED if first_time else RunState.SUCCEEDED

    house.invokes.outcome = outcome
    await a_chat(house)
    await house.events.relay()
    await house.work()
    assert [text for _, text in told(house)] == ["hello"]
    await house.pass_(seconds=10)
    assert [text for _, text in told(house)] == [
        "hello",
        "hello",
        "is anybody there?",
        "one more thing",
    ]


async def test_contacts_are_told_of_without_what_is_known_of_them(house: House):
    """A contact's event names the properties that changed, and holds no value of them."""
    house.deployed.deploy(
        "watch", EventTrigger("contact.created"), EventTrigger("contact.changed")
    )
    desk = Desk(house.database, house.clock)
    await desk.inboxes.ensure_default_inbox()
    key = await desk.shop_key()
    first = await desk.enter(token=key.sign(given_name="Ada"))
    await desk.conversations.post_as_visitor(first.session, text="hi", client_message_id="1")
    house.clock.advance(timedelta(seconds=1))
    await desk.enter(token=key.sign(given_name="Ada", family_name="Byron"))
    await house.events.relay()
    await house.work()
    data = [order.arguments["data"] for order in house.invokes.orders]
    assert [sorted(one) for one in data if isinstance(one, dict)] == [
        ["contact_id", "evidence"],
        ["changed", "contact_id"],
    ]
    assert "Byron" not in str(data)
    assert "ada@example.com" not in str(data)


async def test_a_sites_trouble_is_an_event_too(house: House):
    """What no outbox holds is published at once; a kind that nobody knows is refused."""
    house.deployed.deploy("watch", EventTrigger("site.tripped"))
    await house.events.publish("site.tripped", {"site": "shop"})
    await house.work()
    (order,) = house.invokes.orders
    assert order.arguments["data"] == {"site": "shop"}
    try:
        await house.events.publish("site.sang", {})
    except ValueError as error:
        refused = str(error)
    assert refused == "site.sang is no kind of event"
