"""Events: what happened in the desk or to a site, given to the functions that want it.

The desk writes an event down in the transaction in which it happens. Here it becomes one
job for each function that is deployed with a trigger of its kind, and then the desk's row
goes. So a function hears of everything at least once; the event's id tells it twice-told
ones. What happens in one conversation is told in its order, and the next waits while an
earlier one is tried again.

Invariant: an event is forgotten by the desk only after its jobs are on the disk.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from callingcard.functions.model.events import EVENTS
from callingcard.functions.model.jobs import Job, NewJob
from callingcard.functions.model.manifest import EventTrigger
from callingcard.functions.model.triggers import Happened
from callingcard.functions.model.values import FunctionName, Json
from callingcard.functions.ports.triggers import Deployed, Occurrence, Outbox
from callingcard.functions.ports.units import Units
from callingcard.functions.service.telling.orders import Order, Orders
from callingcard.kit.clock import Clock
from callingcard.kit.ids import random_id

JOB: Final = "event"
"""The kind of job that runs a function for an event."""

_AT_ONCE: Final = 100


class EventDesk:
    """Brings events to functions; somebody has to call ``relay`` again and again."""

    def __init__(
        self, units: Units, outbox: Outbox, deployed: Deployed, orders: Orders, *, clock: Clock
    ) -> None:
        self._units = units
        self._outbox = outbox
        self._deployed = deployed
        self._orders = orders
        self._clock = clock

    async def relay(self) -> int:
        """Turn what waits in the outbox into jobs; return how many events there were."""
        total = 0
        while waiting := await self._outbox.waiting(_AT_ONCE):
            await self._spread(waiting)
            await self._outbox.told([happened.id for happened in waiting])
            total += len(waiting)
            if len(waiting) < _AT_ONCE:
                break
        return total

    async def publish(self, kind: str, data: Mapping[str, Json]) -> None:
        """Tell of an event that no outbox holds, such as a site's; raises ValueError."""
        if kind not in EVENTS:
            raise ValueError(f"{kind} is no kind of event")
        happened = Happened(random_id("evt_"), kind, self._clock.now(), data)
        await self._spread([happened])

    async def run_event(self, job: Job) -> None:
        """Run a function for an event; the handler of ``JOB``."""
        event = job.payload["event"]
        if not isinstance(event, Mapping):
            raise TypeError("a job for an event without one")
        extra = {"event": str(event["event"]), "event_id": str(event["id"])}
        function = FunctionName(str(job.payload["function"]))
        order = Order(function, event, "event", extra, retried=True)
        await self._orders.carry_out(job, order)

    async def _spread(self, events: Sequence[Occurrence]) -> None:
        """Keep one job for each event and each function that wants to know of it."""
        listeners = await self._listeners()
        jobs = [
            _job(happened, function)
            for happened in events
            for function in listeners.get(happened.kind, ())
        ]
        if jobs:
            async with self._units.writing() as unit:
                await unit.jobs.add(jobs, now=self._clock.now())

    async def _listeners(self) -> Mapping[str, Sequence[FunctionName]]:
        """Return, by kind of event, the functions that are run for it."""
        found: dict[str, list[FunctionName]] = {}
        for function in await self._deployed.all():
            for trigger in function.current.manifest.triggers:
                if isinstance(trigger, EventTrigger):
                    found.setdefault(trigger.event, []).append(function.name)
        return found


def _job(happened: Occurrence, function: FunctionName) -> NewJob:
    event: dict[str, Json] = {
        "event": happened.kind,
        "id": happened.id,
        "at": happened.at.isoformat(),
        "data": happened.data,
    }
    return NewJob(
        id=f"event:{happened.id}:{function}",
        kind=JOB,
        payload={"function": function, "event": event},
        due_at=happened.at,
        line=f"{function} {happened.line}" if happened.line else "",
    )
