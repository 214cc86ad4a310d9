"""Where a conversation stands in the queue of its team."""

from dataclasses import dataclass
from datetime import datetime

from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.routing import Waiting
from callingcard.desk.ports.units import Unit
from callingcard.desk.routing.teams import is_open, opens_at


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody waits."""

    position: int
    """From 1."""
    opens_at: datetime | None
    """When the team opens; None when it is open, or never opens."""


async def place_of(unit: Unit, conversation: Conversation, now: datetime) -> Place | None:
    """Return where the conversation waits; None when it waits in no queue."""
    position = await position_of(unit, conversation)
    if position is None:
        return None
    team = (await unit.routing.teams()).get(conversation.team or "")
    hours = await unit.routing.hours()
    if team is None or is_open(team, hours, now):
        return Place(position, None)
    return Place(position, opens_at(team, hours, now))


async def position_of(unit: Unit, conversation: Conversation) -> int | None:
    """Return the place in the queue, from 1; None for who does not wait in one."""
    if conversation.team is None or conversation.queued_at is None:
        return None
    waiting = Waiting(
        id=conversation.id,
        contact_id=conversation.contact_id,
        visitor_id=conversation.visitor_id,
        team=conversation.team,
        priority=conversation.priority,
        queued_at=conversation.queued_at,
    )
    return await unit.queue.ahead_of(waiting) + 1
