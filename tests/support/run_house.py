"""Everything a run needs, with real history and a sandbox that does what a test says."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from callingcard.backends.bus import Bus
from callingcard.backends.database import Database
from callingcard.backends.gate import AsyncBell
from callingcard.functions.api.running.live import LiveRuns
from callingcard.functions.errors import UnknownFunction
from callingcard.functions.model.manifest import HttpTrigger, Manifest
from callingcard.functions.model.runs import Run, RunState
from callingcard.functions.model.values import FunctionName, Json, RunId, VersionId
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.connectors import ConnectorReply
from callingcard.functions.ports.sandbox import Ask, Broker, Outcome, Task
from callingcard.functions.service.running.invoke import House, Invoker
from callingcard.functions.service.running.queue import RunQueue
from callingcard.functions.service.running.run_seals import RunSeals
from callingcard.functions.service.running.runs import Archive, Bounds, RunDesk
from callingcard.functions.store.running.run_care import SqlRunCare
from callingcard.functions.store.running.run_journal import RunJournal
from callingcard.functions.store.running.runs import SqlRuns
from callingcard.kit.clock import FakeClock

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECRETS = [b"s" * 32]
ANY: Mapping[str, Json] = {"type": "object"}
Code = Callable[[Task, Broker], Awaitable[Outcome]]


def version(
    name: str = "greet",
    manifest: Manifest | None = None,
    schema: Mapping[str, Json] = ANY,
    **more: Any,
) -> Version:
    """Return a version of a function; only what a test is about has to be said."""
    values: dict[str, Any] = {
        "id": VersionId(f"v-{name}"),
        "function": FunctionName(name),
        "number": 3,
        "source": "def main(): ...",
        "manifest": manifest or Manifest(triggers=(HttpTrigger(),)),
        "schema": schema,
        "returns": {},
        "lock": "",
        "environment": "",
        "deployed_at": NOON,
        "deployed_by": "agent 1",
    }
    return Version(**(values | more))


def returned(value: Json, **more: Any) -> Outcome:
    """Return the outcome of a run that returned *value*."""
    given: dict[str, Any] = {"value": value, "duration": timedelta(milliseconds=3)}
    return Outcome(RunState.SUCCEEDED, **(given | more))


class FakeSandbox:
    """Runs what a test put there in place of Python; implements ``ports.sandbox.Sandbox``."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.running = 0
        self.most = 0
        self.code: Code = self.echo

    async def echo(self, task: Task, _broker: Broker) -> Outcome:
        """Return what was given."""
        return returned(dict(task.arguments))

    async def run(
        self, task: Task, broker: Broker, *, on_log: Callable[[str], None] | None = None
    ) -> Outcome:
        """Run the code of the test."""
        self.tasks.append(task)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            outcome = await self.code(task, broker)
        finally:
            self.running -= 1
        if on_log and outcome.log:
            on_log(outcome.log)
        return outcome

    async def warm(self, environment: str) -> None:
        """Nothing is slow here."""

    async def close(self) -> None:
        """Nothing is open here."""


class FakeCalls:
    """Connectors and storage that answer what a test put there."""

    def __init__(self) -> None:
        self.replies: dict[str, Json] = {}
        self.asked: list[Ask] = []
        self.released: list[RunId] = []
        self.beaten: list[frozenset[RunId]] = []

    async def connect(
        self, name: str, operation: str, arguments: Mapping[str, Json]
    ) -> ConnectorReply:
        """Answer for a connector."""
        self.asked.append(Ask("connector", name, operation, arguments))
        return ConnectorReply(self.replies[operation], 200)

    async def call(
        self,
        function: str,
        namespace: str,
        operation: str,
        arguments: Mapping[str, Json],
        *,
        run: RunId,
    ) -> Json:
        """Answer for storage."""
        assert function
        assert run
        self.asked.append(Ask("storage", namespace, operation, arguments))
        return self.replies[operation]

    async def release(self, run: RunId) -> None:
        """Note whose leases were given back."""
        self.released.append(run)

    async def beat(self, runs: Collection[RunId]) -> None:
        """Note whose leases were kept."""
        self.beaten.append(frozenset(runs))


class Connectors:
    """The connectors' side of ``FakeCalls``."""

    def __init__(self, calls: FakeCalls) -> None:
        self._calls = calls

    async def call(
        self, name: str, operation: str, arguments: Mapping[str, Json], *, function: str
    ) -> ConnectorReply:
        """Answer for a connector."""
        assert function
        return await self._calls.connect(name, operation, arguments)


class Deployed:
    """Functions by name; implements ``ports.runs.Deployed`` and ``Trials``."""

    def __init__(self) -> None:
        self.versions: dict[str, Version] = {}

    async def current(self, name: str) -> Version:
        """Return the version that counts."""
        if name not in self.versions:
            raise UnknownFunction("no such function")
        return self.versions[name]

    async def trial(self, name: str, source: str) -> Version:
        """Return a draft."""
        return replace(version(name), source=source, number=0, id=VersionId("draft"))


@dataclass
class Told:
    """Hears of runs that ended; implements ``ports.runs.RunSink``."""

    runs: list[Run] = field(default_factory=list)

    async def run_finished(self, run: Run) -> None:
        """Note a run."""
        self.runs.append(run)


class RunHouse:
    """A node with functions on *database*."""

    def __init__(
        self, database: Database, clock: FakeClock, node: str = "node-1", **queue: int
    ) -> None:
        self.clock = clock
        self.database = database
        self.node = node
        self.bus = Bus()
        self.sandbox: Any = FakeSandbox()
        self.calls = FakeCalls()
        self.connectors: Any = Connectors(self.calls)
        self.storage: Any = self.calls
        self.deployed = Deployed()
        self.told = Told()
        self.live = LiveRuns()
        self.store = SqlRuns(database)
        self.care = SqlRunCare(database)
        self.journal = RunJournal(
            self.store,
            notify=self.bus.notify,
            sinks=[self.told],
            farewell=timedelta(milliseconds=100),
        )
        self.queue = RunQueue(
            AsyncBell, at_once=queue.get("at_once", 8), line=queue.get("line", 100)
        )
        self.use_secrets(SECRETS)

    def use(self, *, sandbox: Any, connectors: Any, storage: Any) -> None:
        """Work with these in place of what answers as a test says."""
        self.sandbox, self.connectors, self.storage = sandbox, connectors, storage
        self.use_secrets(SECRETS)

    def use_secrets(self, secrets: list[bytes]) -> None:
        """Work with these server keys from now on."""
        self.seals = RunSeals(secrets)
        self.invoker = Invoker(self._house(), self.queue)
        archive = Archive(self.store, self.journal, self.care, self.care, self.seals)
        self.desk = RunDesk(
            archive,
            self.invoker,
            self.deployed,
            clock=self.clock,
            node=self.node,
            bounds=Bounds(),
        )

    def _house(self) -> House:
        return House(
            deployed=self.deployed,
            environments=self._environment,
            sandbox=self.sandbox,
            connectors=self.connectors,
            storage=self.storage,
            journal=self.journal,
            history=self.store,
            keys=self.store,
            news=self.live,
            fingerprint=lambda run: f"{run.function} {run.failure and run.failure.type}",
            seals=self.seals,
            bells=AsyncBell,
            clock=self.clock,
            node=self.node,
        )

    async def _environment(self, lock: str) -> str:
        return f"environment of {lock}"

    def deploy(self, *versions: Version) -> None:
        """Make these the versions that count."""
        self.deployed.versions |= {one.function: one for one in versions}

    async def close(self) -> None:
        """Write what is left and stop."""
        await self.journal.close()
        self.bus.close()


async def gathered(*calls: Awaitable[Any]) -> list[Any]:
    """Return the results of *calls* made at the same time, errors among them."""
    return await asyncio.gather(*calls, return_exceptions=True)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once *condition* holds, or fail after ten seconds."""
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110  (nothing tells a test)
            await asyncio.sleep(0.005)
