"""The outbox: what happened, written in the transaction in which it happened.

Whoever brings it to others reads ``waiting`` and calls ``told`` once they have it, so a
server that dies in between tells it again and loses nothing. A row stays for seconds; it
holds what a visitor wrote, and goes with it.

Where there is a webhook, each row is copied for it, in the same transaction and without what
a visitor wrote; see ``store.webhooks``.

Invariant: ids sort in the order in which things happened; those of one moment by place.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Integer, bindparam, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database
from callingcard.desk.ports.chat import DeskEvent, Fact
from callingcard.desk.store.chat.tables import events
from callingcard.desk.store.webhooks.tables import endpoints
from callingcard.desk.store.webhooks.tables import events as copies

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST: Final = 0xFFFFFF
_IS_COPIED: Final = exists().where(endpoints.c.disabled_at.is_(None))
_ADD: Final = insert(events).returning(_IS_COPIED)
_COPY: Final = insert(copies)
_WAITING: Final = select(events).order_by(events.c.id).limit(bindparam("most", type_=Integer))


class SqlEvents:
    """Keeps ``ports.Events`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tell(
        self, kind: str, at: datetime, data: Mapping[str, Fact], *, line: str, place: int = 0
    ) -> None:
        """Write down that something happened, at this *place* of its *line*."""
        moment = (at - _EPOCH) // timedelta(microseconds=1)
        row = {
            "id": f"evt_{moment:014x}{min(place, _MOST):06x}{secrets.token_hex(6)}",
            "kind": kind,
            "at": at,
            "line": line,
            "data": dict(data),
        }
        if await self._connection.scalar(_ADD, row):
            told = {name: value for name, value in data.items() if name != "text"}
            await self._connection.execute(_COPY, {**row, "data": told})


class SqlOutbox:
    """Hands out what was written down and not told yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, limit: int) -> Sequence[DeskEvent]:
        """Return what was not told yet, in its order."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_WAITING, {"most": limit})
            return [
                DeskEvent(id=row.id, kind=row.kind, at=row.at, data=row.data, line=row.line)
                for row in rows
            ]

    async def told(self, ids: Sequence[str]) -> None:
        """Forget these: whoever wants to know has them."""
        async with self._database.writing() as connection:
            await connection.execute(delete(events).where(events.c.id.in_(ids)))
