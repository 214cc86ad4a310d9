"""The wall: a sandbox runs code that may do nothing, and a broker does what it asks for.

The code has no network, no secret and no files; it *asks*. Each ask is checked by
the broker of that one run, which knows what the function declared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from callingcard.functions.model.manifest import Limits
from callingcard.functions.model.runs import Failure, RunState, RunVisitor
from callingcard.functions.model.values import Json, RunId


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that a running function asks the broker for."""

    subject: Literal["connector", "storage"]
    name: str
    """The connector, or the namespace."""
    operation: str
    arguments: Mapping[str, Json] = field(repr=False)


class AskRefused(Exception):
    """The broker does not do what was asked; the function sees an exception.

    *kind* chooses its class there: ``connector`` (with *status*), ``storage``, ``limit``,
    ``unknown`` (no such operation), ``invalid`` (wrong arguments).
    """

    def __init__(self, kind: str, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status


class Broker(Protocol):
    """Answers the asks of one run."""

    async def answer(self, ask: Ask) -> Json:
        """Do what is asked; raises AskRefused."""
        ...

    async def close(self) -> None:
        """Give back what the run still holds, such as leases: it is over."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be run."""

    run: RunId
    function: str
    source: str = field(repr=False)
    arguments: Mapping[str, Json] = field(repr=False)
    environment: str = ""
    """The id of a built environment; empty for the standard library alone."""
    job: Literal["main", "describe"] = "main"
    """``describe`` imports the file and returns ``{"schema": …, "returns": …}``, the JSON
    Schemas of ``main``, without calling it; every ask is refused meanwhile."""
    visitor: RunVisitor | None = None
    connectors: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended."""

    state: RunState
    value: Json = field(default=None, repr=False)
    """What was returned, when it succeeded."""
    failure: Failure | None = None
    log: str = field(default="", repr=False)
    start: Literal["warm", "cold"] = "warm"
    duration: timedelta = timedelta()
    cpu: timedelta = timedelta()
    memory_bytes: int = 0


class Sandbox(Protocol):
    """Runs tasks, each apart from every other."""

    async def run(
        self, task: Task, broker: Broker, *, on_log: Callable[[str], None] | None = None
    ) -> Outcome:
        """Run *task* to its end or its limits; never raises for what the code does.

        *on_log* is told each piece of log as it is written. A caller that is cancelled
        takes the run's process with it. Raises SandboxUnavailable when nothing can be run.
        """
        ...

    async def warm(self, environment: str) -> None:
        """Have a process at hand for this environment."""
        ...

    async def close(self) -> None:
        """End every process."""
        ...
