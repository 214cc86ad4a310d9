"""A HubSpot over a real socket that quotes, in every refusal, all that it was sent.

Real services do that: an error message with the address in it, an echo of the
headers. What we were told in confidence must not leave us that way.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIXES = {"refused": 400, "denied": 401, "scope": 403, "late": 429, "broken": 500}
"""What the beginning of an address makes of the call for it."""


@dataclass
class Quoting:
    """One such service: where it is, whom it was asked about, and whether it is down."""

    url: str = ""
    asked: list[str] = field(default_factory=list[str])
    down: bool = False

    def status(self, email: str) -> int:
        """Return how a call for *email* is answered."""
        self.asked.append(email)
        if self.down:
            return 503
        return next((s for name, s in PREFIXES.items() if email.startswith(name)), 200)


@contextmanager
def quoting_hubspot() -> Iterator[Quoting]:
    """Serve one on a port of its own."""
    quoting = Quoting()

    class Answers(BaseHTTPRequestHandler):
        """Answers by the beginning of the address it is asked for."""

        def do_POST(self) -> None:
            """Answer with a token, with a refusal that quotes, or with what is no JSON."""
            asked = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            email = str(json.loads(asked).get("email", ""))
            status = quoting.status(email)
            quoted = f"{asked.decode()} {dict(self.headers)}"
            body: dict[str, Any] = {
                "token": f"canary-upstream-token-{email.partition('@')[0]}"
            }
            if status != 200:
                body = dict.fromkeys(("message", "category", "context"), quoted)
            said = quoted if email.startswith("garbage") else json.dumps(body)
            self.send_response(status, "canary-reason-phrase")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said.encode())))
            self.send_header("X-Echo", quoted.replace("\n", " ")[:500])
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing: this is not the log that is looked at."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    quoting.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield quoting
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
