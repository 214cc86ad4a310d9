"""Brings the database to the schema that this version of the code expects.

Alembic takes a while to load, so it is asked only when a look at the database says
that a step is missing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, inspect, text

from callingcard.access import store as access_store
from callingcard.backends.database import Database, Engine
from callingcard.desk.store import schema as desk_schema
from callingcard.functions.store.schema import metadata as functions_metadata
from callingcard.identity import store as identity_store
from callingcard.server.sites import store as site_store

if TYPE_CHECKING:
    from alembic.config import Config

SCHEMAS: tuple[MetaData, ...] = (
    access_store.metadata,
    desk_schema.metadata,
    functions_metadata,
    identity_store.metadata,
    site_store.metadata,
)
_HISTORY = Path(__file__).parent / "migrations"
_LOCK = 0x63616C6C


async def migrate(database: Database) -> None:
    """Apply what is missing, in one transaction that no second node can enter."""
    if not await pending(database):
        return
    async with database.writing() as connection:
        if database.engine is Engine.POSTGRES:
            await connection.execute(text("select pg_advisory_xact_lock(:id)"), {"id": _LOCK})
        await connection.run_sync(upgrade)


async def pending(database: Database) -> list[str]:
    """Return the steps that were not applied yet, oldest first, such as ``0001``."""
    async with database.reading() as connection:
        current = await connection.run_sync(_current)
    steps = sorted(path.stem.partition("_")[0] for path in _HISTORY.glob("versions/0*.py"))
    return [step for step in steps if current is None or step > current]


def _current(connection: Connection) -> str | None:
    """Return the newest step that was applied, or None in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("select version_num from alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(connection: Connection, step: str = "head") -> None:
    """Run the steps that are missing, up to *step*."""
    from alembic import command

    command.upgrade(_config(connection), step)


def _config(connection: Connection) -> "Config":
    """Return Alembic's settings, bound to an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HISTORY))
    config.attributes["connection"] = connection
    return config


def differences(connection: Connection) -> list[object]:
    """Return how the tables there differ from those declared; for the tests."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection)
    return list(compare_metadata(context, list(SCHEMAS)))  # type: ignore[arg-type]
