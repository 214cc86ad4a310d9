"""``callingcard desk``: the receiving side; one file a noun."""

import typer

from callingcard.cli.desk import chatflows, check, contacts, keys, privacy, routing

app = typer.Typer(
    help="The desk: chatflows, routing, keys, people's data, and whether all of it works.",
    no_args_is_help=True,
)
app.add_typer(chatflows.app, name="chatflow")
app.add_typer(routing.app, name="routing")
app.add_typer(keys.app, name="key")
app.command("check")(check.check)
app.command("import")(contacts.import_contacts)
app.command("export")(privacy.export)
app.command("erase")(privacy.erase)
app.add_typer(privacy.app, name="audit")
