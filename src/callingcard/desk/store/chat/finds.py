"""Finding what was said by its words, the same on every engine.

Each message is kept with its folded words beside it, so that no database is asked what
lower case is; what is looked for is a LIKE over them.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.conversations import Entry, Note
from callingcard.desk.store.chat.log import entry_of
from callingcard.desk.store.chat.notes import note_of
from callingcard.desk.store.chat.tables import conversations, entries, notes


class SqlFinds:
    """Keeps ``ports.Finds`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def entries(self, patterns: Sequence[str], limit: int) -> Sequence[Entry]:
        """Return messages with every pattern in their words, the newest first."""
        asked = (
            select(entries)
            .join(conversations, conversations.c.id == entries.c.conversation_id)
            .where(
                conversations.c.archived_at.is_(None),
                entries.c.type == "message",
                *(entries.c.words.like(pattern) for pattern in patterns),
            )
            .order_by(entries.c.created_at.desc(), entries.c.id)
            .limit(limit)
        )
        rows = await self._connection.execute(asked)
        return [entry_of(row) for row in rows.mappings()]

    async def notes(self, patterns: Sequence[str], limit: int) -> Sequence[Note]:
        """Return comments with every pattern in their words, the newest first."""
        asked = (
            select(notes)
            .join(conversations, conversations.c.id == notes.c.conversation_id)
            .where(
                conversations.c.archived_at.is_(None),
                *(notes.c.words.like(pattern) for pattern in patterns),
            )
            .order_by(notes.c.created_at.desc(), notes.c.id)
            .limit(limit)
        )
        rows = await self._connection.execute(asked)
        return [note_of(row) for row in rows.mappings()]
