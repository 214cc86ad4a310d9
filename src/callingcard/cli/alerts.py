"""``callingcard alerts``: what failed, and whether alerts arrive."""

from typing import TYPE_CHECKING

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
from callingcard.server.settings.model import Settings

if TYPE_CHECKING:
    from callingcard.functions.model.alerts import Delivery
    from callingcard.functions.service.telling.alerts import Overview

app = typer.Typer(help="Alerts: list what failed, try the channels.", no_args_is_help=True)


@app.command("test")
def try_channels(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Send a test to every channel now; exit 1 unless it arrives everywhere."""
    went = run(_test(settings_from(config)))
    if as_json:
        show_json(
            [{"channel": d.channel, "state": d.state, "problem": d.problem} for d in went]
        )
    else:
        rows = [(d.channel, d.state, d.problem or "") for d in went]
        hint = "No channels yet. Set alerts.channels, or add one in the app."
        show_table(("channel", "", "problem"), rows, empty=hint)
    if not went and as_json:
        stderr.print("There are no channels.")
    if not went or any(d.state != "sent" for d in went):
        raise typer.Exit(1)


@app.command("list")
def list_alerts(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List what failed, the newest first."""
    found = run(_overview(settings_from(config)))
    groups = [
        {
            "fingerprint": group.fingerprint,
            "subject": group.subject,
            "title": group.title,
            "count": group.count,
            "firstAt": group.first_at.isoformat(),
            "lastAt": group.last_at.isoformat(),
            "state": group.state.value,
            "kind": group.kind,
            "lastRunId": group.last_run,
        }
        for group in found.groups
    ]
    if as_json:
        show_json(groups)
        return
    rows = [
        (f"{g.last_at:%Y-%m-%d %H:%M}", g.state.value, str(g.count), g.subject, g.title)
        for g in found.groups
    ]
    show_table(("last", "state", "count", "of", "what"), rows, empty="Nothing has failed.")


async def _test(settings: Settings) -> "list[Delivery]":
    """Try every channel."""
    async with services(settings) as opened:
        await opened.house.reveal()
        return list(await opened.alerts.channels.test())


async def _overview(settings: Settings) -> "Overview":
    """Look what failed."""
    async with services(settings) as opened:
        await opened.house.reveal()
        return await opened.alerts.overview()
