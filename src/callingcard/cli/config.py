"""``callingcard config``: what is set, where it came from, and what could be."""

import typer

from callingcard.cli.output import ConfigOption, JsonOption, show_json, show_table, stderr
from callingcard.server.settings.loading import leaves, load, shown
from callingcard.server.settings.reference import example_toml, reference_page

app = typer.Typer(help="The settings: show, check, example, doc.", no_args_is_help=True)


@app.command("show")
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every setting in force and where it came from; secrets are never shown."""
    configuration = load(config)
    rows = [
        (path, value, configuration.origin(path))
        for path, value in leaves(shown(configuration.settings))
    ]
    if as_json:
        show_json([{"name": p, "value": v, "origin": o} for p, v, o in rows])
        return
    show_table(
        ("setting", "value", "from"),
        [(p, str(v), o) for p, v, o in rows],
        empty="Nothing set.",
    )


@app.command("check")
def check(config: ConfigOption = None) -> None:
    """Check the settings; exits 2 with the remedy when they are wrong."""
    load(config)
    stderr.print("The settings are fine.")


@app.command("example")
def example() -> None:
    """Print a settings file with every setting, its default and what it is for."""
    typer.echo(example_toml(), nl=False)


@app.command("doc")
def doc() -> None:
    """Print the settings' reference page in Markdown."""
    typer.echo(reference_page(), nl=False)
