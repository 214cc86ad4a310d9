"""The first page about functions is true: each of its commands is run, in its order."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.support.processes import Product, free_port

PAGE = (Path(__file__).parents[3] / "docs/functions/first-function.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line
    for language, block in BLOCKS
    if not language
    for line in block.replace("\\\n", " ").splitlines()
]
"""Every command on the page, in its order."""

SERVER = "http://127.0.0.1:8400"
"""Where the page's server is; here it has a port of its own."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="functions run on Linux"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]


class Shell:
    """A terminal in a folder of its own, where the page's commands are typed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left = list(COMMANDS)
        self.key = ""
        self.server = SERVER
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CALLINGCARD_")
        }

    def type_next(self, beginning: str) -> subprocess.CompletedProcess[str]:
        """Run the page's next command, which begins so."""
        command = self.left.pop(0)
        assert command.startswith(beginning)
        words = shlex.split(command.replace("$KEY", self.key).replace(SERVER, self.server))
        if words[0] == "callingcard":
            words[:1] = [sys.executable, "-m", "callingcard"]
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path):
    """From `init` to the log of a call that came over HTTP."""
    shell = Shell(tmp_path)
    shell.left.pop(0)  # pip install: it is installed here
    assert shell.type_next("callingcard functions init").returncode == 0
    assert (tmp_path / "greet.py").exists()
    (source,) = [block for language, block in BLOCKS if language == "python"]
    (tmp_path / "greet.py").write_text(source)

    ran = shell.type_next("callingcard functions run")
    printed = ran.stdout + ran.stderr
    assert "greeting for the 1. time" in printed
    assert "seen.incr" in printed
    result = ran.stdout[ran.stdout.index("{") :]
    assert json.loads(result) == {"text": "Hello Ada!", "times": 1}

    deployed = shell.type_next("callingcard functions deploy")
    assert deployed.returncode == 0, deployed.stderr
    assert "greet" in shell.type_next("callingcard functions list").stdout

    created = shell.type_next("callingcard keys create")
    found = re.search(r"cc_sk_\S+", created.stdout + created.stderr)
    assert found is not None
    shell.key = found[0]

    assert shell.left.pop(0) == "callingcard serve"
    product = Product(tmp_path, "serve", port=free_port())
    shell.server = product.start().url
    try:
        answered = shell.type_next("curl").stdout
        refused = httpx.post(
            f"{shell.server}/v1/functions/greet",
            headers={"authorization": f"Bearer {shell.key}"},
            json={"excited": True},
        )
    finally:
        product.stop()
    head, _, body = answered.replace("\r\n", "\n").partition("\n\n")
    assert head.startswith("HTTP/1.1 200")
    assert json.loads(body) == {"text": "Hello Ada!", "times": 1}
    run_id = re.search(r"(?im)^x-run-id: (\S+)$", head)
    assert run_id is not None

    assert refused.status_code == 422
    assert "name" in refused.json()["fields"]

    told = shell.type_next("callingcard functions logs").stdout
    assert run_id[1] in told
    assert "greeting for the 1. time" in told
    assert shell.left == []
