"""How far this machine lets us keep a function apart, found out by trying.

A level is not read off version numbers: a function is run that tries what it must not
reach, and the level counts when all of that fails. What stands in the way is said in words,
for ``readyz`` and ``doctor``.
"""

import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from tempfile import NamedTemporaryFile
from typing import Any, Final, Literal, cast

from callingcard.functions.model.manifest import Limits
from callingcard.functions.model.runs import RunState
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.ports.sandbox import Ask, AskRefused, Task
from callingcard.functions.sandbox.runs import run_in
from callingcard.functions.sandbox.zygotes import (
    Birth,
    ForkRefused,
    LevelName,
    ZygoteGone,
    start_zygote,
)

Reached = Literal["namespaces", "landlock", "none"]

ORDER: Final[tuple[Reached, ...]] = ("none", "landlock", "namespaces")
"""From the weakest to the strongest."""

_TRIAL: Final = """
import ctypes, os, signal, socket

def attempts(files, own, parent):
    yield "empty a file of the server's", lambda: os.truncate(own, 0)
    yield "empty a file by opening it", lambda: os.open(own, os.O_RDONLY | os.O_TRUNC)
    yield "read a file of the server's", lambda: [open(f, "rb") for f in files]
    yield "open a socket", lambda: socket.socket()
    yield "connect", lambda: socket.create_connection(("127.0.0.1", 9), 0.1)
    yield "start a process", os.fork
    yield "run a program", lambda: os.execv("/bin/true", ["true"])
    yield "send a signal", lambda: os.kill(parent, 0)
    yield "trace a process", lambda: call(ctypes.CDLL(None).ptrace, 0, 0, 0, 0)
    yield "enter a namespace", lambda: call(ctypes.CDLL(None).unshare, 0x10000000)
    yield "mount", lambda: call(ctypes.CDLL(None).mount, b"none", b"/", b"tmpfs", 0, None)

def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError("refused")

def main(files: list[str], own: str, parent: int):
    reached = []
    for name, attempt in attempts(files, own, parent):
        try:
            attempt()
        except OSError:
            continue
        reached.append(name)
    return reached
"""

_REMEDIES: Final = {
    "namespaces": "for the strongest level let this user make user namespaces (sysctls "
    "kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, on Ubuntu "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container a seccomp profile that "
    "allows unshare and mount)",
    "landlock": "run it on Linux 6.2 or later with landlock in the kernel's list of security "
    "modules (boot parameter lsm=landlock,…)",
}


@dataclass(frozen=True, slots=True)
class Level:
    """How well functions are kept apart on this machine."""

    name: Reached
    reasons: tuple[str, ...] = ()
    """Why it is no better, a sentence each; empty when there is no better."""
    remedies: tuple[str, ...] = ()
    """What an operator could do about it."""


def is_below(name: Reached, floor: Reached) -> bool:
    """Say whether *name* keeps functions less apart than *floor*.

    >>> is_below("landlock", "namespaces"), is_below("landlock", "landlock")
    (True, False)
    """
    return ORDER.index(name) < ORDER.index(floor)


async def probe() -> Level:
    """Find the best level that holds here, by running a function that tries to break out."""
    if sys.platform != "linux":
        why = f"functions need Linux, and this is {sys.platform}"
        return Level("none", (why,), ("run the server on Linux, or in a Linux container",))
    found = Level("none")
    for name in ("namespaces", "landlock"):
        reason = await _problem(name)
        if reason.startswith(_NOTE):
            return replace(found, name=name, reasons=(*found.reasons, reason))
        if not reason:
            return replace(found, name=name)
        found = Level(
            "none",
            (*found.reasons, f"{name}: {reason}"),
            (*found.remedies, _REMEDIES[name]),
        )
    return found


_NOTE: Final = "Landlock is off"


async def _problem(level: LevelName) -> str:
    """Say what is wrong with *level* on this machine; empty when it holds."""
    try:
        zygote = await start_zygote(Birth(level))
    except (ZygoteGone, OSError) as error:
        return str(error)
    try:
        with NamedTemporaryFile() as own:
            outcome = await run_in(zygote, _trial(own.name), _NoBroker())
    except (ZygoteGone, ForkRefused) as error:
        return str(error)
    finally:
        await zygote.close()
    if outcome.state is not RunState.SUCCEEDED:
        why = outcome.failure.message if outcome.failure else outcome.state.value
        return f"a function could not be run: {why}"
    if outcome.value:
        return f"a function could {', '.join(cast('list[str]', outcome.value))}"
    if not zygote.has_landlock:
        return f"{_NOTE}, so only the namespaces and the filter of system calls hold"
    return ""


def _trial(own: str) -> Task:
    """Return a task that tries what must be refused, such as to empty the file *own*."""
    files: list[Any] = ["/etc/passwd", "/proc/self/environ", __file__]
    return Task(
        run=RunId("probe"),
        function="probe",
        source=_TRIAL,
        arguments={"files": files, "own": own, "parent": 1},
        limits=Limits(wall=timedelta(seconds=10)),
    )


class _NoBroker:
    """Refuses everything."""

    async def answer(self, ask: Ask) -> Json:
        raise AskRefused("unknown", f"there is no {ask.subject}")

    async def close(self) -> None:
        pass
