"""Functions are written, run and tested on a machine that has no server."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

KEY = "the-key-of-a-service-that-nobody-may-see"
COMMAND = """
from callingcard.cli import functions, main
main.app = functions.app
main.run()
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's"),
]


def callingcard(folder: Path, *argv: str, **environment: str) -> tuple[int, str, str]:
    """Run ``callingcard functions …`` in *folder*; return its exit code and its outputs."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *argv],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def service() -> Iterator[tuple[str, list[str]]]:
    """Serve one answer on this machine; yield the address, and the keys that came."""
    keys: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        """Says what was asked for."""

        def do_GET(self) -> None:
            keys.append(self.headers["Authorization"])
            body = json.dumps({"path": self.path, "stock": 3}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", keys
    server.shutdown()
    thread.join()
    server.server_close()


STOCK = """\
# /// script
# [tool.callingcard]
# connectors = ["shop"]
# storage = ["seen"]
# trigger = { http = "POST", auth = "visitor" }
# ///
from connectors import shop
from storage import seen
import visitor


def main(sku: str, times: int = 1) -> dict[str, str | int]:
    print("looking for", sku)
    found = shop.get(f"/stock/{sku}")
    return {"for": visitor.email, "stock": found.stock * times, "before": seen.incr("n")}
"""

TEST = """\
import pytest


def test_stock_is_counted(run_function):
    ada = run_function.as_visitor("ada@example.com")
    assert ada(sku="a1", times=2) == {"for": "ada@example.com", "stock": 6, "before": 1}
    assert [call.operation for call in ada.calls] == ["get", "incr"]
    assert "looking for a1" in ada.log


def test_nothing_is_left_of_another_test(run_function):
    assert run_function.as_visitor("ada@example.com")(sku="a1")["before"] == 1


def test_what_was_not_recorded_fails(run_function):
    with pytest.raises(AssertionError, match="ConnectorError"):
        run_function.as_visitor("ada@example.com")(sku="unheard-of")
"""


def shop(folder: Path, address: str) -> None:
    """Write the function and its connector."""
    (folder / "connectors").mkdir()
    (folder / "connectors" / "shop.toml").write_text(
        f'base_url = "{address}"\nprivate = true\n'
        '[auth]\nkind = "bearer"\nsecret = "SHOP_KEY"\n'
    )
    (folder / "stock.py").write_text(STOCK)


def test_what_init_writes_can_be_run_and_tested(tmp_path: Path):
    """From nothing to a function that works, in three commands."""
    code, _, said = callingcard(tmp_path, "init", "say-hello")
    assert code == 0
    assert "functions run say-hello.py" in said
    code, result, said = callingcard(tmp_path, "run", "say-hello.py", "--param", "name=Ada")
    assert (code, json.loads(result)) == (0, "Hello, Ada!")
    assert "greeting somebody" in said
    code, told, said = callingcard(tmp_path, "test")
    assert code == 0, told + said
    assert "1 passed" in told
    assert not (tmp_path / "callingcard-data").exists()


def test_init_replaces_nothing(tmp_path: Path):
    """What somebody wrote stays theirs."""
    (tmp_path / "mine.py").write_text("x = 1\n")
    code, _, _ = callingcard(tmp_path, "init", "mine")
    assert code == 2
    assert (tmp_path / "mine.py").read_text() == "x = 1\n"


def test_a_failure_is_an_exit_code_and_a_line(tmp_path: Path):
    """What went wrong is told for people and for programs."""
    (tmp_path / "fails.py").write_text("def main(n: int):\n    return 1 // n\n")
    code, result, said = callingcard(tmp_path, "run", "fails.py", "--param", "n=0")
    assert (code, result) == (1, "")
    assert "ZeroDivisionError" in said
    assert "main, line 2" in said
    code, result, _ = callingcard(
        tmp_path, "run", "fails.py", "--params", '{"n": 0}', "--json"
    )
    shown = json.loads(result)
    assert code == 1
    assert (shown["state"], shown["error"]["frames"][0]["line"]) == ("raised", 2)


def test_wrong_arguments_are_told_before_anything_runs(tmp_path: Path):
    """By the name of the parameter."""
    (tmp_path / "one.py").write_text("def main(n: int):\n    print('ran')\n")
    code, _, said = callingcard(tmp_path, "run", "one.py", "--param", "n=many")
    assert code == 1
    assert "n: must be" in said
    assert "ran" not in said.split()


def test_a_connector_beside_the_function_is_called(
    tmp_path: Path, service: tuple[str, list[str]]
):
    """With the key from the environment, which the function never sees."""
    address, keys = service
    shop(tmp_path, address)
    argv = ("run", "stock.py", "--param", "sku=a1", "--param", "times=2", "--json")
    code, result, said = callingcard(
        tmp_path, *argv, "--visitor", "ada@example.com", SHOP_KEY=KEY
    )
    assert code == 0, result + said
    shown = json.loads(result)
    assert shown["value"] == {"for": "ada@example.com", "stock": 6, "before": 1}
    assert [call["name"] for call in shown["calls"]] == ["shop", "seen"]
    assert keys == [f"Bearer {KEY}"]
    assert KEY not in result + said


def test_recorded_calls_are_replayed(tmp_path: Path, service: tuple[str, list[str]]):
    """Recorded once with the service, then tested without it and without its key."""
    address, keys = service
    shop(tmp_path, address)
    (tmp_path / "test_stock.py").write_text(TEST)
    code, told, said = callingcard(tmp_path, "test", "stock.py", "--record", SHOP_KEY=KEY)
    assert "2 passed" in told, told + said
    recording = tmp_path / "recordings" / "shop.json"
    assert KEY not in recording.read_text()
    recorded = [one for one in json.loads(recording.read_text()) if "unheard" not in str(one)]
    recording.write_text(json.dumps(recorded))
    keys.clear()
    code, told, said = callingcard(tmp_path, "test", "stock.py")
    assert code == 0, told + said
    assert "3 passed" in told
    assert keys == []
