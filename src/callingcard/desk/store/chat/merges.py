"""Merged conversations in the database: rows as they were, with a pointer to the survivor."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.conversations import (
    Conversation,
    Entry,
    Priority,
    Standing,
    Unmerging,
)
from callingcard.desk.model.ids import ContactId, ConversationId
from callingcard.desk.store.chat.conversations import conversation_of
from callingcard.desk.store.chat.log import entry_of
from callingcard.desk.store.chat.tables import conversations, entries

_REMEMBER: Final = (
    update(conversations)
    .where(conversations.c.id == bindparam("key"))
    .values(before_merge=bindparam("kept"))
)
_REMEMBERED: Final = select(conversations.c.before_merge).where(
    conversations.c.id == bindparam("key")
)
_INTO: Final = (
    select(conversations)
    .where(conversations.c.merged_into == bindparam("survivor"))
    .order_by(conversations.c.created_at, conversations.c.id)
)
_POSTED: Final = (
    select(entries)
    .join(
        conversations,
        and_(
            conversations.c.id == entries.c.conversation_id,
            conversations.c.visitor_id == entries.c.author_id,
        ),
    )
    .where(
        conversations.c.contact_id == bindparam("contact"),
        entries.c.client_message_id == bindparam("client_message"),
        entries.c.text == bindparam("said"),
    )
    .limit(1)
)
_MOMENTS: Final = ("queued_at", "waiting_since")


class SqlConversationMerges:
    """Keeps ``ports.ConversationMerges`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def remember(self, conversation_id: ConversationId, undo: Unmerging) -> None:
        """Keep what undoing the merge of this conversation needs."""
        kept = {"merged": _written(undo.merged), "survivor": _written(undo.survivor)}
        await self._connection.execute(_REMEMBER, {"key": conversation_id, "kept": kept})

    async def remembered(self, conversation_id: ConversationId) -> Unmerging | None:
        """Return what was kept when this conversation was merged."""
        kept = await self._connection.scalar(_REMEMBERED, {"key": conversation_id})
        return None if kept is None else Unmerging(**{k: _read(v) for k, v in kept.items()})

    async def into(self, conversation_id: ConversationId) -> Sequence[Conversation]:
        """Return what was merged into this conversation itself, the oldest first."""
        rows = await self._connection.execute(_INTO, {"survivor": conversation_id})
        return [conversation_of(row) for row in rows.mappings()]

    async def posted(
        self, contact_id: ContactId, client_message_id: str, text: str
    ) -> Entry | None:
        """Return *text* as the contact posted it under this id, in any conversation."""
        asked = {"contact": contact_id, "client_message": client_message_id, "said": text}
        row = (await self._connection.execute(_POSTED, asked)).mappings().one_or_none()
        return None if row is None else entry_of(row)

    async def torn(
        self, contact_id: ContactId, leaving: Sequence[ConversationId]
    ) -> ConversationId | None:
        """Return one of the contact's that is merged with one of *leaving*, or leaves it."""
        leaves = conversations.c.id.in_(leaving)
        led = conversations.c.merged_into.in_(leaving)
        asked = (
            select(conversations.c.id)
            .where(
                conversations.c.contact_id == contact_id,
                conversations.c.merged_into.is_not(None),
                or_(and_(leaves, ~led), and_(~leaves, led)),
            )
            .limit(1)
        )
        found = await self._connection.scalar(asked)
        return None if found is None else ConversationId(found)


def _written(standing: Standing) -> dict[str, str | None]:
    moments = {name: getattr(standing, name) for name in _MOMENTS}
    return {
        "status": standing.status,
        "assigned_to": standing.assigned_to,
        "team": standing.team,
        "priority": standing.priority.value,
        **{name: None if at is None else at.isoformat() for name, at in moments.items()},
    }


def _read(kept: Mapping[str, Any]) -> Standing:
    fields: dict[str, Any] = {**kept, "priority": Priority(kept["priority"])}
    for name in _MOMENTS:
        fields[name] = None if kept[name] is None else datetime.fromisoformat(kept[name])
    return Standing(**fields)
