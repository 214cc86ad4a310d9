"""What the worker's own process may still do: read what it is told of, write its cache.

The library that works completions out lists folders for a path in a string, follows what
a source adds to ``sys.path``, and opens what it finds. It runs nothing of the source, so
nobody in this process works against an audit hook, and one is enough to keep it from
every other file, from the network, and from starting programs.

Invariant: a hook cannot be taken out again; the process has it until it ends.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_NEVER: Final = (
    "socket.",
    "subprocess.",
    "ctypes.",
    "pty.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
)
_READS: Final = frozenset({"os.listdir", "os.scandir", "os.chdir", "os.walk"})
_WRITES: Final = frozenset(
    {
        *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir"),
        *("os.symlink", "os.truncate", "os.utime"),
    }
)
_CHANGES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


class Fence:
    """Lets reads below *readable* pass, and writes below *writable*, once it stands.

    Packages installed beside the standard library are not part of it.
    """

    def __init__(self, readable: Iterable[Path], writable: Path) -> None:
        self._readable = [_real(path) for path in (*readable, writable)]
        self._writable = _real(writable)

    def admit(self, folder: Path) -> None:
        """Let reads below *folder* pass too."""
        real = _real(folder)
        if real not in self._readable:
            self._readable.append(real)

    def stand(self) -> None:
        """Refuse everything else from now on, with a PermissionError."""
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            self._path(path, writes=bool((flags or 0) & _CHANGES))
        elif event in _READS or event in _WRITES:
            for path in arguments[: 2 if event in {"os.link", "os.rename"} else 1]:
                self._path(path, writes=event in _WRITES)
        elif event.startswith(_NEVER):
            raise PermissionError(f"{event} is not for this process")

    def _path(self, path: object, *, writes: bool) -> None:
        if isinstance(path, int):  # a file that is open already
            return
        real = _real(Path(os.fsdecode(path) if isinstance(path, (str, bytes)) else "."))
        inside = _below(real, self._writable)
        if not inside and not writes:
            inside = any(self._reads(real, root) for root in self._readable)
        if not inside:
            raise PermissionError("this file is not for this process")

    @staticmethod
    def _reads(real: str, root: str) -> bool:
        return _below(real, root) and not _INSTALLED.intersection(
            Path(real[len(root) :]).parts
        )


def _real(path: Path) -> str:
    return os.path.realpath(path)


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
