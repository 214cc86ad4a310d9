"""Opens what happens by itself: schedules, events, and alerts about what went wrong."""

from dataclasses import dataclass

from callingcard.backends.apprise_alerts import AppriseSender
from callingcard.desk.store.chat.events import SqlOutbox
from callingcard.functions.service.telling import channels, events, triggers
from callingcard.functions.service.telling.alerts import AlertDesk
from callingcard.functions.service.telling.channels import AlertSettings, ChannelDesk
from callingcard.functions.service.telling.events import EventDesk
from callingcard.functions.service.telling.jobs import JobDesk
from callingcard.functions.service.telling.orders import Orders
from callingcard.functions.service.telling.triggers import TriggerDesk
from callingcard.functions.store.units import SqlUnits
from callingcard.kit.crypto import Sealer
from callingcard.server.functions.adapters import InvokedOrders
from callingcard.server.functions.alert_metrics import AlertMetrics
from callingcard.server.functions.around import Around
from callingcard.server.functions.background import Background, SiteNews
from callingcard.server.functions.making import Making
from callingcard.server.functions.running import Running
from callingcard.server.settings.model import environment
from callingcard.server.settings.sealed import names_sealed


@dataclass(frozen=True, slots=True)
class Telling:
    """What goes on while nobody asks."""

    alerts: AlertDesk
    triggers: TriggerDesk
    events: EventDesk
    jobs: JobDesk
    metrics: AlertMetrics
    site_news: SiteNews
    background: Background

    async def sweep(self) -> int:
        """Forget what is over; return how many rows went."""
        return await self.jobs.sweep() + await self.alerts.sweep()


def open_telling(around: Around, making: Making, running: Running) -> Telling:
    """Open everything; nothing of it runs yet."""
    clock = around.clock
    units = SqlUnits(around.database, Sealer(around.secrets, "alert channels"))
    metrics = AlertMetrics()
    alerts = AlertDesk(
        units,
        _channels(around, units, metrics),
        clock=clock,
        public_url=around.settings.public_url,
    )
    running.journal.add_sink(alerts)
    running.desk.tell_lost(alerts)
    orders = Orders(InvokedOrders(running.invoker), alerts)
    due = TriggerDesk(units, making.versions, orders, alerts, clock=clock)
    outbox = SqlOutbox(around.database)
    happened = EventDesk(units, outbox, making.versions, orders, clock=clock)
    handlers = {
        channels.JOB: alerts.channels.deliver,
        triggers.JOB: due.run_scheduled,
        events.JOB: happened.run_event,
    }
    jobs = JobDesk(units, handlers, clock=clock)
    site_news = SiteNews(alerts, happened, clock)
    background = Background(
        jobs,
        due,
        happened,
        alerts,
        invoker=running.invoker,
        runs=running.desk,
        news=site_news,
    )
    return Telling(alerts, due, happened, jobs, metrics, site_news, background)


def _channels(around: Around, units: SqlUnits, meter: AlertMetrics) -> ChannelDesk:
    """Return where alerts go; what the settings keep in the sealed store comes later."""
    given = around.settings.alerts.channels
    urls = [] if names_sealed(given) else [url.get_secret_value() for url in given]
    return ChannelDesk(
        units,
        AppriseSender(private=around.settings.is_local, env=environment()),
        AlertSettings(urls, around.settings.public_url),
        clock=around.clock,
        meter=meter,
    )
