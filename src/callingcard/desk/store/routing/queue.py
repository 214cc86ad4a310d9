"""The queues: conversations that wait for an agent, the first to be served first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Integer,
    String,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Moment
from callingcard.desk.model.conversations import AuthorKind, Conversation, Priority
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import Waiting
from callingcard.desk.store.chat.tables import conversations, entries
from callingcard.desk.store.routing.tables import PLAN, routing

_RANKS: Final = {priority.value: rank for rank, priority in enumerate(reversed(Priority))}
"""Priorities from first to last."""

_RANK: Final = case(_RANKS, value=conversations.c.priority, else_=len(_RANKS))
_TYPES: Final = (Integer(), Moment(), String())
"""Of a place in the queue: rank, time, id."""
_COLUMNS: Final = select(
    conversations.c.id,
    conversations.c.contact_id,
    conversations.c.visitor_id,
    conversations.c.team,
    conversations.c.priority,
    conversations.c.queued_at,
).where(
    conversations.c.queued_at.is_not(None),
    conversations.c.status == "open",
    conversations.c.assigned_to.is_(None),
    conversations.c.team.in_(bindparam("teams", expanding=True)),
)
_IN_ORDER: Final = _COLUMNS.order_by(
    _RANK, conversations.c.queued_at, conversations.c.id
).limit(bindparam("most", type_=Integer))
_SINCE: Final = (
    _COLUMNS.where(conversations.c.queued_at <= bindparam("before"))
    .order_by(conversations.c.queued_at, conversations.c.id)
    .limit(bindparam("most", type_=Integer))
)
_LOCKED: Final = select(routing.c.name).where(routing.c.name == PLAN).with_for_update()
_BEGIN: Final = text(
    "insert into desk_routing (name, document) values (:name, '{}')"
    " on conflict (name) do nothing"
)


class SqlQueue:
    """Keeps ``ports.Queue`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Let nobody else give conversations to agents until we are done."""
        locked = await self._connection.scalar(_LOCKED)
        if locked is None:
            await self._connection.execute(_BEGIN, {"name": PLAN})
            await self._connection.execute(_LOCKED)

    async def first(self, teams: Sequence[str]) -> Waiting | None:
        """Return whoever has waited longest, of the highest priority, for one of *teams*."""
        found = await self._found(_IN_ORDER, {"teams": list(teams), "most": 1})
        return found[0] if found else None

    async def all(self, team: str, limit: int) -> Sequence[Waiting]:
        """Return who waits for *team*, the first to be served first."""
        return await self._found(_IN_ORDER, {"teams": [team], "most": limit})

    async def ahead_of(self, waiting: Waiting) -> int:
        """Return how many of the same team are served before *waiting*."""
        place = tuple_(_RANK, conversations.c.queued_at, conversations.c.id)
        mine = (_RANKS[waiting.priority.value], waiting.queued_at, waiting.id)
        before = place < tuple_(*map(literal, mine, _TYPES))
        counted = select(func.count()).select_from(_COLUMNS.where(before).subquery())
        return await self._connection.scalar(counted, {"teams": [waiting.team]}) or 0

    async def since(self, team: str, before: datetime, limit: int) -> Sequence[ConversationId]:
        """Return who waits for *team* since *before*; the longest first."""
        asked = {"teams": [team], "before": before, "most": limit}
        return [waiting.id for waiting in await self._found(_SINCE, asked)]

    async def last_agent(self, conversation: Conversation, since: datetime) -> str | None:
        """Return who last answered the same person, in any conversation, after *since*."""
        same = conversations.c.visitor_id == conversation.visitor_id
        if conversation.contact_id is not None:
            same = or_(same, conversations.c.contact_id == conversation.contact_id)
        asked = (
            select(entries.c.author_id)
            .join(conversations, conversations.c.id == entries.c.conversation_id)
            .where(
                same,
                entries.c.author_kind == AuthorKind.AGENT.value,
                entries.c.type == "message",
                entries.c.created_at >= since,
            )
            .order_by(entries.c.created_at.desc(), entries.c.id.desc())
            .limit(1)
        )
        return await self._connection.scalar(asked)

    async def _found(self, statement: Any, asked: Mapping[str, Any]) -> list[Waiting]:
        rows = await self._connection.execute(statement, asked)
        return [_waiting(row) for row in rows.mappings()]


def _waiting(row: Mapping[Any, Any]) -> Waiting:
    """Return what a row holds."""
    fields: dict[str, Any] = dict(row)
    fields["priority"] = Priority(fields["priority"])
    return Waiting(**fields)
