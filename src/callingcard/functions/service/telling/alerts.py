"""Alerts: what failed, counted in groups, told once and then ever more rarely.

Every run that ended is shown here. Failures of one fingerprint are one group; the rules
say when a group is told of, and when its fault is over.

Invariant: whoever was told of a fault is told of its end, once.
Invariant: a run that will be tried again by itself is nobody's alarm yet.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from callingcard.errors import NotFound
from callingcard.functions.model.alerts import Channel, Delivery, Failing, Group
from callingcard.functions.model.runs import Run, RunState
from callingcard.functions.ports.units import Unit, Units
from callingcard.functions.service.telling.alert_rules import (
    QUIET,
    alert_text,
    counted,
    muted,
    new_group,
    recovered,
    recovers,
    recovery_text,
    unmuted,
)
from callingcard.functions.service.telling.channels import ChannelDesk
from callingcard.functions.service.telling.fingerprints import fingerprint_of, named
from callingcard.kit.clock import Clock

KEPT: Final = timedelta(days=90)
"""How long groups and deliveries are remembered after they were last touched."""

_MOST_SHOWN: Final = 200
_SILENT_KINDS: Final = frozenset({"editor", "command", "replay"})
"""Runs that somebody is looking at: they need no alert."""

SiteEvent = Literal["site.tripped", "site.recovered", "abuse.suspected"]


class UnknownGroup(NotFound):
    """There is no such group of failures, or it is long over."""

    code = "functions.unknown_alert"


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page of alerts shows."""

    groups: Sequence[Group]
    channels: Sequence[Channel]
    deliveries: Sequence[Delivery]


@dataclass(slots=True)
class _Watched:
    """A failing subject: from when on, or with which other version, a success ends it."""

    ready_at: datetime
    versions: set[str | None]


class AlertDesk:
    """Counts failures and has people told of them."""

    def __init__(
        self, units: Units, channels: ChannelDesk, *, clock: Clock, public_url: str
    ) -> None:
        """Tell by *channels*; links in what is told begin with *public_url*."""
        self.channels = channels
        self._units = units
        self._clock = clock
        self._public_url = public_url
        self._watched: dict[str, _Watched] | None = None
        self._pending: deque[Failing] = deque()
        self._counting = False

    async def run_finished(self, run: Run) -> None:
        """Hear of a run that ended; a success of a healthy function costs a look-up."""
        if run.trigger in _SILENT_KINDS or run.state is RunState.RUNNING:
            return
        if run.state is RunState.SUCCEEDED:
            await self._succeeded(f"function {run.function}", run.version)
        elif not _tried_again(run):
            await self.failed(_failing(run, self._clock.now()))

    async def failed(self, failing: Failing) -> None:
        """Count *failing*; of many at once, one call counts for all the others."""
        self._pending.append(failing)
        if self._counting:
            return
        self._counting = True
        try:
            while self._pending:
                await self._count()
        finally:
            self._counting = False

    async def not_run(self, function: str, *, why: str, trigger: str) -> None:
        """Tell that a schedule or an event could not even be given to a function."""
        fingerprint = named("v1", "not run", function, trigger, why)
        title = f"not run for its {trigger}: {why}"
        await self.failed(
            Failing(fingerprint, f"function {function}", "failure", title, self._clock.now())
        )

    async def missed(self, unit: Unit, function: str, *, cron: str, count: int) -> None:
        """Tell, in the transaction that found it out, that due times went by unserved."""
        title = f"{count} due {'time' if count == 1 else 'times'} of “{cron}” missed"
        fingerprint = named("v1", "missed", function, cron)
        subject, now = f"function {function}", self._clock.now()
        await self._told(
            unit, Failing(fingerprint, subject, "missed", title, now, count=count)
        )

    async def silent(self, function: str, *, cron: str, since: datetime) -> None:
        """Tell that a schedule's function has not been run for too long."""
        title = f"no run for “{cron}” since {since:%Y-%m-%d %H:%M} UTC"
        fingerprint = named("v1", "silent", function, cron)
        subject, now = f"function {function}", self._clock.now()
        async with self._units.writing() as unit:
            known = await unit.groups.alerted(subject)
            if not any(group.fingerprint == fingerprint for group in known):
                await self._told(unit, Failing(fingerprint, subject, "silent", title, now))

    async def site_event(self, kind: SiteEvent, site: str, detail: str) -> None:
        """Hear of a site that is not served, is served again, or seems to be abused."""
        subject = f"site {site}"
        if kind == "site.recovered":
            await self._over(subject, None, at_once=True)
            return
        what = "tokens are not issued" if kind == "site.tripped" else "abuse is suspected"
        fingerprint = named("v1", kind, site)
        title = f"{what}: {detail}"
        await self.failed(Failing(fingerprint, subject, "failure", title, self._clock.now()))

    async def overview(self) -> Overview:
        """Return the groups that failed last, the channels, and the newest deliveries."""
        async with self._units.reading() as unit:
            groups = await unit.groups.newest(_MOST_SHOWN)
        channels = await self.channels.all()
        return Overview(groups, channels, await self.channels.deliveries(_MOST_SHOWN))

    async def mute(self, fingerprint: str, until: datetime | None) -> Group:
        """Say nothing of a group until then, or until it is resolved; raises UnknownGroup."""
        async with self._units.writing() as unit:
            group = muted(await _found(unit, fingerprint), until)
            await unit.groups.save(group)
        return group

    async def unmute(self, fingerprint: str) -> Group:
        """Say something of a group again; one that is not muted stays. Raises UnknownGroup."""
        async with self._units.writing() as unit:
            group = unmuted(await _found(unit, fingerprint))
            await unit.groups.save(group)
        await self.refresh()
        return group

    async def resolve(self, fingerprint: str) -> Group:
        """Call a group's fault over, without telling anybody; raises UnknownGroup."""
        async with self._units.writing() as unit:
            group = recovered(await _found(unit, fingerprint))
            await unit.groups.save(group)
        return group

    async def refresh(self) -> None:
        """Look which groups are open, as other servers open and end them too."""
        async with self._units.reading() as unit:
            self._watch(await unit.groups.alerted())

    async def sweep(self) -> int:
        """Forget what is long over; return how many rows went."""
        before = self._clock.now() - KEPT
        async with self._units.writing() as unit:
            return await unit.groups.sweep(before) + await unit.deliveries.sweep(before)

    async def _count(self) -> None:
        """Count everything that is pending, in one transaction."""
        together: dict[str, Failing] = {}
        while self._pending:
            one = self._pending.popleft()
            known = together.get(one.fingerprint)
            total = one.count + (known.count if known else 0)
            together[one.fingerprint] = replace(one, count=total)
        async with self._units.writing() as unit:
            # Sorted: two servers that count the same faults lock them in one order.
            for fingerprint in sorted(together):
                await self._told(unit, together[fingerprint])
        await self.refresh()

    async def _told(self, unit: Unit, failing: Failing) -> None:
        group, told = counted(await unit.groups.open(new_group(failing)), failing)
        await unit.groups.save(group)
        if told:
            await self.channels.post(unit, alert_text(group, public_url=self._public_url))

    async def _succeeded(self, subject: str, version: str) -> None:
        if self._watched is None:
            await self.refresh()
        watched = (self._watched or {}).get(subject)
        if watched is None:
            return
        another = watched.versions - {None, version}
        if another or self._clock.now() >= watched.ready_at:
            await self._over(subject, version)

    async def _over(self, subject: str, version: str | None, *, at_once: bool = False) -> None:
        """End the faults of *subject* that are over, and tell who was told of them."""
        async with self._units.writing() as unit:
            for seen in await unit.groups.alerted(subject):
                group = await unit.groups.get(seen.fingerprint)
                if group is None or group.state != seen.state:
                    continue  # another server was faster
                if at_once or recovers(group, version=version, now=self._clock.now()):
                    await unit.groups.save(recovered(group))
                    text = recovery_text(group, public_url=self._public_url)
                    await self.channels.post(unit, text)
        await self.refresh()

    def _watch(self, groups: Sequence[Group]) -> None:
        watched: dict[str, _Watched] = {}
        for group in groups:
            ready_at = group.last_at + QUIET
            known = watched.setdefault(group.subject, _Watched(ready_at, set()))
            known.ready_at = min(known.ready_at, ready_at)
            known.versions.add(group.last_version)
        self._watched = watched


async def _found(unit: Unit, fingerprint: str) -> Group:
    group = await unit.groups.get(fingerprint)
    if group is None:
        raise UnknownGroup("there is no such group of failures")
    return group


def _tried_again(run: Run) -> bool:
    """Say whether the job that ordered a failed *run* will order another by itself."""
    cut_off = run.state is RunState.LOST and "job" in run.extra
    return cut_off or run.extra.get("retries_left", "0") != "0"


def _failing(run: Run, now: datetime) -> Failing:
    """Return what a failed *run* is to alerts."""
    failure = run.failure
    title = f"{failure.type}: {failure.message}" if failure else run.state.value
    fingerprint = (
        run.fingerprint or fingerprint_of(run) or named("v1", run.function, run.state.value)
    )
    return Failing(
        fingerprint=fingerprint,
        subject=f"function {run.function}",
        kind="failure",
        title=title,
        at=now,
        run=run.id,
        version=run.version,
    )
