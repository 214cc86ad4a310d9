"""Why conversations went where they did, in the database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Integer, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.conversations import Priority
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import Decision, Step
from callingcard.desk.store.routing.tables import decisions

_ADD: Final = insert(decisions)
_OF: Final = (
    select(decisions)
    .where(decisions.c.conversation_id == bindparam("conversation"))
    .order_by(decisions.c.at, decisions.c.id)
)
_LATEST: Final = (
    select(decisions)
    .order_by(decisions.c.at.desc(), decisions.c.id.desc())
    .limit(bindparam("most", type_=Integer))
)
_FORGET: Final = delete(decisions).where(
    decisions.c.conversation_id.in_(bindparam("ids", expanding=True))
)


class SqlDecisions:
    """Keeps ``ports.Decisions`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, decision: Decision) -> None:
        """Keep a decision."""
        row = {
            "id": decision.id,
            "conversation_id": decision.conversation_id,
            "at": decision.at,
            "step": decision.step.value,
            "team": decision.team,
            "priority": decision.priority.value,
            "agent_id": decision.agent_id,
            "rule": decision.rule,
            "by": decision.by,
            "trace": [dict(line) for line in decision.trace],
        }
        await self._connection.execute(_ADD, row)

    async def of(self, conversation_id: ConversationId) -> Sequence[Decision]:
        """Return the conversation's decisions, the oldest first."""
        rows = await self._connection.execute(_OF, {"conversation": conversation_id})
        return [_decision(row) for row in rows.mappings()]

    async def latest(self, limit: int) -> Sequence[Decision]:
        """Return the newest decisions about any conversation, the newest first."""
        rows = await self._connection.execute(_LATEST, {"most": limit})
        return [_decision(row) for row in rows.mappings()]

    async def forget(self, conversation_ids: Sequence[ConversationId]) -> None:
        """Delete the decisions about these conversations."""
        await self._connection.execute(_FORGET, {"ids": list(conversation_ids)})


def _decision(row: Mapping[Any, Any]) -> Decision:
    """Return the decision that a row holds."""
    fields: dict[str, Any] = dict(row)
    fields["step"], fields["priority"] = Step(fields["step"]), Priority(fields["priority"])
    return Decision(**fields)
