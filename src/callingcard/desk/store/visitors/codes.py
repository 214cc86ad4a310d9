"""One-time codes in the database: hashed, each for one session and one address.

A code that was used or replaced stays for an hour, as one that was sent: that is how
many went to an address is known, on every node and after a restart.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.visitors import Code
from callingcard.desk.store.visitors.tables import codes

_NEWEST: Final = (
    select(codes)
    .where(
        codes.c.session_id == bindparam("session"),
        codes.c.expires_at > codes.c.created_at,  # not void
    )
    .order_by(codes.c.created_at.desc(), codes.c.id.desc())
    .limit(1)
    .with_for_update()
)
_TRIED: Final = (
    update(codes).where(codes.c.id == bindparam("key")).values(tries=codes.c.tries + 1)
)
_VOID: Final = (
    update(codes)
    .where(codes.c.session_id == bindparam("session"))
    .values(expires_at=codes.c.created_at)
)
_SWEEP: Final = delete(codes).where(codes.c.created_at < bindparam("before"))


class SqlCodes:
    """Keeps ``ports.Codes`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, code: Code) -> None:
        """Keep a code that is about to be sent."""
        row = {
            "id": code.id,
            "session_id": code.session_id,
            "email": code.email,
            "code_hash": code.code_hash,
            "tries": code.tries,
            "created_at": code.created_at,
            "expires_at": code.expires_at,
        }
        await self._connection.execute(insert(codes), row)

    async def newest(self, session_id: str) -> Code | None:
        """Return the newest code of the session, which nobody else tries until we are done."""
        rows = await self._connection.execute(_NEWEST, {"session": session_id})
        row = rows.mappings().one_or_none()
        if row is None:
            return None
        fields: dict[str, Any] = {str(name): value for name, value in row.items()}
        return Code(**fields)

    async def tried(self, code: Code) -> None:
        """Count one more try of *code*."""
        await self._connection.execute(_TRIED, {"key": code.id})

    async def sent(
        self, since: datetime, *, session_id: str | None = None, email: str | None = None
    ) -> Sequence[datetime]:
        """Return when codes were sent to a session or an address *since*, oldest first."""
        asked = select(codes.c.created_at).where(codes.c.created_at > since)
        if session_id is not None:
            asked = asked.where(codes.c.session_id == session_id)
        if email is not None:
            asked = asked.where(codes.c.email == email)
        rows = await self._connection.execute(asked.order_by(codes.c.created_at))
        return list(rows.scalars())

    async def void(self, session_id: str) -> None:
        """Let no code of the session count any longer."""
        await self._connection.execute(_VOID, {"session": session_id})

    async def sweep(self, before: datetime) -> int:
        """Delete the codes that were sent *before*; return how many rows went."""
        return (await self._connection.execute(_SWEEP, {"before": before})).rowcount
