"""Turns a fresh copy of the zygote into a run that can do nothing but compute and ask.

It goes behind its fences at once, rehearses, and then waits until there is something to run:
most of what a run costs is paid before anybody asks for it.

Invariant: the run's task is read after every fence is up, so code that came with it never
runs without them.
"""

import os
import resource
import select
import socket
import struct
from dataclasses import dataclass
from typing import Final, Self

from callingcard_guest import filters, kernel, room
from callingcard_guest.running import rehearse, run
from callingcard_guest.wire import Wire

FAILED: Final = 70
"""The exit status of a run that could not be fenced in, or whose server is gone."""

_LINE: Final = 3
_FILES: Final = 64
_FILE_BYTES: Final = 16 << 20
_ALLOWANCE: Final = struct.Struct("QQ")


@dataclass(frozen=True)
class Fences:
    """What the zygote prepared for its runs."""

    ruleset: int | None
    """Landlock's rules to go under; None when they hold for the zygote already."""
    own_folder_bytes: int
    """The size of the folder that a run has of its own; 0 where it has none."""
    threads: int
    """How many there may be of the run's user, as the kernel counts them."""


@dataclass(frozen=True)
class Allowance:
    """What one run may use."""

    address_space: int
    cpu_seconds: int

    @classmethod
    def read(cls, packet: bytes) -> Self:
        """Read what ``packet`` wrote."""
        return cls(*_ALLOWANCE.unpack(packet))

    def packet(self) -> bytes:
        """Write it down for the process that it is for."""
        return _ALLOWANCE.pack(self.address_space, self.cpu_seconds)


def live(fences: Fences, orders: socket.socket, zygote: int) -> None:
    """Be a run of *zygote*, from here to the end of this process; never returns.

    On *orders* it is told, once, what it may use, with the descriptors of its line to the
    broker and of its log. It ends when that is closed instead.
    """
    status = FAILED
    try:
        _fence_in(fences, zygote)
        if not _is_awaited(orders):
            rehearse()
        packet, descriptors, _, _ = socket.recv_fds(orders, _ALLOWANCE.size, 2)
        if packet:
            _begin(Allowance.read(packet), fences.threads, *descriptors)
            wire = Wire(_LINE)
            folder = room.OWN_FOLDER if fences.own_folder_bytes else ""
            run(wire.read(), wire, own_folder=folder)
        status = 0
    finally:
        # Not sys.exit: whatever the function left behind, threads or handlers, ends here.
        os._exit(status)


def _fence_in(fences: Fences, zygote: int) -> None:
    """Give up everything that a run has no use for; raises OSError."""
    if fences.own_folder_bytes:
        room.give_own_folder(fences.own_folder_bytes)
    if fences.ruleset is not None:
        kernel.landlock_restrict(fences.ruleset)
    # Opened anew: what is set on a descriptor that was handed on, all who have it can read.
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    kernel.drop_capabilities()
    kernel.die_with(zygote)


def _is_awaited(orders: socket.socket) -> bool:
    """Say whether somebody waits for this run already, who should not wait for a rehearsal."""
    return bool(select.select([orders], [], [], 0)[0])


def _begin(allowance: Allowance, threads: int, line: int, log: int) -> None:
    """Keep nothing but what this run was given, and close the last fence; raises OSError."""
    os.dup2(log, 1)
    os.dup2(log, 2)
    if line != _LINE:
        os.dup2(line, _LINE)
    kernel.call("close_range", _LINE + 1, 2**31 - 1, 0)
    for limit, value in (
        (resource.RLIMIT_AS, allowance.address_space),
        (resource.RLIMIT_CPU, allowance.cpu_seconds),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, threads),
    ):
        resource.setrlimit(limit, (value, value))
    kernel.install_filter(filters.run_filter(os.getpid()))
