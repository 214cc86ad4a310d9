"""Turns a fresh copy of the zygote into a run that can do nothing but compute and ask.

Invariant: the run's task is read after every fence is up, so code that came with it never
runs without them.
"""

import os
import resource
from dataclasses import dataclass
from typing import Final

from callingcard_guest import filters, kernel, room
from callingcard_guest.running import run
from callingcard_guest.wire import Wire

FAILED: Final = 70
"""The exit status of a run that could not be fenced in, or whose server is gone."""

_LINE: Final = 3
_FILES: Final = 64
_FILE_BYTES: Final = 16 << 20


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
class Descriptors:
    """What the run keeps of the zygote's open files."""

    line: int
    """To the broker."""
    log: int


@dataclass(frozen=True)
class Allowance:
    """What one run may use."""

    address_space: int
    cpu_seconds: int


def live(fences: Fences, descriptors: Descriptors, allowance: Allowance, zygote: int) -> None:
    """Be a run of *zygote*, from here to the end of this process; never returns."""
    status = FAILED
    try:
        _fence_in(fences, descriptors, allowance, zygote)
        wire = Wire(_LINE)
        run(wire.read(), wire, own_folder=room.OWN_FOLDER if fences.own_folder_bytes else "")
        status = 0
    finally:
        # Not sys.exit: whatever the function left behind, threads or handlers, ends here.
        os._exit(status)


def _fence_in(
    fences: Fences, descriptors: Descriptors, allowance: Allowance, zygote: int
) -> None:
    """Give up everything that a run has no use for; raises OSError."""
    if fences.own_folder_bytes:
        room.give_own_folder(fences.own_folder_bytes)
    if fences.ruleset is not None:
        kernel.landlock_restrict(fences.ruleset)
    # Opened anew: what is set on a descriptor that was handed on, all who have it can read.
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(descriptors.log, 1)
    os.dup2(descriptors.log, 2)
    if descriptors.line != _LINE:
        os.dup2(descriptors.line, _LINE)
    kernel.call("close_range", _LINE + 1, 2**31 - 1, 0)
    for limit, value in (
        (resource.RLIMIT_AS, allowance.address_space),
        (resource.RLIMIT_CPU, allowance.cpu_seconds),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, fences.threads),
    ):
        resource.setrlimit(limit, (value, value))
    kernel.drop_capabilities()
    kernel.die_with(zygote)
    kernel.install_filter(filters.run_filter(os.getpid()))
