"""Schedules: kept in step with what is deployed, run when they are due, missed aloud.

Where a schedule stands follows from the deployed versions at every look, so a deploy, a
rollback or a deletion needs to tell nobody.

A due time that comes while no server runs is made up for when one runs again within
``GRACE``, once, for the latest; older ones are counted as missed, and told.

Invariant: one due time is one job, however many servers look at the clock.
Invariant: the job is written in the transaction that moves the schedule on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from callingcard.functions.model.jobs import Job, NewJob
from callingcard.functions.model.manifest import ScheduleTrigger
from callingcard.functions.model.triggers import ScheduleState
from callingcard.functions.model.values import FunctionName
from callingcard.functions.ports.triggers import Deployed
from callingcard.functions.ports.units import Unit, Units
from callingcard.functions.schedule import last_due, next_due, period
from callingcard.functions.service.telling.alerts import AlertDesk
from callingcard.functions.service.telling.orders import Order, Orders
from callingcard.kit.clock import Clock

JOB: Final = "schedule"
"""The kind of job that runs a function for a due time."""

GRACE: Final = timedelta(minutes=10)
"""How late a function is still run for a due time."""

_RECONCILE_EVERY: Final = timedelta(seconds=5)
_WATCH_EVERY: Final = timedelta(minutes=1)
_SILENT_PERIODS: Final = 2

_Key = tuple[FunctionName, int]


class TriggerDesk:
    """Looks at the clock for functions; somebody has to call ``tick`` every second or so."""

    def __init__(
        self,
        units: Units,
        deployed: Deployed,
        orders: Orders,
        alerts: AlertDesk,
        *,
        clock: Clock,
    ) -> None:
        self._units = units
        self._deployed = deployed
        self._orders = orders
        self._alerts = alerts
        self._clock = clock
        self._reconciled_at: datetime | None = None
        self._watched_at: datetime | None = None
        self._ticked_at: datetime | None = None
        self._began_at = clock.now()

    def changed(self) -> None:
        """Have the next tick look at what is deployed, without waiting a few seconds."""
        self._reconciled_at = None

    async def schedules(self, function: str | None = None) -> Sequence[ScheduleState]:
        """Return where the schedules stand: all of them, or one function's."""
        async with self._units.reading() as unit:
            found = await unit.schedules.all()
        return [one for one in found if function in {None, one.function}]

    async def tick(self) -> int:
        """Do what the clock asks for; return how many jobs it made."""
        now = self._clock.now()
        if _old(self._ticked_at, now, GRACE):
            self._began_at = now  # a server that begins, or a laptop that slept
        self._ticked_at = now
        if _old(self._reconciled_at, now, _RECONCILE_EVERY):
            await self.reconcile()
            self._reconciled_at = now
        made = await self._claim_due(now)
        if _old(self._watched_at, now, _WATCH_EVERY):
            await self._watch_for_silence(now)
            self._watched_at = now
        return made

    async def reconcile(self) -> None:
        """Have exactly the schedules that the deployed versions declare."""
        now = self._clock.now()
        wanted: dict[_Key, ScheduleTrigger] = {
            (function.name, position): trigger
            for function in await self._deployed.all()
            for position, trigger in enumerate(function.current.manifest.triggers)
            if isinstance(trigger, ScheduleTrigger)
        }
        async with self._units.reading() as unit:
            known = {(one.function, one.position): one for one in await unit.schedules.all()}
        new = {key: t for key, t in wanted.items() if not _same(known.get(key), t)}
        gone = known.keys() - wanted.keys()
        if not new and not gone:
            return
        async with self._units.writing() as unit:
            for function, position in sorted(gone):
                await unit.schedules.drop(function, position)
            for (function, position), trigger in sorted(new.items(), key=lambda one: one[0]):
                due = next_due(trigger.cron, trigger.zone, now)
                await unit.schedules.put(
                    ScheduleState(function, position, trigger.cron, trigger.zone, due, now)
                )

    async def run_scheduled(self, job: Job) -> None:
        """Run a function for a due time; the handler of ``JOB``."""
        function = FunctionName(str(job.payload["function"]))
        due = str(job.payload["due"])
        order = Order(
            function,
            {"scheduled_at": due},
            "schedule",
            {"scheduled_at": due},
            retried=False,
        )
        run = await self._orders.carry_out(job, order)
        if run is not None:
            position = int(str(job.payload["position"]))
            async with self._units.writing() as unit:
                await unit.schedules.ran(function, position, self._clock.now())

    async def _claim_due(self, now: datetime) -> int:
        async with self._units.reading() as unit:
            due = await unit.schedules.due(now)
        made = 0
        for state in due:
            async with self._units.writing() as unit:
                made += await self._claim(unit, state, now)
        return made

    async def _claim(self, unit: Unit, state: ScheduleState, now: datetime) -> int:
        """Move one schedule on and make its job, unless another server has just done so."""
        latest, passed = last_due(state.cron, state.zone, state.next_at, now)
        runs = now - latest <= GRACE
        missed = passed if runs else passed + 1
        advanced = replace(
            state,
            next_at=next_due(state.cron, state.zone, now),
            last_at=latest if runs else state.last_at,
            missed=state.missed + missed,
        )
        if not await unit.schedules.claim(state, advanced):
            return 0
        if missed:
            await self._alerts.missed(unit, state.function, cron=state.cron, count=missed)
        return await unit.jobs.add([_job(state, latest, now)], now=now) if runs else 0

    async def _watch_for_silence(self, now: datetime) -> None:
        """Tell of functions that the clock should have run, and that have not been run."""
        for state in await self.schedules():
            # What went by before this server began is missed, and told as that.
            last = max(state.ran_at or state.since, state.since, self._began_at)
            patience = _SILENT_PERIODS * period(state.cron, state.zone, last) + GRACE
            if now - last > patience:
                await self._alerts.silent(state.function, cron=state.cron, since=last)


def by_position(states: Sequence[ScheduleState]) -> Mapping[int, ScheduleState]:
    """Return one function's schedules by their place in its manifest."""
    return {state.position: state for state in states}


def _same(state: ScheduleState | None, trigger: ScheduleTrigger) -> bool:
    return state is not None and (state.cron, state.zone) == (trigger.cron, trigger.zone)


def _old(at: datetime | None, now: datetime, every: timedelta) -> bool:
    """Say whether something last done *at* is to be done again; also when clocks went back."""
    return at is None or not timedelta(0) <= now - at < every


def _job(state: ScheduleState, due: datetime, now: datetime) -> NewJob:
    at = due.isoformat()
    payload = {"function": state.function, "position": state.position, "due": at}
    return NewJob(f"schedule:{state.function}:{state.position}:{at}", JOB, payload, now)
