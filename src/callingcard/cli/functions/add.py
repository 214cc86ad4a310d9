"""``functions add``: a template or a file of somebody else, on consent."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callingcard.cli.functions.deploy import BY, plain
from callingcard.cli.functions.files import name_of, source_of
from callingcard.cli.functions.listing import said
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
from callingcard.server.settings.model import Settings

if TYPE_CHECKING:
    from callingcard.functions.service.templates import Asks


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What somebody wants to add."""

    what: str
    name: str | None
    agreed: bool
    quiet: bool


def add(
    what: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="A template's name, or a file.")
    ],
    name: Annotated[str | None, typer.Option("--as", help="The function's name here.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Agree to what it asks for without being asked.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a function asks for, and install it if you agree."""
    wanted = _Wanted(what, name and function_name(name), agreed=yes, quiet=as_json)
    made = run(_add(settings_from(config), wanted))
    if made is None:
        stderr.print("Nothing was installed.", highlight=False)
        raise typer.Exit(1)
    if as_json:
        show_json(plain(made))
    else:
        stderr.print(f"[green]installed[/green] {made.function}", highlight=False)


async def _add(settings: Settings, wanted: _Wanted) -> Version | None:
    """Install, or return None when nobody agreed."""

    def tell(step: Step) -> None:
        if not wanted.quiet:
            stderr.print(f"{step.name:>9}  {step.message}", highlight=False, markup=False)

    async with services(settings) as opened:
        if wanted.what.endswith(".py"):
            name, source = name_of(Path(wanted.what)), source_of(Path(wanted.what))
        else:
            template = opened.templates.get(wanted.what)
            name, source = template.name, template.source
        asks = await opened.templates.asks(source)
        _show(asks)
        if not wanted.agreed and not typer.confirm("Install it?", err=True):
            return None
        return await opened.templates.install(
            source, as_=wanted.name or name, by=BY, consent=True, tell=tell
        )


def _show(asks: "Asks") -> None:
    """Print what somebody is about to agree to."""
    stderr.print("It asks for:", highlight=False)
    lines = [
        f"connector {one.name}: {', '.join(one.operations) or 'any operation'}"
        + ("" if one.present else " (will be added)" if one.built_in else " (is missing)")
        for one in asks.connectors
    ]
    lines += [f"storage {name}" for name in asks.storage]
    lines += [f"trigger {said(trigger)}" for trigger in asks.triggers]
    lines += [f"package {name}" for name in asks.dependencies]
    lines += [f"secret {name}: set it with callingcard secrets set" for name in asks.secrets]
    for line in lines or ["nothing but to run"]:
        stderr.print(f"  {line}", highlight=False, markup=False)
