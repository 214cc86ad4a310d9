"""``callingcard connectors``: the outside services that functions may call."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show,
    show_json,
    show_table,
    stderr,
)
from callingcard.errors import ConfigError
from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.reading import read_toml, with_lines
from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.model.connectors import Checked
from callingcard.functions.service.connecting.connector_errors import DefinitionRefused
from callingcard.functions.service.connecting.connectors import (
    ConnectorView,
    DriftFound,
    Setup,
)
from callingcard.server.settings.model import Settings

app = typer.Typer(help="Connectors: add, list, check, stubs, drift.", no_args_is_help=True)

BY = "command line"

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `connectors list` shows it.")]
OpenApi = Annotated[
    Path | None, typer.Option("--openapi", help="An OpenAPI 3 document, as JSON.")
]


@app.command("add")
def add(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="connectors/NAME.toml if there is one, else what comes with Callingcard.",
        ),
    ],
    base_url: Annotated[
        str | None, typer.Option(help="Where the service is, if not where it usually is.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="It may be inside your own network.")
    ] = False,
    secret: Annotated[
        str | None, typer.Option(help="The name of the secret that holds its key.")
    ] = None,
    openapi: OpenApi = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a connector, or set one up anew. It names its secrets and never holds them."""
    called, setup = _setup(name, openapi)
    definition = dict(setup.definition)
    if base_url is not None:
        definition["base_url"] = base_url
    if private:
        definition["private"] = True
    if secret is not None:
        definition["auth"] = _with_secret(definition.get("auth"), secret)
    setup = Setup(definition, setup.document, source=setup.source)
    view = run(_add(settings_from(config), called, setup))
    show(plain(view), as_json=as_json, text=f"Added {called}.")
    for missing in _missing(view):
        stderr.print(f"Next: callingcard secrets set {missing}", highlight=False)


@app.command("list")
def list_connectors(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the connectors, and what they still need."""
    found = run(_list(settings_from(config)))
    if as_json:
        show_json([plain(view) for view in found])
        return
    brought = ", ".join(built_in())
    show_table(
        ("name", "service", "where", "operations", "missing", "used by", "last check"),
        [_row(view) for view in found],
        empty=f"No connectors yet. Add one: callingcard connectors add NAME ({brought})",
    )


@app.command("check")
def check(name: Name, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Call the health operation, and say what is wrong and what to do about it."""
    found = run(_check(settings_from(config), name))
    told = f"{name}: {found.message}" + (f"\n{found.remedy}" if found.remedy else "")
    show({**asdict(found), "at": found.at.isoformat()}, as_json=as_json, text=told)
    if not found.ok:
        raise typer.Exit(1)


@app.command("stubs")
def stubs(name: Name, config: ConfigOption = None) -> None:
    """Print a connector as functions see it, as a .pyi file."""
    typer.echo(run(_stubs(settings_from(config), name)), nl=False)


@app.command("delete")
def delete(name: Name, config: ConfigOption = None) -> None:
    """Delete a connector that no function uses; its secrets stay."""
    run(_delete(settings_from(config), name))
    stderr.print(f"Deleted {name}.", highlight=False)


@app.command("drift")
def drift(
    name: Name,
    openapi: OpenApi = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Make the newer document the one that counts.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a newer OpenAPI document changes, and which lines of functions it breaks.

    Without --openapi, the file that connectors/NAME.toml names is read again; a connector
    that came with Callingcard is compared with what this version brings.
    """
    document = _read(openapi) if openapi else _document_of(name)
    found = run(_drift(settings_from(config), name, document, accept=accept))
    if as_json:
        show_json({"changes": found.changes, "breaks": [asdict(one) for one in found.breaks]})
    elif not found.changes:
        stderr.print(f"{name} is as it was.", highlight=False)
    else:
        for change in found.changes:
            typer.echo(change)
        for one in found.breaks:
            typer.echo(f"breaks {one.function} line {one.line}: {one.message}")
    if found.breaks and not accept:
        raise typer.Exit(1)


def _setup(name: str, openapi: Path | None) -> tuple[str, Setup]:
    """Return what a connector is called and made of; its file's mistakes get their lines."""
    path = Path(name) if name.endswith(".toml") else Path("connectors") / f"{name}.toml"
    if not path.is_file():
        brought = built_in().get(name)
        if brought is None:
            raise ConfigError(
                f"There is no {path}, and no built-in connector {name!r}.",
                hint=f"Built in are {', '.join(built_in())}.",
            )
        document = _read(openapi) if openapi else None
        return name, Setup(brought, document, source="built-in")
    text = _read(path)
    definition = read_toml(text)
    named = definition.get("openapi")
    document = None
    if openapi is not None:
        document = _read(openapi)
    elif isinstance(named, str):
        document = _read(path.parent / named)
    try:
        read_connector(path.stem, definition, document)
    except DefinitionRefused as error:
        if "base_url" not in error.fields:  # which may still come from the command line
            raise with_lines(error, text) from None
    return path.stem, Setup(definition, document, source="file")


def _with_secret(auth: Any, secret: str) -> Mapping[str, Any]:
    """Return how a connector shows who it is, with another secret."""
    if auth is None:
        return {"kind": "bearer", "secret": secret}
    if "secret" not in auth:
        raise ConfigError(
            "This connector has several secrets.", hint="Name them in connectors/NAME.toml."
        )
    return {**auth, "secret": secret}


def _document_of(name: str) -> str | None:
    """Return the document that the connector's own file names, if it does."""
    path = Path("connectors") / f"{name}.toml"
    if not path.is_file():
        return None
    named = read_toml(_read(path)).get("openapi")
    return _read(path.parent / named) if isinstance(named, str) else None


def _read(path: Path) -> str:
    """Return a file's text; raises ConfigError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{path} cannot be read.", hint="It is a text in UTF-8.") from None


async def _add(settings: Settings, name: str, setup: Setup) -> ConnectorView:
    """Set a connector up."""
    async with services(settings) as opened:
        return await opened.connectors.put(name, setup, by=BY)


async def _list(settings: Settings) -> Sequence[ConnectorView]:
    """Return every connector."""
    async with services(settings) as opened:
        return await opened.connectors.list()


async def _check(settings: Settings, name: str) -> Checked:
    """Check a connector."""
    async with services(settings) as opened:
        return await opened.connectors.check(name)


async def _stubs(settings: Settings, name: str) -> str:
    """Return a connector's stub."""
    async with services(settings) as opened:
        await opened.connectors.connector(name)
        return (await opened.connectors.stubs([name]))[name]


async def _delete(settings: Settings, name: str) -> None:
    """Delete a connector."""
    async with services(settings) as opened:
        await opened.connectors.delete(name)


async def _drift(
    settings: Settings, name: str, document: str | None, *, accept: bool
) -> DriftFound:
    """Compare a connector with a newer document, which counts then if *accept*."""
    async with services(settings) as opened:
        found = await opened.connectors.drift(name, document)
        if accept and found.changes:
            await opened.connectors.accept(name, document, by=BY)
        return found


def plain(view: ConnectorView) -> dict[str, object]:
    """Return what may be shown of a connector."""
    made = view.connector
    return {
        "name": view.stored.name,
        "title": made.title if made else "",
        "baseUrl": made.base_url if made else "",
        "operations": list(made.operations) if made else [],
        "secrets": {one: one in view.secrets_set for one in (made.secrets if made else ())},
        "usedBy": list(view.used_by),
        "source": view.stored.source,
        "lastCheck": asdict(view.stored.last_check) if view.stored.last_check else None,
        "drift": list(view.stored.drift.changes) if view.stored.drift else [],
    }


def _missing(view: ConnectorView) -> list[str]:
    """Return the secrets that a connector needs and that are not set."""
    made = view.connector
    return [one for one in (made.secrets if made else ()) if one not in view.secrets_set]


def _row(view: ConnectorView) -> tuple[str, ...]:
    """Return a connector as a line of the table."""
    made, checked = view.connector, view.stored.last_check
    state = ("good" if checked.ok else checked.message) if checked else "never"
    return (
        view.stored.name,
        made.title if made else "cannot be read",
        (made.base_url or "in its secret") if made else "",
        str(len(made.operations)) if made else "",
        " ".join(_missing(view)),
        " ".join(view.used_by),
        state,
    )
