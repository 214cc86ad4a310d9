"""Where each conversation's talk with its chatflow stands, in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.chatflows import FlowRun, Waits
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.store.flows.tables import runs

_GET: Final = select(runs).where(runs.c.conversation_id == bindparam("wanted"))
_GET_LOCKED: Final = _GET.with_for_update()
_SAVE: Final = update(runs).where(runs.c.conversation_id == bindparam("key"))
_DUE: Final = (
    select(runs.c.conversation_id)
    .where(runs.c.due_at <= bindparam("now"))
    .order_by(runs.c.due_at)
    .limit(bindparam("most", type_=Integer))
)
_COUNTS: Final = select(runs.c.flow, func.count().label("talks")).group_by(runs.c.flow)
_CLAIM: Final = (
    update(runs)
    .where(
        runs.c.conversation_id == bindparam("wanted"),
        runs.c.turn == bindparam("at_turn"),
        runs.c.due_at == bindparam("was_due_at"),
    )
    .values(due_at=bindparam("until"))
)


class SqlFlowRuns:
    """Keeps ``ports.FlowRuns`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(
        self, conversation_id: ConversationId, *, lock: bool = False
    ) -> FlowRun | None:
        """Return the talk; with *lock*, nobody else changes it until we are done."""
        statement = _GET_LOCKED if lock else _GET
        found = await self._connection.execute(statement, {"wanted": conversation_id})
        row = found.mappings().one_or_none()
        if row is None:
            return None
        known: dict[str, Any] = {**row, "waits": Waits(row["waits"])}
        return FlowRun(**known)

    async def save(self, run: FlowRun) -> None:
        """Keep a new or changed talk."""
        values: dict[str, Any] = {
            "conversation_id": run.conversation_id,
            "flow": run.flow,
            "version": run.version,
            "turn": run.turn,
            "waits": run.waits.value,
            "due_at": run.due_at,
            "page": run.page,
            "state": run.state,
            "updated_at": run.updated_at,
        }
        changed = await self._connection.execute(_SAVE, {"key": run.conversation_id, **values})
        if changed.rowcount == 0:
            await self._connection.execute(insert(runs), values)

    async def due(self, now: datetime, *, limit: int) -> Sequence[ConversationId]:
        """Return conversations whose talk somebody must see to by *now*, oldest first."""
        rows = await self._connection.scalars(_DUE, {"now": now, "most": limit})
        return [ConversationId(key) for key in rows]

    async def claim(self, run: FlowRun, until: datetime) -> bool:
        """Take up what *run* waits for until then; False when another did, or it went on."""
        asked = {
            "wanted": run.conversation_id,
            "at_turn": run.turn,
            "was_due_at": run.due_at,
            "until": until,
        }
        return (await self._connection.execute(_CLAIM, asked)).rowcount > 0

    async def counts(self) -> Mapping[str, int]:
        """Return in how many conversations each chatflow has talked."""
        rows = await self._connection.execute(_COUNTS)
        return {row["flow"]: row["talks"] for row in rows.mappings()}

    async def forget(self, conversation_ids: Sequence[ConversationId]) -> int:
        """Delete the talks of these conversations; return how many there were."""
        of_these = runs.c.conversation_id.in_(conversation_ids)
        return (await self._connection.execute(delete(runs).where(of_these))).rowcount
