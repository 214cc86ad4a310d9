"""What of the machine a function may see: Python, the libraries it needs, time zones.

Invariant: no folder of installed packages is among it, except the one of the function's
own environment. The product itself may be installed beside the interpreter.
"""

import importlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/urandom")
_ZONES: Final = ("/usr/share/zoneinfo",)
_SYSTEM: Final = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")
_PACKAGES: Final = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Sights:
    """Paths that are shown, folders inside them that are not, and the environment's own."""

    shown: tuple[str, ...]
    hidden: tuple[str, ...]
    packages: str = ""
    devices: tuple[str, ...] = field(default=DEVICES)

    def readable(self) -> list[str]:
        """Return *shown* without *hidden*, as a list of paths that hold nothing hidden."""
        found = [part for path in self.shown for part in _without(path, self.hidden)]
        return [*found, *([self.packages] if self.packages else [])]


def look(packages: str, importing: Iterable[str]) -> Sights:
    """Find out what this interpreter needs, and show *packages*, if that is not empty.

    It is a copy of this process that looks, and first imports the modules *importing*:
    libraries are found by loading them, and what is loaded here each run would have to copy.
    Raises OSError.
    """
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        for name in importing:
            importlib.import_module(name)
        with os.fdopen(theirs, "w", encoding="utf-8") as answer:
            json.dump(asdict(_look(packages)), answer)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as answer:
        told = answer.read()
    if os.waitpid(process, 0)[1]:
        raise OSError("what functions usually import cannot be imported")
    found: dict[str, list[str]] = json.loads(told)
    return Sights(
        tuple(found["shown"]), tuple(found["hidden"]), packages, tuple(found["devices"])
    )


def _look(packages: str) -> Sights:
    standard = [path for path in sys.path if Path(path).exists() and path != packages]
    shown = dict.fromkeys(
        [*standard, *_libraries(standard), *(z for z in _ZONES if Path(z).is_dir())]
    )
    folders = [Path(path) for path in shown if Path(path).is_dir()]
    hidden = [folder / name for folder in folders for name in _PACKAGES]
    hidden += [
        inner / name
        for folder in folders
        for inner in folder.glob("python*")
        for name in _PACKAGES
    ]
    return Sights(tuple(shown), tuple(str(path) for path in hidden if path.is_dir()), packages)


def _libraries(standard: list[str]) -> Iterator[str]:
    """Yield where the libraries are that this process has loaded.

    Of the system's it is the folder, since what is imported later may need its neighbours.
    """
    with Path("/proc/self/maps").open(encoding="utf-8") as lines:
        files = {line.split(maxsplit=5)[5].strip() for line in lines if ".so" in line}
    for file in sorted(files):
        if not Path(file).is_file() or any(file.startswith(f"{path}/") for path in standard):
            continue
        folder = os.path.dirname(file)  # noqa: PTH120 - text in, text out
        yield folder if f"{folder}/".startswith(_SYSTEM) else file


def _without(path: str, hidden: tuple[str, ...]) -> Iterator[str]:
    """Yield *path*, or instead what is in it, as far down as something hidden is inside."""
    if path in hidden:
        return
    if not any(inner.startswith(f"{path}/") for inner in hidden):
        yield path
        return
    for entry in sorted(os.listdir(path)):  # noqa: PTH208 - text in, text out
        yield from _without(f"{path}/{entry}", hidden)
