"""``callingcard functions``: write, try, test and deploy functions; one file a command."""

import typer

from callingcard.cli.functions import (
    add,
    deploy,
    init,
    listing,
    logs,
    rollback,
    run,
    testing,
)

app = typer.Typer(
    help="Functions: init, run, test, deploy, list, logs, rollback, add, delete.",
    no_args_is_help=True,
)
app.command("init")(init.init)
app.command("run")(run.run_function)
app.command("test")(testing.run_tests)
app.command("deploy")(deploy.deploy)
app.command("list")(listing.list_functions)
app.command("logs")(logs.logs)
app.command("rollback")(rollback.rollback)
app.command("add")(add.add)
app.command("delete")(rollback.delete)
