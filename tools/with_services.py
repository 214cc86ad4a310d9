"""Runs a command with a real PostgreSQL and a real Chromium, installing what is absent.

    python tools/with_services.py pytest -q

Debian's packages are installed when the machine lacks them and we are root. The
database is a throw-away cluster in a temporary folder, on a free port, with its
durability off. ``CALLINGCARD_REQUIRE_ALL`` turns every skip for a missing part into
a failure.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NEEDED = {"chromium": "chromium", "initdb": "postgresql"}


def find(program: str) -> str | None:
    """Return where *program* is; PostgreSQL's servers are not on Debian's PATH."""
    if found := shutil.which(program):
        return found
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((str(path / program) for path in folders if (path / program).exists()), None)


def install_missing() -> None:
    """Install the Debian packages of what is not here, or say what to do."""
    missing = sorted({NEEDED[program] for program in NEEDED if find(program) is None})
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        sys.exit(f"Install {' and '.join(missing)} first, then run this again.")
    print(f"Installing {', '.join(missing)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "update", "-qq"], check=True, env=environment)
    subprocess.run(
        [apt, "install", "-y", "-qq", "--no-install-recommends", *missing],
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


@contextmanager
def postgres() -> Iterator[str]:
    """Start a throw-away PostgreSQL and yield its URL."""
    user = as_user()
    with tempfile.TemporaryDirectory(prefix="callingcard-pg-", dir="/tmp") as folder:
        if user:
            os.chown(folder, int(str(user["user"])), int(str(user["group"])))
        data, port = Path(folder) / "data", free_port()
        run: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **user}
        subprocess.run(
            [
                find("initdb") or "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
            ],
            check=True,
            **run,
        )
        options = f"-p {port} -k {folder} -c fsync=off -c max_connections=200"
        control = find("pg_ctl") or "pg_ctl"
        subprocess.run(
            [control, "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"],
            check=True,
            **run,
        )
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([control, "-D", data, "-m", "immediate", "stop"], check=True, **run)


def main(command: list[str]) -> int:
    """Run *command* with everything started; return its exit code."""
    install_missing()
    with postgres() as url:
        environment = {
            **os.environ,
            "CALLINGCARD_TEST_POSTGRES": url,
            "CALLINGCARD_TEST_CHROMIUM": find("chromium") or "",
            "CALLINGCARD_REQUIRE_ALL": "1",
        }
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
