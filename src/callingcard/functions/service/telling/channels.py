"""Where alerts go, and how each gets there: at once, again for a day, or gathered.

A channel is a URL of the settings, or one that somebody added in the app. A message to
a channel is a *delivery*: a row that is there before anything is sent, and a job that
sends it. What a channel does not take is told by the others.

Invariant: a URL is read when something is sent, and never shown, logged or passed on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import structlog

from callingcard.errors import Invalid, NotFound, UpstreamError
from callingcard.functions.model.alerts import Address, Channel, Delivery, Failing
from callingcard.functions.model.jobs import Job, NewJob
from callingcard.functions.ports.alerts import AlertMeter, Sender
from callingcard.functions.ports.units import Unit, Units
from callingcard.functions.service.telling.alert_rules import (
    BUDGET,
    BUDGET_SPAN,
    KEEP_TRYING,
    TELL_OTHERS_AT,
    Message,
    alert_text,
    counted,
    gathered,
    new_group,
    recovered,
    recovery_text,
    short,
    wait_before,
)
from callingcard.functions.service.telling.fingerprints import named
from callingcard.functions.service.telling.jobs import TryAgain
from callingcard.kit.clock import Clock
from callingcard.kit.ids import random_id

JOB: Final = "alert"
"""The kind of job that sends a delivery."""

MAX_URL: Final = 2000
MAX_NAME: Final = 100
_MOST_CHANNELS: Final = 50

log = structlog.get_logger("callingcard.alerts")


class UnknownChannel(NotFound):
    """There is no such channel, or it is the settings' own."""

    code = "functions.unknown_channel"


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """What the settings say about alerts."""

    urls: Sequence[str] = field(repr=False)
    """Where alerts go, in Apprise's form."""
    public_url: str
    """Where links in messages lead."""


class ChannelDesk:
    """The channels, and everything that is on its way to them."""

    def __init__(
        self,
        units: Units,
        sender: Sender,
        settings: AlertSettings,
        *,
        clock: Clock,
        meter: AlertMeter | None = None,
    ) -> None:
        """Send by *sender* to the channels of *settings*, and to those that are added."""
        self._units = units
        self._sender = sender
        self._clock = clock
        self._meter = meter
        self._public_url = settings.public_url
        self.use(settings.urls)

    def use(self, urls: Sequence[str]) -> None:
        """Send to these channels of the settings from now on."""
        self._fixed = {f"settings-{n}": url for n, url in enumerate(urls, 1)}

    async def all(self) -> Sequence[Channel]:
        """Return every channel with how its newest delivery went."""
        async with self._units.reading() as unit:
            found = await self._known(unit)
            newest = {one.channel: one for one in await unit.deliveries.latest_of()}
        return [
            replace(
                channel,
                last_at=newest[channel.id].at if channel.id in newest else None,
                last_problem=newest[channel.id].problem if channel.id in newest else None,
            )
            for channel in found
        ]

    async def add(self, name: str, url: str) -> Channel:
        """Keep a new channel; raises Invalid when its URL cannot be one."""
        problem = None if url.isprintable() and len(url) <= MAX_URL else "this is no URL"
        problem = problem or self._sender.refusal(url)
        fields = {} if problem is None else {"url": problem}
        if not (name.strip() and name.isprintable() and len(name) <= MAX_NAME):
            fields["name"] = f"1 to {MAX_NAME} characters"
        kind = self._sender.kind(url) if "url" not in fields else None
        if fields or kind is None:
            raise Invalid("this channel cannot be added", fields=fields)
        channel = Channel(random_id("ch_"), name.strip(), kind, from_settings=False)
        async with self._units.writing() as unit:
            if len(await unit.channels.all()) >= _MOST_CHANNELS:
                raise Invalid(f"there are {_MOST_CHANNELS} channels: remove one first")
            await unit.channels.add(channel, url)
        return channel

    async def drop(self, channel: str) -> None:
        """Remove a channel; raises UnknownChannel, also for those of the settings."""
        async with self._units.writing() as unit:
            if not await unit.channels.drop(channel):
                raise UnknownChannel(
                    "there is no such channel",
                    hint="One of the settings is removed in callingcard.toml.",
                )

    async def deliveries(self, limit: int) -> Sequence[Delivery]:
        """Return the newest deliveries."""
        async with self._units.reading() as unit:
            return await unit.deliveries.newest(limit)

    async def post(self, unit: Unit, message: Message, *, but: str | None = None) -> None:
        """Have *message* sent to every channel, once the transaction is kept.

        With *but*, it tells of that channel's own trouble and goes to all the others.
        """
        for channel in await self._known(unit):
            if channel.id != but:
                await self._post(unit, channel.id, message, about_channel=but is not None)

    async def deliver(self, job: Job) -> None:
        """Send the delivery that *job* names; the handler of ``JOB``."""
        async with self._units.writing() as unit:
            delivery = await unit.deliveries.get(str(job.payload["delivery"]))
            address = None if delivery is None else await self._address(unit, delivery.channel)
        if delivery is None or delivery.state != "waiting":
            return
        if address is None:
            await self._note(replace(delivery, state="failed", problem="the channel is gone"))
            return
        tried = await self._send(delivery, address)
        given_up = self._clock.now() - delivery.at >= KEEP_TRYING
        if tried.problem is not None and given_up:
            tried = replace(tried, state="failed")
        await self._note(tried)
        if tried.state == "waiting":
            raise TryAgain(wait_before(tried.attempts))

    async def test(self) -> Sequence[Delivery]:
        """Send a test to every channel now; return how each went."""
        message = Message(
            "A test from Callingcard",
            f"Alerts arrive here.\nAll alerts: {self._public_url}/app/alerts",
        )
        async with self._units.writing() as unit:
            known = await self._known(unit)
            addresses = {one.id: await self._address(unit, one.id) for one in known}
        went: list[Delivery] = []
        for channel, address in addresses.items():
            # Whoever tests sees what fails: the other channels need not say so.
            delivery = replace(self._made(channel, message), about_channel=True)
            if address is None:
                problem = "its URL cannot be opened: add the channel again"
                tried = replace(delivery, state="failed", problem=problem)
            else:
                tried = await self._send(delivery, address)
            state = "sent" if tried.problem is None else "failed"
            went.append(replace(tried, state=state))
            await self._note(went[-1])
        return went

    async def _send(self, delivery: Delivery, address: Address) -> Delivery:
        """Try *delivery* once; return it as it is then."""
        kind = self._sender.kind(address.url) or "unknown"
        tried = replace(delivery, attempts=delivery.attempts + 1)
        try:
            await self._sender.send(
                address.url, delivery.subject, delivery.body, trusted=address.trusted
            )
        except UpstreamError as error:
            tried = replace(tried, problem=short(error.message))
        else:
            tried = replace(tried, state="sent", problem=None)
        if self._meter is not None:
            self._meter.delivery(kind, "failed" if tried.problem else "sent")
        return tried

    async def _note(self, delivery: Delivery) -> None:
        """Write down how it went, and tell the other channels of one that fails."""
        failed = delivery.problem is not None
        if failed:
            log.warning(
                "alert not delivered",
                channel=delivery.channel,
                problem=delivery.problem,
                attempts=delivery.attempts,
                given_up=delivery.state == "failed",
            )
        subject = f"channel {delivery.channel}"
        told = failed and not delivery.about_channel
        told = told and (delivery.state == "failed" or delivery.attempts == TELL_OTHERS_AT)
        async with self._units.writing() as unit:
            await unit.deliveries.put(delivery)
            if told:
                await self._tell_others(unit, delivery, subject)
            elif not failed:
                for group in await unit.groups.alerted(subject):
                    await unit.groups.save(recovered(group))
                    await self.post(unit, recovery_text(group, public_url=self._public_url))

    async def _tell_others(self, unit: Unit, delivery: Delivery, subject: str) -> None:
        failing = Failing(
            fingerprint=named("v1", "channel", delivery.channel),
            subject=subject,
            kind="failure",
            title=f"alerts do not arrive: {delivery.problem}",
            at=self._clock.now(),
        )
        group, told = counted(await unit.groups.open(new_group(failing)), failing)
        await unit.groups.save(group)
        if told:
            text = alert_text(group, public_url=self._public_url)
            await self.post(unit, text, but=delivery.channel)

    async def _post(
        self, unit: Unit, channel: str, message: Message, *, about_channel: bool
    ) -> None:
        now = self._clock.now()
        if await unit.deliveries.since(channel, now - BUDGET_SPAN) >= BUDGET:
            await self._gather(unit, channel, message, now)
            return
        made = self._made(channel, message)
        delivery = replace(made, about_channel=about_channel)
        await unit.deliveries.put(delivery)
        await unit.jobs.add([_job(delivery, now)], now=now)

    async def _gather(self, unit: Unit, channel: str, message: Message, now: datetime) -> None:
        """Add *message* to the one that the channel gets when the hour is over."""
        since_1970 = now - datetime(1970, 1, 1, tzinfo=UTC)
        over = now + BUDGET_SPAN - since_1970 % BUDGET_SPAN
        name = f"digest {channel} {over:%Y-%m-%dT%H:%M}"
        found = await unit.deliveries.get(name, lock=True)
        if found is None:
            subject = "Many alerts from Callingcard, gathered"
            body = f"More than {BUDGET} alerts within an hour. These came as one message:"
            found = Delivery(name, channel, now, subject, body, digest=True, lines=0)
            await unit.jobs.add([_job(found, over)], now=now)
        body = gathered(found.body, found.lines, message)
        await unit.deliveries.put(replace(found, body=body, lines=found.lines + 1))

    def _made(self, channel: str, message: Message) -> Delivery:
        now = self._clock.now()
        return Delivery(random_id("dl_"), channel, now, message.subject, message.body)

    async def _known(self, unit: Unit) -> Sequence[Channel]:
        fixed = [
            Channel(
                name,
                name.replace("-", " "),
                self._sender.kind(url) or "unknown",
                from_settings=True,
            )
            for name, url in self._fixed.items()
        ]
        return [*fixed, *await unit.channels.all()]

    async def _address(self, unit: Unit, channel: str) -> Address | None:
        if channel in self._fixed:
            return Address(self._fixed[channel], trusted=True)
        url = await unit.channels.url(channel)
        return None if url is None else Address(url, trusted=False)


def _job(delivery: Delivery, due_at: datetime) -> NewJob:
    return NewJob(f"alert:{delivery.id}", JOB, {"delivery": delivery.id}, due_at)
