"""How a conversation enters the queue of a team, and comes back to it.

Invariant: a conversation waits in the queue if and only if ``queued_at`` is set; then it
is open, has a team, and has no agent.
"""

from dataclasses import replace
from datetime import datetime

from callingcard.desk.model.conversations import Conversation, Priority, Standing
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


def standing(conversation: Conversation) -> Standing:
    """Return how *conversation* stands, for ``standing_as`` to bring back."""
    return Standing(
        status=conversation.status,
        assigned_to=conversation.assigned_to,
        team=conversation.team,
        priority=conversation.priority,
        queued_at=conversation.queued_at,
        waiting_since=conversation.waiting_since,
    )


def standing_as(conversation: Conversation, before: Standing) -> Conversation:
    """Return *conversation* standing as it did *before*."""
    return replace(
        conversation,
        status=before.status,
        assigned_to=before.assigned_to,
        team=before.team,
        priority=before.priority,
        queued_at=before.queued_at,
        waiting_since=before.waiting_since,
    )


def taking_over(survivor: Conversation, merged: Conversation) -> Conversation:
    """Return *survivor* as it is to be when *merged* goes on in it.

    Whoever waited in either of the two waits in it now, since the earlier time. It keeps
    its own agent, or else its own team, and gets the other's when it has none.
    """
    if merged.status == "closed":
        return survivor
    if survivor.status == "closed":
        return standing_as(survivor, standing(merged))
    both = (survivor, merged)
    owner = next((one for one in both if one.assigned_to is not None), None)
    owner = owner or next((one for one in both if one.team is not None), survivor)
    queued_at = min((one.queued_at for one in both if one.queued_at), default=None)
    waits = min((one.waiting_since for one in both if one.waiting_since), default=None)
    order = list(Priority)
    return replace(
        survivor,
        assigned_to=owner.assigned_to,
        team=owner.team,
        priority=max((one.priority for one in both), key=order.index),
        queued_at=None if owner.assigned_to is not None else queued_at,
        waiting_since=waits,
    )


def still_waits(conversation: Conversation, team: str) -> bool:
    """Say whether *conversation* waits in the queue of *team*."""
    return (
        conversation.queued_at is not None
        and conversation.team == team
        and conversation.status == "open"
        and conversation.assigned_to is None
    )
