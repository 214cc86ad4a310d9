"""A house in which deploys are made: a sandbox and packages that do as they are told."""
# ruff: noqa: ARG002  (what a port passes need not matter to a stand-in)

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callingcard.backends.database import Database
from callingcard.functions.model.runs import Failure, Frame, RunState
from callingcard.functions.ports.deploying import BuiltIn
from callingcard.functions.ports.packages import Prepared, Tell
from callingcard.functions.ports.sandbox import Broker, Outcome, Task
from callingcard.functions.service.deploying.deploy import VersionMaker
from callingcard.functions.service.deploying.functions import FunctionDesk
from callingcard.functions.service.deploying.manifests import Ceilings
from callingcard.functions.store.drafts import SqlDrafts
from callingcard.functions.store.versions import SqlVersions
from callingcard.kit.clock import FakeClock

DESCRIBED = {"schema": {"type": "object"}, "returns": {"type": "string"}}


@dataclass
class SaidSandbox:
    """Answers every task as it was told, and keeps what it was asked."""

    answer: Outcome = field(default_factory=lambda: Outcome(RunState.SUCCEEDED, DESCRIBED))
    tasks: list[Task] = field(default_factory=list)

    async def run(
        self, task: Task, broker: Broker, *, on_log: Callable[[str], None] | None = None
    ) -> Outcome:
        """Keep the task and answer as told."""
        self.tasks.append(task)
        await broker.close()
        return self.answer

    async def warm(self, environment: str) -> None:
        """Refuse: nobody warms in these tests."""
        raise AssertionError("nobody asked for this")

    async def close(self) -> None:
        """Have nothing to end."""


class SaidPackages:
    """Makes a lock of the request's own words."""

    def __init__(self) -> None:
        self.generation = 1

    async def prepare(
        self,
        dependencies: tuple[str, ...],
        requires_python: str,
        *,
        tell: Tell,
        upgrade: bool = False,
    ) -> Prepared:
        """Return a lock of the request's own words."""
        if not dependencies:
            return Prepared()
        self.generation += upgrade
        tell("resolved")
        lock = f"{' '.join(dependencies)} {self.generation}"
        return Prepared(lock, f"env{self.generation}")

    async def ensure(self, lock: str) -> str:
        """Return the environment of a lock that was made here."""
        return lock and f"env{lock.rsplit(maxsplit=1)[-1]}"

    def locate(self, environment: str) -> Path:
        """Have no folders."""
        raise LookupError(environment)

    async def keep_only(self, locks: frozenset[str]) -> int:
        """Have nothing to collect."""
        return 0


class Shelf:
    """Connectors that are installed, and ones that could be."""

    def __init__(self, *installed: str) -> None:
        self.installed = set(installed)

    async def names(self) -> Collection[str]:
        """Return what is installed."""
        return self.installed

    def built_in(self) -> Sequence[BuiltIn]:
        """Return the one that comes along."""
        return [BuiltIn("hubspot", ("HUBSPOT_ACCESS_TOKEN",))]

    async def install(self, name: str, *, by: str) -> None:
        """Install it."""
        self.installed.add(name)


class Heard:
    """Keeps the topics that were told."""

    def __init__(self) -> None:
        self.topics: list[str] = []

    def notify(self, topic: str) -> None:
        """Keep the topic."""
        self.topics.append(topic)


class Erased:
    """Keeps the functions whose storage was erased."""

    def __init__(self) -> None:
        self.functions: list[str] = []

    async def clear(self, function: str) -> int:
        """Keep the name."""
        self.functions.append(function)
        return 0


@dataclass
class House:
    """A desk with everything around it within reach."""

    desk: FunctionDesk
    store: SqlVersions
    sandbox: SaidSandbox
    packages: SaidPackages
    shelf: Shelf
    news: Heard
    erased: Erased


def house(database: Database, clock: FakeClock) -> House:
    """Return a desk over *database*."""
    sandbox, packages, shelf = SaidSandbox(), SaidPackages(), Shelf("hubspot")
    store, news, erased = SqlVersions(database), Heard(), Erased()
    maker = VersionMaker(sandbox, packages, shelf, clock, ceilings=Ceilings())
    desk = FunctionDesk(
        store, SqlDrafts(database), maker, clock=clock, news=news, storage=erased
    )
    return House(desk, store, sandbox, packages, shelf, news, erased)


def raised(message: str, line: int) -> Outcome:
    """Return the outcome of a file that could not be imported."""
    frames = (Frame("<module>", line), Frame("load", 9, module="httpx"))
    return Outcome(RunState.RAISED, failure=Failure("ValueError", message, frames))
