"""``callingcard desk check`` against a server that runs, and against one that does not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.processes import Product, free_port


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start one desk for all tests of this file."""
    product = Product(tmp_path_factory.mktemp("check"), "serve", port=free_port()).start()
    yield product
    product.stop()


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the check over the data in *folder*."""
    return subprocess.run(
        [sys.executable, "-m", "callingcard", "desk", "check", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_running_server_passes(desk: Product):
    """Over real sockets, beside the server's own process, every step is ok."""
    ran = check(desk.folder, "--url", desk.url, "--inbox", "web", "--json")
    report: dict[str, Any] = json.loads(ran.stdout)
    assert report["passed"], report
    assert ran.returncode == 0
    assert {line["level"] for line in report["lines"]} == {"ok"}


def test_people_read_a_line_for_every_step(desk: Product):
    """Without --json each line says what holds, and for whom."""
    ran = check(desk.folder, "--url", desk.url)
    assert ran.returncode == 0
    assert "ok   The greeting is personal: first: they are greeted by their name" in ran.stdout
    assert "The logged-in experience works." in ran.stderr


def test_a_server_that_is_off_ends_with_1(desk: Product):
    """Nobody at the address is a failed line with a remedy, and exit code 1."""
    ran = check(desk.folder, "--url", f"http://127.0.0.1:{free_port()}")
    assert ran.returncode == 1
    assert "fail The server answers" in ran.stdout
    assert "→ Start it with `callingcard serve`" in ran.stdout


def test_a_server_with_another_database_ends_with_1(desk: Product, tmp_path: Path):
    """A key of one database says nothing to a server of another; the remedy tells."""
    ran = check(tmp_path, "--url", desk.url, "--json")
    assert ran.returncode == 1
    lines = json.loads(ran.stdout)["lines"]
    (failed,) = [line for line in lines if line["level"] == "fail"]
    assert failed["step"] == "account"
    assert "settings of that server" in failed["remedy"]


def test_what_is_no_address_is_a_usage_error(desk: Product):
    """An address without its scheme, and a third contact, end with 2."""
    assert check(desk.folder, "--url", "chat.example").returncode == 2
    three = [word for name in "abc" for word in ("--contact", f"{name}@example.com")]
    assert check(desk.folder, "--url", desk.url, *three).returncode == 2
