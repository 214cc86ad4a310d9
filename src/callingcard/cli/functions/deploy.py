"""``functions deploy``: files become versions that count."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callingcard.cli.functions.files import folder_of, name_of, source_of
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
from callingcard.functions.service.deploying.deploy import Step, function_name
from callingcard.functions.service.deploying.manifests import read_manifest
from callingcard.server.settings.model import Settings

if TYPE_CHECKING:
    from callingcard.functions.service.connecting.connectors import ConnectorDesk

BY = "command line"


def deploy(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Functions' files.")],
    name: Annotated[
        str | None, typer.Option(help="The function's name, if not its file's; for one file.")
    ] = None,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Resolve the packages anew.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deploy files; a connector they name is added from connectors/NAME.toml beside them."""
    if name is not None and len(files) > 1:
        raise typer.BadParameter("--name is for one file")
    named = [(function_name(name) if name else name_of(file), file) for file in files]
    made = run(_deploy(settings_from(config), named, upgrade=upgrade, quiet=as_json))
    if as_json:
        show_json([plain(version) for version in made])
        return
    for version in made:
        stderr.print(
            f"[green]deployed[/green] {version.function}, version {version.number}",
            highlight=False,
        )


async def _deploy(
    settings: Settings, named: list[tuple[str, Path]], *, upgrade: bool, quiet: bool
) -> list[Version]:
    """Deploy one file after the other, and say what happens."""

    def tell(step: Step) -> None:
        if not quiet:
            stderr.print(f"{step.name:>9}  {step.message}", highlight=False, markup=False)

    made: list[Version] = []
    async with services(settings) as opened:
        for name, file in named:
            source = source_of(file)
            missing = set(read_manifest(source).connectors) - {
                view.stored.name for view in await opened.connectors.list()
            }
            for connector in sorted(missing):
                await _add(opened.connectors, file, connector)
            made.append(
                await opened.functions.deploy(name, source, by=BY, tell=tell, upgrade=upgrade)
            )
    return made


async def _add(connectors: "ConnectorDesk", file: Path, name: str) -> None:
    """Add the connector that is beside the function, if it is."""
    from callingcard.cli.functions.local_connectors import setup_beside

    setup = setup_beside(folder_of(file) / "connectors", name)
    if setup is not None:
        await connectors.put(name, setup, by=BY)
        stderr.print(f"Added the connector {name} from its file.", highlight=False)


def plain(version: Version) -> dict[str, object]:
    """Return a version as JSON."""
    return {
        "function": version.function,
        "number": version.number,
        "id": version.id,
        "deployedAt": version.deployed_at.isoformat(),
        "deployedBy": version.deployed_by,
    }
