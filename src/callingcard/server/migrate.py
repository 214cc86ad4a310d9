"""Brings the database to the schema that this version of the code expects."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from callingcard.access import store as access_store
from callingcard.backends.database import Database, Engine
from callingcard.desk.store import tables as desk_tables

SCHEMAS: tuple[MetaData, ...] = (access_store.metadata, desk_tables.metadata)
_LOCK = 0x63616C6C


def _config(connection: Connection) -> Config:
    """Return Alembic's settings, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database) -> None:
    """Apply what is missing, in one transaction that no second node can enter."""
    async with database.writing() as connection:
        if database.engine is Engine.POSTGRES:
            await connection.execute(text("select pg_advisory_xact_lock(:id)"), {"id": _LOCK})
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), "head"))


async def pending(database: Database) -> list[str]:
    """Return the steps that were not applied yet, oldest first."""
    async with database.reading() as connection:
        return await connection.run_sync(_pending)


def _pending(connection: Connection) -> list[str]:
    """List the steps between what is there and the newest."""
    script = ScriptDirectory.from_config(_config(connection))
    current = MigrationContext.configure(connection).get_current_revision()
    steps = script.iterate_revisions("head", current or "base")
    return [f"{step.revision} {step.doc}" for step in steps][::-1]


def differences(connection: Connection) -> list[object]:
    """Return how the tables there differ from those declared; for the tests."""
    context = MigrationContext.configure(connection)
    return list(compare_metadata(context, list(SCHEMAS)))  # type: ignore[arg-type]
