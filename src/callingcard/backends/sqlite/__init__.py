"""SQLite as the database of one process: a pool of readers and a single writer."""

from callingcard.backends.sqlite.copies import backup_sqlite, restore_sqlite
from callingcard.backends.sqlite.opening import open_sqlite

__all__ = ["backup_sqlite", "open_sqlite", "restore_sqlite"]
