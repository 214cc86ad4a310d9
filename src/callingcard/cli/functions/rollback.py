"""``functions rollback`` and ``delete``: taking something back."""

from typing import Annotated

import typer

from callingcard.cli.functions.deploy import BY, plain
from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show_json,
    stderr,
)
from callingcard.functions.model.versions import Version
from callingcard.server.settings.model import Settings

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `functions list` shows it.")]


def rollback(
    name: Name,
    version: Annotated[
        str | None,
        typer.Argument(metavar="VERSION", help="Its number or id; the one before if absent."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an earlier version count again, at once."""
    counts = run(_rollback(settings_from(config), name, version))
    if as_json:
        show_json(plain(counts))
    else:
        stderr.print(f"Version {counts.number} of {name} counts now.", highlight=False)


def delete(
    name: Name,
    storage: Annotated[
        bool, typer.Option("--storage", help="Erase what it remembered too.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Delete a function with all its versions; its runs stay in the history."""
    run(_delete(settings_from(config), name, storage=storage))
    stderr.print(f"Deleted {name}.", highlight=False)


async def _rollback(settings: Settings, name: str, version: str | None) -> Version:
    """Roll back."""
    async with services(settings) as opened:
        return await opened.functions.rollback(name, version, by=BY)


async def _delete(settings: Settings, name: str, *, storage: bool) -> None:
    """Delete."""
    async with services(settings) as opened:
        await opened.functions.delete(name, by=BY, storage=storage)
