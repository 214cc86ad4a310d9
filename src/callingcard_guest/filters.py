"""Which system calls go through, as programs for seccomp.

Two filters stand behind each other. ``zygote_filter`` is put on once: it lists what may be
called at all. ``run_filter`` is put on by each run, before it sees its task: it takes away
what only the zygote needs, and looks at arguments. A call has to pass both.

The language is the kernel's classic BPF; see
https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

import errno
import struct
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from callingcard_guest.syscalls import (
    BEFORE,
    BY_ARGUMENT,
    IN_OWN_FOLDER,
    MACHINE,
    MACHINES,
    NUMBERS,
    RUNS,
    ZYGOTE,
    ZYGOTE_IN_ROOM,
)

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_REFUSE = 0x00050000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x54, 0x06
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000

_THREAD = 0x00010000
_NAMESPACES_AND_TRACING = 0x7E020000 | 0x00002000 | 0x00008000 | 0x00800000
"""``CLONE_NEW…``, ``_PTRACE``, ``_PARENT`` and ``_UNTRACED``: no thread needs them."""

_ALLOWED_VALUES: Final[Mapping[str, tuple[int, tuple[int, ...]]]] = MappingProxyType(
    {
        # SO_TYPE ERROR SNDBUF RCVBUF ACCEPTCONN PROTOCOL DOMAIN, and not who is there
        "getsockopt": (2, (3, 4, 7, 8, 30, 38, 39)),
        # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX
        "ioctl": (1, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),
        "prlimit64": (0, (0,)),  # of itself
        "unshare": (0, (0x00020000, 0x10000000)),  # mounts, users
    }
)
"""The position of one argument, and what it may be, for the zygote and for runs."""

_FILE_CONTROLS: Final = (0, 1, 2, 3, 4, 5, 1030)
"""DUPFD GETFD SETFD GETFL SETFL GETLK DUPFD_CLOEXEC."""
_LOCKS: Final = (6, 7)
"""SETLK and SETLKW, which SQLite calls."""

_FLAGS_OF_MESSAGES: Final = {"recvfrom": 3, "recvmsg": 2, "sendmsg": 2, "sendto": 3}
_OUT_OF_BAND: Final = 1
"""``MSG_OOB``, by which others got out of sandboxes (CVE-2025-38236)."""

_NAME_OF_THREAD: Final = (15, 16)
_PARENT_DEATH_SIGNAL, _KILL_SIGNAL = 1, 9

_PID = 0xA5C3A5C3
_PID_MARK = struct.pack("=I", _PID)
"""Stands for the run's process id until that is known."""

_UNIX, _STREAM, _KIND_OF_SOCKET = 1, 1, 0xF


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _return(verdict: int) -> bytes:
    return _step(_RETURN, verdict)


_REFUSED = _return(_REFUSE | errno.EPERM)
_PASSED = _return(_ALLOW)
_DONE_NOTHING = _return(_REFUSE)
"""The call returns 0, and the kernel does not see it."""


def _argument(position: int) -> bytes:
    # The low half: what we compare are ints to the kernel, which ignores the high half too.
    return _step(_LOAD, _ARGUMENTS_AT + 8 * position)


def _when(number: int, block: bytes) -> bytes:
    """Go through *block*, which ends with a verdict, for the call *number* only."""
    return _step(_EQUAL, number, 0, len(block) // 8) + block


def _one_of(values: Iterable[int]) -> bytes:
    """Let the loaded value pass when it is one of *values*."""
    return b"".join(_step(_EQUAL, v, 0, 1) + _PASSED for v in values) + _REFUSED


def _head() -> bytes:
    """Kill callers with another machine's calls, then load the call's number."""
    right_machine = _step(_LOAD, _MACHINE_AT) + _step(_EQUAL, MACHINES[MACHINE], 1, 0)
    number = _step(_LOAD, _NUMBER_AT)
    if MACHINE != "x86_64":
        return right_machine + _return(_KILL) + number
    # x32 calls come under the same machine, with a bit in the number.
    return (
        right_machine
        + _return(_KILL)
        + number
        + _step(_AT_LEAST, _X32_BIT, 0, 1)
        + _return(_KILL)
    )


def zygote_filter(*, own_folder: bool) -> bytes:
    """List what may be called at all; *own_folder*: runs have a folder of their own."""
    allowed = {**RUNS, **BY_ARGUMENT, **ZYGOTE}
    if own_folder:
        allowed |= IN_OWN_FOLDER | ZYGOTE_IN_ROOM
    # ENOSYS and not EPERM: then the C library starts threads with clone, which can be checked.
    no_clone3 = _when(BEFORE["clone3"], _return(_REFUSE | errno.ENOSYS))
    passing = b"".join(_when(number, _PASSED) for number in sorted(allowed.values()))
    return _head() + no_clone3 + _by_argument(allowed) + passing + _REFUSED


def _by_argument(allowed: Mapping[str, int]) -> bytes:
    """Look at the arguments of those *allowed* calls whose rules hold for zygote and runs."""
    pair = (
        _argument(0)
        + _step(_EQUAL, _UNIX, 1, 0)
        + _REFUSED
        + _argument(1)
        + _step(_AND, _KIND_OF_SOCKET)
        + _one_of([_STREAM])
    )
    # A lock on a file that all can read would be seen by all, so none is ever taken. Who has
    # a file to itself notices nothing: a process is never kept out by locks of its own.
    file_control = (
        _argument(1)
        + b"".join(_step(_EQUAL, lock, 0, 1) + _DONE_NOTHING for lock in _LOCKS)
        + _one_of(_FILE_CONTROLS)
    )
    # Only to be killed when the parent dies, never to outlive it.
    process_control = (
        _argument(0)
        + b"".join(_step(_EQUAL, name, 0, 1) + _PASSED for name in _NAME_OF_THREAD)
        + _step(_EQUAL, _PARENT_DEATH_SIGNAL, 1, 0)
        + _REFUSED
        + _argument(1)
        + _one_of([_KILL_SIGNAL])
    )
    no_namespaces = (
        _argument(0) + _step(_ANY_BIT, _NAMESPACES_AND_TRACING, 0, 1) + _REFUSED + _PASSED
    )
    in_band = _step(_ANY_BIT, _OUT_OF_BAND, 0, 1) + _REFUSED + _PASSED
    return b"".join(
        [
            _when(NUMBERS["socketpair"], pair),
            _when(NUMBERS["clone"], no_namespaces),
            _when(NUMBERS["fcntl"], file_control),
            _when(NUMBERS["prctl"], process_control),
            *(
                _when(NUMBERS[name], _argument(position) + _one_of(values))
                for name, (position, values) in _ALLOWED_VALUES.items()
                if name in allowed
            ),
            *(
                _when(NUMBERS[name], _argument(position) + in_band)
                for name, position in _FLAGS_OF_MESSAGES.items()
            ),
        ]
    )


def run_filter(pid: int) -> bytes:
    """Take from the run with this *pid* what only the zygote needs."""
    return _RUN_FILTER.replace(_PID_MARK, struct.pack("=I", pid))


def _run_filter() -> bytes:
    numbers = sorted([*ZYGOTE.values(), *ZYGOTE_IN_ROOM.values()])
    refused = b"".join(_when(number, _REFUSED) for number in numbers)
    thread = _argument(0) + _step(_ANY_BIT, _THREAD, 0, 1) + _PASSED + _REFUSED
    return b"".join(
        [
            _head(),
            refused,
            _when(NUMBERS["clone"], thread),
            _when(NUMBERS["kill"], _argument(0) + _one_of([_PID])),
            _when(NUMBERS["tgkill"], _argument(0) + _one_of([_PID])),
            _when(NUMBERS["prctl"], _argument(0) + _one_of(_NAME_OF_THREAD)),
            _PASSED,
        ]
    )


_RUN_FILTER: Final = _run_filter()
