"""``callingcard desk routing``: who takes conversations; the documents of the API."""

import json
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from callingcard.cli.output import (
    ConfigOption,
    run,
    services,
    settings_from,
    show_json,
    stderr,
)
from callingcard.desk.api.routing.shapes import HoursDocument, PlanDocument, TeamDocument
from callingcard.errors import ConfigError, Invalid
from callingcard.server.settings.model import Settings

app = typer.Typer(
    help="Routing: show, plan, team, hours.",
    no_args_is_help=True,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A JSON file.")]
Document = TypeVar("Document", bound=BaseModel)
_MAX_BYTES = 256 * 1024


@app.command("show")
def show(config: ConfigOption = None) -> None:
    """Print the plan, the teams and the office hours, each as it is put."""
    show_json(run(_show(settings_from(config))))


@app.command("plan")
def plan(file: File, config: ConfigOption = None) -> None:
    """Replace the plan with the one in FILE; it counts from the next conversation on."""
    run(_put_plan(settings_from(config), _read(file, PlanDocument)))
    stderr.print("The plan is changed.")


@app.command("team")
def team(file: File, config: ConfigOption = None) -> None:
    """Make or replace the team in FILE, which says its name."""
    document = _read(file, TeamDocument)
    name = _named(file, document.name)
    run(_put_team(settings_from(config), name, document))
    stderr.print(f"The team {name} is changed.", highlight=False)


@app.command("hours")
def hours(file: File, config: ConfigOption = None) -> None:
    """Make or replace the office hours in FILE, which say their name."""
    document = _read(file, HoursDocument)
    name = _named(file, document.name)
    run(_put_hours(settings_from(config), name, document))
    stderr.print(f"The hours {name} are changed.", highlight=False)


def _read(file: Path, kind: type[Document]) -> Document:
    """Return the document in *file*; raises ConfigError and Invalid."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {file}", hint="Name a JSON file.") from error
    if len(raw) > _MAX_BYTES:
        raise ConfigError(f"{file} is larger than {_MAX_BYTES} bytes")
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        reasons = {
            ".".join(str(part) for part in one["loc"]) or "line": one["msg"]
            for one in error.errors(include_input=False, include_url=False)
        }
        raise Invalid(f"{file} is not as expected", fields=reasons) from error


def _named(file: Path, name: str | None) -> str:
    if name is None:
        raise Invalid(f"{file} says no name", fields={"name": "required"})
    return name


async def _show(settings: Settings) -> dict[str, object]:
    async with services(settings) as opened:
        desk = opened.desk.routing.desk
        documents = {
            "plan": PlanDocument.of(await desk.plan()),
            "teams": [TeamDocument.of(one) for one in await desk.teams()],
            "hours": [HoursDocument.of(one) for one in await desk.hours()],
        }
    return {name: _plain(found) for name, found in documents.items()}


def _plain(found: BaseModel | list[TeamDocument] | list[HoursDocument]) -> object:
    if isinstance(found, BaseModel):
        return json.loads(found.model_dump_json(exclude_none=True))
    return [_plain(one) for one in found]


async def _put_plan(settings: Settings, document: PlanDocument) -> None:
    async with services(settings) as opened:
        await opened.desk.routing.desk.put_plan(document.read())


async def _put_team(settings: Settings, name: str, document: TeamDocument) -> None:
    async with services(settings) as opened:
        await opened.desk.routing.desk.put_team(document.read(name))


async def _put_hours(settings: Settings, name: str, document: HoursDocument) -> None:
    async with services(settings) as opened:
        await opened.desk.routing.desk.put_hours(document.read(name))
