"""Alerts leave through Apprise: to a real receiver, within a time, and only where they may."""

import asyncio
import json
import logging
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from callingcard.backends import apprise_alerts
from callingcard.backends.apprise_alerts import AppriseSender, NotDelivered

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


class Receiver(ThreadingHTTPServer):
    """A web hook of somebody's own."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.status = 200
        self.location = ""
        self.drip = b""
        """What it answers over and over, until nobody listens."""
        self.pause = 0.2
        self.wait = threading.Event()
        self.wait.set()
        super().__init__(("127.0.0.1", 0), Hook)

    @property
    def url(self) -> str:
        """Where it listens, in Apprise's form."""
        return f"json://127.0.0.1:{self.server_address[1]}/secret-path"


class Hook(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    server: Receiver

    def do_POST(self) -> None:
        """Keep the message and answer as the receiver says."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.wait.wait(20)
        self.server.got.append(json.loads(body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        if not self.server.drip:
            self.send_header("Content-Length", "0")
        self.end_headers()
        with suppress(ConnectionError):
            while drip := self.server.drip:
                self.wfile.write(drip)
                time.sleep(self.server.pause)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a web hook that listens."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.wait.set()
        server.drip = b""
        server.shutdown()
        thread.join()


async def test_a_message_of_the_settings_arrives(receiver: Receiver):
    """The operator's own host gets the subject and the body."""
    await AppriseSender().send(receiver.url, "it broke", "in many ways", trusted=True)
    (got,) = receiver.got
    assert (got["title"], got["message"]) == ("it broke", "in many ways")


async def test_an_answer_that_is_none_is_told(receiver: Receiver):
    """The status is in the problem; the URL is neither there nor in the log."""
    receiver.status = 503
    with pytest.raises(NotDelivered) as failed:
        await AppriseSender().send(receiver.url, "a", "b", trusted=True)
    assert failed.value.message == "the service answered 503"


async def test_what_the_app_adds_leads_to_the_public_internet_only(
    receiver: Receiver,
):
    """A private address is refused at the moment of connecting, by name too."""
    port = receiver.server_address[1]
    for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "169.254.169.254"):
        with pytest.raises(NotDelivered) as refused:
            await AppriseSender().send(
                f"json://{host}:{port}/secret-path", "a", "b", trusted=False
            )
        assert "secret-path" not in refused.value.message
    assert receiver.got == []


async def test_no_url_gets_into_our_log(receiver: Receiver):
    """What Apprise says about a channel, which quotes its URL, goes no further."""
    lines: list[str] = []

    class Ours(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name}: {record.getMessage()}")

    ours, root = Ours(), logging.getLogger()
    before = root.level
    root.addHandler(ours)
    root.setLevel(logging.INFO)  # as kit.log sets it, however much of ours is shown
    try:
        for status in (200, 500):
            receiver.status = status
            with suppress(NotDelivered):
                await AppriseSender().send(receiver.url, "a", "b", trusted=True)
        assert AppriseSender().refusal("json://:::/secret-path") is not None
    finally:
        root.removeHandler(ours)
        root.setLevel(before)
    assert [line for line in lines if "secret-path" in line or "apprise" in line] == []


async def test_the_reason_for_a_refusal_is_said(receiver: Receiver):
    """It says that the address is not public, and what to do if that is meant."""
    with pytest.raises(NotDelivered, match="is not public; if that is meant"):
        await AppriseSender().send(receiver.url, "a", "b", trusted=False)


async def test_on_a_laptop_everything_may_be_reached(receiver: Receiver):
    """With *private*, as in the demo, an app's channel may be a local one."""
    await AppriseSender(private=True).send(receiver.url, "a", "b", trusted=False)
    assert len(receiver.got) == 1


async def test_a_guarded_send_does_not_guard_the_next(receiver: Receiver):
    """Only the process of that message is held back."""
    sender = AppriseSender()
    with pytest.raises(NotDelivered):
        await sender.send(receiver.url, "a", "b", trusted=False)
    await sender.send(receiver.url, "a", "b", trusted=True)
    assert len(receiver.got) == 1


async def test_a_receiver_that_does_not_answer_is_left(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """Whoever waits is free after the limit, whatever the receiver does."""
    monkeypatch.setattr(apprise_alerts, "LIMIT", timedelta(seconds=3))
    receiver.wait.clear()
    with pytest.raises(NotDelivered, match="no answer within 3 seconds"):
        await AppriseSender().send(receiver.url, "a", "b", trusted=True)
    receiver.wait.set()


async def test_stuck_messages_hold_up_none_that_come_later(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """Receivers that drip, more than are asked at once, are left, and the next is served."""
    monkeypatch.setattr(apprise_alerts, "LIMIT", timedelta(seconds=2))
    sender = AppriseSender()
    receiver.drip = b"x"
    stuck = [sender.send(receiver.url, "a", "b", trusted=True) for _ in range(5)]
    ended = await asyncio.gather(*stuck, return_exceptions=True)
    assert {str(error) for error in ended} == {"no answer within 2 seconds"}
    monkeypatch.undo()
    receiver.drip = b""
    await sender.send(receiver.url, "healthy", "b", trusted=True)
    assert receiver.got[-1]["title"] == "healthy"


async def test_an_answer_without_an_end_costs_us_no_memory(receiver: Receiver):
    """The process that reads it has an end of its own, and the server has not read it."""
    receiver.drip, receiver.pause = b"x" * 2**20, 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(NotDelivered):
        await AppriseSender().send(receiver.url, "a", "b", trusted=True)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50_000  # KiB
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 700_000


async def test_what_names_a_file_is_not_sent_either(receiver: Receiver):
    """A channel that was kept from before is held to the same."""
    with pytest.raises(NotDelivered, match="settings file only"):
        await AppriseSender().send(
            f"{receiver.url}?Template=/etc/passwd", "a", "b", trusted=False
        )
    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("hello", "write a URL in Apprise's form, such as discord://ID/TOKEN"),
        ("syslog://", "syslog:// can be used in the settings file only"),
        ("dbus://", "dbus:// can be used in the settings file only"),
        (
            "workflows://host/workflow/signature/?%74emplate=/etc/passwd",
            "template= can be used in the settings file only",
        ),
        (
            "mailto://u:p@example.com?x=1&pgpkey=/etc/passwd",
            "pgpkey= can be used in the settings file only",
        ),
        ("discord://", "Apprise cannot read this discord:// URL: something in it is missing"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", None),
        ("mailto://user:pass@example.com", None),
    ],
)
def test_what_may_be_added_in_the_app(url: str, reason: str | None):
    """Services that are spoken to over the network may be; what works on this machine not."""
    assert AppriseSender().refusal(url) == reason
