"""Once the fence stands, the process reads what it may and does nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, os, sys
from pathlib import Path
from callingcard.functions.editing.fence import Fence
inside, cache, action = map(str, sys.argv[1:])
import socket, subprocess
fence = Fence([Path(inside)], Path(cache))
fence.stand()
os.environ.clear()
try:
    exec(action)
except PermissionError as error:
    said = "refused"
else:
    said = "done"
sys.stdout.write(said)
"""


def outcome(folder: Path, action: str) -> str:
    """Run *action* behind a fence, in a process of its own, and return what came of it."""
    for name in ("inside", "cache", "outside", "inside/site-packages", "late"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "file").write_text("x")
    (folder / "inside/link").symlink_to(folder / "outside/file")
    ran = subprocess.run(
        [
            *(sys.executable, "-I", "-c", PROGRAM),
            *(str(folder / "inside"), str(folder / "cache")),
            action.replace("ROOT", json.dumps(str(folder))),
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return ran.stdout


@pytest.mark.parametrize(
    "action",
    [
        "open(ROOT + '/inside/file').read()",
        "open(os.fsencode(ROOT + '/inside/file')).read()",
        "os.listdir(ROOT + '/inside')",
        "open(ROOT + '/cache/new', 'w').close()",
        "os.remove(ROOT + '/cache/file')",
        "fence.admit(Path(ROOT + '/late')); open(ROOT + '/late/file').read()",
        "d = ROOT + '/inside/site-packages'; fence.admit(Path(d)); open(d + '/file').read()",
    ],
)
def test_what_it_was_told_of_may_be_read_and_its_cache_written(tmp_path: Path, action: str):
    """The library can do its work."""
    assert outcome(tmp_path, action) == "done"


@pytest.mark.parametrize(
    "action",
    [
        "open(ROOT + '/outside/file')",
        "open(ROOT + '/inside/../outside/file')",
        "open(ROOT + '/inside/link')",
        "open(ROOT + '/inside/site-packages/file')",
        "open(ROOT + '/insidetoo', 'w')",
        "open(ROOT + '/inside/file', 'a')",
        "os.open(ROOT + '/inside/file', os.O_RDWR)",
        "os.listdir(ROOT)",
        "os.listdir()",
        "list(os.scandir('/'))",
        "os.rename(ROOT + '/cache/file', ROOT + '/outside/new')",
        "os.rename(ROOT + '/outside/file', ROOT + '/cache/new')",
        "os.remove(ROOT + '/inside/file')",
        "os.mkdir(ROOT + '/outside/more')",
        "open('/proc/self/environ')",
        "socket.socket().connect(('127.0.0.1', 9))",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
    ],
)
def test_everything_else_is_refused(tmp_path: Path, action: str):
    """Other files, the network and other programs are out of reach."""
    assert outcome(tmp_path, action) == "refused"
