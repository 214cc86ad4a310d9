"""Runs an example as its README says, as a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.processes import Product, free_port

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMANDS = {
    "fastapi": "-m uvicorn --app-dir {folder} app:app --port {port}",
    "starlette": "-m uvicorn --app-dir {folder} app:app --port {port}",
    "flask": "-m flask --app {folder}/app.py run --port {port}",
    "django": "{folder}/app.py {port}",
}
"""What Python is told, by the name of the example."""


@dataclass(frozen=True)
class Example:
    """One example, running beside a desk."""

    name: str
    url: str
    desk: Product

    def browser(self) -> httpx.Client:
        """Return a client with cookies of its own."""
        return httpx.Client(base_url=self.url, trust_env=False, follow_redirects=True)


@contextmanager
def running(name: str, desk: Product, key: str, folder: Path) -> Iterator[Example]:
    """Run the example *name* with the desk's *key*; what it writes goes to *folder*."""
    port = free_port()
    command = COMMANDS[name].format(folder=EXAMPLES / name, port=port)
    environment = {
        **os.environ,
        "DESK_URL": desk.url,
        "HUBSPOT_ACCESS_TOKEN": key,
        "DATABASE": str(folder / "example.sqlite3"),
    }
    log = folder / "example.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *command.split()], env=environment, stdout=out, stderr=out
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process, log)
        yield Example(name, url, desk)
    finally:
        process.terminate()
        process.wait(timeout=15)
    assert "Traceback" not in log.read_text()


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for the first page; fails with the log when the process ends instead."""
    for _ in range(400):
        if process.poll() is not None:
            break
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"it did not start:\n{log.read_text()[-4000:]}")
