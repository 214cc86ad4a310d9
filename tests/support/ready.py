"""A database that has every table already: migrated once for a test process, then copied."""

import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from callingcard.backends.choose import open_database
from callingcard.server.migrate import migrate

_NAME = "callingcard.db"


def place_database(folder: Path) -> None:
    """Put a migrated SQLite file where ``data_dir`` *folder* expects it, unless one is there.

    Copying takes a millisecond and applying the steps a tenth of a second, which most
    tests would pay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _NAME).exists():
        shutil.copyfile(_template(), folder / _NAME)
        (folder / _NAME).chmod(0o600)


@cache
def _template() -> Path:
    """Return a migrated file, made at the first call."""
    folder = Path(tempfile.mkdtemp(prefix="callingcard-ready-"))

    async def make() -> None:
        opened = open_database("sqlite", folder)
        await migrate(opened)
        await opened.close()

    # A loop may be running in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(make())).result()
    assert not (folder / f"{_NAME}-wal").exists()
    return folder / _NAME
