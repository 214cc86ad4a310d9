"""``callingcard backup`` and ``restore``: the whole database in one file."""

from pathlib import Path
from typing import Annotated

import typer

from callingcard.backends.choose import backup_database, restore_database
from callingcard.cli.output import ConfigOption, settings_from, stderr

FileArgument = Annotated[Path, typer.Argument(help="The file of the backup.")]


def backup(file: FileArgument, config: ConfigOption = None) -> None:
    """Write a consistent copy of the database, also while the server runs.

    Secrets in it are sealed: keep the key file (data_dir/secret.key) elsewhere.
    """
    settings = settings_from(config)
    url = settings.database.url.get_secret_value()
    size = backup_database(url, settings.data_dir, file)
    stderr.print(f"Wrote {file} ({size:,} bytes).", highlight=False)


def restore(
    file: FileArgument,
    config: ConfigOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a database that is there.")
    ] = False,
) -> None:
    """Put a backup in the place of the database; the server must not be running."""
    settings = settings_from(config)
    url = settings.database.url.get_secret_value()
    restore_database(url, settings.data_dir, file, force=force)
    stderr.print("Restored. Start the server with `callingcard serve`.")
