"""The audit log in the database: one chain, however many processes append to it.

A row of its own holds where the chain ends. Whoever appends changes that row first, so
that on PostgreSQL the others wait for the commit and no two rows follow the same one.
SQLite has one writer anyway.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Moment
from callingcard.desk.model.audit import (
    START,
    AuditFilter,
    AuditRow,
    Deed,
    Head,
    Who,
    chained,
)
from callingcard.desk.store.privacy.tables import audit, audit_head

_NAME: Final = "desk"
_TAKE: Final = text(
    "insert into desk_audit_head (name, seq, hash) values (:name, 1, :start)"
    " on conflict (name) do update set seq = desk_audit_head.seq + 1"
    " returning seq, hash"
).columns(seq=audit_head.c.seq.type, hash=audit_head.c.hash.type)
_MOVE: Final = update(audit_head).where(audit_head.c.name == bindparam("key"))
_HEAD: Final = select(audit_head).where(audit_head.c.name == bindparam("name"))
_ADD: Final = insert(audit)
_SAME: Final = (
    select(audit.c.seq)
    .where(
        audit.c.kind == bindparam("kind"),
        audit.c.thing_id == bindparam("thing_id"),
        audit.c.action == bindparam("action"),
        audit.c.who_kind == bindparam("who_kind"),
        audit.c.who_id == bindparam("who_id"),
        audit.c.at > bindparam("since", type_=Moment),
    )
    .limit(1)
)
_LOCK: Final = select(audit_head.c.seq).where(audit_head.c.name == _NAME).with_for_update()
_CHAIN: Final = (
    select(audit)
    .where(audit.c.seq > bindparam("after", type_=Integer))
    .order_by(audit.c.seq)
    .limit(bindparam("most", type_=Integer))
)


class SqlAudit:
    """Keeps ``ports.Audit`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, deed: Deed) -> AuditRow:
        """Write *deed* at the end of the chain; nobody else appends until we are done."""
        deed.require_plain()
        taken = await self._connection.execute(_TAKE, {"name": _NAME, "start": START})
        seq, previous = taken.one()
        row = AuditRow(seq, deed, previous, chained(seq, deed, previous))
        await self._connection.execute(_ADD, _values(row))
        await self._connection.execute(_MOVE, {"key": _NAME, "hash": row.hash})
        return row

    async def append_unless_since(self, deed: Deed, since: datetime) -> AuditRow | None:
        """Write *deed* unless the same was done to the same thing after *since*."""
        await self._connection.execute(_LOCK)
        asked = {
            "kind": deed.kind,
            "thing_id": deed.id,
            "action": deed.action,
            "who_kind": deed.who.kind,
            "who_id": deed.who.id,
            "since": since,
        }
        if await self._connection.scalar(_SAME, asked) is not None:
            return None
        return await self.append(deed)

    async def page(
        self, wanted: AuditFilter, *, before: int | None, limit: int
    ) -> Sequence[AuditRow]:
        """Return rows, the newest first, that come before the row numbered *before*."""
        asked = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        if before is not None:
            asked = asked.where(audit.c.seq < before)
        if wanted.since is not None:
            asked = asked.where(audit.c.at >= wanted.since)
        if wanted.until is not None:
            asked = asked.where(audit.c.at < wanted.until)
        for column, value in (
            (audit.c.who_id, wanted.who),
            (audit.c.action, wanted.action),
            (audit.c.kind, wanted.kind),
            (audit.c.thing_id, wanted.id),
        ):
            if value:
                asked = asked.where(column == value)
        rows = await self._connection.execute(asked)
        return [_row(row) for row in rows.mappings()]

    async def chain(self, *, after: int, limit: int) -> Sequence[AuditRow]:
        """Return the rows after the one numbered *after*, in their order."""
        rows = await self._connection.execute(_CHAIN, {"after": after, "most": limit})
        return [_row(row) for row in rows.mappings()]

    async def head(self) -> Head:
        """Return where the chain ends."""
        row = (await self._connection.execute(_HEAD, {"name": _NAME})).one_or_none()
        return Head(0, START) if row is None else Head(row.seq, row.hash)


def _values(row: AuditRow) -> dict[str, Any]:
    deed = row.deed
    return {
        "seq": row.seq,
        "at": deed.at,
        "who_kind": deed.who.kind,
        "who_id": deed.who.id,
        "action": deed.action,
        "kind": deed.kind,
        "thing_id": deed.id,
        "detail": dict(deed.detail),
        "previous": row.previous,
        "hash": row.hash,
    }


def _row(row: Mapping[Any, Any]) -> AuditRow:
    """Return what a row holds."""
    deed = Deed(
        who=Who(row["who_kind"], row["who_id"]),
        action=row["action"],
        kind=row["kind"],
        id=row["thing_id"],
        at=row["at"],
        detail=row["detail"],
    )
    return AuditRow(row["seq"], deed, row["previous"], row["hash"])
