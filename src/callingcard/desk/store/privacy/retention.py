"""How long inboxes keep things, in the database, and what they have kept for too long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.ids import ConversationId, InboxId
from callingcard.desk.model.privacy import RetentionRule
from callingcard.desk.store.chat.tables import conversations
from callingcard.desk.store.privacy.tables import retention
from callingcard.desk.store.visitors.tables import sessions

_ALL: Final = select(retention).order_by(retention.c.inbox_id)
_SAVE: Final = update(retention).where(retention.c.inbox_id == bindparam("key"))


class SqlRetention:
    """Keeps ``ports.Retention`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rules(self) -> Sequence[RetentionRule]:
        """Return the rules there are; an inbox without one keeps everything."""
        rows = await self._connection.execute(_ALL)
        return [RetentionRule(**row) for row in rows.mappings()]

    async def save(self, rule: RetentionRule) -> None:
        """Keep a new or changed rule."""
        values = {
            "inbox_id": rule.inbox_id,
            "keep_closed_days": rule.keep_closed_days,
            "store_silent_visitors": rule.store_silent_visitors,
        }
        saved = await self._connection.execute(_SAVE, {"key": rule.inbox_id, **values})
        if saved.rowcount == 0:
            await self._connection.execute(insert(retention), values)

    async def outlived(
        self, inbox_id: InboxId, before: datetime, limit: int
    ) -> Sequence[ConversationId]:
        """Return closed conversations that nothing happened in since, locked.

        What was merged into one of them is kept and goes with it.
        """
        asked = (
            select(conversations.c.id)
            .where(
                conversations.c.inbox_id == inbox_id,
                conversations.c.status == "closed",
                conversations.c.merged_into.is_(None),
                conversations.c.updated_at < before,
            )
            .order_by(conversations.c.updated_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = [ConversationId(one) for one in await self._connection.scalars(asked)]
        rest: Sequence[ConversationId] = found
        while rest:
            led = select(conversations.c.id).where(conversations.c.merged_into.in_(rest))
            rest = [ConversationId(one) for one in await self._connection.scalars(led)]
            found += rest
        return found

    async def silent(self, inbox_id: InboxId, before: datetime, limit: int) -> Sequence[str]:
        """Return sessions begun before then by visitors who never wrote, locked."""
        asked = (
            select(sessions.c.id)
            .where(
                sessions.c.inbox_id == inbox_id,
                sessions.c.conversation_id.is_(None),
                sessions.c.contact_id.is_(None),
                sessions.c.created_at < before,
            )
            .order_by(sessions.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return list(await self._connection.scalars(asked))
