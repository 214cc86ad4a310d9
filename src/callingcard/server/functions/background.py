"""What goes on without anybody asking: schedules, events, alerts, and signs of life.

Sites' troubles come in here too, at once and from any code: they wait in memory for the
next beat, and a site that is still in trouble after a restart says so again.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from callingcard.backends.gate import Repeating
from callingcard.backends.jobs import Worker
from callingcard.functions.model.jobs import Job
from callingcard.functions.service.remembering.leases import BEAT_EVERY
from callingcard.functions.service.running.invoke import Invoker
from callingcard.functions.service.running.runs import RunDesk
from callingcard.functions.service.telling.alerts import AlertDesk, SiteEvent
from callingcard.functions.service.telling.events import EventDesk
from callingcard.functions.service.telling.jobs import JobDesk
from callingcard.functions.service.telling.triggers import TriggerDesk
from callingcard.kit.clock import Clock

LIFE_EVERY: Final = timedelta(seconds=10)
REFRESH_EVERY: Final = timedelta(seconds=15)

_QUIET: Final = timedelta(minutes=1)
_MOST_WAITING: Final = 1000


class SiteNews:
    """Passes on what happens to sites; the same of one site once a minute at most."""

    def __init__(self, alerts: AlertDesk, events: EventDesk, clock: Clock) -> None:
        self._alerts = alerts
        self._events = events
        self._clock = clock
        self._waiting: deque[tuple[SiteEvent, str, str]] = deque(maxlen=_MOST_WAITING)
        self._told: dict[tuple[str, str], datetime] = {}

    def hear(self, kind: SiteEvent, site: str, detail: str) -> None:
        """Take note; nobody waits for what follows."""
        now = self._clock.now()
        last = self._told.get((kind, site))
        if kind == "abuse.suspected" and last is not None and now - last < _QUIET:
            return
        self._told[kind, site] = now
        self._waiting.append((kind, site, detail))

    async def pass_on(self) -> None:
        """Tell alerts, and the functions that listen."""
        while self._waiting:
            kind, site, detail = self._waiting[0]
            await self._alerts.site_event(kind, site, detail)
            await self._events.publish(kind, {"site": site, "detail": detail})
            self._waiting.popleft()


class Background:
    """Everything that goes on by itself, from ``start`` to ``stop``."""

    def __init__(  # noqa: PLR0913  (each is asked again and again)
        self,
        jobs: JobDesk,
        triggers: TriggerDesk,
        events: EventDesk,
        alerts: AlertDesk,
        *,
        invoker: Invoker,
        runs: RunDesk,
        news: SiteNews,
    ) -> None:
        beats = {
            "schedules": triggers.tick,
            "events": events.relay,
            "sites": news.pass_on,
        }
        self._worker: Worker[Job] = Worker(jobs, beats)
        self._repeating = (
            Repeating(invoker.beat, BEAT_EVERY),
            Repeating(runs.beat, LIFE_EVERY),
            Repeating(alerts.refresh, REFRESH_EVERY),
        )
        self._running = False

    @property
    def wake(self) -> Callable[[], None]:
        """Look for work now."""
        return self._worker.wake

    async def start(self) -> None:
        """Begin."""
        self._running = True
        await self._worker.__aenter__()
        for one in self._repeating:
            one.start()

    async def stop(self) -> None:
        """End; what was not done is taken up by another node, or after a restart."""
        if not self._running:
            return
        self._running = False
        for one in self._repeating:
            await one.stop()
        await self._worker.__aexit__(None, None, None)
