"""Copies of the whole database: one made while it is in use, and one put in its place."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from callingcard.errors import ConfigError


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
