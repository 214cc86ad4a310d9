"""The attacks are real: outside of the sandbox they succeed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.cases import FILES, NETWORK, RESOURCES, Case
from tests.sandbox.house import PRELUDE

HARMLESS = {
    "sockets of every family",
    "connecting and listening",
    "passing descriptors",
    "files of the machine",
    "what the kernel tells",
    "the product",
    "links out",
    "the environment",
    "open descriptors",
    "very many open files",
    "shared mmap",
    "mmap until it is refused",
}
"""Those that do no harm to the machine that runs this."""


@pytest.mark.parametrize(
    "case",
    [case for case in (*NETWORK, *FILES, *RESOURCES) if case.name in HARMLESS],
    ids=lambda case: case.name,
)
def test_it_would_achieve_something(case: Case, tmp_path: Path):
    """The same function, run by a plain interpreter, manages what it tries."""
    given = json.dumps({"server": __file__} if "server: str" in case.source else {})
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n"
    tell = f"\nimport json\nprint(json.dumps([main(**json.loads({given!r}))]))"
    with Path(__file__).open("rb") as kept:
        ran = subprocess.run(
            [sys.executable, "-c", limit + PRELUDE + case.source + tell],
            cwd=tmp_path,
            env={"CALLINGCARD_CANARY": "x", "PATH": "/bin"},
            pass_fds=(kept.fileno(),),
            capture_output=True,
            check=True,
            timeout=60,
        )
    assert json.loads(ran.stdout)[0] != []
