"""``callingcard doctor``: what is wrong here, and what to do about it."""

from typing import Annotated

import typer
from rich.markup import escape

from callingcard.cli.output import ConfigOption, JsonOption, run, show_json, stdout
from callingcard.kit import log
from callingcard.server.doctor.findings import Finding, Level
from callingcard.server.settings.loading import Configuration, read

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


def doctor(
    site: Annotated[str | None, typer.Option(help="Look at this site only.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check settings, keys, clock, database and platforms; exit 1 when something fails."""
    found = read(config)
    log.configure(level="error", style="text")
    findings = run(_examine(found, site, quiet=as_json))
    if as_json:
        show_json([_plain(finding) for finding in findings])
    if any(finding.level is Level.FAIL for finding in findings):
        raise typer.Exit(1)


async def _examine(found: Configuration, site: str | None, *, quiet: bool) -> list[Finding]:
    """Run the checks, printing each line as it comes.

    A site that cannot be served is a finding here, and no reason to say nothing else.
    """
    from callingcard.server.doctor.examine import examine
    from callingcard.server.wiring import open_services

    findings: list[Finding] = []
    opened = await open_services(found.settings, owner=False, reread=lambda: found)
    try:
        await opened.site_registry.reload()
        async for finding in examine(opened, site=site):
            findings.append(finding)
            if not quiet:
                _print(finding)
    finally:
        await opened.close()
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
    if finding.remedy:
        stdout.print(f"     → {escape(finding.remedy)}", highlight=False, soft_wrap=True)


def _plain(finding: Finding) -> dict[str, str]:
    """Return a finding as data."""
    return {
        "level": finding.level.value,
        "subject": finding.subject,
        "message": finding.message,
        "remedy": finding.remedy,
    }
