"""Jobs, schedules, events and alerts over a real database, with a sender that remembers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from callingcard.backends.database import Database
from callingcard.desk.store.chat.events import SqlOutbox
from callingcard.errors import CallingcardError, UpstreamError
from callingcard.functions.model.alerts import Delivery, Group
from callingcard.functions.model.jobs import Job
from callingcard.functions.model.manifest import (
    EventTrigger,
    Manifest,
    ScheduleTrigger,
    Trigger,
)
from callingcard.functions.model.runs import Failure, Run, RunState, TriggerKind
from callingcard.functions.model.triggers import RunOrder
from callingcard.functions.model.values import FunctionName, RunId, VersionId
from callingcard.functions.model.versions import Function, Version
from callingcard.functions.service.telling import channels, events, triggers
from callingcard.functions.service.telling.alerts import AlertDesk
from callingcard.functions.service.telling.channels import AlertSettings, ChannelDesk
from callingcard.functions.service.telling.events import EventDesk
from callingcard.functions.service.telling.jobs import JobDesk
from callingcard.functions.service.telling.orders import Orders
from callingcard.functions.service.telling.triggers import TriggerDesk
from callingcard.functions.store.units import SqlUnits
from callingcard.kit.clock import FakeClock
from callingcard.kit.crypto import Sealer

SECRET = b"a secret for channels, of enough bytes"
URL = "https://chat.test"


class FakeSender:
    """Remembers what was sent, and refuses what a test says."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.down: set[str] = set()
        self.trusted: set[str] = set()

    def kind(self, url: str) -> str | None:
        """Return what is in front of the URL's colon."""
        return url.partition("://")[0] if "://" in url else None

    def refusal(self, url: str) -> str | None:
        """Refuse what is no URL."""
        return None if "://" in url else "write a URL"

    async def send(self, url: str, subject: str, body: str, *, trusted: bool) -> None:
        """Remember the message, unless its channel is down."""
        assert trusted == (url in self.trusted)
        if url in self.down:
            raise UpstreamError("the service answered 503", retryable=True)
        self.sent.append((url, subject, body))

    def to(self, url: str) -> list[str]:
        """Return the subjects that *url* was sent."""
        return [subject for sent, subject, _ in self.sent if sent == url]


class FakeDeployed:
    """Functions that are deployed, made of their triggers alone."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def deploy(self, name: str, *of: Trigger) -> Version:
        """Deploy a function with these triggers."""
        function = FunctionName(name)
        now = FakeClock().now()
        version = Version(
            id=VersionId(f"v-{name}-{len(of)}"),
            function=function,
            number=1,
            source="",
            manifest=Manifest(triggers=of),
            schema={},
            returns={},
            lock="",
            environment="",
            deployed_at=now,
            deployed_by="test",
        )
        self.functions[name] = Function(function, version, now)
        return version

    async def all(self) -> Sequence[Function]:
        """Return every function."""
        return [self.functions[name] for name in sorted(self.functions)]


def deployed_for_killing() -> FakeDeployed:
    """Return one function for messages, and one for each minute."""
    deployed = FakeDeployed()
    deployed.deploy("watch", EventTrigger("message.received"))
    deployed.deploy("often", ScheduleTrigger("* * * * *"))
    return deployed


class FakeInvokes:
    """Plays the runs of functions as a test says."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self.orders: list[RunOrder] = []
        self.outcome: Callable[[RunOrder], RunState | CallingcardError] = lambda _: (
            RunState.SUCCEEDED
        )

    async def run(self, order: RunOrder) -> Run:
        """Remember the order, and return a run as the test wants it."""
        self.orders.append(order)
        outcome = self.outcome(order)
        if isinstance(outcome, CallingcardError):
            raise outcome
        run = self._house.ended(
            order.function, outcome, trigger=order.trigger, extra=dict(order.extra)
        )
        await self._house.alerts.run_finished(run)
        return run


@dataclass
class House:
    """Everything that goes on in the background, on one database."""

    database: Database
    clock: FakeClock
    urls: Sequence[str] = ("fake://one",)
    sender: FakeSender = field(default_factory=FakeSender)
    deployed: FakeDeployed = field(default_factory=FakeDeployed)

    def __post_init__(self) -> None:
        """Wire the services as the server does."""
        self.units = SqlUnits(self.database, Sealer([SECRET], "alert channels"))
        self.channels = ChannelDesk(
            self.units, self.sender, AlertSettings(self.urls, URL), clock=self.clock
        )
        self.alerts = AlertDesk(self.units, self.channels, clock=self.clock, public_url=URL)
        self.invokes = FakeInvokes(self)
        orders = Orders(self.invokes, self.alerts)
        self.triggers = TriggerDesk(
            self.units, self.deployed, orders, self.alerts, clock=self.clock
        )
        self.events = EventDesk(
            self.units, SqlOutbox(self.database), self.deployed, orders, clock=self.clock
        )
        self.sender.trusted |= set(self.urls)
        handlers = {
            channels.JOB: self.channels.deliver,
            triggers.JOB: self.triggers.run_scheduled,
            events.JOB: self.events.run_event,
        }
        self.jobs = JobDesk(self.units, handlers, clock=self.clock)
        self._runs = 0

    async def work(self) -> list[Job]:
        """Do every job that is due now, and what follows from it."""
        done: list[Job] = []
        while jobs := await self.jobs.due(20):
            for job in jobs:
                await self.jobs.perform(job)
                done.append(job)
        return done

    async def pass_(self, **time: float) -> None:
        """Let time pass and do what is due then."""
        self.clock.advance(timedelta(**time))
        await self.triggers.tick()
        await self.work()

    def ended(
        self,
        function: str,
        state: RunState,
        *,
        message: str = "it broke",
        trigger: TriggerKind = "http",
        version: str = "v1",
        extra: dict[str, str] | None = None,
    ) -> Run:
        """Return a run of *function* that ended in *state*."""
        self._runs += 1
        failed = state is not RunState.SUCCEEDED
        return Run(
            id=RunId(f"run-{self._runs}"),
            function=FunctionName(function),
            version=VersionId(version),
            trigger=trigger,
            state=state,
            started_at=self.clock.now(),
            input={},
            failure=Failure("ValueError", message) if failed else None,
            extra=extra or {},
        )

    async def fails(self, function: str = "f", times: int = 1, **more: str) -> None:
        """Have runs of *function* fail, and what follows done."""
        for _ in range(times):
            await self.alerts.run_finished(
                self.ended(
                    function,
                    RunState.RAISED,
                    message=more.get("message", "it broke"),
                    version=more.get("version", "v1"),
                )
            )
            await self.work()

    async def succeeds(self, function: str = "f", version: str = "v1") -> None:
        """Have a run of *function* succeed, and what follows done."""
        await self.alerts.run_finished(
            self.ended(function, RunState.SUCCEEDED, version=version)
        )
        await self.work()

    async def groups(self) -> Sequence[Group]:
        """Return the groups of failures."""
        return (await self.alerts.overview()).groups

    async def deliveries(self) -> Sequence[Delivery]:
        """Return the deliveries."""
        return await self.channels.deliveries(200)
