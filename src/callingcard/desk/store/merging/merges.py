"""Merges in the database.

A merged contact's row stays, archived, and its names lie beside the merge: whoever is
asked for by one of them is found as the survivor, through as many merges as there were.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, insert, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId
from callingcard.desk.model.merging import Merge, Moved, NameKind, Snapshot
from callingcard.desk.store.chat.tables import conversations
from callingcard.desk.store.merging.tables import merges

_IN_FORCE: Final = merges.c.undone_at.is_(None)
_BY_ID: Final = select(merges).where(merges.c.id == bindparam("id"))
_OF: Final = (
    select(merges)
    .where(or_(merges.c.survivor_id == bindparam("of"), merges.c.other_id == bindparam("of")))
    .order_by(merges.c.at.desc(), merges.c.id.desc())
)
_INTO: Final = select(merges.c.survivor_id).where(
    merges.c.other_id == bindparam("other"), _IN_FORCE
)
_NAMES: Final = {"email": merges.c.email, "external_id": merges.c.external_id}
_NAMED: Final = {
    kind: select(merges.c.other_id)
    .where(column == bindparam("name"), _IN_FORCE)
    .order_by(merges.c.at.desc())
    .limit(1)
    for kind, column in _NAMES.items()
}
_INTO_IT: Final = select(merges.c.other_id).where(
    merges.c.survivor_id == bindparam("of"), _IN_FORCE
)
_FORGET: Final = delete(merges).where(
    or_(
        merges.c.survivor_id.in_(bindparam("ids", expanding=True)),
        merges.c.other_id.in_(bindparam("ids", expanding=True)),
    )
)
_SETTLE: Final = (
    update(merges)
    .where(merges.c.at < bindparam("before"), merges.c.moved.is_not(None))
    .values(moved=null())
)


class SqlMerges:
    """Keeps ``ports.Merges`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, merge: Merge) -> None:
        """Keep a new merge; from now on its other contact is found as the survivor."""
        row = {
            "id": merge.id,
            "survivor_id": merge.survivor_id,
            "other_id": merge.other_id,
            "made_by": merge.by,
            "at": merge.at,
            "email": merge.email,
            "external_id": merge.external_id,
            "moved": None if merge.moved is None else _written(merge.moved),
        }
        await self._connection.execute(insert(merges), row)

    async def undone(self, merge_id: str, at: datetime, by: str) -> None:
        """Note that a merge was undone, and forget what undoing needed."""
        done = {"undone_at": at, "undone_by": by, "moved": None}
        await self._connection.execute(
            update(merges).where(merges.c.id == merge_id).values(done)
        )

    async def get(self, merge_id: str) -> Merge | None:
        """Return the merge with this id."""
        rows = await self._connection.execute(_BY_ID, {"id": merge_id})
        row = rows.mappings().one_or_none()
        return None if row is None else _merge(row)

    async def of_contact(self, contact_id: ContactId) -> Sequence[Merge]:
        """Return the merges that this contact survived or went into, the newest first."""
        rows = await self._connection.execute(_OF, {"of": contact_id})
        return [_merge(row) for row in rows.mappings()]

    async def survivor_of(self, contact_id: ContactId) -> ContactId:
        """Return whom the contact is found as: itself, when it was merged into nobody."""
        found, seen = contact_id, {contact_id}
        while (onward := await self._into(found)) is not None and onward not in seen:
            seen.add(onward)
            found = onward
        return found

    async def holder_of(self, kind: NameKind, name: str) -> ContactId | None:
        """Return whom a name of a merged contact leads to; None when nobody had it."""
        other = await self._connection.scalar(_NAMED[kind], {"name": name})
        return None if other is None else await self.survivor_of(ContactId(other))

    async def move_conversations(
        self, *, of: ContactId, to: ContactId, only: Sequence[ConversationId] | None = None
    ) -> Sequence[ConversationId]:
        """Give the conversations *of* one contact (*only* these) *to* another; return them."""
        theirs = conversations.c.contact_id == of
        if only is not None:
            theirs = and_(theirs, conversations.c.id.in_(list(only)))
        moved = await self._connection.execute(
            update(conversations)
            .where(theirs)
            .values(contact_id=to)
            .returning(conversations.c.id)
        )
        return sorted(ConversationId(found) for found in moved.scalars())

    async def forget(self, contact_id: ContactId) -> Sequence[ContactId]:
        """Delete every merge that led to the contact; return who had been merged into it."""
        found, rest = [contact_id], [contact_id]
        while rest:
            rows = await self._connection.execute(_INTO_IT, {"of": rest.pop()})
            fresh = [ContactId(other) for other in rows.scalars() if other not in found]
            found += fresh
            rest += fresh
        await self._connection.execute(_FORGET, {"ids": found})
        return found[1:]

    async def settle(self, before: datetime) -> int:
        """Forget what undoing the merges made *before* needed; return how many."""
        return (await self._connection.execute(_SETTLE, {"before": before})).rowcount

    async def _into(self, contact_id: ContactId) -> ContactId | None:
        found = await self._connection.scalar(_INTO, {"other": contact_id})
        return None if found is None else ContactId(found)


def _written(moved: Moved) -> dict[str, Any]:
    return {
        "before": _snapshot_written(moved.before),
        "after": _snapshot_written(moved.after),
        "conversations": list(moved.conversations),
        "belongings": {room: list(names) for room, names in moved.belongings.items()},
    }


def _snapshot_written(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "properties": dict(snapshot.properties),
        "external_id": snapshot.external_id,
        "evidence": snapshot.evidence.value,
    }


def _snapshot(kept: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        properties=kept["properties"],
        external_id=kept["external_id"],
        evidence=Evidence(kept["evidence"]),
    )


def _merge(row: Mapping[Any, Any]) -> Merge:
    """Return the merge that a row holds."""
    fields: dict[str, Any] = dict(row)
    fields["by"] = fields.pop("made_by")
    kept = fields.pop("moved")
    moved = None
    if kept is not None:
        before, after = _snapshot(kept.pop("before")), _snapshot(kept.pop("after"))
        moved = Moved(before=before, after=after, **kept)
    return Merge(**fields, moved=moved)
