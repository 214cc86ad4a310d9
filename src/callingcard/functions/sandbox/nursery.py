"""Keeps zygotes at hand: one for each environment in use, the least used of them ended."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from callingcard.functions.sandbox.zygotes import (
    Birth,
    LevelName,
    Zygote,
    ZygoteGone,
    start_zygote,
)

Locate = Callable[[str], Path]
"""Returns the folder of packages of a built environment; raises LookupError."""


class Nursery:
    """The zygotes of one server, by environment.

    At most *most* are kept, unless more than that have runs; one that nobody used for *idle*
    is ended.
    """

    def __init__(
        self,
        level: LevelName,
        locate: Locate,
        *,
        most: int,
        idle: timedelta,
        own_folder_bytes: int,
    ) -> None:
        self._level: LevelName = level
        self._locate = locate
        self._most = most
        self._idle = idle.total_seconds()
        self._own_folder_bytes = own_folder_bytes
        self._zygotes: dict[str, Zygote] = {}
        self._starting: dict[str, asyncio.Task[Zygote]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def take(self, environment: str) -> tuple[Zygote, bool]:
        """Return the zygote of *environment*, and whether it had to be started for this.

        Raises ZygoteGone when it cannot be started, and LookupError when there is no such
        environment.
        """
        if self._is_closed:
            raise ZygoteGone("the sandbox is closed")
        found = self._zygotes.pop(environment, None)
        if found is not None and found.is_alive:
            self._zygotes[environment] = found  # the last is the most recently used
            return found, False
        if found is not None:
            self._end(found)
        starting = self._starting.get(environment)
        if starting is None:
            starting = asyncio.create_task(self._start(environment))
            self._starting[environment] = starting
        # Shielded: others wait for it as well, whatever becomes of this caller.
        return await asyncio.shield(starting), True

    def used(self) -> frozenset[str]:
        """Return the environments that processes may be using now."""
        return frozenset(self._zygotes) | frozenset(self._starting)

    async def close(self) -> None:
        """End every zygote and wait until all have ended."""
        self._is_closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        await asyncio.gather(*self._starting.values(), return_exceptions=True)
        for zygote in self._zygotes.values():
            self._end(zygote)
        self._zygotes.clear()
        await asyncio.gather(*self._ending)

    async def _start(self, environment: str) -> Zygote:
        try:
            packages = str(self._locate(environment)) if environment else ""
            zygote = await start_zygote(Birth(self._level, packages, self._own_folder_bytes))
            self._zygotes[environment] = zygote
        finally:
            del self._starting[environment]
        self._make_room()
        self._watch()
        return zygote

    def _make_room(self) -> None:
        """End those that were not used for longest, as long as there are too many."""
        spare = [(name, z) for name, z in self._zygotes.items() if not z.is_busy]
        for name, zygote in spare[
            : max(0, min(len(self._zygotes) - self._most, len(spare) - 1))
        ]:
            del self._zygotes[name]
            self._end(zygote)

    def _watch(self) -> None:
        if self._sweep is None:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(self._idle / 2, self._end_the_idle)

    def _end_the_idle(self) -> None:
        self._sweep = None
        too_old = asyncio.get_running_loop().time() - self._idle
        for name, zygote in list(self._zygotes.items()):
            if not zygote.is_busy and zygote.used_at <= too_old:
                del self._zygotes[name]
                self._end(zygote)
        if self._zygotes:
            self._watch()

    def _end(self, zygote: Zygote) -> None:
        task = asyncio.create_task(zygote.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
