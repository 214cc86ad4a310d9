"""Turns the URLs of the settings into open stores; the only file that names drivers."""

from pathlib import Path
from typing import TYPE_CHECKING

from callingcard.backends.bus import Bus
from callingcard.backends.cache.urls import Store, store_of
from callingcard.errors import ConfigError

if TYPE_CHECKING:
    from callingcard.backends.database import Database


def open_database(url: str, data_dir: Path, *, owner: bool = True) -> "Database":
    """Open the database that *url* names.

    ``sqlite`` is ``callingcard.db`` in *data_dir*; ``sqlite:///FILE`` is that file;
    ``postgresql://…`` is a server. Raises ConfigError for anything else. *owner* is
    False for a command that runs beside a server on the same file.
    """
    if url.startswith(("postgresql://", "postgres://")):
        from callingcard.backends.postgres import open_postgres

        return open_postgres(url.replace("postgres://", "postgresql://", 1))
    if url == "sqlite" or url.startswith("sqlite:///"):
        from callingcard.backends.sqlite import open_sqlite

        return open_sqlite(_sqlite_path(url, data_dir, ""), owner=owner)
    raise ConfigError(
        "database.url names no database that is known here",
        hint="Use sqlite, sqlite:///FILE or postgresql://user@host/db.",
    )


def open_bus(cache_url: str) -> Bus:
    """Open the bus that goes with the cache: Valkey's reaches every process that shares it.

    Raises ConfigError when its driver is not installed.
    """
    try:
        store = store_of(cache_url)
    except ValueError as error:
        raise ConfigError(f"cache.url cannot be used: {error}") from None
    if store is not Store.VALKEY:
        return Bus()
    try:
        from callingcard.backends.valkey import ValkeyBus
    except ImportError as error:
        raise ConfigError(
            "Valkey's driver is not installed.",
            hint='Install it: pip install "callingcard[valkey]".',
        ) from error
    return ValkeyBus(cache_url)


def backup_database(url: str, data_dir: Path, target: Path) -> int:
    """Write a consistent copy of the database to *target*; return its size in bytes.

    Raises ConfigError for PostgreSQL, which has a better tool of its own.
    """
    from callingcard.backends.sqlite import backup_sqlite

    return backup_sqlite(_sqlite_path(url, data_dir, "pg_dump"), target)


def restore_database(url: str, data_dir: Path, source: Path, *, force: bool) -> None:
    """Put the copy *source* in the database's place, after checking that it is whole."""
    from callingcard.backends.sqlite import restore_sqlite

    restore_sqlite(source, _sqlite_path(url, data_dir, "pg_restore"), force=force)


def _sqlite_path(url: str, data_dir: Path, other_tool: str) -> Path:
    """Return the file that *url* names; raises ConfigError when it is a server."""
    if url == "sqlite":
        return data_dir / "callingcard.db"
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///"))
    raise ConfigError("this works on SQLite only", hint=f"For PostgreSQL use {other_tool}.")
