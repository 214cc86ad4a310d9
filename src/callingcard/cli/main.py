"""The ``callingcard`` command: gathers the commands and ends with the right code."""

import sys

import typer

from callingcard.cli import (
    alerts,
    backup,
    config,
    connectors,
    demo,
    desk,
    doctor,
    functions,
    invite,
    keys,
    migrate,
    secrets,
    serve,
    token,
    users,
)
from callingcard.cli.output import fail
from callingcard.errors import CallingcardError, ConfigError

app = typer.Typer(
    name="callingcard",
    help="Tells a company's live chat who is calling.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    serve.serve,
    demo.demo,
    token.token,
    invite.invite,
    doctor.doctor,
    migrate.migrate,
):
    app.command()(command)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(functions.app, name="functions")
app.add_typer(connectors.app, name="connectors")
app.add_typer(secrets.app, name="secrets")
app.add_typer(alerts.app, name="alerts")
app.add_typer(keys.app, name="keys")
app.add_typer(users.app, name="users")
app.add_typer(desk.app, name="desk")
app.add_typer(config.app, name="config")


def run() -> None:
    """Run the command line: exit 0, 1 when something failed, 2 for usage or settings."""
    try:
        app()
    except ConfigError as error:
        fail(error)
        sys.exit(2)
    except CallingcardError as error:
        fail(error)
        sys.exit(1)
