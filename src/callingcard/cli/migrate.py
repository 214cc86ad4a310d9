"""``callingcard migrate``: bring the database's schema up to date, or say what is missing."""

from typing import Annotated

import typer

from callingcard.cli.output import ConfigOption, run, settings_from, stderr
from callingcard.server.settings.model import Settings


def migrate(
    config: ConfigOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 when a step is missing.")
    ] = False,
) -> None:
    """Apply the missing steps of the schema's history."""
    missing = run(_migrate(settings_from(config), check=check))
    for step in missing:
        stderr.print(("missing  " if check else "applied  ") + step, highlight=False)
    if not missing:
        stderr.print("The database is up to date.")
    if check and missing:
        raise typer.Exit(1)


async def _migrate(settings: Settings, *, check: bool) -> list[str]:
    """Return the steps that were missing, applied unless only *check* was asked."""
    from callingcard.server.migrate import migrate as apply
    from callingcard.server.migrate import pending
    from callingcard.server.wiring import database_of

    database = database_of(settings, owner=False)
    try:
        missing = await pending(database)
        if not check:
            await apply(database)
    finally:
        await database.close()
    return missing
