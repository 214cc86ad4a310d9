"""The pulse: one question for many streams, and an answer for every one of them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import pytest
import structlog

from callingcard.desk.api.pulse import Pulse
from callingcard.desk.model.conversations import Entry
from callingcard.desk.model.visitors import Watched


def watched(number: int) -> Watched:
    """Return what the stream of this *number* would ask about."""
    return Watched(f"s{number}", None, 0, 0)


class Desk:
    """Answers from a list of sessions with news, or fails as it was told to."""

    def __init__(self, *, news: Collection[Watched] = (), failing_at: int = 0) -> None:
        """Have these *news*; the question of the number *failing_at* fails."""
        self.asked: list[int] = []
        self.news = news
        self.failing_at = failing_at
        self.hold = asyncio.Event()
        self.hold.set()
        self.begun = asyncio.Semaphore(0)

    async def together(self, some: Collection[Watched]) -> Mapping[Watched, Sequence[Entry]]:
        """Tell of those without news, once nothing holds the answer back."""
        self.asked.append(len(some))
        self.begun.release()
        await self.hold.wait()
        if len(self.asked) == self.failing_at:
            raise OSError("the database is away")
        return {one: () for one in some if one not in self.news}


async def ask(pulse: Pulse, numbers: Collection[int]) -> list[bool]:
    """Ask for all of them at once; return of which there was an answer."""
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(pulse.news_of(watched(one)) for one in numbers))
    return [answer is not None for answer in answers]


async def cancelled(pulse: Pulse, *, turns: int) -> list[bool]:
    """Ask, let the loop turn so often, cancel the asking, and return the answers."""
    answers = asyncio.create_task(ask(pulse, range(3)))
    for _ in range(turns):
        await asyncio.sleep(0)
    for task in asyncio.all_tasks():
        if task.get_name() == "pulse":
            task.cancel()
    return await answers


async def test_many_become_one_question():
    """The same question asked twice is one, and each hears its own answer."""
    desk = Desk(news=[watched(1)])
    assert await ask(Pulse(desk.together, gather=0), [0, 1, 2, 0]) == [
        True,
        False,
        True,
        True,
    ]
    assert desk.asked == [3]


async def test_who_comes_later_is_asked_about_anew():
    """A question that is on its way is not an answer about what happened since."""
    desk = Desk()
    pulse = Pulse(desk.together, gather=0)
    desk.hold.clear()
    first = asyncio.create_task(ask(pulse, [0]))
    await desk.begun.acquire()
    desk.news = [watched(0)]
    second = asyncio.create_task(ask(pulse, [0]))
    await desk.begun.acquire()
    desk.hold.set()
    assert (await first, await second, desk.asked) == ([False], [False], [1, 1])


async def test_a_failure_is_told_once_and_leaves_nobody_waiting():
    """Of whom nothing was found out, each looks for itself; the next question works."""
    desk = Desk(failing_at=2)
    pulse = Pulse(desk.together, gather=0)
    with structlog.testing.capture_logs() as logged:
        answers = await ask(pulse, range(600))
    assert answers == [True] * 500 + [False] * 100
    assert [one["event"] for one in logged] == ["streams could not be asked for together"]
    assert isinstance(logged[0]["exc_info"], OSError)
    assert await ask(pulse, [0]) == [True]


@pytest.mark.parametrize("turns", [2, 3, 8])
async def test_a_cancelled_question_leaves_nobody_waiting(turns: int):
    """Before it begins, while it gathers and while it is answered; the next one works."""
    desk = Desk()
    desk.hold.clear()
    pulse = Pulse(desk.together, gather=0)
    assert await cancelled(pulse, turns=turns) == [False] * 3
    desk.hold.set()
    assert await ask(pulse, range(3)) == [True] * 3


async def test_a_stream_that_goes_takes_no_answer_with_it():
    """Another stream that asked the same is answered all the same."""
    desk = Desk()
    pulse = Pulse(desk.together, gather=0)
    gone = asyncio.create_task(pulse.news_of(watched(0)))
    stays = asyncio.create_task(pulse.news_of(watched(0)))
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(5):
        assert await stays == ()
    with pytest.raises(asyncio.CancelledError):
        await gone
