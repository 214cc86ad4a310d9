"""Asks for many streams at once whether there is anything new to tell them.

Each stream looks again every few seconds, in case that a wake-up was lost. What of thousands
of them is asked within a moment becomes one question.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Final

import structlog

from callingcard.desk.model.visitors import Watched

GATHER_SECONDS: Final = 0.1
_MOST: Final = 500
log = structlog.get_logger(__name__)

AsBefore = Callable[[Collection[Watched]], Awaitable[frozenset[Watched]]]
"""Returns those of which there is nothing to tell."""


@dataclass
class Pulse:
    """Gathers questions for a moment, and asks them together."""

    as_before: AsBefore
    gather: float = GATHER_SECONDS
    _asked: dict[Watched, asyncio.Future[bool]] = field(
        default_factory=dict[Watched, "asyncio.Future[bool]"]
    )
    _asking: asyncio.Task[None] | None = None

    async def is_as_before(self, watched: Watched) -> bool:
        """Say whether there is nothing to tell; False too when that cannot be found out."""
        answer = self._asked.get(watched)
        if answer is None:
            answer = self._asked[watched] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_soon(), name="pulse")
        return await asyncio.shield(answer)

    async def _ask_soon(self) -> None:
        await asyncio.sleep(self.gather)
        self._asking = None
        asked, self._asked = self._asked, {}
        names = list(asked)
        for first in range(0, len(names), _MOST):
            some = names[first : first + _MOST]
            same = await self._same(some)
            for one in some:
                asked[one].set_result(one in same)

    async def _same(self, some: Collection[Watched]) -> frozenset[Watched]:
        try:
            return await self.as_before(some)
        except Exception:
            # Each stream looks for itself then, and tells what is wrong where it is its own.
            log.exception("streams could not be asked for together")
            return frozenset()
