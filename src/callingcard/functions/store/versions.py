"""Functions and their versions: what was deployed, what counts now, what is being written.

A version's manifest is in its source and stored nowhere else, so the two cannot differ.

Invariant: a version and the pointer to it are written in one transaction, under a lock
on the function's row: a deploy is there or it is not, and the last of two wins whole.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database, Engine, Moment
from callingcard.functions.errors import UnknownFunction
from callingcard.functions.model.values import FunctionName, VersionId
from callingcard.functions.model.versions import Function, Version
from callingcard.functions.ports.versions import Release, ReleaseKind
from callingcard.functions.service.deploying.manifests import manifest_of
from callingcard.functions.store.metadata import metadata
from callingcard.functions.store.payloads import payloads
from callingcard.kit.ids import random_id

functions: Final = Table(
    "functions_functions",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("current_id", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
)

versions: Final = Table(
    "functions_versions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("function", String(63), nullable=False),
    Column("number", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("connectors", JSON, nullable=False),
    Column("schema", JSON, nullable=False),
    Column("returns", JSON, nullable=False),
    Column("lock", Text, nullable=False),
    Column("environment", String(64), nullable=False),
    Column("deployed_at", Moment, nullable=False),
    Column("deployed_by", String(100), nullable=False),
    UniqueConstraint("function", "number"),
)

_releases = Table(
    "functions_releases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("function", String(63), nullable=False),
    Column("version", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Index("ix_functions_releases_function_at", "function", "at"),
)

drafts: Final = Table(
    "functions_drafts",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("source", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
)

_CURRENT = (
    select(versions)
    .join_from(functions, versions, functions.c.current_id == versions.c.id)
    .where(functions.c.name == bindparam("wanted"))
)
_BY_ID = select(versions).where(versions.c.id == bindparam("wanted"))
_ALL = (
    select(versions, functions.c.created_at)
    .join_from(functions, versions, functions.c.current_id == versions.c.id)
    .order_by(functions.c.name)
)


class SqlVersions:
    """What is deployed, in a SQL database; implements ``Versions`` and ``Releases``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self, name: str) -> Version | None:
        """Return the version that counts now; None when nothing is deployed so."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_CURRENT, {"wanted": name})).first()
        return None if row is None else _version(row)

    async def version(self, version_id: str) -> Version | None:
        """Return this version, whether it counts now or did before."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_ID, {"wanted": version_id})).first()
        return None if row is None else _version(row)

    async def all(self) -> Sequence[Function]:
        """Return every deployed function, by name."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_ALL)).all()
        return [
            Function(FunctionName(row.function), _version(row), row.created_at) for row in rows
        ]

    async def functions_using(self, connector: str) -> Sequence[Version]:
        """Return the current versions that declare this connector, by function."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_ALL)).all()
        return [_version(row) for row in rows if connector in row.connectors]

    async def versions_of(self, name: str) -> Sequence[Version]:
        """Return every kept version of a function, the newest first."""
        newest = (
            select(versions)
            .where(versions.c.function == name)
            .order_by(versions.c.number.desc())
        )
        async with self._database.reading() as connection:
            return [_version(row) for row in await connection.execute(newest)]

    async def publish(self, version: Version, *, keep: int, again: bool = False) -> Version:
        """Keep *version* and make it the one that counts; raises UnknownFunction."""
        async with self._database.writing() as connection:
            is_new = await self._lock(connection, version)
            if again and is_new:
                raise UnknownFunction(f"{version.function} was deleted meanwhile")
            known = (await connection.execute(_BY_ID, {"wanted": version.id})).first()
            if known is None:
                await connection.execute(
                    insert(versions).values(await _row(connection, version))
                )
            kept = (await connection.execute(_BY_ID, {"wanted": version.id})).one()
            await _point(connection, version.function, version.id)
            await _note(
                connection,
                Release(
                    function=version.function,
                    version=version.id,
                    number=kept.number,
                    kind="deploy",
                    at=version.deployed_at,
                    by=version.deployed_by,
                ),
            )
            await _trim(connection, version, keep)
        return _version(kept)

    async def point(
        self, name: str, version_id: str, *, by: str, at: datetime
    ) -> Version | None:
        """Make a kept version the one that counts; None when there is no such one."""
        async with self._database.writing() as connection:
            row = (await connection.execute(_BY_ID, {"wanted": version_id})).first()
            if row is None or row.function != name:
                return None
            if not await _point(connection, name, version_id):
                return None
            await _note(connection, _release(row, "rollback", by=by, at=at))
        return _version(row)

    async def remove(self, name: str, *, by: str, at: datetime) -> bool:
        """Remove a function with all its versions and its draft; say whether there was one."""
        async with self._database.writing() as connection:
            row = (await connection.execute(_CURRENT, {"wanted": name})).first()
            if row is not None:
                await _note(connection, _release(row, "delete", by=by, at=at))
            await connection.execute(delete(versions).where(versions.c.function == name))
            gone = await connection.execute(delete(functions).where(functions.c.name == name))
            await connection.execute(delete(payloads).where(payloads.c.function == name))
            draft = await connection.execute(delete(drafts).where(drafts.c.name == name))
        return gone.rowcount > 0 or draft.rowcount > 0

    async def releases(self, name: str) -> Sequence[Release]:
        """Return who changed what when, the newest first; it outlives the function."""
        newest = (
            select(_releases)
            .where(_releases.c.function == name)
            .order_by(_releases.c.at.desc(), _releases.c.id)
            .limit(500)
        )
        async with self._database.reading() as connection:
            return [_release_of(row) for row in await connection.execute(newest)]

    async def locks(self) -> frozenset[str]:
        """Return the locks of all kept versions: their environments are still needed."""
        wanted = select(versions.c.lock).where(versions.c.lock != "").distinct()
        async with self._database.reading() as connection:
            return frozenset(row.lock for row in await connection.execute(wanted))

    async def _lock(self, connection: AsyncConnection, version: Version) -> bool:
        """Have the function's row to ourselves until the end; say whether it is new."""
        dialect = sqlite if self._database.engine is Engine.SQLITE else postgresql
        row = {
            "name": version.function,
            "current_id": version.id,
            "created_at": version.deployed_at,
        }
        made = await connection.execute(
            dialect.insert(functions)
            .values(row)
            .on_conflict_do_nothing()
            .returning(functions.c.name)
        )
        is_new = made.first() is not None
        await connection.execute(
            select(functions.c.name)
            .where(functions.c.name == version.function)
            .with_for_update()
        )
        return is_new


async def _row(connection: AsyncConnection, version: Version) -> dict[str, Any]:
    """Return *version* as a row, with the next number of its function."""
    highest = select(func.max(versions.c.number)).where(
        versions.c.function == version.function
    )
    number = ((await connection.execute(highest)).scalar_one() or 0) + 1
    return {
        "id": version.id,
        "function": version.function,
        "number": number,
        "source": version.source,
        "connectors": list(version.manifest.connectors),
        "schema": dict(version.schema),
        "returns": dict(version.returns),
        "lock": version.lock,
        "environment": version.environment,
        "deployed_at": version.deployed_at,
        "deployed_by": version.deployed_by,
    }


async def _point(connection: AsyncConnection, name: str, version_id: str) -> bool:
    """Make a version the current one; say whether the function was there."""
    change = update(functions).where(functions.c.name == name).values(current_id=version_id)
    return (await connection.execute(change)).rowcount > 0


async def _note(connection: AsyncConnection, release: Release) -> None:
    """Write down who changed what."""
    row = {
        "id": random_id("rel_"),
        "function": release.function,
        "version": release.version,
        "number": release.number,
        "kind": release.kind,
        "at": release.at,
        "by": release.by,
    }
    await connection.execute(insert(_releases).values(row))


async def _trim(connection: AsyncConnection, version: Version, keep: int) -> None:
    """Let go of all but the newest *keep* versions, and never of the current one."""
    newest = (
        select(versions.c.id)
        .where(versions.c.function == version.function)
        .order_by(versions.c.number.desc())
        .limit(keep)
    )
    kept = [row.id for row in await connection.execute(newest)]
    await connection.execute(
        delete(versions).where(
            versions.c.function == version.function,
            versions.c.id.not_in([*kept, version.id]),
        )
    )


def _version(row: Row[Any]) -> Version:
    return Version(
        id=VersionId(row.id),
        function=FunctionName(row.function),
        number=row.number,
        source=row.source,
        manifest=manifest_of(row.source),
        schema=row.schema,
        returns=row.returns,
        lock=row.lock,
        environment=row.environment,
        deployed_at=row.deployed_at,
        deployed_by=row.deployed_by,
    )


def _release(row: Row[Any], kind: ReleaseKind, *, by: str, at: datetime) -> Release:
    """Return the release of the version in *row*."""
    return Release(
        function=FunctionName(row.function),
        version=VersionId(row.id),
        number=row.number,
        kind=kind,
        at=at,
        by=by,
    )


def _release_of(row: Row[Any]) -> Release:
    return Release(
        function=FunctionName(row.function),
        version=VersionId(row.version),
        number=row.number,
        kind=row.kind,
        at=row.at,
        by=row.by,
    )
