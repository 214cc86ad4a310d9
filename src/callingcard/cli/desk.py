"""``callingcard desk``: the receiving side; for now, the keys that customers sign with."""

from typing import Annotated

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
from callingcard.desk.model.visitors import SigningKey
from callingcard.server.settings.model import Settings

app = typer.Typer(help="The desk: signing keys of its inboxes.", no_args_is_help=True)
key_app = typer.Typer(
    help="Keys with which you sign your own visitors' tokens: create, list, revoke.",
    no_args_is_help=True,
)
app.add_typer(key_app, name="key")

InboxOption = Annotated[str, typer.Option(help="The inbox, such as web.")]


@key_app.command("create")
def create(
    inbox: InboxOption = "web", config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Make a key for HS256 tokens. The secret is shown once and stored sealed."""
    key, secret = run(_create(settings_from(config), inbox))
    show(
        {"kid": key.kid, "secret": secret},
        as_json=as_json,
        text=f"kid     {key.kid}\nsecret  {secret}",
    )
    if not as_json:
        stderr.print("Keep the secret on your backend: it is not shown again.")


@key_app.command("list")
def list_keys(
    inbox: InboxOption = "web", config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the keys that count; secrets are never shown."""
    found = run(_list(settings_from(config), inbox))
    rows = [(k.kid, k.algorithm, k.created_at.strftime("%Y-%m-%d %H:%M")) for k in found]
    if as_json:
        show_json([{"kid": kid, "algorithm": a, "createdAt": at} for kid, a, at in rows])
        return
    show_table(
        ("kid", "algorithm", "created"),
        rows,
        empty="No keys yet. Make one: callingcard desk key create --inbox web",
    )


@key_app.command("revoke")
def revoke(
    kid: Annotated[str, typer.Argument(metavar="KID", help="As `desk key list` shows it.")],
    config: ConfigOption = None,
) -> None:
    """Revoke a key: tokens that it signed prove nothing from now on."""
    if not run(_revoke(settings_from(config), kid)):
        stderr.print("There is no such key. See `callingcard desk key list`.")
        raise typer.Exit(1)
    stderr.print(f"Revoked {kid}.", highlight=False)


async def _create(settings: Settings, inbox: str) -> tuple[SigningKey, str]:
    """Make a key for the inbox, which exists from the first start on."""
    async with services(settings) as opened:
        await opened.inboxes.ensure_default_inbox()
        return await opened.inboxes.create_key(inbox)


async def _list(settings: Settings, inbox: str) -> list[SigningKey]:
    """Return the inbox's keys."""
    async with services(settings) as opened:
        return list(await opened.inboxes.keys(inbox))


async def _revoke(settings: Settings, kid: str) -> bool:
    """Revoke a key; say whether there was one."""
    async with services(settings) as opened:
        return await opened.inboxes.revoke_key(kid)
