"""``functions logs``: what runs printed, the last ones and those that come."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show_json,
)
from callingcard.functions.model.runs import Run, RunState
from callingcard.functions.ports.runs import RunFilter
from callingcard.server.settings.model import Settings

if TYPE_CHECKING:
    from callingcard.functions.service.running.runs import RunDesk

_LOOK_EVERY: Final = 1.0
_MOST: Final = 100
_LONGEST: Final = timedelta(minutes=20)
"""Longer than any run may take."""


def logs(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The function.")],
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as runs end.")] = False,
    last: Annotated[int, typer.Option("-n", min=0, max=_MOST, help="How many runs.")] = 10,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the last runs of a function with their logs, the newest at the end."""
    try:
        run(_logs(settings_from(config), name, last, follow=follow, as_json=as_json))
    except KeyboardInterrupt:
        if not follow:
            raise


async def _logs(
    settings: Settings, name: str, last: int, *, follow: bool, as_json: bool
) -> None:
    """Print runs; with *follow*, look for new ones until somebody interrupts."""
    async with services(settings) as opened:
        await opened.functions.get(name)
        found = await _ended(opened.runs, name, since=None)
        told = {one.id for one in found}
        _print(found[-last:] if last else [], as_json=as_json, stream=follow)
        while follow:
            await asyncio.sleep(_LOOK_EVERY)
            # A run is told when it ends, which may be long after others that began later.
            since = opened.clock.now() - _LONGEST
            fresh = [
                one for one in await _ended(opened.runs, name, since) if one.id not in told
            ]
            told |= {one.id for one in fresh}
            _print(fresh, as_json=as_json, stream=True)


async def _ended(runs: "RunDesk", name: str, since: datetime | None) -> list[Run]:
    """Return the last runs that ended, with their logs, oldest first."""
    page = await runs.page(RunFilter(function=name, since=since), limit=_MOST)
    ended = [kept.run for kept in page.runs if kept.run.state is not RunState.RUNNING]
    whole = [(await runs.get(one.id)).run for one in ended]
    return whole[::-1]


def _print(runs: list[Run], *, as_json: bool, stream: bool) -> None:
    """Print runs, one JSON object a line when there will be more."""
    if as_json and not stream:
        show_json([_plain(one) for one in runs])
        return
    for one in runs:
        if as_json:
            typer.echo(json.dumps(_plain(one), ensure_ascii=False))
            continue
        took = "" if one.duration is None else f" {one.duration.total_seconds() * 1000:.0f} ms"
        typer.echo(f"{one.started_at:%Y-%m-%d %H:%M:%S} {one.id} {one.state.value}{took}")
        for line in one.log.splitlines():
            typer.echo(f"  {line}")
        if one.failure is not None:
            typer.echo(f"  {one.failure.type}: {one.failure.message}")


def _plain(one: Run) -> dict[str, object]:
    return {
        "id": one.id,
        "state": one.state.value,
        "startedAt": one.started_at.isoformat(),
        "durationMs": one.duration and one.duration.total_seconds() * 1000,
        "log": one.log,
        "error": one.failure and {"type": one.failure.type, "message": one.failure.message},
    }
