"""What every step of a conversation's way leaves behind: a decision, an event, a note.

Invariant: each is written in the transaction in which the step is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from callingcard.desk.model.conversations import Author, Conversation
from callingcard.desk.model.routing import Decision, Step
from callingcard.desk.ports.chat import Fact
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.chat.notes import note_assignment

LAST_PLACE: Final = 0xFFFFFF
"""Steps come after what was said at the same moment."""

_EVENTS: Final = {
    Step.ROUTED: "conversation.queued",
    Step.OUT_OF_HOURS: "conversation.queued",
    Step.OVERFLOWED: "conversation.queued",
    Step.REQUEUED: "conversation.requeued",
}


@dataclass(frozen=True, slots=True)
class Steps:
    """Saves conversations that took a step, with what is to be known of it."""

    new_id: Callable[[], str]

    async def take(
        self,
        unit: Unit,
        before: Conversation,
        after: Conversation,
        *,
        decision: Decision,
        author: Author,
    ) -> None:
        """Keep *after* instead of *before*, which is locked, and its *decision*."""
        await unit.conversations.save(after)
        await unit.decisions.add(replace(decision, id=self.new_id()))
        at = decision.at
        await note_assignment(unit, before, after, by=author, at=at)
        kind = _EVENTS.get(decision.step)
        if kind is None or after.queued_at is None:
            return
        await unit.log.tell(after.id, at)
        data: dict[str, Fact] = {
            "conversation_id": after.id,
            "team": after.team,
            "priority": after.priority.value,
        }
        line = f"conversation {after.id}"
        await unit.events.tell(kind, at, data, line=line, place=LAST_PLACE)


def decided(
    conversation: Conversation, step: Step, at: datetime, *, by: str, agent: str | None = None
) -> Decision:
    """Return the decision that led to *conversation* as it is; it gets its id when kept."""
    return Decision(
        id="",
        conversation_id=conversation.id,
        at=at,
        step=step,
        team=conversation.team,
        priority=conversation.priority,
        agent_id=agent,
        by=by,
    )
