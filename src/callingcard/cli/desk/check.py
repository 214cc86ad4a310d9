"""``callingcard desk check``: the last step of the guide, tried with test accounts."""

from typing import Annotated

import typer
from rich.markup import escape

from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show_json,
    stderr,
    stdout,
)
from callingcard.errors import ConfigError
from callingcard.server.check.report import STEPS, Line, Report, nobody_hears
from callingcard.server.doctor.findings import Level
from callingcard.server.settings.model import Settings

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
_MOST = 2


def check(
    *,
    inbox: Annotated[str, typer.Option(help="The inbox, such as web.")] = "web",
    contact: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EMAIL",
            help="Come as this contact; twice for two. Accounts that are missing are made.",
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where the server is; server.public_url if absent.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Test the logged-in experience with two accounts, over HTTP, on the running server.

    Each is issued a token, opens the chat, is greeted, writes, is found by agents, is
    routed and signs out; then nobody may be known. Made accounts are erased at the end, and
    conversations with contacts are put away. Ends with 1 when a step failed.
    """
    settings = settings_from(config)
    given = contact or []
    if len(given) > _MOST:
        raise ConfigError("two accounts are walked through", hint="Give --contact twice.")
    base = url or settings.public_url
    if not base.startswith(("http://", "https://")):
        raise ConfigError("--url is no address", hint="Write it as in https://chat.example.")
    report = run(_check(settings, base, inbox, given, quiet=as_json))
    if as_json:
        lines = [_plain(line) for line in report.lines]
        show_json({"passed": report.passed, "lines": lines})
    elif report.passed:
        stderr.print("The logged-in experience works.")
    if not report.passed:
        raise typer.Exit(1)


async def _check(
    settings: Settings, base: str, inbox: str, contacts: list[str], *, quiet: bool
) -> Report:
    """Check, with a key made in the database that the server uses."""
    from callingcard.server.check.check import Wanted, check, fetching

    out = Report(nobody_hears if quiet else _print)
    async with services(settings) as opened, fetching(opened.clock) as fetch:
        return await check(base, Wanted(inbox, contacts), opened.keys, out, fetch=fetch)


def _print(line: Line) -> None:
    """Print one line and its remedy."""
    colour = _COLOURS[line.level]
    about = f"{line.account}: " if line.account else ""
    stdout.print(
        f"[{colour}]{line.level.value:<4}[/{colour}] {STEPS[line.step]}:"
        f" {about}{escape(line.message)}",
        highlight=False,
        soft_wrap=True,
    )
    if line.remedy:
        stdout.print(f"     → {escape(line.remedy)}", highlight=False, soft_wrap=True)


def _plain(line: Line) -> dict[str, str]:
    """Return a line as data."""
    return {
        "step": line.step,
        "title": STEPS[line.step],
        "account": line.account,
        "level": line.level.value,
        "message": line.message,
        "remedy": line.remedy,
    }
