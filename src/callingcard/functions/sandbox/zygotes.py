"""The processes that runs are forked from: one for each set of packages.

A zygote is started with an empty environment, by the path of its script, and is told
nothing of any run: it gets two descriptors, hands them to a copy of itself, kills that when
told to, and says when it has ended and how. See ``callingcard_guest.zygote``.

Invariant: whatever becomes of a zygote, the server goes on; its runs are then over.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal, cast

LevelName = Literal["namespaces", "landlock"]

_PACKET: Final = 1 << 12
_STATUSES: Final = 256
_MOST_MICROSECONDS: Final = 10**12
_MOST_MEMORY: Final = 2**50
_START_SECONDS: Final = 20.0
_FORK_SECONDS: Final = 20.0
_END_SECONDS: Final = 2.0
_FIRST_RUN_SECONDS: Final = 5.0
_SWITCHES: Final = ("-X", "utf8", "-I", "-S", "-B")


class ZygoteGone(Exception):
    """The zygote ended, or does not answer; the message says what is known of it."""


class ForkRefused(Exception):
    """The zygote could not start one more process; the runs that it has go on."""


@dataclass(frozen=True, slots=True)
class Birth:
    """How a zygote is started."""

    level: LevelName
    packages: str = ""
    """The folder of packages of its environment; empty for the standard library alone."""
    own_folder_bytes: int = 16 << 20
    """How much each run may write, where it may write at all."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a zygote is told of a run."""

    memory_bytes: int
    cpu_seconds: int
    imports: tuple[str, ...] = ()
    """What the run is about to import, which the zygote may do for all runs after it."""
    packages: bool = False
    """Whether it may import packages of the environment, too."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the process of a run ended."""

    status: int
    """Its exit status, or the negative number of the signal that ended it."""
    cpu: timedelta
    memory_bytes: int


class Running:
    """The process of one run."""

    def __init__(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        self.number = number
        self.forked: asyncio.Future[bool] = loop.create_future()
        """Whether there was room for it."""
        self.ended: asyncio.Future[Ended | None] = loop.create_future()
        """None when the zygote died before it could say."""
        self.is_ordered = False
        self.is_killed = False

    def born(self) -> None:
        """Learn that there is a process."""
        self.forked.set_result(True)

    def refused(self) -> None:
        """Learn that there will be none."""
        self.forked.set_result(False)
        self.over(None)

    def over(self, ended: Ended | None) -> None:
        """Learn how the process ended."""
        if not self.forked.done():
            self.forked.cancel()
        if not self.ended.done():
            self.ended.set_result(ended)


class Zygote:
    """One zygote, seen from the server."""

    def __init__(self, process: Process, control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._loop = asyncio.get_running_loop()
        self._runs: dict[int, Running] = {}
        self._count = 0
        self._sending = asyncio.Lock()
        self.turns = asyncio.Lock()
        """Held by whichever run of it is at what holds up the whole server."""
        self.is_alive = True
        self.has_landlock = False
        self.used_at = self._loop.time()

    @property
    def is_busy(self) -> bool:
        """Say whether a run of it is alive, or about to be."""
        awaited = not self._count and self._loop.time() < self.used_at + _FIRST_RUN_SECONDS
        return bool(self._runs) or awaited

    async def fork(self, order: Order, line: int, log: int) -> Running:
        """Start a run with these two descriptors.

        A caller that is cancelled meanwhile leaves no process behind. Raises ZygoteGone
        when there is no zygote to do it, and ForkRefused when it has no room.
        """
        if not self.is_alive:
            raise ZygoteGone("it has ended")
        self._count += 1
        self.used_at = self._loop.time()
        running = self._runs[self._count] = Running(self._count)
        packet = {
            "fork": running.number,
            "memory": order.memory_bytes,
            "cpu": order.cpu_seconds,
            "imports": order.imports,
            "packages": order.packages,
        }
        try:
            async with asyncio.timeout(_FORK_SECONDS):
                await self._send(json.dumps(packet).encode(), (line, log))
                running.is_ordered = True
                await asyncio.wait([running.forked])
        except TimeoutError:
            self.kill()
            raise ZygoteGone("it did not fork in time") from None
        except OSError as error:
            self.kill()
            raise ZygoteGone("it takes no orders") from error
        finally:
            if not running.forked.done():
                self.end(running)
        if running.forked.cancelled():
            raise ZygoteGone("it ended instead of forking")
        if not running.forked.result():
            raise ForkRefused("there are too many processes")
        return running

    def end(self, running: Running) -> None:
        """Have the process of a run killed, even if it is yet to be born.

        It is for the zygote to do. A descriptor of the process would let us do it, but that
        could come from no one else, and a hostile zygote could pass one of another process.
        """
        if running.is_killed or running.ended.done():
            return
        running.is_killed = True
        if not running.is_ordered:
            del self._runs[running.number]
            running.over(None)
            return
        try:
            self._control.send(json.dumps({"kill": running.number}).encode())
        except OSError:
            # It is gone, or has not listened for as long as it takes to fill its socket.
            self.kill()

    async def see_end(self, running: Running) -> Ended | None:
        """Kill a run and wait until it is gone; None when nobody knows how it ended."""
        self.end(running)
        await asyncio.wait([running.ended], timeout=_END_SECONDS)
        if not running.ended.done():
            # It does not reap, so it does not fork either.
            self.kill()
        self.used_at = self._loop.time()
        return running.ended.result()

    def kill(self) -> None:
        """End the zygote, and with it every process that it started."""
        if not self.is_alive:
            return
        self.is_alive = False
        self._loop.remove_reader(self._control)
        for running in self._runs.values():
            running.over(None)
        self._runs.clear()
        self._control.close()
        # It leads a group, which nothing in there may leave, see ``_spawn``.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """End the zygote and wait until it has ended."""
        self.kill()
        await self._process.wait()

    def listen(self) -> None:
        """Begin to take what it says."""
        self._loop.add_reader(self._control, self._on_packet)

    async def _send(self, packet: bytes, descriptors: Sequence[int]) -> None:
        async with self._sending:
            while True:
                try:
                    socket.send_fds(self._control, [packet], descriptors)
                except BlockingIOError:
                    await self._until_writable()
                else:
                    return

    async def _until_writable(self) -> None:
        writable: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(
            self._control, lambda: writable.done() or writable.set_result(None)
        )
        try:
            await writable
        finally:
            if self.is_alive:
                self._loop.remove_writer(self._control)

    def _on_packet(self) -> None:
        # Not recv_fds: descriptors that nobody asked for are closed by the kernel.
        try:
            text = self._control.recv(_PACKET)
            packet = json.loads(text) if text else None
        except BlockingIOError:
            return
        except (OSError, ValueError, RecursionError):
            packet = None
        if not self._take(packet):
            self.kill()

    def _take(self, packet: Any) -> bool:
        """Act on a packet; says whether it made sense.

        It may come from a hostile package. Whatever it says of a run is said once.
        """
        match packet:
            case {"forked": int(number)} if self._is_awaited(number):
                self._runs[number].born()
            case {"refused": int(number)} if self._is_awaited(number):
                self._runs.pop(number).refused()
            case {
                "ended": int(number),
                "status": int(status),
                "cpu_us": int(cpu),
                "memory": int(memory),
            } if number in self._runs and abs(status) < _STATUSES:
                used = timedelta(microseconds=max(0, min(cpu, _MOST_MICROSECONDS)))
                ended = Ended(status, used, max(0, min(memory, _MOST_MEMORY)))
                self._runs.pop(number).over(ended)
            case _:
                return False
        return True

    def _is_awaited(self, number: int) -> bool:
        return number in self._runs and not self._runs[number].forked.done()


async def start_zygote(birth: Birth) -> Zygote:
    """Start a zygote and wait until it can fork; raises ZygoteGone with its last words."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0)
    try:
        process = await _spawn(theirs)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    zygote = Zygote(process, ours)
    try:
        zygote.has_landlock = await _settle(ours, birth)
    except BaseException as error:
        zygote.kill()
        words = await _last_words(process)
        await process.wait()
        if isinstance(error, (TimeoutError, OSError, ValueError)):
            raise ZygoteGone(words or "it did not start") from None
        raise
    zygote.listen()
    return zygote


async def _spawn(control: socket.socket) -> Process:
    """Start the interpreter, with nothing of this process but its end of *control*."""
    return await create_subprocess_exec(
        sys.executable,
        *_SWITCHES,
        str(_script()),
        str(control.fileno()),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
        env={"TZ": "UTC"},
        cwd="/",
        pass_fds=(control.fileno(),),
        start_new_session=True,  # setsid and setpgid are refused in there
    )


def _script() -> Path:
    """Return the guest's script, without importing the guest."""
    spec = find_spec("callingcard_guest")
    if spec is None or spec.origin is None:
        raise ZygoteGone("the package callingcard_guest is not installed")
    return Path(spec.origin).parent / "start.py"


async def _settle(control: socket.socket, birth: Birth) -> bool:
    """Tell a new zygote how to be, and wait until it is; says whether it has Landlock."""
    loop = asyncio.get_running_loop()
    told = {
        "server": os.getpid(),
        "level": birth.level,
        "packages": birth.packages,
        "own_folder_bytes": birth.own_folder_bytes,
    }
    async with asyncio.timeout(_START_SECONDS):
        await loop.sock_sendall(control, json.dumps(told).encode())
        answer: Any = json.loads(await loop.sock_recv(control, _PACKET) or b"null")
    if not isinstance(answer, Mapping):
        raise ValueError("it ended")  # noqa: TRY004 - the caller treats it as nonsense said
    return bool(cast("Mapping[str, object]", answer).get("landlock"))


async def _last_words(process: Process) -> str:
    """Return the last line that a zygote wrote before it failed."""
    if process.stderr is None:
        return ""
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            lines = (await process.stderr.read(1 << 16)).decode("utf-8", "replace").split("\n")
            return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
    return ""
