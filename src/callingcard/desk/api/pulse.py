"""Asks for many streams at once whether there is anything new to tell them.

Each stream looks again every few seconds, in case that a wake-up was lost. What of thousands
of them is asked within a moment becomes one question.

Invariant: whoever asks is answered, however the asking together ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from callingcard.desk.model.visitors import Watched

GATHER_SECONDS: Final = 0.1
_MOST: Final = 500
log = structlog.get_logger(__name__)

AsBefore = Callable[[Collection[Watched]], Awaitable[frozenset[Watched]]]
"""Returns those of which there is nothing to tell."""
_Asked = dict[Watched, asyncio.Future[bool]]


@dataclass
class Pulse:
    """Gathers questions for a moment, and asks them together."""

    as_before: AsBefore
    gather: float = GATHER_SECONDS
    _gathered: _Asked | None = None
    """What the next asking will be about; None until somebody asks."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def is_as_before(self, watched: Watched) -> bool:
        """Say whether there is nothing to tell; False too when that cannot be found out."""
        if self._gathered is None:
            self._gathered = {}
            task = asyncio.create_task(self._ask_soon(self._gathered), name="pulse")
            self._tasks.add(task)
            task.add_done_callback(partial(self._settle, self._gathered))
        answer = self._gathered.get(watched)
        if answer is None:
            answer = self._gathered[watched] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(answer)

    async def _ask_soon(self, asked: _Asked) -> None:
        await asyncio.sleep(self.gather)
        self._gathered = None
        names = list(asked)
        for first in range(0, len(names), _MOST):
            some = names[first : first + _MOST]
            same = await self.as_before(some)
            for one in some:
                asked[one].set_result(one in same)

    def _settle(self, asked: _Asked, task: asyncio.Task[None]) -> None:
        """Let each stream look for itself where nothing was found out, and say why once."""
        self._tasks.discard(task)
        if self._gathered is asked:
            self._gathered = None
        for answer in asked.values():
            if not answer.done():
                answer.set_result(False)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("streams could not be asked for together", exc_info=error)
