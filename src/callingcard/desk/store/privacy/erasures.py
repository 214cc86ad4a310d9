"""The orders to forget somebody, in the database; whom they are about is sealed."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Moment
from callingcard.desk.model.audit import Who
from callingcard.desk.model.privacy import Erasure, Name, Storage, Subject
from callingcard.desk.store.privacy.tables import erasures
from callingcard.kit.codec import canonical_json
from callingcard.kit.crypto import Sealer

_GET: Final = select(erasures).where(erasures.c.id == bindparam("id"))
_SAVE: Final = update(erasures).where(erasures.c.id == bindparam("key"))
_UNFINISHED: Final = (
    select(erasures.c.id)
    .where(
        erasures.c.finished_at.is_(None),
        erasures.c.touched_at <= bindparam("since", type_=Moment),
    )
    .order_by(erasures.c.started_at)
    .limit(100)
)


class SqlErasures:
    """Keeps ``ports.Erasures`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def save(self, erasure: Erasure) -> None:
        """Keep a new or changed order, whom it is about sealed."""
        values = self._values(erasure)
        saved = await self._connection.execute(_SAVE, {"key": erasure.id, **values})
        if saved.rowcount == 0:
            await self._connection.execute(insert(erasures), values)

    async def get(self, erasure_id: str) -> Erasure | None:
        """Return the order with this id; raises Unsealable when its key is gone."""
        rows = await self._connection.execute(_GET, {"id": erasure_id})
        row = rows.mappings().one_or_none()
        return None if row is None else self._erasure(row)

    async def unfinished(self, untouched_since: datetime) -> Sequence[str]:
        """Return the ids of orders that nobody has worked on since then, oldest first."""
        return list(await self._connection.scalars(_UNFINISHED, {"since": untouched_since}))

    def _values(self, erasure: Erasure) -> dict[str, Any]:
        names = {name.value: sorted(all_) for name, all_ in erasure.subject.names.items()}
        plain = canonical_json(names)
        return {
            "id": erasure.id,
            "by_kind": erasure.by.kind,
            "by_id": erasure.by.id,
            "started_at": erasure.started_at,
            "touched_at": erasure.touched_at,
            "finished_at": erasure.finished_at,
            "steps": list(erasure.steps),
            "counts": dict(erasure.counts),
            "storage": None if erasure.storage is None else erasure.storage.value,
            "sealed_subject": self._sealer.seal(plain, place=_place(erasure.id))
            if names
            else None,
        }

    def _erasure(self, row: Mapping[Any, Any]) -> Erasure:
        """Return what a row holds; raises Unsealable when its key is gone."""
        names: dict[str, list[str]] = {}
        if row["sealed_subject"] is not None:
            plain = self._sealer.open(row["sealed_subject"], place=_place(row["id"]))
            names = json.loads(plain)
        return Erasure(
            id=row["id"],
            by=Who(row["by_kind"], row["by_id"]),
            started_at=row["started_at"],
            touched_at=row["touched_at"],
            finished_at=row["finished_at"],
            steps=tuple(row["steps"]),
            counts=row["counts"],
            storage=None if row["storage"] is None else Storage(row["storage"]),
            subject=Subject({Name(name): frozenset(all_) for name, all_ in names.items()}),
        )


def _place(erasure_id: str) -> str:
    """Return the name of where a subject is kept, to which it is sealed."""
    return f"desk_erasures/{erasure_id}"
