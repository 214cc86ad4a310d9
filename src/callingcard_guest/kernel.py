"""Calls to the Linux kernel that Python has no function for.

Thin on purpose: each function is one system call, and raises OSError as ``os`` would.
"""

import ctypes
import os
import signal
import struct
from typing import Final

from callingcard_guest.syscalls import NUMBERS

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 0x1
MS_NOSUID: Final = 0x2
MS_NODEV: Final = 0x4
MS_NOEXEC: Final = 0x8
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x40000

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_NAME: Final = 15
PR_SET_NO_NEW_PRIVS: Final = 38

_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_MNT_DETACH: Final = 2
_SECCOMP_SET_MODE_FILTER: Final = 1
_LANDLOCK_CREATE_RULESET_VERSION: Final = 1
_LANDLOCK_RULE_PATH_BENEATH: Final = 1
_CAPABILITIES_V3: Final = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def call(name: str, *arguments: int | bytes | None) -> int:
    """Make the system call *name*; raises OSError."""
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(_libc.syscall(ctypes.c_long(NUMBERS[name]), *given))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces that *flags* names for new ones."""
    call("unshare", flags)


def prctl(option: int, value: int = 0) -> None:
    """Set one property of this process."""
    call("prctl", option, value, 0, 0, 0)


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount *source* of file system *kind* at *target*."""
    call("mount", source.encode(), target.encode(), kind.encode(), flags, options.encode())


def seal_mount(path: str, attributes: int, *, below: bool) -> None:
    """Add *attributes* (``MS_RDONLY`` …) to the mount at *path*, and to those *below* it.

    ``mount_setattr`` and not a remount: that would have to repeat flags that an
    unprivileged process may not see.
    """
    wanted = struct.pack("QQQQ", attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if below else 0
    call("mount_setattr", _AT_FDCWD, path.encode(), flags, wanted, len(wanted))


def pivot_root(new: str, old: str) -> None:
    """Make the mount at *new* the root; what was the root is then at *old*."""
    call("pivot_root", new.encode(), old.encode())


def detach(path: str) -> None:
    """Unmount *path*, and everything below it."""
    call("umount2", path.encode(), _MNT_DETACH)


def become(user: int) -> None:
    """Become the user and the group of this number, in no other group, for good."""
    call("setgroups", 0, None)
    call("setresgid", user, user, user)
    call("setresuid", user, user, user)
    # Without this, what is ours below /proc belongs to root from here on.
    prctl(PR_SET_DUMPABLE, 1)


def be_counted_as(user: int) -> None:
    """Let this process and its children count as processes of *user*; needs root.

    Only the real user changes, so files are opened as before. The kernel holds no process
    of root to ``RLIMIT_NPROC``, see ``setrlimit(2)``.
    """
    call("setresuid", user, -1, -1)


def name_host(name: str) -> None:
    """Call this machine *name*, in our namespace of names."""
    call("sethostname", name.encode(), len(name))


def die_with(parent: int) -> None:
    """Be killed when *parent*, which started this process, ends; it may have ended already."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def drop_capabilities() -> None:
    """Give up every capability; with no_new_privs there is no way back to one."""
    header = struct.pack("Ii", _CAPABILITIES_V3, 0)
    call("capset", header, bytes(24))


def install_filter(program: bytes) -> None:
    """Filter this process's system calls with *program*, for good."""
    buffer = ctypes.create_string_buffer(program, len(program))
    given = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    call("seccomp", _SECCOMP_SET_MODE_FILTER, 0, given)


def landlock_version() -> int:
    """Return the version of Landlock that is switched on; raises OSError when none is."""
    return call("landlock_create_ruleset", None, 0, _LANDLOCK_CREATE_RULESET_VERSION)


def landlock_ruleset(attributes: bytes) -> int:
    """Return a descriptor of a new, empty set of rules."""
    return call("landlock_create_ruleset", attributes, len(attributes), 0)


def landlock_allow(ruleset: int, path: str, rights: int) -> None:
    """Let *ruleset* allow *rights* on *path* and what is below it."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        call("landlock_add_rule", ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)


def landlock_restrict(ruleset: int) -> None:
    """Hold this process to *ruleset*, for good."""
    call("landlock_restrict_self", ruleset, 0)
