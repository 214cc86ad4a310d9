"""HubSpot's own Node client works with nothing changed but its base path."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from tests.contract.hubspot.every_call import KEY, Desk

from callingcard.desk.model.webhooks import Signature
from callingcard.desk.service.webhooks.signing import signed_headers

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


def run(node: str, script: str, address: str, given: object = None) -> str:
    """Run a script with the desk's address and a key; return what it says."""
    done = subprocess.run(
        [node, script, address, KEY],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        input=json.dumps(given),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.node
def test_the_node_client_is_satisfied(node: str, live_api: str):
    """Tokens, contacts, search, batches and errors are what the client expects."""
    run(node, "client.mjs", live_api)


@pytest.mark.node
def test_every_call_of_the_node_client_is_answered(node: str, shared_desk: Desk):
    """Each call that the client has is made, or is on the list of those left out."""
    assert run(node, "calls.mjs", shared_desk.address).endswith(" calls\n")


@pytest.mark.node
def test_the_node_client_waits_pages_and_checks_signatures(node: str, waited_for_desk: Desk):
    """It waits at HubSpot's words, reads 1,050 contacts, and believes our signatures."""
    secret, uri, body = "y" * 32, "https://www.example.com/webhook_uri?a=b", b'[{"eventId":1}]'
    # The client compares with its own clock, and has no other.
    timestamp = str(int(time.time() * 1000))
    older: tuple[Signature, ...] = ("v1", "v2")
    signed = [
        {
            "secret": secret,
            "uri": uri,
            "body": body.decode(),
            "headers": signed_headers(secret, uri, body, timestamp=timestamp, older=version),
        }
        for version in older
    ]
    emails = waited_for_desk.fill(1050)
    run(node, "manners.mjs", waited_for_desk.address, {"emails": emails, "signed": signed})
