"""``callingcard users``: the people who answer chats and run the product."""

from typing import Annotated

import typer

from callingcard.access.model import User
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
from callingcard.kit.actor import Role
from callingcard.server.settings.model import Settings

app = typer.Typer(
    help="People: add, list, role, password, link, disable.", no_args_is_help=True
)

EmailArgument = Annotated[str, typer.Argument(help="Their e-mail address.")]


@app.command("add")
def add(
    email: EmailArgument,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
    name: Annotated[
        str, typer.Option(help="As visitors see it; else made of the address.")
    ] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a person. Without a password one is made up and shown once."""
    password = (
        typer.get_text_stream("stdin").readline().rstrip("\n") if password_stdin else None
    )
    shown_name = name or email.partition("@")[0].replace(".", " ").title()
    user, made = run(_add(settings_from(config), email, shown_name, role, password))
    show({**_plain(user), "password": made}, as_json=as_json, text=made or user.id)
    if made and not as_json:
        stderr.print("That is their password: it is not shown again.")


@app.command("list")
def list_users(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List everybody."""
    found = run(_list(settings_from(config)))
    if as_json:
        show_json([_plain(user) for user in found])
        return
    show_table(
        ("id", "e-mail", "name", "role", "state"),
        [
            (u.id, u.email, u.name, u.role.value, "disabled" if u.disabled_at else "good")
            for u in found
        ],
        empty="Nobody yet. Add yourself: callingcard users add you@your.company --role owner",
    )


@app.command("role")
def role(
    email: EmailArgument,
    new_role: Annotated[
        Role, typer.Argument(metavar="ROLE", help="owner, operator or agent.")
    ],
    config: ConfigOption = None,
) -> None:
    """Change what a person may do."""
    run(_set_role(settings_from(config), email, new_role))
    stderr.print(f"They are {new_role.value} now.")


@app.command("password")
def password(email: EmailArgument, config: ConfigOption = None) -> None:
    """Give a person a new password, shown once, and sign them out everywhere."""
    typer.echo(run(_new_password(settings_from(config), email)))


@app.command("link")
def link(email: EmailArgument, config: ConfigOption = None) -> None:
    """Print a link that signs the person in, once, within five minutes."""
    settings = settings_from(config)
    ticket = run(_ticket(settings, email))
    typer.echo(f"{settings.public_url}/app#ticket={ticket}")


@app.command("disable")
def disable(email: EmailArgument, config: ConfigOption = None) -> None:
    """Shut a person out at once; what they wrote stays."""
    run(_disable(settings_from(config), email))
    stderr.print("They can no longer sign in.")


async def _add(
    settings: Settings, email: str, name: str, role: Role, password: str | None
) -> tuple[User, str | None]:
    """Add the person."""
    async with services(settings) as opened:
        return await opened.users.add(email, name, role=role, password=password)


async def _list(settings: Settings) -> list[User]:
    """Return everybody."""
    async with services(settings) as opened:
        return list(await opened.users.list())


async def _set_role(settings: Settings, email: str, role: Role) -> None:
    """Change the role of the person with this address."""
    async with services(settings) as opened:
        await opened.users.set_role((await opened.users.find(email)).id, role)


async def _new_password(settings: Settings, email: str) -> str:
    """Make up a new password for the person with this address."""
    async with services(settings) as opened:
        user = await opened.users.find(email)
        return await opened.users.set_password(user.id) or ""


async def _ticket(settings: Settings, email: str) -> str:
    """Make a sign-in link's ticket for the person with this address."""
    async with services(settings) as opened:
        user = await opened.users.find(email)
        return await opened.agent_sessions.ticket(user.id)


async def _disable(settings: Settings, email: str) -> None:
    """Disable the person with this address."""
    async with services(settings) as opened:
        await opened.users.disable((await opened.users.find(email)).id)


def _plain(user: User) -> dict[str, object]:
    """Return a person as data."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role.value,
        "disabledAt": user.disabled_at and user.disabled_at.isoformat(),
    }
