"""What all are measured with: 30 people, 1,000 proofs of theirs, and a fake HubSpot."""

import json
import os
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt

PEOPLE = 30
"""Fewer than HubSpot's quota lets us ask for at once, so that nobody waits to begin."""
BEARERS = 1000
ORIGIN = "https://shop.example"
SECRET = "the secret of a benchmark, known to all who read it"
TOKEN = "t" * 420
CACHE = Path(__file__).parents[1] / ".cache" / "bench"


@dataclass(frozen=True)
class World:
    """The files that servers and load generators read."""

    tokens: Path
    bearers: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return what they are told by."""
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("CALLINGCARD_")},
            "BENCH_SECRET": SECRET,
            "BENCH_ORIGIN": ORIGIN,
            "BENCH_TOKENS": str(self.tokens),
            "BENCH_BEARERS": str(self.bearers),
            "PYTHONPATH": str(Path(__file__).parent / "rivals"),
            "NODE_ENV": "production",
        }


def address(person: int) -> str:
    """Return the address of one of the people."""
    return f"visitor-{person:04}@example.com"


def bearer(person: int, number: int, *, secret: str = SECRET) -> str:
    """Return a proof of one of the people."""
    now = int(time.time())
    claims = {"iss": "shop", "aud": "callingcard", "iat": now, "exp": now + 3600}
    claims |= {"email": address(person), "jti": f"proof-{number:05}"}
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "bench"})


def make_world() -> World:
    """Write the files."""
    CACHE.mkdir(parents=True, exist_ok=True)
    world = World(CACHE / "tokens.json", CACHE / "bearers.txt")
    kept = {
        "token": TOKEN,
        "expiresAt": "2099-01-01T12:00:00.000Z",
        "refreshAt": "2099-01-01T10:30:00.000Z",
    }
    tokens = {f"hubspot:{address(person)}": kept for person in range(PEOPLE)}
    world.tokens.write_text(json.dumps(tokens))
    bearers = [bearer(number % PEOPLE, number) for number in range(BEARERS)]
    world.bearers.write_text("\n".join(bearers) + "\n")
    return world


class _HubSpot(BaseHTTPRequestHandler):
    """Gives everybody the same token."""

    def do_POST(self) -> None:
        """Answer as HubSpot does."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"token": TOKEN}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    """Everybody's first token is asked for at once, and none must be turned away."""


def start_hubspot() -> str:
    """Start the fake HubSpot in this process; return its address."""
    server = _Server(("127.0.0.1", 0), _HubSpot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
