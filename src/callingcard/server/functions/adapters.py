"""Fits parts of functions together that know each other by a port only."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, cast

from callingcard.functions.errors import SandboxUnavailable
from callingcard.functions.model.runs import Run
from callingcard.functions.model.triggers import RunOrder
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.packages import Packages
from callingcard.functions.ports.sandbox import Broker, Outcome, Task
from callingcard.functions.sandbox.levels import Level, Reached, is_below
from callingcard.functions.service.deploying.deploy import VersionMaker, tell_nobody
from callingcard.functions.service.running.invoke import Invoker
from callingcard.functions.service.running.run_calls import Call


class InvokedOrders:
    """Carries out what nobody waits for; implements ``functions.ports.triggers.Invokes``."""

    def __init__(self, invoker: Invoker) -> None:
        self._invoker = invoker

    async def run(self, order: RunOrder) -> Run:
        """Return the run of *order*, one that failed too."""
        call = Call(
            order.function,
            order.arguments,
            order.trigger,
            idempotency_key=order.key,
            extra=order.extra,
        )
        return (await self._invoker.attempt(call)).run


class BareTrials:
    """Makes a source ready without checking it; implements ``ports.runs.Trials``."""

    def __init__(self, maker: VersionMaker) -> None:
        self._maker = maker

    async def trial(self, name: str, source: str) -> Version:
        """Return what *source* would be if it were deployed; raises SourceRefused."""
        return await self._maker.make(name, source, by="", tell=tell_nobody)


class _Current(Protocol):
    async def current(self, name: str) -> Version | None: ...


class PackagesOfFunctions:
    """Knows where a function's packages are; implements ``ports.editing.SitePackages``."""

    def __init__(self, versions: _Current, packages: Packages) -> None:
        self._versions = versions
        self._packages = packages

    async def site_packages(self, function: str) -> Path | None:
        """Return the folder of the version that counts now, if it is built here."""
        found = await self._versions.current(function)
        if found is None or not found.environment:
            return None
        try:
            return self._packages.locate(found.environment)
        except LookupError:
            return None


class Walls:
    """How well functions are kept apart here: found out once, in the background."""

    def __init__(self, find: Callable[[], Awaitable[Level]], floor: str) -> None:
        """Ask *find*, which tries it out; *floor* is the least that the settings take."""
        self._find = find
        self._floor = floor
        self._level: Level | None = None

    async def level(self) -> Level:
        """Return the level that was reached, and why it is no better."""
        if self._level is None:
            self._level = await self._find()
        return self._level

    async def problem(self) -> str | None:
        """Say why no function can run here, or None when they can, or shall not."""
        level = await self.level()
        if self._floor == "off" or not is_below(level.name, cast("Reached", self._floor)):
            return None
        return f"functions do not run: {'; '.join(level.reasons) or level.name}"

    def told(self) -> str:
        """Return the level in a word."""
        if self._floor == "off":
            return "off"
        return self._level.name if self._level else "not known yet"


class NoSandbox:
    """What there is where ``functions.floor`` is off; implements ``Sandbox``."""

    async def level(self) -> Level:
        """Return that nothing keeps functions apart, as nothing runs them."""
        return Level("none", ("functions.floor is off",), ("set it to landlock",))

    async def run(
        self,
        task: Task,  # noqa: ARG002  (the port's)
        broker: Broker,
        *,
        on_log: Callable[[str], None] | None = None,  # noqa: ARG002
    ) -> Outcome:
        """Run nothing; raises SandboxUnavailable."""
        await broker.close()
        raise SandboxUnavailable(
            "functions are switched off on this server",
            hint='Set functions.floor to "landlock" in the settings.',
            retryable=False,
        )

    async def warm(self, environment: str) -> None:
        """Prepare nothing."""

    def environments_in_use(self) -> frozenset[str]:
        """Return that none is."""
        return frozenset()

    async def close(self) -> None:
        """Nothing is open."""
