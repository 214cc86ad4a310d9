"""A database that has every table already: made once for a test process, then copied.

Its tables are made as they are declared, and it says that every step was applied. That
the steps make the same tables is a test of its own.
"""

import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from sqlalchemy import text

from callingcard.backends.choose import open_database
from callingcard.server.migrate import SCHEMAS, pending

_NAME = "callingcard.db"


def place_database(folder: Path) -> None:
    """Put a ready SQLite file where ``data_dir`` *folder* expects it, unless one is there.

    Copying takes a millisecond and applying the steps a tenth of a second, which most
    tests would pay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _NAME).exists():
        shutil.copyfile(_template(), folder / _NAME)
        (folder / _NAME).chmod(0o600)


@cache
def _template() -> Path:
    """Return a ready file, made at the first call."""
    folder = Path(tempfile.mkdtemp(prefix="callingcard-ready-"))

    async def make() -> None:
        opened = open_database("sqlite", folder)
        newest = (await pending(opened))[-1]
        async with opened.writing() as connection:
            for schema in SCHEMAS:
                await connection.run_sync(schema.create_all)
            await connection.execute(text("create table alembic_version (version_num text)"))
            await connection.execute(
                text("insert into alembic_version values (:newest)"), {"newest": newest}
            )
        await opened.close()

    # A loop may be running in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(make())).result()
    assert not (folder / f"{_NAME}-wal").exists()
    return folder / _NAME
