"""A hostile package harms the functions that have it, and neither the server nor others."""
# ruff: noqa: E501

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from callingcard.functions.errors import SandboxUnavailable
from callingcard.functions.model.manifest import Limits
from callingcard.functions.model.runs import RunState
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from tests.sandbox.house import LEVELS, PRELUDE, need, run
from tests.sandbox.test_apart import descendants, started, until_gone

pytestmark = pytest.mark.slow

LONG = Limits(wall=timedelta(seconds=30))

IN_ZYGOTE = """
import json, socket, sys
frame = sys._getframe()
while frame and "order" not in frame.f_locals:
    frame = frame.f_back
"""
"""Where a package is imported before the fork, *frame* is one of the zygote's own."""

TELL = f"""{IN_ZYGOTE}
if frame:
    number = frame.f_locals["order"]["fork"]
    control = frame.f_locals["self"].control
    def tell(packet, times=1, descriptors=()):
        packet = packet if isinstance(packet, bytes) else json.dumps(packet).encode()
        for _ in range(times):
            socket.send_fds(control, [packet], descriptors)
"""

LIES = {
    "forked_twice": "tell({'forked': number}, 3)",
    "many_descriptors": "tell({'forked': number}, 100, [0])",
    "no_such_run": "tell({'forked': 10**6})",
    "deep": "tell(b'[' * 60_000)",
    "many_digits": "tell(b'9' * 4_000)",
    "no_json": "tell(b'\\xff')",
    "no_object": "tell([])",
    "a_true_number": "tell({'forked': 'x'})",
    "an_odd_status": "tell({'ended': number, 'status': 10**400, 'cpu_us': 0, 'memory': 0})",
    "refused_twice": "tell({'refused': number}, 2)",
}
"""What a hostile package tells the server in the zygote's name."""

BODIES = {
    **{
        name: f"{TELL}    {body}\n    import time\n    time.sleep(0.2)"
        for name, body in LIES.items()
    },
    "large_end": TELL
    + "    tell({'forked': number})\n"
    + "    tell({'ended': number, 'status': 0, 'cpu_us': 10**400, 'memory': 10**400})\n"
    + "    import time\n    time.sleep(0.2)",
    "calls": PRELUDE
    + "FOUND = [\n"
    + " *('prctl' for v in (0, 15) if libc.prctl(1, v, 0, 0, 0) >= 0),\n"
    + " *(f for f in (0x10000011, 0x10020011, 0x20000011, 0x8011) if libc.syscall(NUMBERS['clone'], f, 0, 0, 0, 0) > 0),\n"
    + " *reached('ptrace', 'process_vm_readv', 'pidfd_getfd', 'setns', 'execve', 'socket', 'bpf', 'memfd_create', 'clone3', 'unshare', 'setuid'),\n"
    + " *managed(session=os.setsid, group=lambda: os.setpgid(0, 0)),\n"
    + "]\n"
    + IN_ZYGOTE
    + "if frame:\n"
    + " control = frame.f_locals['self'].control\n"
    + " FOUND += managed(peer=lambda: control.getsockopt(1, 77), who=lambda: control.getsockopt(1, 17, 12))\n"
    + "PRELOADED = bool(frame)",
    "large": "KEPT = bytearray(5 << 30)",
    "limits": "import resource as r\nFOUND = [r.getrlimit(n)[1] for n in (r.RLIMIT_AS, r.RLIMIT_NPROC, r.RLIMIT_FSIZE, r.RLIMIT_CORE)]",
    "stays": "import ctypes, os, time\n"
    "ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n"
    "if os.fork() == 0: os.closerange(0, 200)\n"
    "while True: time.sleep(0.5)",
    "hangs": "import time\nwhile True:\n try: time.sleep(0.5)\n except BaseException: pass",
    # It sleeps in C, by a call that is allowed: a refused one would end the thread at once.
    "native_thread": "import ctypes, threading\n"
    "libc = ctypes.CDLL(None)\n"
    "at = ctypes.c_ulong()\n"
    "minute = ctypes.c_void_p(60)\n"
    "libc.pthread_create(ctypes.byref(at), None, ctypes.cast(libc.sleep, ctypes.c_void_p), minute)\n"
    "WHEN = threading.active_count()",
}


def make_environments(folder: Path) -> Path:
    """Make an environment for each hostile package, which has the package ``evil``."""
    for name, body in BODIES.items():
        (folder / name).mkdir()
        (folder / name / "evil.py").write_text(body, encoding="utf-8")
    return folder


@pytest_asyncio.fixture(params=LEVELS)
async def sandbox(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[ForkSandbox]:
    """Open a sandbox on each level in turn."""
    await need(request.param)
    environments = make_environments(tmp_path)
    opened = ForkSandbox(level=request.param, locate=environments.joinpath)
    yield opened
    await opened.close()


def open_files() -> int:
    """Return how many files this process, the server, has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


USE = "import evil\ndef main():\n return 1"


@pytest.mark.parametrize("name", [*LIES, "large_end"])
async def test_lies_of_a_zygote_end_it(sandbox: ForkSandbox, name: str):
    """Whatever it says in place of what it should, the server keeps nothing and goes on."""
    assert (await run(sandbox, "def main(): return 1")).value == 1
    before = open_files()
    try:
        outcome = await run(sandbox, USE, environment=name)
    except SandboxUnavailable:
        pass
    else:
        assert outcome.memory_bytes < 2**53
        assert outcome.cpu < timedelta(days=30)
        # Found out before the run began, it was begun again where nothing is imported first.
        is_found_out = outcome.state is RunState.CRASHED or name in sandbox._fragile
        assert is_found_out or name not in LIES
    await asyncio.sleep(0)
    # The zygote's own socket, and what watches its process, may or may not be there still.
    assert open_files() <= before + 4
    assert (await run(sandbox, "def main(): return 2")).value == 2


async def test_a_package_reaches_little_more_than_a_run(sandbox: ForkSandbox):
    """Imported before the fork it can neither leave its group nor learn who the server is."""
    source = "import evil\ndef main():\n return [evil.PRELOADED, evil.FOUND]"
    assert (await run(sandbox, source, environment="calls")).value == [True, []]


async def test_a_package_has_limits_too(sandbox: ForkSandbox):
    """What it may take is bounded, and its functions are told when that is not enough."""
    outcome = await run(sandbox, "import evil\ndef main():\n return 1", environment="large")
    assert outcome.state is RunState.OUT_OF_MEMORY
    source = "import evil\ndef main():\n return evil.FOUND"
    space, processes, file, core = (await run(sandbox, source, environment="limits")).value  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType, reportOptionalIterable]
    assert 0 < space < 6 << 30  # pyright: ignore[reportOperatorIssue, reportUnknownVariableType]
    assert 0 < processes <= 8192  # pyright: ignore[reportOperatorIssue, reportUnknownVariableType]
    assert (file, core) == (16 << 20, 0)


async def test_a_package_cannot_outlive_the_sandbox(sandbox: ForkSandbox):
    """Not by hanging, not by a process of its own, not by refusing to die with its parent."""
    await sandbox.warm("stays")
    before = descendants(os.getpid())
    going = asyncio.create_task(run(sandbox, USE, environment="stays"))
    for _ in range(100):
        if descendants(os.getpid()) - before:
            break
        await asyncio.sleep(0.02)
    processes = descendants(os.getpid())
    assert processes - before
    await sandbox.close()
    with pytest.raises(SandboxUnavailable):
        await going
    assert await until_gone(processes) == set()


async def test_a_package_that_hangs_holds_up_no_run_under_way(sandbox: ForkSandbox):
    """It is then imported by the run itself, whose time is up, while the other goes on."""
    going = await started(sandbox, environment="hangs")
    outcome = await run(sandbox, USE, environment="hangs")
    assert outcome.state is RunState.TIMED_OUT
    assert not going.done()
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going
    assert (await run(sandbox, "def main(): return 1", environment="hangs")).start == "warm"


async def test_threads_of_native_code_are_seen(sandbox: ForkSandbox):
    """A package that starts a thread without Python is imported by each run as well."""
    source = "import evil\ndef main():\n return evil.WHEN"
    assert (await run(sandbox, source, environment="native_thread")).value == 1
    assert "native_thread" in sandbox._fragile
    assert (await run(sandbox, source, environment="native_thread")).start == "warm"


@pytest.mark.parametrize("level", LEVELS)
async def test_a_killed_server_takes_a_hanging_package_along(level: str, tmp_path: Path):
    """A zygote that is busy cannot notice that its server is gone; the kernel can."""
    await need(level)
    make_environments(tmp_path)
    script = (
        "import asyncio\nfrom pathlib import Path\n"
        "from tests.sandbox.house import NotingBroker, a_task\n"
        "from tests.sandbox.test_packages import USE\n"
        "from callingcard.functions.sandbox.sandboxes import ForkSandbox\n"
        "async def main():\n"
        f" sandbox = ForkSandbox(level={level!r}, locate=Path({str(tmp_path)!r}).joinpath)\n"
        " await sandbox.warm('hangs')\n"
        " going = asyncio.create_task(sandbox.run(a_task(USE, environment='hangs'), NotingBroker()))\n"
        " await asyncio.sleep(0.3)\n"
        " print('here', flush=True)\n"
        " await going\n"
        "asyncio.run(main())\n"
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert server.stdout is not None
    assert await server.stdout.readline() == b"here\n"
    processes = descendants(server.pid)
    server.kill()
    await server.wait()
    assert processes
    assert await until_gone(processes) == set()
