"""Signs of life as rows, so that every process sees those of every other.

A row is written again as long as somebody types; whoever stops is gone when it is over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.signs import Sign, SignKind
from callingcard.desk.store.chat.tables import signs

_ALL: Final = (
    select(signs)
    .where(signs.c.until > bindparam("now"))
    .order_by(signs.c.conversation_id, signs.c.kind, signs.c.author_id)
)
_OF_ONE: Final = _ALL.where(signs.c.conversation_id == bindparam("wanted"))


class SqlSigns:
    """Keeps ``ports.Signs`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def show(self, sign: Sign) -> bool:
        """Keep *sign*; True when it is new, and not only renewed."""
        same = _same(sign.conversation_id, sign.kind, sign.author.id)
        values = {"until": sign.until, "author_name": sign.author.name}
        renewed = await self._connection.execute(update(signs).where(same).values(values))
        if renewed.rowcount:
            return False
        row = {
            "conversation_id": sign.conversation_id,
            "kind": sign.kind.value,
            "author_kind": sign.author.kind.value,
            "author_id": sign.author.id,
            **values,
        }
        await self._connection.execute(insert(signs), row)
        return True

    async def hide(
        self, conversation_id: ConversationId, kind: SignKind, author_id: str
    ) -> bool:
        """Forget a sign; False when there was none."""
        same = _same(conversation_id, kind, author_id)
        return (await self._connection.execute(delete(signs).where(same))).rowcount > 0

    async def of(
        self, now: datetime, conversation_id: ConversationId | None = None
    ) -> Sequence[Sign]:
        """Return the signs of a conversation, or of all, that are good still."""
        asked = _ALL if conversation_id is None else _OF_ONE
        rows = await self._connection.execute(asked, {"now": now, "wanted": conversation_id})
        return [
            Sign(
                row.conversation_id,
                SignKind(row.kind),
                Author(AuthorKind(row.author_kind), row.author_id, row.author_name),
                row.until,
            )
            for row in rows
        ]

    async def sweep(self, now: datetime) -> int:
        """Forget what is over; return how many."""
        over = delete(signs).where(signs.c.until <= now)
        return (await self._connection.execute(over)).rowcount


def _same(
    conversation_id: ConversationId, kind: SignKind, author_id: str
) -> ColumnElement[bool]:
    return and_(
        signs.c.conversation_id == conversation_id,
        signs.c.kind == kind.value,
        signs.c.author_id == author_id,
    )
