"""A process that has everything imported, and forks a run whenever the server asks for one.

It talks with the server in packets of JSON over one socket. The server sends the settings
once, then ``{"fork": N, …}`` with two descriptors, the run's line and its log. The answers
are ``{"ready": …}``, ``{"forked": N}`` with a descriptor of the new process, and
``{"ended": N, …}``. It has one thread and no event loop, as whoever forks should.

Packages of the environment are imported here, before the fork, behind every fence that the
level has for a zygote. So a hostile package can meddle with the runs of every function that
has the very same set of packages, which import it anyway; it reaches no other environment.

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
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from callingcard_guest import child, fence, filters, kernel, room, running, sights

USUAL: Final = (
    "asyncio", "base64", "collections", "contextlib", "copy", "csv", "dataclasses",
    "datetime", "decimal", "email.utils", "enum", "functools", "hashlib", "heapq", "hmac",
    "html", "inspect", "io", "itertools", "json", "logging", "math", "operator", "pathlib",
    "random", "re", "secrets", "statistics", "string", "struct", "tempfile", "textwrap",
    "threading", "time", "traceback", "types", "typing", "unicodedata", "urllib.parse",
    "uuid", "zlib", "zoneinfo",
)  # fmt: skip
"""What functions usually import; a run finds it there already."""

_PACKET: Final = 1 << 16
_ONE_ARENA: Final = (-8, 1)
"""``mallopt(M_ARENA_MAX, 1)``: each arena would take 64 MiB of what a run may use."""
_THREAD_STACK: Final = 1 << 20
_STARTED_THREADS: Final = 71


@dataclass
class Zygote:
    """The loop, and the runs that are alive."""

    control: socket.socket
    fences: child.Fences
    packages: str
    sizes: int
    null: int
    _runs: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    """By the descriptor of its process: a run's number, and its process id."""

    def serve(self) -> None:
        """Fork and reap until the server is gone, then take every run along."""
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
                poll.register(self._fork(json.loads(packet), *passed), select.POLLIN)

    def _fork(self, order: dict[str, Any], line: int, log: int) -> int:
        for name in order["imports"]:
            self._preload(name)
        present = int(os.pread(self.sizes, 64, 0).split()[0]) * resource.getpagesize()
        allowance = child.Allowance(present + order["memory"], order["cpu"])
        process = os.fork()
        if process == 0:
            self.control.detach()
            child.live(self.fences, child.Descriptors(line, log, self.null), allowance)
        os.close(line)
        os.close(log)
        descriptor = os.pidfd_open(process)
        self._runs[descriptor] = (order["fork"], process)
        self._tell({"forked": order["fork"]}, descriptor)
        return descriptor

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

    def _tell(self, packet: dict[str, Any], *descriptors: int) -> None:
        try:
            socket.send_fds(self.control, [json.dumps(packet).encode()], list(descriptors))
        except OSError:
            self._end()

    def _end(self) -> None:
        for descriptor in self._runs:
            with suppress(OSError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os._exit(0)

    def _preload(self, name: str) -> None:
        """Import a package of the environment, so that no later run has to.

        What goes wrong is for the run to find out, where its author sees it.
        """
        if name in sys.modules:
            return
        with suppress(BaseException):
            found = importlib.util.find_spec(name)
            if found and (found.origin or "").startswith(f"{self.packages}/"):
                importlib.import_module(name)
        if threading.active_count() > 1:
            os._exit(_STARTED_THREADS)
        gc.freeze()


def main(descriptor: int) -> None:
    """Be a zygote on the control socket with this *descriptor*; never returns."""
    control = socket.socket(fileno=descriptor)
    settings = json.loads(control.recv(_PACKET))
    for name in USUAL:
        importlib.import_module(name)
    ctypes.CDLL(None).mallopt(*_ONE_ARENA)
    threading.stack_size(_THREAD_STACK)
    packages = settings["packages"]
    seen = sights.look(packages)
    if packages:
        sys.path.append(packages)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    null = os.open("/dev/null", os.O_RDWR)
    if settings["level"] == "namespaces":
        fences, sizes = _go_into_room(seen, settings["own_folder_bytes"])
    else:
        fences, sizes = _go_behind_fence(seen)
    _prepare_output(null)
    gc.collect()
    gc.freeze()
    has_landlock = fences.ruleset is not None or not fences.own_folder_bytes
    control.send(json.dumps({"ready": True, "landlock": has_landlock}).encode())
    Zygote(control, fences, packages, sizes, null).serve()


def _prepare_output(null: int) -> None:
    """Let runs have streams that were made on a pipe, and let this process write nowhere."""
    ends = os.pipe()
    os.dup2(ends[1], 1)
    os.dup2(ends[1], 2)
    running.prepare()
    os.dup2(null, 1)
    os.dup2(null, 2)
    for end in ends:
        os.close(end)


def _go_into_room(seen: sights.Sights, own_folder_bytes: int) -> tuple[child.Fences, int]:
    """Go behind namespaces; what is prepared for the runs, and where our size is told."""
    sizes = room.enter(seen)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    rules = None
    with suppress(OSError):  # the room holds without Landlock; with it, it holds twice
        rules = fence.ruleset(read=["/"], write=seen.devices, own=[room.OWN_PARENT])
    kernel.install_filter(filters.zygote_filter(own_folder=True))
    return child.Fences(rules, own_folder_bytes), sizes


def _go_behind_fence(seen: sights.Sights) -> tuple[child.Fences, int]:
    """Go behind Landlock alone, here and now, so that every run is born there."""
    sizes = os.open("/proc/self/statm", os.O_RDONLY)
    os.chdir("/")
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.landlock_restrict(fence.ruleset(read=seen.readable(), write=seen.devices))
    kernel.drop_capabilities()
    kernel.install_filter(filters.zygote_filter(own_folder=False))
    return child.Fences(None, 0), sizes
