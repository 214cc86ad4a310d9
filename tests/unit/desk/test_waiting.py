"""Who waits in a conversation in which another one goes on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callingcard.desk.model.conversations import Conversation, Priority
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId
from callingcard.desk.routing.waiting import standing, standing_as, taking_over

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
PLAIN = Conversation(
    id=ConversationId("1"),
    inbox_id=InboxId("1"),
    visitor_id="1",
    contact_id=ContactId("1"),
    evidence=Evidence.SIGNED,
    signed_by=None,
    signed_until=None,
    status="open",
    head=0,
    agent_read_seq=0,
    visitor_read_seq=0,
    waiting_since=None,
    created_at=NOON,
    updated_at=NOON,
)
CLOSED = replace(PLAIN, status="closed", assigned_to="1", team="sales")
LINUS_HAS_IT = replace(PLAIN, assigned_to="700", team="support")
QUEUES = replace(PLAIN, team="support", queued_at=LATER, waiting_since=LATER)
QUEUES_LONGER = replace(
    QUEUES, team="sales", queued_at=NOON, waiting_since=NOON, priority=Priority.URGENT
)


def test_what_is_over_changes_nothing():
    """A closed conversation that is merged leaves the survivor as it stands."""
    assert taking_over(QUEUES, CLOSED) == QUEUES
    assert taking_over(CLOSED, CLOSED) == CLOSED


def test_a_closed_survivor_stands_as_what_goes_on_in_it():
    """It opens, with the agent and the place in the queue of the other."""
    assert standing(taking_over(CLOSED, QUEUES)) == standing(QUEUES)
    assert standing(taking_over(CLOSED, LINUS_HAS_IT)) == standing(LINUS_HAS_IT)


def test_the_survivor_keeps_its_own_agent_or_team():
    """Only one that has none gets the other's; who has an agent does not queue."""
    assert taking_over(LINUS_HAS_IT, QUEUES).assigned_to == "700"
    assert taking_over(LINUS_HAS_IT, QUEUES).queued_at is None
    given = taking_over(QUEUES, LINUS_HAS_IT)
    assert (given.assigned_to, given.team, given.queued_at) == ("700", "support", None)
    assert taking_over(PLAIN, QUEUES).team == "support"
    assert taking_over(QUEUES, QUEUES_LONGER).team == "support"


def test_whoever_waits_since_the_earlier_time_and_as_urgently():
    """Two places in a queue become the better one."""
    joined = taking_over(QUEUES, QUEUES_LONGER)
    assert (joined.queued_at, joined.waiting_since, joined.priority) == (
        NOON,
        NOON,
        Priority.URGENT,
    )


@pytest.mark.parametrize("before", [PLAIN, CLOSED, LINUS_HAS_IT, QUEUES, QUEUES_LONGER])
def test_a_standing_can_be_brought_back(before: Conversation):
    """Whatever came in between, the conversation stands as it did."""
    assert standing_as(taking_over(before, QUEUES_LONGER), standing(before)) == before
