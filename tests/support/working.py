"""A process that does jobs and keeps a schedule, until it is killed: for tests of that.

``python -m tests.support.working FOLDER SECONDS`` works in FOLDER, with a clock that is
so many seconds ahead.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from callingcard.backends.choose import open_database
from callingcard.backends.jobs import Worker
from callingcard.desk.store.chat.events import SqlOutbox
from callingcard.functions.model.runs import Run, RunState
from callingcard.functions.model.triggers import RunOrder
from callingcard.functions.model.values import RunId, VersionId
from callingcard.functions.service.telling import events, triggers
from callingcard.functions.service.telling.alerts import AlertDesk
from callingcard.functions.service.telling.channels import AlertSettings, ChannelDesk
from callingcard.functions.service.telling.events import EventDesk
from callingcard.functions.service.telling.jobs import JobDesk
from callingcard.functions.service.telling.orders import Orders
from callingcard.functions.service.telling.triggers import TriggerDesk
from callingcard.functions.store.units import SqlUnits
from callingcard.kit.clock import SystemClock
from callingcard.kit.crypto import Sealer
from tests.support.background_house import (
    SECRET,
    FakeDeployed,
    FakeSender,
    deployed_for_killing,
)


class Ahead:
    """A clock that is ahead of the machine's."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        """Return that later moment."""
        return SystemClock().now() + self._by


class Written:
    """Runs functions by writing down, in a file, that they began and ended."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def run(self, order: RunOrder) -> Run:
        """Write a line, take a while, write another."""
        what = str(order.extra.get("event_id") or order.extra["scheduled_at"])
        self._write(f"began {order.trigger} {what} {order.extra['attempt']}")
        await asyncio.sleep(0.02)
        self._write(f"ended {order.trigger} {what} {order.extra['attempt']}")
        now = SystemClock().now()
        return Run(
            RunId(what),
            order.function,
            VersionId("v"),
            order.trigger,
            RunState.SUCCEEDED,
            now,
            input={},
        )

    def _write(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


async def work(folder: Path, ahead: timedelta) -> None:
    """Work until somebody ends the process."""
    database = open_database("sqlite", folder)
    clock = Ahead(ahead)
    units = SqlUnits(database, Sealer([SECRET], "alert channels"))
    no_urls: Sequence[str] = ()
    channels = ChannelDesk(units, FakeSender(), AlertSettings(no_urls, ""), clock=clock)
    alerts = AlertDesk(units, channels, clock=clock, public_url="")
    orders = Orders(Written(folder / "done"), alerts)
    deployed: FakeDeployed = deployed_for_killing()
    schedules = TriggerDesk(units, deployed, orders, alerts, clock=clock)
    happenings = EventDesk(units, SqlOutbox(database), deployed, orders, clock=clock)
    handlers = {
        triggers.JOB: schedules.run_scheduled,
        events.JOB: happenings.run_event,
    }
    desk = JobDesk(units, handlers, clock=clock)
    beats = {"schedules": schedules.tick, "events": happenings.relay}
    async with Worker(desk, beats, at_once=3, every=timedelta(milliseconds=20)):
        (folder / "ready").touch()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), timedelta(seconds=float(sys.argv[2]))))
