"""``callingcard doctor``: what is wrong here, and what to do about it."""

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
    stdout,
)
from callingcard.server.findings import Finding, Level
from callingcard.server.settings.model import Settings

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


def doctor(
    site: Annotated[str | None, typer.Option(help="Look at this site only.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check settings, keys, clock, database and platforms; exit 1 when something fails."""
    findings = run(_examine(settings_from(config), site, quiet=as_json))
    if as_json:
        show_json([{**_plain(finding)} for finding in findings])
    if any(finding.level is Level.FAIL for finding in findings):
        raise typer.Exit(1)


async def _examine(settings: Settings, site: str | None, *, quiet: bool) -> list[Finding]:
    """Run the checks, printing each line as it comes."""
    from callingcard.server.doctor import examine

    findings: list[Finding] = []
    async with services(settings) as opened:
        async for finding in examine(opened, site=site):
            findings.append(finding)
            if not quiet:
                _print(finding)
    return findings


def _print(finding: Finding) -> None:
    """Print one finding and its remedy."""
    colour = _COLOURS[finding.level]
    stdout.print(
        f"[{colour}]{finding.level.value:<4}[/{colour}]"
        f" {finding.subject}: {escape(finding.message)}",
        highlight=False,
        soft_wrap=True,
    )
    if finding.remedy and finding.level is not Level.OK:
        stdout.print(f"     → {escape(finding.remedy)}", highlight=False, soft_wrap=True)


def _plain(finding: Finding) -> dict[str, str]:
    """Return a finding as data."""
    return {
        "level": finding.level.value,
        "subject": finding.subject,
        "message": finding.message,
        "remedy": finding.remedy,
    }
