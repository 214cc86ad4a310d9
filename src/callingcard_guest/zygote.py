"""A process that has imported what runs need, and forks one whenever the server asks for it.

It talks with the server in packets of JSON over one socket. The server sends the settings
once, then ``{"fork": N, …}`` with two descriptors, the run's line and its log, and
``{"kill": N}``. The answers are ``{"ready": …}``, ``{"forked": N}`` or ``{"refused": N}``,
and ``{"ended": N, …}``. It has one thread and no event loop, as whoever forks should.

While a run is under way, the process of the next one is forked already and waits behind its
fences: a *spare*. The server knows nothing of it.

What a function imports is imported here, for all runs after it, if that is usual. So are
packages of the environment, behind every fence that the level has for a zygote; a hostile one
can meddle with the runs of every function that has the very same set of packages, which import
it anyway. It reaches no other environment.

Invariant: no packet holds anything of a run but its number, its limits and what it imports.
"""

import ctypes
import gc
import importlib
import importlib.util
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from callingcard_guest import child, fence, filters, kernel, room, running, sights

USUAL: Final = (
    "asyncio", "base64", "collections", "contextlib", "copy", "csv", "dataclasses",
    "datetime", "decimal", "email.utils", "enum", "functools", "hashlib", "heapq", "hmac",
    "html", "inspect", "io", "itertools", "json", "logging", "math", "operator", "pathlib",
    "random", "re", "secrets", "statistics", "string", "struct", "tempfile", "textwrap",
    "threading", "time", "traceback", "types", "typing", "unicodedata", "urllib.parse",
    "uuid", "zlib", "zoneinfo",
)  # fmt: skip
"""What functions usually import; from the first that does, a run finds it there already."""
_USUAL_BY_NAME: Final = {name.partition(".")[0]: name for name in USUAL}

_PACKET: Final = 1 << 16
_ONE_ARENA: Final = (-8, 1)
"""``mallopt(M_ARENA_MAX, 1)``: each arena would take 64 MiB of what a run may use."""
_THREAD_STACK: Final = 1 << 20
_STARTED_THREADS: Final = 71
_IMPORT_SECONDS: Final = 5
"""How long packages may take to be imported here; later it is for the run to do."""

_ADDRESS_SPACE: Final = 4 << 30
"""How much the packages of an environment may take, and a run beside them."""
_FILE_BYTES: Final = 16 << 20
_ALL_THREADS: Final = 4096
"""How many processes and threads a zygote may have in all, its runs included."""
_THREADS_OF_RUN: Final = 128


@dataclass
class Zygote:
    """The loop, and the runs that are alive."""

    control: socket.socket
    fences: child.Fences
    packages: str
    about: "About"
    _runs: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    """By the descriptor of its process: a run's number, and its process id."""
    _tried: set[str] = field(default_factory=set[str])
    """What was to be imported once, whether that went well or not."""
    _spare: "_Spare | None" = None
    """The next run, forked while the one before it is under way."""

    def serve(self) -> None:
        """Fork, kill and reap until the server is gone, then take every run along."""
        poll = select.poll()
        poll.register(self.control.fileno(), select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor != self.control.fileno():
                    poll.unregister(descriptor)
                    self._reap(descriptor)
                    continue
                packet, passed, _, _ = socket.recv_fds(self.control, _PACKET, 2)
                if not packet:
                    self._end()
                order = json.loads(packet)
                if "kill" in order:
                    self._kill(order["kill"])
                    continue
                born = self._fork(order, passed)
                if born is not None:
                    poll.register(born, select.POLLIN)
                    self._prepare()

    def _fork(self, order: dict[str, Any], passed: Sequence[int]) -> int | None:
        """Start a run; the answer is a descriptor of it, or None when there is no room."""
        self._preload(self._importable(order["imports"], packages=order["packages"]))
        descriptor = None
        try:
            line, log = passed
            run = self._begin(order, line, log)
        except (OSError, ValueError):
            self._tell({"refused": order["fork"]})
        else:
            descriptor = run.descriptor
            self._runs[descriptor] = (order["fork"], run.process)
            self._tell({"forked": order["fork"]})
        for given in passed:
            os.close(given)
        return descriptor

    def _prepare(self) -> None:
        """Have the process of the next run at hand, if there is room for one."""
        with suppress(OSError):
            self._spare = self._bear()

    def _begin(self, order: dict[str, Any], line: int, log: int) -> "_Spare":
        """Make the spare a run, or a new one where there is none that is alive."""
        spare, self._spare = self._spare, None
        if spare is not None:
            with suppress(OSError):
                return spare.begin(order, line, log)
        return self._bear().begin(order, line, log)

    def _bear(self) -> "_Spare":
        """Fork a process that is ready to be a run; raises OSError when there is no room."""
        zygote = os.getpid()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = os.fork()
                if process == 0:
                    self.control.close()
                    ours.close()
                    child.live(self.fences, theirs, zygote)
            return _Spare(process, _watch(process), ours, self.about.read().address_space)
        except OSError:
            ours.close()
            raise

    def _kill(self, number: int) -> None:
        """Kill the run of this number, unless it has ended."""
        for descriptor, (run, _) in self._runs.items():
            if run == number:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)

    def _reap(self, descriptor: int) -> None:
        number, process = self._runs.pop(descriptor)
        _, status, used = os.wait4(process, 0)
        os.close(descriptor)
        self._tell(
            {
                "ended": number,
                "status": os.waitstatus_to_exitcode(status),
                "cpu_us": int((used.ru_utime + used.ru_stime) * 1_000_000),
                "memory": used.ru_maxrss * 1024,
            }
        )

    def _tell(self, packet: dict[str, Any]) -> None:
        try:
            self.control.send(json.dumps(packet).encode())
        except OSError:
            self._end()

    def _end(self) -> NoReturn:
        for descriptor in self._runs:
            with suppress(OSError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os._exit(0)

    def _importable(self, names: Iterable[str], *, packages: bool) -> list[str]:
        """Return which of *names* a run would have to import, and we may do it instead.

        *packages* says whether it may be some of the environment's. Runs that are under way
        could not be killed while those are imported, so then the next run has to do it alone.
        """
        new = [name for name in names if name not in self._tried and name not in sys.modules]
        return [
            name for name in new if name in _USUAL_BY_NAME or (packages and not self._runs)
        ]

    def _preload(self, names: list[str]) -> None:
        """Import *names*, so that no later run has to.

        What goes wrong is for the run to find out, where its author sees it.
        """
        if not names:
            return
        if self._spare is not None:
            self._spare.end()  # it would lack what is imported now
            self._spare = None
        self._tried.update(names)
        with suppress(_TooLong):
            signal.signal(signal.SIGALRM, _give_up)
            signal.setitimer(signal.ITIMER_REAL, _IMPORT_SECONDS)
            for name in names:
                self._import(name)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        # Asked of the kernel: Python knows only of the threads that it started.
        if self.about.read().threads > 1:
            os._exit(_STARTED_THREADS)
        gc.freeze()

    def _import(self, name: str) -> None:
        try:
            if name in _USUAL_BY_NAME:
                importlib.import_module(_USUAL_BY_NAME[name])
                return
            found = importlib.util.find_spec(name)
            if found and (found.origin or "").startswith(f"{self.packages}/"):
                importlib.import_module(name)
        except _TooLong:
            raise
        except BaseException:
            return


@dataclass(frozen=True, slots=True)
class _Spare:
    """A process that went behind its fences and waits until it is to be a run."""

    process: int
    descriptor: int
    orders: socket.socket
    address_space: int
    """How much it took when it was born."""

    def begin(self, order: dict[str, Any], line: int, log: int) -> Self:
        """Make it a run; raises OSError when it has died, and then it is gone."""
        most = min(self.address_space + order["memory"], _ADDRESS_SPACE)
        allowance = child.Allowance(most, order["cpu"])
        try:
            socket.send_fds(self.orders, [allowance.packet()], [line, log])
        except OSError:
            self.end()
            raise
        self.orders.close()
        return self

    def end(self) -> None:
        """Kill it, and wait until it is gone."""
        self.orders.close()
        with suppress(OSError):
            signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.descriptor)


def _watch(process: int) -> int:
    """Return a descriptor of *process*, or end it and raise OSError."""
    try:
        return os.pidfd_open(process)
    except OSError:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        raise


class _TooLong(BaseException):
    """Importing took longer than it may."""


def _give_up(*_: object) -> None:
    raise _TooLong


@dataclass(frozen=True, slots=True)
class Told:
    """What the kernel tells of this process."""

    threads: int
    address_space: int


@dataclass(frozen=True, slots=True)
class About:
    """Our ``/proc/self/stat``, see ``proc_pid_stat(5)``, opened while it had a path."""

    descriptor: int

    def read(self) -> Told:
        """Return what it says now."""
        # The name of the process comes first, and may hold anything.
        columns = os.pread(self.descriptor, 1024, 0).rpartition(b")")[2].split()
        return Told(threads=int(columns[17]), address_space=int(columns[20]))


def main(descriptor: int) -> None:
    """Be a zygote on the control socket with this *descriptor*; never returns."""
    control = socket.socket(fileno=descriptor)
    settings = json.loads(control.recv(_PACKET))
    kernel.die_with(settings["server"])
    ctypes.CDLL(None).mallopt(*_ONE_ARENA)
    threading.stack_size(_THREAD_STACK)
    packages = settings["packages"]
    seen = sights.look(packages, importing=USUAL)
    if packages:
        sys.path.append(packages)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    null = os.open("/dev/null", os.O_RDWR)
    if settings["level"] == "namespaces":
        fences, about = _go_into_room(seen, settings)
    else:
        fences, about = _go_behind_fence(seen)
    _prepare_output(null)
    gc.collect()
    gc.freeze()
    has_landlock = fences.ruleset is not None or not fences.own_folder_bytes
    control.send(json.dumps({"ready": True, "landlock": has_landlock}).encode())
    Zygote(control, fences, packages, about).serve()


def _prepare_output(null: int) -> None:
    """Let runs have streams that were made on a pipe, and let this process write nowhere."""
    ends = os.pipe()
    os.dup2(ends[1], 1)
    os.dup2(ends[1], 2)
    running.prepare()
    os.dup2(null, 1)
    os.dup2(null, 2)
    for end in (*ends, null):
        os.close(end)


def _go_into_room(seen: sights.Sights, settings: dict[str, Any]) -> tuple[child.Fences, About]:
    """Go behind namespaces; what is prepared for the runs, and where we are told of."""
    about = About(room.enter(seen, settings["server"]))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    rules = None
    with suppress(OSError):  # the room holds without Landlock; with it, it holds twice
        rules = fence.ruleset(read=["/"], write=seen.devices, own=[room.OWN_PARENT])
    threads = min(_limit(about, _ALL_THREADS), _THREADS_OF_RUN)
    kernel.install_filter(filters.zygote_filter(own_folder=True))
    return child.Fences(rules, settings["own_folder_bytes"], threads), about


def _go_behind_fence(seen: sights.Sights) -> tuple[child.Fences, About]:
    """Go behind Landlock alone, here and now, so that every run is born there."""
    if kernel.landlock_version() < fence.TRUNCATE_SINCE:
        raise OSError("Landlock of this kernel does not keep a file from being emptied")
    about = About(os.open("/proc/self/stat", os.O_RDONLY))
    os.chdir("/")
    if os.geteuid() == 0:
        kernel.be_counted_as(room.NOBODY)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.landlock_restrict(fence.ruleset(read=seen.readable(), write=seen.devices))
    kernel.drop_capabilities()
    # Here the kernel counts all that its user runs, so what runs may have is a share of that.
    threads = _limit(about, 2 * _ALL_THREADS)
    kernel.install_filter(filters.zygote_filter(own_folder=False))
    return child.Fences(None, 0, threads // 2), about


def _limit(about: About, threads: int) -> int:
    """Limit what packages may use that are imported here; how many *threads* those are."""
    # Whoever may read what runs have open could read and write their logs.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    for limit, most in (
        (resource.RLIMIT_AS, about.read().address_space + _ADDRESS_SPACE),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, threads),
    ):
        _, highest = resource.getrlimit(limit)
        if highest == resource.RLIM_INFINITY or highest > most:
            highest = most
        resource.setrlimit(limit, (highest, highest))
    return highest
