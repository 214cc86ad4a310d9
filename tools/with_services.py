"""Runs a command with real services and a real Chromium, installing what is absent.

    python tools/with_services.py pytest -q

Debian's packages are installed when the machine lacks them and we are root. PostgreSQL
is a throw-away cluster in a temporary folder, and Valkey (or Redis, which speaks the
same) keeps nothing at all; each is on a free port, with its durability off.
``CALLINGCARD_REQUIRE_ALL`` turns every skip for a missing part into a failure.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

NEEDED = {"chromium": "chromium", "initdb": "postgresql", "redis-server": "redis-server"}


def find_valkey() -> str | None:
    """Return where Valkey's server is, or Redis's."""
    return find("valkey-server") or find("redis-server")


def find(program: str) -> str | None:
    """Return where *program* is; PostgreSQL's servers are not on Debian's PATH."""
    if found := shutil.which(program):
        return found
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((str(path / program) for path in folders if (path / program).exists()), None)


def install_missing() -> None:
    """Install the Debian packages of what is not here, or say what to do."""
    missing = {NEEDED[program] for program in NEEDED if find(program) is None}
    if find_valkey() is not None:
        missing.discard("redis-server")
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        sys.exit(f"Install {' and '.join(sorted(missing))} first, then run this again.")
    print(f"Installing {', '.join(sorted(missing))} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "update", "-qq"], check=True, env=environment)
    subprocess.run(
        [apt, "install", "-y", "-qq", "--no-install-recommends", *sorted(missing)],
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def as_user() -> dict[str, object]:
    """Return how to start PostgreSQL, which refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Postgres:
    """A throw-away PostgreSQL cluster in *folder*, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        """Make the cluster, not started."""
        user = as_user()
        if user:
            os.chown(folder, int(str(user["user"])), int(str(user["group"])))
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._folder, self._data = folder, folder / "data"
        self._run: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **user}
        make = [find("initdb") or "initdb", "-D", self._data, "-U", "postgres"]
        subprocess.run([*make, "-A", "trust", "-E", "UTF8"], check=True, **self._run)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self._folder} -c fsync=off -c max_connections=200"
        self._control("-w", "-l", f"{self._folder}/log", "-o", options, "start")

    def stop(self) -> None:
        """End it as a power cut would."""
        self._control("-m", "immediate", "stop")

    @property
    def process(self) -> int:
        """The id of its first process, while it runs."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def _control(self, *arguments: str) -> None:
        control = find("pg_ctl") or "pg_ctl"
        subprocess.run([control, "-D", self._data, *arguments], check=True, **self._run)


class Valkey:
    """A Valkey or Redis server that keeps nothing, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        """Choose the port; *folder* is where the server runs."""
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start it, with more *options* if need be, and wait until it answers."""
        program = find_valkey() or "valkey-server"
        where = ["--port", str(self.port), "--bind", "127.0.0.1"]
        forgetful = ["--save", "", "--appendonly", "no"]
        self._server = subprocess.Popen(
            [program, *where, *forgetful, *options],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(200):
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 1) as line,
            ):
                line.sendall(b"PING\r\n")
                if line.recv(16).startswith(b"+PONG"):
                    return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{program} does not start")

    def stop(self) -> None:
        """End it as a power cut would."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    @property
    def process(self) -> int:
        """The id of its process, while it runs."""
        if self._server is None:
            raise RuntimeError("it does not run")
        return self._server.pid


Service = TypeVar("Service", Postgres, Valkey)


@contextmanager
def started(kind: type[Service]) -> Iterator[Service]:
    """Have a service that runs in a folder of its own, until the end."""
    with tempfile.TemporaryDirectory(prefix="callingcard-", dir="/tmp") as folder:
        service = kind(Path(folder))
        service.start()
        try:
            yield service
        finally:
            service.stop()


def main(command: list[str]) -> int:
    """Run *command* with everything started; return its exit code."""
    install_missing()
    with started(Postgres) as postgres, started(Valkey) as valkey:
        environment = {
            **os.environ,
            "CALLINGCARD_TEST_POSTGRES": postgres.url,
            "CALLINGCARD_TEST_VALKEY": valkey.url,
            "CALLINGCARD_TEST_CHROMIUM": find("chromium") or "",
            "CALLINGCARD_REQUIRE_ALL": "1",
        }
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
