"""SQLite as the database of one process: a pool of readers and a single writer.

Versions before 3.51.3 can corrupt a file when two connections checkpoint at the
same moment (https://sqlite.org/wal.html#walresetbug), hence: only the server's
writer checkpoints, the command line's connections never do, and there is no mmap.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from callingcard.backends.database import Database, Engine
from callingcard.errors import ConfigError

_READERS = 4


def open_sqlite(path: Path, *, owner: bool) -> Database:
    """Open the file at *path*, making its folder when absent.

    *owner* is the server, which keeps the file tidy; anyone else (a command run
    beside it) leaves the write-ahead log alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    url = f"sqlite+aiosqlite:///{path}"
    if owner:
        reader = create_async_engine(url, pool_size=_READERS, max_overflow=_READERS)
    else:
        reader = create_async_engine(url, poolclass=NullPool)
    writer = create_async_engine(url, pool_size=1, max_overflow=0)
    _prepare(reader, write=False, checkpoint=False)
    _prepare(writer, write=True, checkpoint=owner)
    return Database(engine=Engine.SQLITE, reader=reader, writer=writer, where=str(path))


def _prepare(engine: AsyncEngine, *, write: bool, checkpoint: bool) -> None:
    """Set every new connection up, and decide how a transaction begins."""
    pragmas = [
        "busy_timeout = 10000",  # first: the next one may have to wait
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

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("begin immediate" if write else "begin")


def backup_sqlite(path: Path, target: Path) -> int:
    """Copy the database at *path* into *target* as one file; return its size.

    ``vacuum into`` reads one settled state and disturbs no writer.
    """
    if not path.exists():
        raise ConfigError(f"there is no database at {path}", hint="Check data_dir.")
    if target.exists():
        raise ConfigError(f"{target} is already there", hint="Name a new file.")
    with closing(_read_only(path)) as connection:
        connection.execute("vacuum into ?", (str(target),))
    return target.stat().st_size


def restore_sqlite(source: Path, path: Path, *, force: bool) -> None:
    """Put the whole and checked copy *source* in the place of *path*."""
    if not source.exists():
        raise ConfigError(f"there is no backup at {source}", hint="Check the path.")
    _check_whole(source)
    if path.exists() and not force:
        raise ConfigError(
            f"there is a database at {path}",
            hint="Stop the server, then use --force; the old database is kept beside.",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".restoring")
    shutil.copyfile(source, draft)
    for suffix in ("", "-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(path.with_name(f"{path.name}{suffix}.before-restore"))
    draft.rename(path)


def _check_whole(source: Path) -> None:
    """Refuse a file that is no database, or a damaged one."""
    try:
        with closing(_read_only(source)) as connection:
            rows = connection.execute("pragma quick_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"{source} is not a database") from error
    if rows != [("ok",)]:
        raise ConfigError(f"{source} is damaged", hint="Use an older backup.")


def _read_only(path: Path) -> sqlite3.Connection:
    """Open a file that must not change."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
