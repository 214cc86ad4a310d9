"""What a database's own files still hold of rows that are gone, and how it goes.

SQLite: ``secure_delete`` overwrites what is deleted, but the write-ahead log keeps the
pages of before until a checkpoint empties it (https://sqlite.org/wal.html), and rows that
moved before ``secure_delete`` was on may have left copies in unused space. So a file that
is small enough is written anew. PostgreSQL keeps dead rows until VACUUM, its own log until
that is recycled, and neither is ours to hurry
(https://www.postgresql.org/docs/current/routine-vacuuming.html).
"""

import sqlite3
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database, Engine
from callingcard.desk.model.privacy import Storage

_SMALL: Final = 256 * 1024 * 1024
"""Bytes of a file that is written anew in a second or two, while other writers wait."""


class SqlScrubber:
    """Looks after one database's files; implements ``ports.Scrubber``.

    On SQLite only the server may have one: two programs that checkpoint at one moment
    can damage the file, as ``backends/sqlite/opening.py`` tells.
    """

    def __init__(self, database: Database, *, small: int = _SMALL) -> None:
        """Write files anew that have at most *small* bytes."""
        self._database = database
        self._small = small

    async def scrub(self) -> Storage | None:
        """Overwrite it; None when that cannot be done now and we must come again."""
        if self._database.engine is Engine.POSTGRES:
            return Storage.AWAITS_VACUUM
        try:
            async with self._database.writer.connect() as connection:
                size = await _number(connection, "pragma page_count")
                size *= await _number(connection, "pragma page_size")
                if size <= self._small:
                    await _number(connection, "vacuum")
                busy = await _number(connection, "pragma wal_checkpoint(truncate)")
        except sqlite3.OperationalError:
            return None  # another program is writing, or there is no room to write it anew
        if busy:
            return None
        return Storage.OVERWRITTEN if size <= self._small else Storage.CHECKPOINTED


async def _number(connection: AsyncConnection, statement: str) -> int:
    """Run a statement outside of any transaction, which neither of ours may be in."""
    raw = (await connection.get_raw_connection()).driver_connection
    if raw is None:
        raise LookupError("the database's connection is gone")
    async with raw.execute(statement) as cursor:
        row = await cursor.fetchone()
    return 0 if row is None else int(row[0])
