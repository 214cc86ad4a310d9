"""What ``trigger = …`` in a manifest comes to: one table, or a list of them."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from callingcard.functions import schedule
from callingcard.functions.model.events import EVENTS
from callingcard.functions.model.manifest import (
    Caller,
    EventTrigger,
    HttpTrigger,
    Rate,
    ScheduleTrigger,
    Trigger,
)
from callingcard.functions.service.deploying.tables import Table, shown
from callingcard.kit.durations import parse_duration
from callingcard.kit.urls import checked_origin

MOST_TRIGGERS: Final = 10

_ANY: Final = re.compile(r".{1,500}\Z", re.DOTALL)
_SITE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_RATE: Final = re.compile(r"(?P<count>\d{1,6})\s*/\s*(?P<per>[smhd]|\d.{0,20})\Z")
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "http": ("http", "auth", "site", "origins", "rate"),
    "schedule": ("schedule", "zone"),
    "event": ("event",),
}


def read_triggers(table: Table) -> tuple[Trigger, ...]:
    """Return the triggers of the function, noting what is wrong with them."""
    given: object = table.data.get("trigger", [])
    listed = cast("list[object]", given) if isinstance(given, list) else [given]
    if len(listed) > MOST_TRIGGERS:
        table.wrong("trigger", f"at most {MOST_TRIGGERS} triggers")
        return ()
    found: list[Trigger] = []
    for item in listed:
        if not isinstance(item, dict):
            table.wrong("trigger", 'write it like { http = "POST", auth = "key" }')
            continue
        trigger = _trigger(table.inline("trigger", cast("dict[str, Any]", item)))
        if trigger in found:
            table.wrong("trigger", "two triggers are equal: keep one")
        elif trigger is not None:
            found.append(trigger)
    if len([t for t in found if isinstance(t, HttpTrigger)]) > 1:
        table.wrong("trigger", "a function is called over HTTP in one way: keep one")
    return tuple(found)


def _trigger(table: Table) -> Trigger | None:
    """Return the trigger that one table describes."""
    kinds = [kind for kind in _KEYS if kind in table.data]
    if len(kinds) != 1:
        table.wrong(None, "a trigger has one of http, schedule and event")
        return None
    table.only(_KEYS[kinds[0]])
    match kinds[0]:
        case "http":
            return _http(table)
        case "schedule":
            return _schedule(table)
        case _:
            return _event(table)


def _http(table: Table) -> HttpTrigger:
    """Return how the function is called over HTTP."""
    trigger = HttpTrigger(
        method="GET" if table.parsed("http", _method, "POST") == "GET" else "POST",
        auth=table.parsed("auth", _caller, Caller.KEY),
        site=table.parsed("site", _site, None),
        origins=table.texts("origins", _ANY, "https://shop.example"),
        rate=table.parsed("rate", parse_rate, None),
    )
    for origin in trigger.origins:
        try:
            checked_origin(origin)
        except ValueError as error:
            table.wrong("origins", f"{shown(origin)}: {error}")
    if trigger.auth is Caller.PUBLIC:
        if not trigger.origins and "origins" not in table.data:
            table.wrong(None, 'anybody may call it: say from where, origins = ["https://…"]')
        elif not trigger.origins:
            table.wrong("origins", "list the pages that may call it")
        if trigger.rate is None and "rate" not in table.data:
            table.wrong(None, 'anybody may call it: say how often, such as rate = "30/m"')
    else:
        for key in ("origins", "rate"):
            if key in table.data:
                table.wrong(key, 'this is for auth = "public" only')
    if "site" in table.data and trigger.auth is not Caller.VISITOR:
        table.wrong("site", 'this is for auth = "visitor" only')
    return trigger


def _schedule(table: Table) -> ScheduleTrigger | None:
    """Return when the clock runs the function."""
    before = len(table.findings)
    zone = table.parsed("zone", _zone, "UTC")
    cron = table.parsed("schedule", lambda text: _cron(text, zone), "")
    return ScheduleTrigger(cron, zone) if len(table.findings) == before else None


def _event(table: Table) -> EventTrigger | None:
    """Return what happening runs the function."""
    event = table.text("event")
    if event in EVENTS:
        return EventTrigger(event)
    table.wrong("event", f"{shown(event)} is no event; there are {', '.join(EVENTS)}")
    return None


def parse_rate(text: str) -> Rate:
    """Return the rate that *text* names; raises ValueError.

    >>> parse_rate("30/m").per, parse_rate("5/10m").per
    (datetime.timedelta(seconds=60), datetime.timedelta(seconds=600))
    """
    found = _RATE.match(text.strip())
    if found is None or int(found["count"]) == 0:
        raise ValueError('write it like "30/m": how many, and within what time')
    per = found["per"] if found["per"][0].isdigit() else f"1{found['per']}"
    span = parse_duration(per)
    if not timedelta(seconds=1) <= span <= timedelta(days=1):
        raise ValueError("count within a second at least and a day at most")
    return Rate(int(found["count"]), span)


def _method(text: str) -> str:
    if text not in {"GET", "POST"}:
        raise ValueError("write GET or POST")
    return text


def _caller(text: str) -> Caller:
    try:
        return Caller(text)
    except ValueError:
        raise ValueError("write visitor, key or public") from None


def _site(text: str) -> str:
    if not _SITE.match(text):
        raise ValueError(f"{shown(text)} is no name of a site")
    return text


def _zone(text: str) -> str:
    """Return *text* if it is a time zone; raises ValueError."""
    try:
        ZoneInfo(text)
    except (OSError, ValueError, LookupError):
        # ZoneInfo raises each of these for one or another text that names no zone.
        raise ValueError(
            f"{shown(text)} is no time zone; write it like Europe/Paris"
        ) from None
    return text


def _cron(text: str, zone: str) -> str:
    """Return *text* if it is a cron line that comes due; raises ValueError."""
    schedule.check_cron(text, zone)
    return text
