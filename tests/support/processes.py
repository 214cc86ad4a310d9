"""Starts the real product as a process, waits until it is ready, and ends it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx


def free_port() -> int:
    """Return a port that nobody listens on, whose successor is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


class Product:
    """One ``callingcard`` process on a port of its own, over a folder of its own."""

    def __init__(
        self, folder: Path, *command: str, port: int, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._command = command
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CALLINGCARD_")},
            "CALLINGCARD_LOG__FORMAT": "json",
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / "server.log"

    def start(self) -> "Product":
        """Start the process and wait until it says that it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "callingcard",
                    *self._command,
                    "--port",
                    str(self.port),
                ],
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        """Wait for ``/readyz``; fails with the log when the process ends instead."""
        for _ in range(600):
            if self._process is None or self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"it did not start:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self, *, within: float = 15) -> int:
        """Ask the process to end, and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=within)

    def ended(self) -> bool:
        """Say whether the process is gone."""
        return self._process is None or self._process.poll() is not None

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Run another command on the same data, and return what it printed."""
        ran = subprocess.run(
            [sys.executable, "-m", "callingcard", *arguments],
            cwd=self.folder,
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, f"{arguments}: {ran.stdout}\n{ran.stderr}"
        return ran.stdout.strip()
