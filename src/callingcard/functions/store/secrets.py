"""Sealed secrets, and the keys that they are sealed with.

Invariant: a foreign key ties every sealed record to its data key, so the database, and
not the order of two requests, decides whether a data key may go.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from callingcard.backends.database import Database, Moment
from callingcard.functions.model.secrets import DataKey, SealedRecord
from callingcard.functions.ports.secrets import DataKeyGone
from callingcard.functions.store.metadata import metadata

data_keys: Final = Table(
    "functions_data_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
)

secrets: Final = Table(
    "functions_secrets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("data_key", Integer, ForeignKey(data_keys.c.number), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("set_by", String(100), nullable=False),
)

_KEYS: Final = select(data_keys).order_by(data_keys.c.number.desc())
_BY_NAME: Final = select(secrets).where(secrets.c.name == bindparam("wanted"))
_ALL: Final = select(secrets).order_by(secrets.c.name)


class SqlSecrets:
    """Keeps secrets and data keys; implements ``SecretStore`` and ``KeyStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keys(self) -> Sequence[DataKey]:
        """Return every data key, the newest first."""
        async with self._database.reading() as connection:
            return [_data_key(row) for row in await connection.execute(_KEYS)]

    async def add_key(self, key: DataKey) -> bool:
        """Keep *key*; False when another has its number."""
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(data_keys).values(asdict(key)))
        except IntegrityError:
            return False
        return True

    async def rewrap(self, key: DataKey, *, was: bytes) -> bool:
        """Keep *key* wrapped anew; False when it is not wrapped as it *was* any more."""
        change = (
            update(data_keys)
            .where(data_keys.c.number == key.number, data_keys.c.wrapped == was)
            .values(wrapped=key.wrapped)
        )
        async with self._database.writing() as connection:
            return (await connection.execute(change)).rowcount > 0

    async def drop_unused(self, *, before: int) -> int:
        """Remove the keys below number *before* that seal nothing; return how many."""
        dropped = 0
        for key in await self.keys():
            if key.number < before:
                dropped += await self._drop(key.number)
        return dropped

    async def _drop(self, number: int) -> bool:
        """Remove one key; False when a record is still sealed under it."""
        try:
            async with self._database.writing() as connection:
                await connection.execute(delete(data_keys).where(data_keys.c.number == number))
        except IntegrityError:
            return False
        return True

    async def get(self, name: str) -> SealedRecord | None:
        """Return the secret of this name.

        A database that was not migrated yet holds none: settings may name a secret
        before the first start of the server.
        """
        async with self._database.reading() as connection:
            try:
                row = (await connection.execute(_BY_NAME, {"wanted": name})).first()
            except (OperationalError, ProgrammingError):
                await connection.rollback()
                if await connection.run_sync(_has_table):
                    raise
                return None
        return None if row is None else _record(row)

    async def all(self) -> Sequence[SealedRecord]:
        """Return every secret, by name."""
        async with self._database.reading() as connection:
            return [_record(row) for row in await connection.execute(_ALL)]

    async def put(self, record: SealedRecord, *, was: SealedRecord | None) -> bool:
        """Keep *record* in place of *was*; False when something else is there."""
        try:
            async with self._database.writing() as connection:
                if was is None:
                    await connection.execute(insert(secrets).values(asdict(record)))
                    return True
                change = (
                    update(secrets)
                    .where(
                        secrets.c.name == was.name,
                        secrets.c.version == was.version,
                        secrets.c.data_key == was.data_key,
                        secrets.c.sealed == was.sealed,
                    )
                    .values(asdict(record))
                )
                return (await connection.execute(change)).rowcount > 0
        except IntegrityError:
            if was is None and await self.get(record.name) is not None:
                return False
            raise DataKeyGone from None

    async def delete(self, name: str) -> bool:
        """Remove the secret; say whether there was one."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(secrets).where(secrets.c.name == name))
        return gone.rowcount > 0


def _has_table(connection: Connection) -> bool:
    """Say whether the step that makes these tables was applied."""
    return inspect(connection).has_table(secrets.name)


def _data_key(row: Row[Any]) -> DataKey:
    return DataKey(number=row.number, wrapped=row.wrapped, made_at=row.made_at)


def _record(row: Row[Any]) -> SealedRecord:
    return SealedRecord(
        name=row.name,
        version=row.version,
        data_key=row.data_key,
        sealed=row.sealed,
        set_at=row.set_at,
        set_by=row.set_by,
    )
