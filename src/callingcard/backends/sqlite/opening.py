"""Opens the file, with a pool of readers and a single writer, and sets each connection up.

Versions before 3.51.3 can corrupt a file when two connections checkpoint at the
same moment (https://sqlite.org/wal.html#walresetbug), hence: only the server's
writer checkpoints, the command line's connections never do, and there is no mmap.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from callingcard.backends.database import Database, Engine
from callingcard.backends.sqlite.group_commit import GroupCommit
from callingcard.backends.sqlite.short_way import (
    BUSY_MS,
    ReadingConnection,
    ShortWayConnection,
)

_READERS: Final = 4


def open_sqlite(path: Path, *, owner: bool) -> Database:
    """Open the file at *path*, making its folder when absent.

    *owner* is the server, which keeps the file tidy; anyone else (a command run
    beside it) leaves the write-ahead log alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    url = f"sqlite+short_way:///{path}"
    look, write = _connecting(path, ReadingConnection), _connecting(path, ShortWayConnection)
    if owner:
        # The one that was used last is used next: its pages and statements are at hand, and
        # those of the others are not kept for nothing.
        reader = create_async_engine(
            url,
            async_creator=look,
            pool_size=_READERS,
            max_overflow=_READERS,
            pool_use_lifo=True,
        )
    else:
        reader = create_async_engine(url, async_creator=look, poolclass=NullPool)
    writer = create_async_engine(url, async_creator=write, pool_size=1, max_overflow=0)
    _prepare(reader, write=False, checkpoint=False)
    _prepare(writer, write=True, checkpoint=owner)
    return Database(
        engine=Engine.SQLITE,
        reader=reader,
        writer=writer,
        where=str(path),
        transactions=GroupCommit(writer).writing,
    )


def _prepare(engine: AsyncEngine, *, write: bool, checkpoint: bool) -> None:
    """Set every new connection up, and keep it to what it is for."""
    pragmas = [
        f"busy_timeout = {BUSY_MS}",  # first: the next one may have to wait
        "journal_mode = wal",
        "synchronous = full",  # acknowledged means on the disk
        "foreign_keys = on",
        "mmap_size = 0",
        "secure_delete = on",  # what was erased is not left in free pages
        f"wal_autocheckpoint = {1000 if checkpoint else 0}",
    ]
    if not write:
        pragmas.append("query_only = on")

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"pragma {pragma}")
        cursor.close()


def _connecting(
    path: Path, kind: Callable[[Path], ShortWayConnection]
) -> Callable[..., ShortWayConnection]:
    """Return what SQLAlchemy calls for another connection to the file at *path*."""

    def connect(*_: Any, **__: Any) -> ShortWayConnection:
        return kind(path)

    return connect
