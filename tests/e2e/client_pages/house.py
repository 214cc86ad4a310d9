"""A customer's site for tests of the browser client: pages, a token endpoint with a script.

The vendors' own addresses are answered with the fake scripts in ``tests/e2e/vendors``, so
that the client must ask for exactly those.
"""

import json
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Route
from tests.e2e.client_pages.platforms import PLATFORMS, Platform

HERE = Path(__file__).parent
BUILT = HERE.parents[2] / "src/callingcard/server/static/built/client"
VENDORS = HERE.parent / "vendors"
PATIENCE = 10.0


@dataclass(frozen=True)
class Answer:
    """What the token endpoint says next: a status, a body, headers, after *delay* seconds."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay: float = 0


@dataclass(frozen=True)
class Asked:
    """One request for a token, as it came."""

    method: str
    bearer: str | None
    body: str
    path: str


NOBODY = Answer(204)


def granted(
    platform: Platform, who: str, number: int, *, now: datetime | None = None
) -> Answer:
    """Answer with token *number* of *who*, to be renewed after 11 hours and dead after 12."""
    start = now or datetime.now(UTC)
    token = f"{who}-{number}"
    body = {
        "platform": platform.name,
        "token": token,
        "identity": {"email": f"{who}@example.com", "userId": who},
        "settings": platform.settings(who, token),
        "refreshAt": (start + timedelta(hours=11)).isoformat(),
        "expiresAt": (start + timedelta(hours=12)).isoformat(),
    }
    return Answer(200, body)


class House:
    """The running site; *answer* is what the token endpoint says from now on."""

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        self.answer: Answer | Callable[[Asked], Answer] = NOBODY
        self.asked: list[Asked] = []
        self.tag = ""
        self.policy = ""
        self.after = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def use(self, platform: Platform, *more: str) -> None:
        """Put the client on every page, with the attributes of *platform* and *more*."""
        attributes = " ".join(['data-endpoint="/chat/token"', *platform.attributes, *more])
        self.tag = f'<script src="/callingcard.js" {attributes}></script>'
        if not platform.after:
            self.tag = self.tag.replace("></script>", " async></script>")
        self.after = platform.after

    def page(self) -> str:
        """Return the page that every path but the files has."""
        return f"<!doctype html><title>Shop</title>{self.tag}{self.after}<h1>Shop</h1>"

    def posts(self) -> int:
        """Count the tokens asked for."""
        return sum(one.method == "POST" for one in self.asked)

    def reply(self, asked: Asked) -> Answer:
        """Take one request down and say the answer to it."""
        self.asked.append(asked)
        if asked.method == "DELETE":
            return NOBODY
        return self.answer(asked) if callable(self.answer) else self.answer

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def opened() -> Generator[House]:
    """Open a house for one test."""
    house = House()
    yield house
    house.close()


def fake_vendors(context: BrowserContext) -> None:
    """Answer the vendors' own addresses with the fakes, and let out nothing else."""

    def serve(route: Route) -> None:
        for platform in PLATFORMS:
            if platform.loader and route.request.url.startswith(platform.loader):
                route.fulfill(body=vendor(platform.widget), content_type="text/javascript")
                return
        route.abort()

    context.route(lambda url: not url.startswith("http://127.0.0.1:"), serve)


def vendor(name: str) -> str:
    """Return the script of a fake vendor."""
    return (VENDORS / "session.js").read_text() + (VENDORS / f"{name}.js").read_text()


def _handler(house: House) -> type[BaseHTTPRequestHandler]:
    """Make the handler of *house*'s requests."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/vendors/"):
                self._send(200, "text/javascript", vendor(Path(path).stem))
            elif path.endswith((".js", ".mjs")):
                self._send(200, "text/javascript", (BUILT / path.lstrip("/")).read_text())
            else:
                self._send(200, "text/html; charset=utf-8", house.page())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = Asked(self.command, self.headers.get("Authorization"), body, self.path)
            answer = house.reply(asked)
            time.sleep(answer.delay)
            text = "" if answer.body is None else json.dumps(answer.body)
            self._send(answer.status, "application/json", text, answer.headers)

        do_DELETE = do_POST  # noqa: N815 - the name is the standard library's

        def _send(
            self, status: int, kind: str, text: str, more: Mapping[str, str] | None = None
        ) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if status != NOBODY.status:
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if house.policy:
                self.send_header("Content-Security-Policy", house.policy)
            for name, value in (more or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler
