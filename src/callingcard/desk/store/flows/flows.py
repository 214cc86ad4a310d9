"""Chatflows and their versions in the database."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Integer, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.chatflows import FlowVersion, StoredFlow
from callingcard.desk.store.flows.tables import chatflows, versions

_ALL: Final = select(chatflows).order_by(chatflows.c.priority.desc(), chatflows.c.name)
_GET: Final = select(chatflows).where(chatflows.c.name == bindparam("wanted"))
_SAVE: Final = update(chatflows).where(chatflows.c.name == bindparam("key"))
_VERSIONS: Final = (
    select(versions)
    .where(versions.c.name == bindparam("wanted"))
    .order_by(versions.c.version.desc())
    .limit(bindparam("most", type_=Integer))
)
_VERSION: Final = select(versions).where(
    versions.c.name == bindparam("wanted"), versions.c.version == bindparam("number")
)


class SqlFlows:
    """Keeps ``ports.Flows`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Sequence[StoredFlow]:
        """Return every chatflow: the highest priority first, then by name."""
        rows = await self._connection.execute(_ALL)
        return [StoredFlow(**dict(row)) for row in rows.mappings()]

    async def get(self, name: str, *, lock: bool = False) -> StoredFlow | None:
        """Return the chatflow; with *lock*, nobody else changes it until we are done."""
        query = _GET.with_for_update() if lock else _GET
        row = (
            (await self._connection.execute(query, {"wanted": name})).mappings().one_or_none()
        )
        return None if row is None else StoredFlow(**dict(row))

    async def save(self, flow: StoredFlow) -> None:
        """Keep a new or changed chatflow."""
        values: dict[str, Any] = {
            "name": flow.name,
            "inbox": flow.inbox,
            "enabled": flow.enabled,
            "priority": flow.priority,
            "version": flow.version,
            "document": flow.document,
            "draft": flow.draft,
            "updated_at": flow.updated_at,
        }
        changed = await self._connection.execute(_SAVE, {"key": flow.name, **values})
        if changed.rowcount == 0:
            await self._connection.execute(insert(chatflows), values)

    async def add_version(self, version: FlowVersion) -> None:
        """Keep what was published."""
        values = {
            "name": version.name,
            "version": version.version,
            "document": version.document,
            "published_at": version.published_at,
            "published_by": version.published_by,
        }
        await self._connection.execute(insert(versions), values)

    async def version(self, name: str, version: int) -> FlowVersion | None:
        """Return what was published as this version."""
        asked = {"wanted": name, "number": version}
        row = (await self._connection.execute(_VERSION, asked)).mappings().one_or_none()
        return None if row is None else FlowVersion(**dict(row))

    async def versions(self, name: str, *, limit: int) -> Sequence[FlowVersion]:
        """Return what was published, newest first."""
        rows = await self._connection.execute(_VERSIONS, {"wanted": name, "most": limit})
        return [FlowVersion(**dict(row)) for row in rows.mappings()]

    async def delete(self, name: str) -> bool:
        """Delete the chatflow and its versions; False when there is none."""
        await self._connection.execute(delete(versions).where(versions.c.name == name))
        gone = await self._connection.execute(
            delete(chatflows).where(chatflows.c.name == name)
        )
        return gone.rowcount > 0
