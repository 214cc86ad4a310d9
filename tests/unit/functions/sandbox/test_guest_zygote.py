"""The zygote refuses what it has no room for, and a level that would not hold."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callingcard_guest import child, fence, kernel, sights, zygote

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="functions run on Linux")

ORDER = {"fork": 7, "imports": [], "packages": False, "memory": 1, "cpu": 1}


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Open both ends of a control socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


def fork(control: socket.socket, passed: list[int]) -> int | None:
    """Order a run from a zygote on *control*."""
    about = os.open("/proc/self/stat", os.O_RDONLY)
    try:
        made = zygote.Zygote(control, child.Fences(None, 0, 1), "", zygote.About(about))
        return made._fork(ORDER, passed)
    finally:
        os.close(about)


def test_a_run_that_cannot_be_forked_is_refused(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
):
    """The zygote says so, closes what it was given, and goes on."""

    def no_room() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", no_room)
    passed = list(os.pipe())
    assert fork(ends[1], passed) is None
    assert json.loads(ends[0].recv(4096)) == {"refused": 7}
    for descriptor in passed:
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(descriptor)


def test_a_run_that_cannot_be_watched_is_killed(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
):
    """A process that nobody could reap is not left running."""

    def no_room(_: int) -> int:
        raise OSError(24, "too many open files")

    process = subprocess.Popen(["/bin/sleep", "60"])
    monkeypatch.setattr(os, "fork", lambda: process.pid)
    monkeypatch.setattr(os, "pidfd_open", no_room)
    assert fork(ends[1], list(os.pipe())) is None
    assert json.loads(ends[0].recv(4096)) == {"refused": 7}
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
    process.returncode = -9  # it was reaped, and not by its owner


def test_a_run_without_its_descriptors_is_refused(
    ends: tuple[socket.socket, socket.socket],
):
    """They are lost when a process has no room for more open files."""
    assert fork(ends[1], []) is None
    assert json.loads(ends[0].recv(4096)) == {"refused": 7}


@pytest.mark.parametrize("version", [1, 2])
def test_landlock_that_lets_files_be_emptied_is_not_enough(
    version: int, monkeypatch: pytest.MonkeyPatch
):
    """Before its third version, which came with Linux 6.2, it does not cover truncating."""
    monkeypatch.setattr(kernel, "landlock_version", lambda: version)
    assert version < fence.TRUNCATE_SINCE
    with pytest.raises(OSError, match="emptied"):
        zygote._go_behind_fence(sights.Sights((), ()))


def test_the_kernel_tells_of_this_process():
    """How many threads there are, whoever started them, and how large it is."""
    descriptor = os.open("/proc/self/stat", os.O_RDONLY)
    told = zygote.About(descriptor).read()
    os.close(descriptor)
    assert told.threads == len(list(Path("/proc/self/task").iterdir()))
    assert told.address_space > 1 << 20
