"""HubSpot's own Node client works with nothing changed but its base path."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
REQUIRED = bool(os.environ.get("CALLINGCARD_REQUIRE_ALL"))


@pytest.fixture(scope="session")
def node() -> str:
    """Return the path of Node, its packages in place; skip or fail without them."""
    found, npm = shutil.which("node"), shutil.which("npm")
    why = "" if found and npm else "Node.js and npm are not installed"
    if npm and not (FOLDER / "node_modules" / "@hubspot" / "api-client").is_dir():
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        why = why or (done.stderr[-500:] if done.returncode else "")
    if why and REQUIRED:
        pytest.fail(f"CALLINGCARD_REQUIRE_ALL is set, and {why}")
    if why:
        pytest.skip(f"HubSpot's Node client cannot be had: {why}")
    return str(found)


@pytest.mark.node
def test_the_node_client_is_satisfied(node: str, live_api: str):
    """Tokens, contacts, search, batches and errors are what the client expects."""
    done = subprocess.run(
        [node, "client.mjs", live_api, "pat-local-desk"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
