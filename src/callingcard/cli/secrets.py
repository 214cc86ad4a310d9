"""``callingcard secrets``: the sealed store. Values go in and never come out."""

import getpass
import sys
from typing import Annotated

import typer

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
from callingcard.errors import Invalid
from callingcard.functions.model.secrets import (
    MAX_SECRET_BYTES,
    Rotation,
    SecretShown,
    check_secret_name,
)
from callingcard.server.settings.model import Settings

app = typer.Typer(help="Sealed secrets: set, list, rotate, delete.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as HUBSPOT_KEY.")]


@app.command("set")
def set_secret(
    name: Name,
    value: Annotated[str | None, typer.Argument(hidden=True)] = None,
    config: ConfigOption = None,
) -> None:
    """Set a secret; its value is read from standard input, or asked for."""
    if value is not None:
        raise typer.BadParameter(
            "give the value on standard input: arguments are seen by everybody on this"
            " machine, and kept in the shell's history"
        )
    check_secret_name(name)
    settings = settings_from(config)
    used = run(_set(settings, name, _value(name)))
    stderr.print(f"Set {name}.", highlight=False)
    if used:
        stderr.print(f"Used by {', '.join(used)}, from now on.", highlight=False)


@app.command("list")
def list_secrets(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the secrets by name; values are never shown."""
    found = run(_list(settings_from(config)))
    if as_json:
        show_json([_plain(secret) for secret in found])
        return
    show_table(
        ("name", "set", "by", "used by"),
        [_row(secret) for secret in found],
        empty="No secrets yet. Set one: callingcard secrets set NAME",
    )


@app.command("rotate")
def rotate(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Seal everything anew with a new key, wrapped by the newest server key.

    A running server goes on meanwhile, and what is interrupted is finished by the next one.
    """
    done = run(_rotate(settings_from(config)))
    if as_json:
        show_json(
            {
                "rotated": done.resealed,
                "unreadable": list(done.unreadable),
                "lost": done.lost,
                "oldKeysFree": done.old_keys_free,
            }
        )
    else:
        _tell(done)
    if done.unreadable or done.lost or not done.old_keys_free:
        raise typer.Exit(1)


@app.command("delete")
def delete(name: Name, config: ConfigOption = None) -> None:
    """Delete a secret that nothing uses."""
    run(_delete(settings_from(config), name))
    stderr.print(f"Deleted {name}.", highlight=False)


def _value(name: str) -> str:
    """Read a value: from a prompt that shows nothing, or from standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ")
    raw = sys.stdin.buffer.read(MAX_SECRET_BYTES + 3)
    try:
        value = raw.decode()
    except UnicodeDecodeError:
        raise Invalid(
            "The value on standard input is not UTF-8 text.", hint="Encode it, as base64 say."
        ) from None
    return value.removesuffix("\n").removesuffix("\r")


def _tell(done: Rotation) -> None:
    """Say what a rotation came to, and which keys are needed still."""
    stderr.print(f"Sealed {done.resealed} records anew.", highlight=False)
    if done.unreadable:
        names = ", ".join(done.unreadable)
        stderr.print(f"Nobody can open {names}: set them anew.", highlight=False)
    if done.lost:
        stderr.print(
            f"Nobody can open {done.lost} values of functions' storage.", highlight=False
        )
    if done.old_keys_free:
        stderr.print("Secrets and functions' storage need the newest server key only.")
    else:
        stderr.print(
            "Some of it needs a server key that is not here: restore it and rotate again."
        )


async def _set(settings: Settings, name: str, value: str) -> tuple[str, ...]:
    """Set one secret; return what uses it."""
    async with services(settings) as opened:
        await opened.secrets.set(name, value, by="command line")
        if name in opened.site_registry.secrets():
            await opened.site_registry.reload(tell=True)
        shown = {secret.name: secret for secret in await opened.secrets.list()}
        return shown[name].used_by


async def _list(settings: Settings) -> list[SecretShown]:
    """Return what may be told of every secret."""
    async with services(settings) as opened:
        return list(await opened.secrets.list())


async def _rotate(settings: Settings) -> Rotation:
    """Seal everything anew."""
    async with services(settings) as opened:
        return await opened.secrets.rotate()


async def _delete(settings: Settings, name: str) -> None:
    """Delete one secret."""
    async with services(settings) as opened:
        await opened.secrets.delete(name)


def _plain(secret: SecretShown) -> dict[str, object]:
    """Return what may be shown of a secret."""
    return {
        "name": secret.name,
        "setAt": secret.set_at.isoformat(),
        "setBy": secret.set_by,
        "usedBy": list(secret.used_by),
    }


def _row(secret: SecretShown) -> tuple[str, ...]:
    """Return a secret as a line of the table."""
    set_at = secret.set_at.strftime("%Y-%m-%d %H:%M")
    return secret.name, set_at, secret.set_by, ", ".join(secret.used_by) or "-"
