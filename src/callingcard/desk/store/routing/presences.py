"""Who is here, and how much they have to do, in the database: for every server alike."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import Load, Presence, Turn
from callingcard.desk.store.chat.tables import conversations
from callingcard.desk.store.routing.tables import presences, turns

_ALL: Final = select(presences).order_by(presences.c.agent_id)
_ONE: Final = select(presences).where(presences.c.agent_id == bindparam("agent"))
_TURNS: Final = select(turns)
_LOADS: Final = (
    select(conversations.c.assigned_to, conversations.c.team, func.count().label("open"))
    .where(
        conversations.c.status == "open",
        conversations.c.archived_at.is_(None),
        conversations.c.assigned_to.is_not(None),
    )
    .group_by(conversations.c.assigned_to, conversations.c.team)
)
_HELD: Final = (
    select(conversations.c.id)
    .where(
        conversations.c.assigned_to == bindparam("agent"),
        conversations.c.status == "open",
        conversations.c.archived_at.is_(None),
        conversations.c.waiting_since.is_not(None),
    )
    .order_by(conversations.c.id)
)


class SqlPresences:
    """Keeps ``ports.Presences`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Sequence[Presence]:
        """Return whatever is known of any agent's presence."""
        rows = await self._connection.execute(_ALL)
        return [Presence(**row) for row in rows.mappings()]

    async def of(self, agent_id: str) -> Presence | None:
        """Return what is known of the agent's presence."""
        rows = await self._connection.execute(_ONE, {"agent": agent_id})
        row = rows.mappings().one_or_none()
        return None if row is None else Presence(**row)

    async def save(self, presence: Presence) -> None:
        """Keep whether an agent is here."""
        changed = {"is_online": presence.is_online, "seen_at": presence.seen_at}
        await self._put(presences, {"agent_id": presence.agent_id}, changed)

    async def loads(self) -> Sequence[Load]:
        """Return how many open conversations agents have, team by team."""
        rows = await self._connection.execute(_LOADS)
        return [Load(row["assigned_to"], row["team"], row["open"]) for row in rows.mappings()]

    async def turns(self) -> Sequence[Turn]:
        """Return when agents were last given a conversation, team by team."""
        rows = await self._connection.execute(_TURNS)
        return [Turn(**row) for row in rows.mappings()]

    async def take_turn(self, turn: Turn) -> None:
        """Keep that an agent was given a conversation of a team."""
        key = {"agent_id": turn.agent_id, "team": turn.team}
        await self._put(turns, key, {"at": turn.at})

    async def held_by(self, agent_id: str) -> Sequence[ConversationId]:
        """Return the agent's open conversations whose visitor waits for an answer, by id."""
        rows = await self._connection.scalars(_HELD, {"agent": agent_id})
        return [ConversationId(found) for found in rows]

    async def _put(
        self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
    ) -> None:
        """Insert a row, or change the one that has its *key*."""
        is_postgres = self._connection.dialect.name == "postgresql"
        insert = postgres_insert if is_postgres else sqlite_insert
        await self._connection.execute(
            insert(table)
            .values(**key, **values)
            .on_conflict_do_update(index_elements=list(key), set_=dict(values))
        )
