"""``callingcard desk import``: contacts from a spreadsheet."""

from pathlib import Path
from typing import Annotated, Final

import typer

from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show_json,
    stderr,
)
from callingcard.desk.service.transfers.contacts import (
    ContactTransfers,
    Progress,
    RefusedRow,
)
from callingcard.errors import ConfigError
from callingcard.kit.actor import Actor
from callingcard.server.settings.model import Settings

_BY: Final = Actor("key", "command-line", "command line")
_SHOWN: Final = 20


def import_contacts(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV; its first row names the properties.")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make or change a contact for each row of FILE, told apart by their address.

    Empty cells change nothing. Rows that cannot be taken are listed with the reason, and
    the others are kept; ends with 1 then.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}", hint="Name a CSV file in UTF-8.") from error
    done, refused = run(_import(settings_from(config), text))
    if as_json:
        show_json(_plain(done, refused))
    else:
        typer.echo(f"{done.rows} rows: {done.created} made, {done.changed} changed.")
        for row in refused[:_SHOWN]:
            stderr.print(f"line {row.line}: {row.reason}", highlight=False, markup=False)
        if len(refused) > _SHOWN:
            stderr.print(f"and {len(refused) - _SHOWN} more; see all with --json")
    if refused:
        raise typer.Exit(1)


async def _import(settings: Settings, text: str) -> tuple[Progress, list[RefusedRow]]:
    """Take everything in; return the counts, and what was refused."""
    refused: list[RefusedRow] = []
    progress = Progress()
    async with services(settings) as opened:
        crm = opened.desk.crm
        transfers = ContactTransfers(
            opened.desk.around.units, opened.clock, contacts=crm.contacts, batches=crm.batches
        )
        async for progress in transfers.take_in(text, _BY):
            refused.extend(progress.refusals)
    return progress, refused


def _plain(done: Progress, refused: list[RefusedRow]) -> dict[str, object]:
    return {
        "rows": done.rows,
        "created": done.created,
        "changed": done.changed,
        "refused": done.refused,
        "refusals": [{"line": row.line, "reason": row.reason} for row in refused],
    }
