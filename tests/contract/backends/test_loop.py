"""Threads that ask a loop in another thread get an answer, or hear soon why there is none."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from callingcard.backends.loop import LoopClosed, LoopThread
from callingcard.kit.clock import stopwatch


class Held:
    """What lives on the loop here."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.thread = threading.current_thread()
        self.begun = threading.Semaphore(0)
        self.cancelled = threading.Semaphore(0)
        self.shut = 0

    async def echo(self, said: str) -> str:
        """Return *said*, a turn of the loop later."""
        await asyncio.sleep(0)
        assert asyncio.get_running_loop() is self.loop
        return said

    async def wait(self) -> None:
        """Wait for ever, and tell when it begins and when it is given up."""
        self.begun.release()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.release()

    async def close(self) -> None:
        """Count how often this was closed."""
        self.shut += 1


@pytest.fixture
def thread() -> Iterator[LoopThread[Held]]:
    """Return a loop in a thread, closed at the end."""
    thread = LoopThread(Held, name="a-name")
    yield thread
    thread.close(Held.close, timeout=5)


def held(thread: LoopThread[Held]) -> Held:
    """Return what is open."""
    found = thread.peek()
    assert found is not None
    return found


def test_the_answer_comes_from_the_loop_of_its_own(thread: LoopThread[Held]):
    """What is asked is opened there, once, and not before it is needed."""
    assert thread.peek() is None
    assert thread.do(lambda held: held.echo("one"), timeout=5) == "one"
    first = held(thread)
    assert thread.do(lambda held: held.echo("two"), timeout=None) == "two"
    assert held(thread) is first
    assert (first.thread.name, first.thread.daemon) == ("a-name", True)


def test_many_threads_start_it_once(thread: LoopThread[Held]):
    """All of them find the same."""

    async def same(held: Held) -> Held:
        return held

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(thread.do, same, timeout=5) for _ in range(40)]
    assert {answer.result() for answer in asked} == {held(thread)}


def test_whoever_is_late_is_told_and_the_loop_stops_working_for_them(
    thread: LoopThread[Held],
):
    """Others are served as before."""
    with pytest.raises(TimeoutError):
        thread.do(Held.wait, timeout=0.05)
    assert held(thread).cancelled.acquire(timeout=5)
    assert thread.do(lambda held: held.echo("one"), timeout=5) == "one"


def test_what_goes_wrong_there_is_raised_here(thread: LoopThread[Held]):
    """As if it had been called here."""

    async def fail(_: Held) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        thread.do(fail, timeout=5)


def test_what_cannot_be_opened_says_so_and_may_be_tried_again():
    """Every caller until then hears why, and no thread is left behind."""
    working = False

    def opened() -> Held:
        if not working:
            raise OSError("no such thing")
        return Held()

    thread = LoopThread(opened, name="callingcard-unopened")
    for _ in range(2):
        with pytest.raises(OSError, match="no such thing"):
            thread.do(lambda held: held.echo("one"), timeout=5)
    assert "callingcard-unopened" not in {one.name for one in threading.enumerate()}
    working = True
    assert thread.do(lambda held: held.echo("one"), timeout=5) == "one"
    thread.close(Held.close, timeout=5)


def test_the_loop_cannot_wait_for_itself(thread: LoopThread[Held]):
    """It says so instead of standing still, and works on."""

    async def again(held: Held) -> str:
        return thread.do(lambda held: held.echo("never"), timeout=None)

    async def close(held: Held) -> None:
        thread.close(Held.close, timeout=5)

    asks: list[Callable[[Held], object]] = [again, close]
    for ask in asks:
        with pytest.raises(RuntimeError, match="await there"):
            thread.do(ask, timeout=5)  # type: ignore[arg-type]
    assert thread.do(lambda held: held.echo("one"), timeout=5) == "one"


def test_those_who_wait_hear_at_once_that_it_was_closed():
    """Even those who would wait for ever; what they asked for is ended first."""
    thread = LoopThread(Held)
    thread.do(lambda held: held.echo("one"), timeout=5)
    found = held(thread)
    with ThreadPoolExecutor(4) as pool:
        asked: list[Future[None]] = [
            pool.submit(thread.do, Held.wait, timeout=None) for _ in range(4)
        ]
        for _ in asked:
            assert found.begun.acquire(timeout=5)
        thread.close(Held.close, timeout=5)
        assert {type(one.exception(timeout=5)) for one in asked} == {LoopClosed}
    assert found.shut == 1
    assert not found.thread.is_alive()
    assert found.loop.is_closed()


def test_what_is_closed_stays_closed():
    """It is shut once, and nothing is started for those who come later."""
    thread = LoopThread(Held)
    thread.do(lambda held: held.echo("one"), timeout=5)
    found = held(thread)
    for _ in range(2):
        thread.close(Held.close, timeout=5)
    assert (found.shut, thread.peek()) == (1, None)
    with pytest.raises(LoopClosed):
        thread.do(lambda held: held.echo("two"), timeout=5)


def test_what_was_never_used_is_closed_without_being_opened():
    """Nor can it be used after."""
    thread = LoopThread(Held)
    thread.close(Held.close, timeout=5)
    with pytest.raises(LoopClosed):
        thread.do(lambda held: held.echo("one"), timeout=5)
    assert thread.peek() is None


def test_closing_waits_no_longer_than_it_may():
    """Neither for a task that will not end, nor for a goodbye that nobody answers."""
    thread = LoopThread(Held)

    async def never_end(held: Held) -> None:
        held.begun.release()
        while True:
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    async def never_shut(held: Held) -> None:
        held.shut += 1
        await asyncio.Event().wait()

    thread.do(lambda held: held.echo("one"), timeout=5)
    found = held(thread)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(thread.do, never_end, timeout=None)
        assert found.begun.acquire(timeout=5)
        start = stopwatch()
        thread.close(never_shut, timeout=0.4)
        assert stopwatch() - start < 2
        assert isinstance(asked.exception(timeout=5), LoopClosed)
    assert found.shut == 1
    assert not found.thread.is_alive()


def test_a_race_between_asking_and_closing_ends_in_an_answer_or_a_word():
    """Forty times over, nothing else comes out, and nobody waits for ever."""

    def ask(thread: LoopThread[Held]) -> type:
        try:
            while True:
                assert thread.do(lambda held: held.echo("one"), timeout=5) == "one"
        except BaseException as error:  # noqa: BLE001  (that it is no other is the point)
            return type(error)

    with ThreadPoolExecutor(6) as pool:
        for _ in range(40):
            thread = LoopThread(Held)
            askers = [pool.submit(ask, thread) for _ in range(6)]
            while thread.peek() is None:
                pass
            thread.close(Held.close, timeout=5)
            assert {one.result(timeout=10) for one in askers} == {LoopClosed}


FORKED = """
import asyncio, gc, os, sys, threading
from callingcard.backends.loop import LoopThread, LoopClosed

class Held:
    def __init__(self):
        self.process = os.getpid()
    def __del__(self):
        if os.getpid() != self.process:
            print("finalised", flush=True)
    async def who(self):
        await asyncio.sleep(0)
        return self.process == os.getpid()
    async def wait(self):
        begun.set()
        await asyncio.Event().wait()
    async def close(self):
        print("closed by its own process", self.process == os.getpid(), flush=True)

begun = threading.Event()
thread, unused = LoopThread(Held), LoopThread(Held)
unused.do(Held.who, timeout=5)

def ask():
    try:
        thread.do(Held.wait, timeout=None)
    except LoopClosed:
        told.append(True)

told = []
waiting = threading.Thread(target=ask)
waiting.start()
assert begun.wait(5)
with thread._home().lock:  # as another thread may have it at any moment
    child = os.fork()
    if child == 0:
        print(thread.peek(), thread.do(Held.who, timeout=5), flush=True)
        thread.close(Held.close, timeout=5)
        unused.close(Held.close, timeout=5)
        del thread, unused
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
print(thread.do(Held.who, timeout=5), flush=True)
thread.close(Held.close, timeout=5)
waiting.join(5)
print("told", told, flush=True)
unused.close(Held.close, timeout=5)
"""


def test_a_fork_in_mid_use_leaves_both_processes_working():
    """The child opens its own; it neither uses, closes nor finalises what is its parent's."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKED],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    closed = "closed by its own process True"
    in_child, in_parent = ["None True", closed], ["True", closed, "told [True]", closed]
    assert ran.stdout.splitlines() == [*in_child, *in_parent]
    assert (ran.stderr, ran.returncode) == ("", 0)
