"""``callingcard desk chatflow``: what visitors are asked and told before people take over."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show_json,
    show_table,
    stderr,
)
from callingcard.desk.api.chatflow_shapes import FlowDetail, SimulateGiven, SimulationShown
from callingcard.desk.chatflows.parsing import MAX_DOCUMENT
from callingcard.desk.model.chatflows import StoredFlow
from callingcard.desk.service.flows.chatflows import Kept
from callingcard.errors import ConfigError, Invalid
from callingcard.kit.codec import parse_json_object
from callingcard.server.settings.model import Settings

app = typer.Typer(
    help="Chatflows: put, get, list, delete, simulate.",
    no_args_is_help=True,
)

BY = "command line"

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `desk chatflow list` shows it.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A JSON file.")]


@app.command("put")
def put(
    file: File,
    draft: Annotated[bool, typer.Option("--draft", help="Save it, publish nothing.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish the chatflow in FILE, or say everything that is wrong with it."""
    document = _read(file)
    name = document.get("name", file.stem)
    kept = run(_put(settings_from(config), str(name), document, draft=draft))
    if as_json:
        show_json(FlowDetail.of(kept.flow, kept.warnings).model_dump(mode="json"))
    else:
        done = "Saved the draft of" if draft else f"Published version {kept.flow.version} of"
        typer.echo(f"{done} {kept.flow.name}.")
    for warning in kept.warnings:
        stderr.print(f"Note: {warning}", highlight=False, markup=False)


@app.command("get")
def get(
    name: Name,
    draft: Annotated[bool, typer.Option("--draft", help="The draft instead.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print a chatflow's document, as `put` takes it."""
    flow = run(_get(settings_from(config), name))
    document = flow.draft if draft else flow.document
    if document is None:
        stderr.print("There is no draft." if draft else "Only a draft: add --draft.")
        raise typer.Exit(1)
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


@app.command("list")
def list_chatflows(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the chatflows; of several that fit a visitor, the upper one talks."""
    found = run(_list(settings_from(config)))
    if as_json:
        show_json([FlowDetail.of(flow).model_dump(mode="json") for flow in found])
        return
    rows = [
        (
            flow.name,
            flow.inbox,
            "on" if flow.enabled else "off",
            str(flow.priority),
            str(flow.version),
            "yes" if flow.draft is not None else "",
        )
        for flow in found
    ]
    show_table(
        ("name", "inbox", "", "priority", "version", "draft"),
        rows,
        empty="No chatflows yet. Publish one: callingcard desk chatflow put FILE",
    )


@app.command("delete")
def delete(name: Name, config: ConfigOption = None) -> None:
    """Delete a chatflow and its versions. Who talks with it gets to people."""
    run(_delete(settings_from(config), name))
    stderr.print(f"Deleted {name}.", highlight=False)


@app.command("simulate")
def simulate(
    name: Name,
    file: Annotated[
        Path | None,
        typer.Option("--scenario", help="Contact, page, evidence, inputs; as JSON."),
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Try the draft.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a visitor would see, and why. Nothing is kept or called."""
    try:
        given = SimulateGiven.model_validate(_read(file) if file is not None else {})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ConfigError(f"{file}: {where}: {error.errors()[0]['msg']}") from error
    given.draft = given.draft or draft
    shown = run(_simulate(settings_from(config), name, given))
    if as_json:
        show_json(shown.model_dump(mode="json", exclude_none=True))
        return
    for line in shown.messages:
        typer.echo(f"{line.author}: {line.text}")
    if shown.route is not None:
        typer.echo(f"→ {shown.route.team or 'nobody in particular'} ({shown.route.priority})")
    for property_name, text in shown.contact_changes.items():
        typer.echo(f"{property_name} = {text}")


def _read(file: Path) -> dict[str, Any]:
    """Return the JSON object in *file*."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {file}", hint="Name a JSON file.") from error
    if len(raw) > MAX_DOCUMENT:
        raise ConfigError(f"{file} is larger than {MAX_DOCUMENT} bytes")
    try:
        return parse_json_object(raw)
    except ValueError as error:
        raise Invalid(
            f"{file} is no JSON object", fields={"line": str(error)[:200]}
        ) from error


async def _put(
    settings: Settings, name: str, document: dict[str, Any], *, draft: bool
) -> Kept:
    async with services(settings) as opened:
        await opened.inboxes.ensure_default_inbox()
        return await opened.desk.flows.flows.put(name, document, by=BY, draft=draft)


async def _get(settings: Settings, name: str) -> StoredFlow:
    async with services(settings) as opened:
        return await opened.desk.flows.flows.get(name)


async def _list(settings: Settings) -> list[StoredFlow]:
    async with services(settings) as opened:
        return list(await opened.desk.flows.flows.all())


async def _delete(settings: Settings, name: str) -> None:
    async with services(settings) as opened:
        await opened.desk.flows.flows.delete(name)


async def _simulate(settings: Settings, name: str, given: SimulateGiven) -> SimulationShown:
    async with services(settings) as opened:
        imagining = opened.desk.flows.imagining
        found = await imagining.imagine(
            name, given.somebody(), document=given.document, draft=given.draft
        )
    return SimulationShown.of(found)
