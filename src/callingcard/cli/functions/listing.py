"""``functions list``: what is deployed, and what is only written."""

from callingcard.cli.functions.deploy import plain
from callingcard.cli.output import (
    ConfigOption,
    JsonOption,
    run,
    services,
    settings_from,
    show_json,
    show_table,
)
from callingcard.functions.model.manifest import EventTrigger, HttpTrigger, Trigger
from callingcard.functions.model.versions import Function
from callingcard.server.settings.model import Settings


def list_functions(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the functions, with the version of each that counts."""
    deployed, written = run(_list(settings_from(config)))
    if as_json:
        show_json(
            [_plain(function) for function in deployed]
            + [{"function": name, "number": None, "draft": True} for name in written]
        )
        return
    show_table(
        ("function", "version", "deployed", "triggers", "description"),
        [_row(function) for function in deployed]
        + [(name, "draft", "", "", "") for name in written],
        empty="No functions yet. Begin one: callingcard functions init NAME",
    )


async def _list(settings: Settings) -> tuple[list[Function], list[str]]:
    """Return the functions, and the names of those that are only drafts."""
    async with services(settings) as opened:
        deployed, drafts = await opened.functions.list()
    names = {function.name for function in deployed}
    return list(deployed), [draft.name for draft in drafts if draft.name not in names]


def _plain(function: Function) -> dict[str, object]:
    manifest = function.current.manifest
    return {
        **plain(function.current),
        "description": manifest.description,
        "triggers": [said(trigger) for trigger in manifest.triggers],
        "connectors": list(manifest.connectors),
        "storage": list(manifest.storage),
    }


def _row(function: Function) -> tuple[str, ...]:
    current = function.current
    return (
        function.name,
        str(current.number),
        f"{current.deployed_at:%Y-%m-%d %H:%M}",
        ", ".join(said(trigger) for trigger in current.manifest.triggers),
        current.manifest.description,
    )


def said(trigger: Trigger) -> str:
    """Return a trigger in a few words."""
    if isinstance(trigger, HttpTrigger):
        return f"{trigger.method} ({trigger.auth.value})"
    if isinstance(trigger, EventTrigger):
        return trigger.event
    return f"{trigger.cron} {trigger.zone}"
