"""``callingcard desk key``: the keys that customers sign their visitors' tokens with."""

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
from callingcard.kit.codec import rfc3339
from callingcard.server.settings.model import Settings

app = typer.Typer(
    help="Keys with which you sign your own visitors' tokens: create, list, revoke.",
    no_args_is_help=True,
)
InboxOption = Annotated[str, typer.Option(help="The inbox, such as web.")]


@app.command("create")
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


@app.command("list")
def list_keys(
    inbox: InboxOption = "web", config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the keys that count; secrets are never shown."""
    found = run(_list(settings_from(config), inbox))
    if as_json:
        show_json([_plain(key) for key in found])
        return
    show_table(
        ("kid", "algorithm", "key", "created", "last used"),
        [
            (
                key.kid,
                key.algorithm,
                key.masked,
                f"{key.created_at:%Y-%m-%d %H:%M}",
                "never" if key.last_used_at is None else f"{key.last_used_at:%Y-%m-%d %H:%M}",
            )
            for key in found
        ],
        empty=f"No keys yet. Make one: callingcard desk key create --inbox {inbox}",
    )


@app.command("revoke")
def revoke(
    kid: Annotated[str, typer.Argument(metavar="KID", help="As `desk key list` shows it.")],
    config: ConfigOption = None,
) -> None:
    """Revoke a key: tokens that it signed prove nothing from now on."""
    if not run(_revoke(settings_from(config), kid)):
        stderr.print("There is no such key. See `callingcard desk key list`.")
        raise typer.Exit(1)
    stderr.print(f"Revoked {kid}.", highlight=False)


def _plain(key: SigningKey) -> dict[str, str | None]:
    """Return a key as data, without what signs."""
    used = key.last_used_at
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "masked": key.masked,
        "createdAt": rfc3339(key.created_at),
        "lastUsedAt": None if used is None else rfc3339(used),
    }


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
