"""How a conversation enters the queue of a team, and comes back to it.

Invariant: a conversation waits in the queue if and only if ``queued_at`` is set; then it
is open, has a team, and has no agent.
"""

from dataclasses import replace
from datetime import datetime

from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.routing import Target


def queued(conversation: Conversation, target: Target, now: datetime) -> Conversation:
    """Return *conversation* in the queue of *target*'s team, or with nobody.

    Who is sent on to another team keeps the place that they waited for.
    """
    return replace(
        conversation,
        team=target.team,
        priority=target.priority,
        assigned_to=None,
        queued_at=None if target.team is None else conversation.queued_at or now,
        waiting_since=conversation.waiting_since or now,
        updated_at=now,
    )


def requeued(conversation: Conversation, now: datetime) -> Conversation:
    """Return *conversation* without its agent, in its team's queue again.

    It queues since the visitor waits for an answer: that they were given an agent who
    went away does not cost them their place.
    """
    if conversation.team is None:
        return replace(conversation, assigned_to=None, queued_at=None, updated_at=now)
    return replace(
        conversation,
        assigned_to=None,
        queued_at=conversation.waiting_since or now,
        waiting_since=conversation.waiting_since or now,
        updated_at=now,
    )


def reopened(conversation: Conversation, now: datetime) -> Conversation:
    """Return *conversation* as it is to be when a visitor writes into it after its end.

    Its agent may be away or busy by now, so it queues like a new one; a team with a
    ``sticky`` time gives it back to the same agent when they can take it.
    """
    return requeued(conversation, now)


def closed(conversation: Conversation) -> Conversation:
    """Return *conversation* out of the queue; whose it was stays known.

    Call it for every conversation that is closed.
    """
    return replace(conversation, queued_at=None)


def still_waits(conversation: Conversation, team: str) -> bool:
    """Say whether *conversation* waits in the queue of *team*."""
    return (
        conversation.queued_at is not None
        and conversation.team == team
        and conversation.status == "open"
        and conversation.assigned_to is None
    )
