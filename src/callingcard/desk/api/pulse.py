"""Asks for many streams at once what is new.

Each stream looks again when it is woken, and every few seconds in case that a wake-up was
lost. What thousands of them ask within a moment becomes one question.

Invariant: whoever asks is answered, however the asking together ends.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from callingcard.desk.model.conversations import Entry
from callingcard.desk.model.visitors import Watched

GATHER_SECONDS: Final = 0.03
_MOST: Final = 500
log = structlog.get_logger(__name__)

News = Sequence[Entry] | None
"""What is new; None when that cannot be told together with others."""
Together = Callable[[Collection[Watched]], Awaitable[Mapping[Watched, Sequence[Entry]]]]
"""Returns what is new for each, but for those who must look themselves."""
_Asked = defaultdict[Watched, list[asyncio.Future[News]]]


@dataclass
class Pulse:
    """Gathers questions for a moment, and asks them together."""

    together: Together
    gather: float = GATHER_SECONDS
    _gathered: _Asked | None = None
    """What the next asking will be about; None until somebody asks."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def news_of(self, watched: Watched) -> News:
        """Return what is new; None too when that cannot be found out."""
        if self._gathered is None:
            self._gathered = defaultdict(list)
            task = asyncio.create_task(self._ask_soon(self._gathered), name="pulse")
            self._tasks.add(task)
            task.add_done_callback(partial(self._settle, self._gathered))
        answer = asyncio.get_running_loop().create_future()
        self._gathered[watched].append(answer)
        return await answer

    async def _ask_soon(self, asked: _Asked) -> None:
        await asyncio.sleep(self.gather)
        self._gathered = None
        names = list(asked)
        for first in range(0, len(names), _MOST):
            some = names[first : first + _MOST]
            news = await self.together(some)
            for one in some:
                _tell(asked[one], news.get(one))

    def _settle(self, asked: _Asked, task: asyncio.Task[None]) -> None:
        """Let each stream look for itself where nothing was found out, and say why once."""
        self._tasks.discard(task)
        if self._gathered is asked:
            self._gathered = None
        for answers in asked.values():
            _tell(answers, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("streams could not be asked for together", exc_info=error)


def _tell(answers: Collection[asyncio.Future[News]], news: News) -> None:
    """Answer whoever asked, was not answered, and is still there."""
    for answer in answers:
        if not answer.done():
            answer.set_result(news)
