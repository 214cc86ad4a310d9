"""Sends alerts by Apprise, in a thread, within a time limit.

Apprise's URLs hold tokens and passwords, so neither a URL nor what Apprise logs about it
goes any further than this file. What somebody entered in the app may lead to services on
the public internet only: while such a message is sent, the thread that sends it can
connect to no other address, whatever a name resolves to and wherever a reply redirects
to. See https://github.com/caronc/apprise/wiki for the URLs.

Invariant: a send ends within ``LIMIT`` for whoever waits; a thread that does not end by
then is left behind, and at most ``_THREADS`` are.
"""

import asyncio
import ipaddress
import logging
import re
import socket
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Protocol

from callingcard.backends.addresses import forbidden
from callingcard.errors import UpstreamError

LIMIT: Final = timedelta(seconds=10)

_THREADS: Final = 8
_SCHEME: Final = re.compile(r"([a-z][a-z0-9]{1,31})://", re.IGNORECASE)
_HTTP_STATUS: Final = re.compile(r"error[=:]\s*(\d{3})\b")

# What speaks HTTP or SMTP from the thread that calls it. Apprise knows others that run a
# program, write a file, talk to the desktop, or connect from threads of their own.
# fmt: off
_OPEN_TO_ALL: Final = frozenset((
    "discord", "slack", "tgram", "workflows", "workflow", "mmost", "mmosts", "gchat",
    "matrix", "matrixs", "zulip", "rocket", "rockets", "ntfy", "ntfys", "gotify", "gotifys",
    "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "pagerduty",
    "opsgenie", "pover", "pbul", "pushed", "twilio", "ifttt", "wxteams", "signal",
    "signals", "mailgun", "sendgrid", "resend", "pushme", "spike", "splunk", "victorops",
))
# fmt: on

_guarded = threading.local()


class NotDelivered(UpstreamError):
    """A message did not arrive; the error says why, without a URL or a secret."""

    code = "alerts.not_delivered"

    def __init__(self, problem: str) -> None:
        super().__init__(problem, retryable=True)


class _Notifier(Protocol):
    """What we use of one of Apprise's plugins."""

    def notify(self, body: str, title: str) -> bool: ...


class AppriseSender:
    """Sends messages wherever Apprise can."""

    def __init__(self, *, private: bool = False) -> None:
        """Let every URL lead to private addresses with *private*, as on a laptop."""
        self._private = private
        self._busy = threading.BoundedSemaphore(_THREADS)

    def kind(self, url: str) -> str | None:
        """Return the service that *url* names; None when it has no shape of a URL.

        >>> AppriseSender().kind("discord://1/2"), AppriseSender().kind("hello")
        ('discord', None)
        """
        found = _SCHEME.match(url)
        return found[1].lower() if found else None

    def refusal(self, url: str) -> str | None:
        """Say why a channel with this URL may not be added in the app; None when it may."""
        kind = self.kind(url)
        if kind is None:
            return "write a URL in Apprise's form, such as discord://ID/TOKEN"
        if kind not in _OPEN_TO_ALL:
            return f"{kind}:// can be used in the settings file only"
        if _notifier(url) is None:
            return f"Apprise cannot read this {kind}:// URL: something in it is missing"
        return None

    async def send(self, url: str, subject: str, body: str, *, trusted: bool) -> None:
        """Send a message; raises NotDelivered.

        Unless *trusted*, that is unless the operator wrote *url* into the settings, it
        has to lead to a public address.
        """
        if not self._busy.acquire(blocking=False):
            raise NotDelivered("too many messages are still being sent")
        guard = not (trusted or self._private)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()

        def settle(problem: str | None) -> None:
            if not answer.done():
                answer.set_result(problem)

        def work() -> None:
            problem: str | None = "it stopped without an answer"
            try:
                problem = _send(url, subject, body, guard=guard)
            finally:
                self._busy.release()
                _tell(loop, settle, problem)

        threading.Thread(target=work, name="alert", daemon=True).start()
        try:
            problem = await asyncio.wait_for(answer, LIMIT.total_seconds())
        except TimeoutError:
            seconds = int(LIMIT.total_seconds())
            raise NotDelivered(f"no answer within {seconds} seconds") from None
        if problem is not None:
            raise NotDelivered(problem)


def _tell(
    loop: asyncio.AbstractEventLoop, settle: Callable[[str | None], None], problem: str | None
) -> None:
    """Hand the answer to the loop, which may be closed by now."""
    try:
        loop.call_soon_threadsafe(settle, problem)
    except RuntimeError:
        return  # the server has stopped, and nobody waits for this any more


def _send(url: str, subject: str, body: str, *, guard: bool) -> str | None:
    """Send in this thread; return what is wrong, or None when it arrived."""
    notifier = _notifier(url)
    if notifier is None:
        return "Apprise cannot read this channel's URL"
    _watch_connections()
    said = _Said()
    logger = logging.getLogger("apprise")
    logger.addHandler(said)
    _guarded.on, _guarded.refused = guard, ""
    try:
        arrived = notifier.notify(body=body, title=subject)
    except Exception as error:  # noqa: BLE001  (173 services' code, of which some raises)
        return f"Apprise stopped with {type(error).__name__}"
    finally:
        refused, _guarded.on = _guarded.refused, False
        logger.removeHandler(said)
    if arrived:
        return None
    return refused or said.problem()


def _notifier(url: str) -> _Notifier | None:
    """Return Apprise's plugin for *url*; None when it cannot read it."""
    import apprise  # 0.1 s, and most servers never send an alert

    # Apprise quotes URLs in its log lines: ours must not hold them.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    library: Any = apprise.Apprise
    return library.instantiate(url, suppress_exceptions=True) or None


class _Said(logging.Handler):
    """Looks through what Apprise logs in this thread for the status that it was answered."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self._status = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the number, and nothing else."""
        if threading.get_ident() == self._thread:
            found = _HTTP_STATUS.search(record.getMessage())
            self._status = found[1] if found else self._status

    def problem(self) -> str:
        """Return why a message did not arrive."""
        if self._status:
            return f"the service answered {self._status}"
        return "the service could not be reached, or did not take the message"


_WATCHING: Final[list[bool]] = []


def _watch_connections() -> None:
    """Have every connection of a guarded thread looked at before it is made.

    An audit hook, because it sees the address that is connected to and not the name that
    was asked for: what a name resolves to may change in between, and replies redirect.
    https://docs.python.org/3/library/sys.html#sys.addaudithook
    """
    if not _WATCHING:
        _WATCHING.append(True)
        sys.addaudithook(_look_at)


def _look_at(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse a guarded thread's connection to an address that is not public."""
    if event not in {"socket.connect", "socket.sendto"} or not getattr(_guarded, "on", False):
        return
    sock, address = arguments
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        _refuse("it leads to a socket of this machine")
        return
    if sock.type == socket.SOCK_DGRAM:
        return  # how a name is looked up
    reason = forbidden(ipaddress.ip_address(str(address[0]).partition("%")[0]), private=False)
    if reason:
        _refuse(_PRIVATE)


_PRIVATE: Final = (
    "it leads to an address that is not public; if that is meant, write the channel"
    " into the settings file"
)


def _refuse(reason: str) -> None:
    _guarded.refused = reason
    raise PermissionError(reason)
