"""A HubSpot on a real socket that counts: for tests over several processes."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class CountingHubSpot:
    """Answers on *url*, *delay* seconds late, as ``status`` says; ``calls`` counts."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self.delay = delay
        self.status = 200
        self.times: list[float] = []
        self._lock = threading.Lock()
        self.came = threading.Event()
        house = self

        class Handler(BaseHTTPRequestHandler):
            """Counts a request and answers it."""

            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Make a token."""
                body = self.rfile.read(int(self.headers["content-length"]))
                number = house.count()
                time.sleep(house.delay)
                made = {"token": f"tok-{number}-{json.loads(body)['email']}"}
                reply = json.dumps(made if house.status == 200 else {"status": "error"})
                self.send_response(house.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply.encode())

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def calls(self) -> int:
        """How often it was called."""
        return len(self.times)

    def count(self) -> int:
        """Count one call."""
        with self._lock:
            self.times.append(time.monotonic())
            self.came.set()
            return len(self.times)

    def serve(self) -> None:
        """Answer until it is shut."""
        self._server.serve_forever(poll_interval=0.05)

    def shut(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def counting_hubspot(*, delay: float = 0.0) -> Iterator[CountingHubSpot]:
    """Run a CountingHubSpot in a thread."""
    house = CountingHubSpot(delay=delay)
    thread = threading.Thread(target=house.serve, daemon=True)
    thread.start()
    try:
        yield house
    finally:
        house.shut()
        thread.join()
