"""Every event arrives, at least once, in HubSpot's words, whatever happens meanwhile."""

import asyncio
import json
from datetime import timedelta

from tests.support.desk_house import House
from tests.support.webhook_house import URL, WebhookTrial

from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.webhooks import DeliveryState
from callingcard.desk.ports.webhooks import Sent
from callingcard.desk.service.webhooks.endpoints import Wanted
from callingcard.desk.service.webhooks.sending import KEPT, LOAN, WAITS
from callingcard.desk.service.webhooks.signing import signature_v1, signature_v3
from callingcard.desk.store.chat.events import SqlOutbox

AGENT = Author(AuthorKind.AGENT, "700", "Linus T.")


async def say(house: House, text: str = "hello", key: str = "c-1") -> ConversationId:
    """Let a new visitor say something; return the conversation."""
    opened = await house.enter()
    posted = await house.conversations.post_as_visitor(
        opened.session, text=text, client_message_id=key
    )
    return posted.entry.conversation_id


async def test_a_conversation_is_told_in_hubspots_words(trial: WebhookTrial):
    """Beginning, message and status, with the members that HubSpot's events have."""
    house = trial.house
    made = await trial.endpoint(
        "conversation.creation", "conversation.newMessage", "conversation.propertyChange"
    )
    subscriptions = {
        one.event_type: int(one.id) for one in await trial.desk.subscriptions(made.id)
    }
    conversation_id = await say(house)
    await house.conversations.set_status(conversation_id, "closed", actor=AGENT)
    assert await trial.work() == 1
    events = {event["subscriptionType"]: event for event in trial.receiver.events()}
    entry = (await house.conversations.entries(conversation_id))[0]
    message = events["conversation.newMessage"]
    assert message == {
        "eventId": message["eventId"],
        "subscriptionId": subscriptions["conversation.newMessage"],
        "portalId": 1,
        "appId": int(made.id),
        "occurredAt": int(entry.created_at.timestamp() * 1000),
        "subscriptionType": "conversation.newMessage",
        "attemptNumber": 0,
        "objectId": int(conversation_id),
        "messageId": entry.id,
        "messageType": "MESSAGE",
        "changeFlag": "NEW_MESSAGE",
    }
    assert events["conversation.creation"]["changeFlag"] == "NEW"
    change = events["conversation.propertyChange"]
    assert (change["propertyName"], change["propertyValue"]) == ("status", "CLOSED")
    assert len({event["eventId"] for event in trial.receiver.events()}) == 3


async def test_a_request_is_signed_over_what_was_sent(trial: WebhookTrial):
    """The signature fits the very bytes, with the secret that was shown once."""
    secret = (await trial.endpoint("conversation.newMessage")).secret
    await say(trial.house)
    await trial.work()
    url, headers, body = trial.receiver.requests[0]
    timestamp = headers["X-HubSpot-Request-Timestamp"]
    assert url == URL
    assert headers["X-HubSpot-Signature-v3"] == signature_v3(
        secret, "POST", URL, body, timestamp
    )
    assert headers["X-HubSpot-Signature"] == signature_v1(secret, body)
    assert timestamp == str(int(trial.house.clock.now().timestamp() * 1000))


async def test_a_change_is_told_with_the_value_of_now(trial: WebhookTrial):
    """A property's value is read when it is sent; who was erased has none."""
    house = trial.house
    await trial.endpoint("contact.creation", "contact.propertyChange")
    opened = await house.enter(token=house.identification.mint("ada@example.com"))
    await house.conversations.post_as_visitor(
        opened.session, text="hi", client_message_id="c-1"
    )
    await house.enter(token=house.identification.mint("ada@example.com", "Ada"))
    await trial.work()
    changes = {
        event["propertyName"]: event["propertyValue"]
        for event in trial.receiver.events()
        if event["subscriptionType"] == "contact.propertyChange"
    }
    assert changes["firstname"] == "Ada"
    assert "contact.creation" in trial.receiver.kinds()


async def test_only_the_property_that_is_asked_for_is_told(trial: WebhookTrial):
    """A subscription to one property hears nothing of another, nor a paused one anything."""
    made = await trial.endpoint()
    for name, active in (("status", True), ("assignedTo", True), ("isArchived", False)):
        await trial.desk.subscribe(
            made.id, "conversation.propertyChange", property_name=name, active=active
        )
    conversation_id = await say(trial.house)
    await trial.house.conversations.set_status(conversation_id, "closed", actor=AGENT)
    await trial.work()
    assert [event["propertyName"] for event in trial.receiver.events()] == ["status"]


async def test_events_go_in_batches_of_less_than_a_hundred(trial: WebhookTrial):
    """Two hundred events are three requests, each event once."""
    await trial.endpoint("conversation.newMessage")
    conversation_id = await say(trial.house)
    for number in range(199):
        await trial.house.conversations.post_as_agent(
            conversation_id,
            actor_id="700",
            name="Linus T.",
            text="x",
            client_message_id=f"a-{number}",
        )
    assert await trial.work() == 3
    sizes = [len(json.loads(body)) for _, _, body in trial.receiver.requests]
    assert sizes == [99, 99, 2]
    assert len({event["eventId"] for event in trial.receiver.events()}) == 200


async def test_nothing_is_kept_when_nobody_listens(trial: WebhookTrial):
    """Without an endpoint an event costs no row, and old ones are not told later."""
    await say(trial.house)
    assert await trial.sending.spread() == 0
    await trial.endpoint("conversation.newMessage")
    assert await trial.work() == 0


async def test_functions_and_webhooks_both_hear_of_everything(trial: WebhookTrial):
    """The one who empties the outbox takes nothing from the other."""
    await trial.endpoint("conversation.newMessage")
    await say(trial.house)
    outbox = SqlOutbox(trial.house.database)
    waiting = await outbox.waiting(100)
    assert [event.kind for event in waiting] == ["conversation.created", "message.received"]
    await outbox.told([event.id for event in waiting])
    await trial.work()
    assert trial.receiver.kinds() == ["conversation.newMessage"]


async def test_what_a_visitor_wrote_is_not_kept_for_webhooks(trial: WebhookTrial):
    """Neither the copy nor the delivery holds the text."""
    made = await trial.endpoint("conversation.newMessage")
    await say(trial.house, text="my card is 4111")
    async with trial.house.units.reading() as unit:
        copies = await unit.deliveries.events(10)
    assert "4111" not in repr([(one.data, one.kind) for one in copies])
    await trial.work()
    log = await trial.desk.deliveries(made.id)
    assert "4111" not in repr([one.event for one in log])


async def test_a_failure_is_tried_again_for_a_day_and_then_given_up(trial: WebhookTrial):
    """Eleven attempts with the same event id; the log says what happened."""
    made = await trial.endpoint("conversation.newMessage")
    trial.receiver.answer = Sent(503)
    await say(trial.house)
    began = trial.house.clock.now()
    assert await trial.work() == 1
    for wait in WAITS:
        assert await trial.work() == 0
        trial.house.clock.advance(wait)
        assert await trial.work() == 1
    trial.house.clock.advance(timedelta(days=1))
    assert await trial.work() == 0
    assert trial.house.clock.now() - began <= timedelta(days=2)
    assert [event["attemptNumber"] for event in trial.receiver.events()] == list(range(11))
    assert len({event["eventId"] for event in trial.receiver.events()}) == 1
    (delivery,) = await trial.desk.deliveries(made.id)
    assert (delivery.state, delivery.last_status) == (DeliveryState.FAILED, 503)
    assert sum(WAITS, timedelta()) <= timedelta(days=1)


async def test_what_was_given_up_can_be_sent_again(trial: WebhookTrial):
    """By hand, as if for the first time."""
    made = await trial.endpoint("conversation.newMessage")
    await say(trial.house)
    await trial.work()
    (delivery,) = await trial.desk.deliveries(made.id)
    assert delivery.state is DeliveryState.DELIVERED
    await trial.desk.redeliver(made.id, delivery.id)
    assert await trial.work() == 1
    assert [event["attemptNumber"] for event in trial.receiver.events()] == [0, 0]


async def test_an_endpoint_that_fails_for_days_is_disabled(trial: WebhookTrial):
    """After three days of nothing but failures nothing is sent, and an event says so."""
    made = await trial.endpoint("conversation.newMessage")
    trial.receiver.answer = Sent(None, "no answer within 5 seconds")
    for number in range(5):
        await say(trial.house, key=f"c-{number}")
        await trial.work()
        trial.house.clock.advance(timedelta(hours=23))
    found = await trial.desk.get(made.id)
    assert found.disabled_at is not None
    sent = len(trial.receiver.requests)
    await say(trial.house, key="later")
    assert await trial.work() == 0
    kinds = [event.kind for event in await SqlOutbox(trial.house.database).waiting(100)]
    assert kinds.count("webhook.disabled") == 1
    await trial.desk.change(made.id, Wanted(enabled=True))
    trial.receiver.answer = Sent(204)
    assert await trial.work() > 0
    assert len(trial.receiver.requests) > sent
    assert (await trial.desk.get(made.id)).failing_since is None


async def test_one_success_ends_the_count_of_failures(trial: WebhookTrial):
    """An endpoint that answers now and then is never disabled."""
    made = await trial.endpoint("conversation.newMessage")
    for number in range(6):
        trial.receiver.answer = Sent(500 if number % 2 else 200)
        await say(trial.house, key=f"c-{number}")
        await trial.work()
        trial.house.clock.advance(timedelta(days=1))
    assert (await trial.desk.get(made.id)).disabled_at is None


async def test_a_sender_that_dies_is_replaced(trial: WebhookTrial):
    """Its batch is free again when the loan is over, and what it says later is void."""
    made = await trial.endpoint("conversation.newMessage")
    await say(trial.house)
    await trial.sending.spread()
    (lost,) = await trial.sending.due(8)
    other = trial.another()
    assert await other.due(8) == []
    trial.house.clock.advance(LOAN)
    (found,) = await other.due(8)
    assert [one.id for one in found.deliveries] == [one.id for one in lost.deliveries]
    assert not await trial.sending.renew(lost)
    await trial.sending.stumbled(lost)
    await other.perform(found)
    (delivery,) = await trial.desk.deliveries(made.id)
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 2)


async def test_no_more_requests_are_under_way_than_allowed(trial: WebhookTrial):
    """An endpoint that takes one at a time gets one at a time, from all processes."""
    await trial.endpoint("conversation.newMessage", max_concurrent=1)
    conversation_id = await say(trial.house)
    for number in range(120):
        await trial.house.conversations.post_as_agent(
            conversation_id,
            actor_id="700",
            name="Linus T.",
            text="x",
            client_message_id=f"a-{number}",
        )
    await trial.sending.spread()
    (first,) = await trial.sending.due(8)
    assert await trial.another().due(8) == []
    await trial.sending.perform(first)
    assert len(await trial.another().due(8)) == 1


async def test_spreading_twice_is_one_delivery(trial: WebhookTrial):
    """A process that dies between two steps tells nothing twice with two ids."""
    made = await trial.endpoint("conversation.newMessage")
    await say(trial.house)
    async with trial.house.units.reading() as unit:
        events = await unit.deliveries.events(10)
    await trial.sending.spread()
    async with trial.house.units.reading() as unit:
        (before,) = await unit.delivery_log.newest(made.id, limit=10)
    async with trial.house.units.writing() as unit:
        await unit.deliveries.spread([one.id for one in events], [before])
    assert len(await trial.desk.deliveries(made.id)) == 1


async def test_no_message_is_told_twice(trial: WebhookTrial):
    """A message that was sent again after a doubt is one event, whoever spreads and sends."""
    made = await trial.endpoint("conversation.newMessage")
    opened = await trial.house.enter()
    for _ in range(3):
        await trial.house.conversations.post_as_visitor(
            opened.session, text="hello", client_message_id="c-1"
        )
    other = trial.another()
    await asyncio.gather(trial.sending.spread(), other.spread())
    taken = [*await trial.sending.due(8), *await other.due(8)]
    for batch in taken:
        await trial.sending.perform(batch)
    assert (trial.receiver.kinds(), await trial.work()) == (["conversation.newMessage"], 0)
    assert len(await trial.desk.deliveries(made.id)) == 1


async def test_the_log_is_swept(trial: WebhookTrial):
    """What happened long ago is forgotten."""
    made = await trial.endpoint("conversation.newMessage")
    await say(trial.house)
    await trial.work()
    assert await trial.sending.sweep() == 0
    trial.house.clock.advance(KEPT + timedelta(seconds=1))
    assert await trial.sending.sweep() == 1
    assert await trial.desk.deliveries(made.id) == []
