"""``callingcard keys``: the API keys of other programs."""

from typing import Annotated

import typer

from callingcard.access.model import ApiKey
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
from callingcard.kit.actor import Scope
from callingcard.server.settings.model import Settings

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is for, such as shop-backend.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be repeated.")],
    site: Annotated[str | None, typer.Option(help="The only site it is for.")] = None,
    origin: Annotated[
        list[str] | None, typer.Option(help="A page that may use it: makes it publishable.")
    ] = None,
    function: Annotated[
        list[str] | None, typer.Option(help="A function it may call; none named means all.")
    ] = None,
    pat: Annotated[
        bool, typer.Option("--pat", help="Call it pat-local-…, as HubSpot's tools expect.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is shown once and stored only as a hash."""
    made, secret = run(
        _create(settings_from(config), (name, scope, site, origin or [], function or [], pat))
    )
    show({**_plain(made), "key": secret}, as_json=as_json, text=secret)
    if not as_json:
        stderr.print("Keep it now: it is not shown again.")


@app.command("list")
def list_keys(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the keys, by their first characters."""
    found = run(_list(settings_from(config)))
    if as_json:
        show_json([_plain(key) for key in found])
        return
    show_table(
        ("id", "name", "key", "scopes", "site", "last used", "state"),
        [_row(key) for key in found],
        empty="No keys yet. Make one: callingcard keys create NAME --scope desk",
    )


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` shows it.")],
    config: ConfigOption = None,
) -> None:
    """Revoke a key; it stops working at once."""
    revoked = run(_revoke(settings_from(config), key_id))
    stderr.print(f"Revoked {revoked.name} ({revoked.hint}…).", highlight=False)


async def _create(
    settings: Settings, asked: tuple[str, list[Scope], str | None, list[str], list[str], bool]
) -> tuple[ApiKey, str]:
    """Make the key that was asked for."""
    name, scopes, site, origins, functions, pat = asked
    async with services(settings) as opened:
        return await opened.keys.create(
            name,
            scopes,
            site=site,
            origins=origins,
            functions=functions,
            style="pat" if pat else None,
        )


async def _list(settings: Settings) -> list[ApiKey]:
    """Return every key."""
    async with services(settings) as opened:
        return list(await opened.keys.list())


async def _revoke(settings: Settings, key_id: str) -> ApiKey:
    """Revoke one key."""
    async with services(settings) as opened:
        return await opened.keys.revoke(key_id)


def _plain(key: ApiKey) -> dict[str, object]:
    """Return what may be shown of a key."""
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "scopes": sorted(key.scopes),
        "site": key.site,
        "origins": list(key.origins),
        "functions": list(key.functions),
        "createdAt": key.created_at.isoformat(),
        "lastUsedAt": key.last_used_at and key.last_used_at.isoformat(),
        "revokedAt": key.revoked_at and key.revoked_at.isoformat(),
    }


def _row(key: ApiKey) -> tuple[str, ...]:
    """Return a key as a line of the table."""
    used = key.last_used_at.strftime("%Y-%m-%d %H:%M") if key.last_used_at else "never"
    state = "revoked" if key.revoked_at else "good"
    return (
        key.id,
        key.name,
        f"{key.hint}…",
        " ".join(sorted(key.scopes)),
        key.site or "all",
        used,
        state,
    )
