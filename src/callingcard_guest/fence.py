"""Landlock: which files may be opened, whatever else a process may do.

See https://docs.kernel.org/userspace-api/landlock.html for what each version can.
"""

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from callingcard_guest import kernel

_WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _DEVICE_IOCTL = 1 << 14, 1 << 15
_READ: Final = _READ_FILE | _READ_FOLDER
_ON_FILES: Final = _WRITE_FILE | _READ_FILE | _TRUNCATE
_OWN: Final = (1 << 15) - 2 - (1 << 6) - (1 << 9) - (1 << 11)
"""All but executing, and making devices and sockets."""

_RIGHTS_SINCE: Final = ((1, 13), (2, 14), (3, 15), (5, 16))
"""The version, and how many rights on files it knows."""
TRUNCATE_SINCE: Final = 3
"""The version that first keeps a process from emptying files that it may not write."""
_NETWORK_SINCE, _NETWORK = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11


def ruleset(*, read: Iterable[str], write: Iterable[str] = (), own: Iterable[str] = ()) -> int:
    """Return a descriptor of rules that forbid all but these; raises OSError without Landlock.

    *read* are files and folders, *write* single files, *own* folders where a run may do
    as it likes. Nothing may be executed, connected to, or signalled outside.
    """
    version = kernel.landlock_version()
    known = (1 << max(count for since, count in _RIGHTS_SINCE if since <= version)) - 1
    attributes = struct.pack("Q", known)
    if version >= _NETWORK_SINCE:
        attributes += struct.pack("Q", _NETWORK)
    if version >= _SCOPES_SINCE:
        attributes += struct.pack("Q", _SCOPES)
    made = kernel.landlock_ruleset(attributes)
    for path in read:
        kernel.landlock_allow(made, path, _READ if Path(path).is_dir() else _READ_FILE)
    for path in write:
        kernel.landlock_allow(made, path, _ON_FILES & known)
    for path in own:
        kernel.landlock_allow(made, path, _OWN & known)
    return made
