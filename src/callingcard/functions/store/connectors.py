"""Connectors as they were set up, with the document they were made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from callingcard.backends.database import Database, Moment
from callingcard.functions.model.connectors import Checked, Drift, Stored
from callingcard.functions.store.metadata import metadata
from callingcard.kit.codec import parse_rfc3339, rfc3339

connectors = Table(
    "functions_connectors",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("document", Text),
    Column("source", String(16), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("last_check", JSON(none_as_null=True)),
    Column("drift", JSON(none_as_null=True)),
)

claims = Table(
    "functions_connector_claims",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Moment, nullable=False),
)

_ONE = select(connectors).where(connectors.c.name == bindparam("wanted"))
_CHANGED = select(connectors.c.changed_at).where(connectors.c.name == bindparam("wanted"))


class SqlConnectors:
    """Connectors as rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> Stored | None:
        """Return one, or None."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_ONE, {"wanted": name})).one_or_none()
        return _stored(row) if row is not None else None

    async def changed_at(self, name: str) -> datetime | None:
        """Return when it was last set up, or None."""
        async with self._database.reading() as connection:
            return (await connection.execute(_CHANGED, {"wanted": name})).scalar_one_or_none()

    async def all(self) -> Sequence[Stored]:
        """Return every one, by name."""
        asked = select(connectors).order_by(connectors.c.name)
        async with self._database.reading() as connection:
            return [_stored(row) for row in await connection.execute(asked)]

    async def put(self, stored: Stored) -> None:
        """Keep it under its name, in place of what is there."""
        row = {
            "name": stored.name,
            "definition": stored.definition,
            "document": stored.document,
            "source": stored.source,
            "changed_at": stored.changed_at,
            "changed_by": stored.changed_by,
            "last_check": _check_json(stored.last_check),
            "drift": _drift_json(stored.drift),
        }
        theirs = delete(connectors).where(connectors.c.name == stored.name)
        async with self._database.writing() as connection:
            await connection.execute(theirs)
            await connection.execute(insert(connectors).values(row))

    async def delete(self, name: str) -> bool:
        """Forget it; False when there is none."""
        theirs = delete(connectors).where(connectors.c.name == name)
        async with self._database.writing() as connection:
            await connection.execute(delete(claims).where(claims.c.name == name))
            return (await connection.execute(theirs)).rowcount > 0

    async def note_check(self, name: str, checked: Checked) -> None:
        """Keep how a check went."""
        await self._note(name, {"last_check": _check_json(checked)})

    async def note_drift(self, name: str, drift: Drift | None) -> None:
        """Keep what a newer document would change."""
        await self._note(name, {"drift": _drift_json(drift)})

    async def _note(self, name: str, values: Mapping[str, Any]) -> None:
        """Change columns of one row."""
        theirs = update(connectors).where(connectors.c.name == name).values(values)
        async with self._database.writing() as connection:
            await connection.execute(theirs)


class SqlClaims:
    """Claims as rows: the database, and not the order of two nodes, decides who has one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take the right until *until*; False when somebody else has it."""
        over = delete(claims).where(claims.c.name == name, claims.c.until <= now)
        row = {"name": name, "holder": holder, "until": until}
        try:
            async with self._database.writing() as connection:
                await connection.execute(over)
                await connection.execute(insert(claims).values(row))
        except IntegrityError:
            return False
        return True

    async def release(self, name: str, holder: str) -> None:
        """Give the right back, if it is still *holder*'s."""
        theirs = delete(claims).where(claims.c.name == name, claims.c.holder == holder)
        async with self._database.writing() as connection:
            await connection.execute(theirs)


def _stored(row: Row[Any]) -> Stored:
    """Return a row as the model knows it."""
    check: dict[str, Any] | None = row.last_check
    drift: dict[str, Any] | None = row.drift
    return Stored(
        name=row.name,
        definition=row.definition,
        document=row.document,
        source=row.source,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        last_check=_check(check) if check else None,
        drift=Drift(parse_rfc3339(drift["at"]), tuple(drift["changes"])) if drift else None,
    )


def _check(kept: Mapping[str, Any]) -> Checked:
    """Return a check as the model knows it."""
    told = {name: kept[name] for name in ("ok", "status", "ms", "message", "remedy")}
    return Checked(at=parse_rfc3339(kept["at"]), **told)


def _check_json(checked: Checked | None) -> Mapping[str, Any] | None:
    """Return a check as it is kept."""
    if checked is None:
        return None
    return {
        "at": rfc3339(checked.at),
        "ok": checked.ok,
        "status": checked.status,
        "ms": checked.ms,
        "message": checked.message,
        "remedy": checked.remedy,
    }


def _drift_json(drift: Drift | None) -> Mapping[str, Any] | None:
    """Return a drift as it is kept."""
    return drift and {"at": rfc3339(drift.at), "changes": list(drift.changes)}
