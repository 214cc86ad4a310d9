"""Runs functions in processes that were forked from zygotes and can only compute and ask."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from callingcard.functions.errors import SandboxUnavailable
from callingcard.functions.ports.sandbox import Broker, Outcome, Task
from callingcard.functions.sandbox.levels import Level, Reached, is_below, probe
from callingcard.functions.sandbox.nursery import Locate, Nursery
from callingcard.functions.sandbox.runs import run_in
from callingcard.functions.sandbox.zygotes import ForkRefused, LevelName, ZygoteGone

_ZYGOTES: Final = 8
_IDLE: Final = timedelta(minutes=10)
_OWN_FOLDER_BYTES: Final = 16 << 20


def only_the_standard_library(environment: str) -> Path:
    """Know no environment: for a sandbox whose functions have no packages."""
    raise LookupError(environment)


class ForkSandbox:
    """The sandbox: a zygote for each environment, and a fork of it for each run.

    *level* is used as it is when given; else the best one that holds here is found at the
    first use. Below *floor* nothing is run. *locate* returns the folder of packages of a
    built environment.

    Invariant: the broker of a run is closed once, when the run's process is gone.
    """

    def __init__(
        self,
        *,
        locate: Locate = only_the_standard_library,
        level: LevelName | None = None,
        floor: Reached = "landlock",
        zygotes: int = _ZYGOTES,
        idle: timedelta = _IDLE,
    ) -> None:
        self._locate = locate
        self._floor: Reached = floor
        self._zygotes = zygotes
        self._idle = idle
        self._level = Level(level) if level else None
        self._nursery: Nursery | None = None
        self._finding = asyncio.Lock()
        self._fragile: set[str] = set()
        """Environments whose packages cannot be imported before the fork."""

    async def level(self) -> Level:
        """Return how well functions are kept apart here; it is found out once."""
        async with self._finding:
            if self._level is None:
                self._level = await probe()
            return self._level

    async def run(
        self, task: Task, broker: Broker, *, on_log: Callable[[str], None] | None = None
    ) -> Outcome:
        """Run *task* to its end or its limits; see ``ports.sandbox``."""
        try:
            nursery = await self._open()
            try:
                return await self._run_once(nursery, task, broker, on_log)
            except ZygoteGone:
                # It died before the run began, maybe of what it imported for it.
                self._fragile.add(task.environment)
                return await self._run_once(nursery, task, broker, on_log)
        except (ZygoteGone, ForkRefused) as error:
            raise SandboxUnavailable(
                "the process that functions run in could not be started",
                retryable=True,
                hint=str(error),
            ) from error
        finally:
            await broker.close()

    async def warm(self, environment: str) -> None:
        """Have a process at hand for this environment; see ``ports.sandbox``."""
        nursery = await self._open()
        try:
            await nursery.take(environment)
        except ZygoteGone as error:
            raise SandboxUnavailable(
                "the process that functions run in could not be started",
                retryable=True,
                hint=str(error),
            ) from error

    def environments_in_use(self) -> frozenset[str]:
        """Return the environments whose files a process may be reading now."""
        return self._nursery.used() if self._nursery else frozenset()

    async def close(self) -> None:
        """End every process."""
        if self._nursery is not None:
            await self._nursery.close()
            self._nursery = None

    async def _open(self) -> Nursery:
        """Return the zygotes; raises SandboxUnavailable below the floor."""
        if self._nursery is not None:
            return self._nursery
        level = await self.level()
        if level.name == "none" or is_below(level.name, self._floor):
            raise SandboxUnavailable(
                f"functions are kept apart by {level.name!r} here, not by {self._floor!r}",
                retryable=False,
                hint="; ".join((*level.reasons, *level.remedies)),
            )
        if self._nursery is None:
            self._nursery = Nursery(
                level.name,
                self._locate,
                most=self._zygotes,
                idle=self._idle,
                own_folder_bytes=_OWN_FOLDER_BYTES,
            )
        return self._nursery

    async def _run_once(
        self,
        nursery: Nursery,
        task: Task,
        broker: Broker,
        on_log: Callable[[str], None] | None,
    ) -> Outcome:
        zygote, is_new = await nursery.take(task.environment)
        preload = bool(task.environment) and task.environment not in self._fragile
        outcome = await run_in(zygote, task, broker, on_log, preload=preload)
        return replace(outcome, start="cold" if is_new else "warm")
