"""The program that sends one alert: ``python -I -m callingcard.backends.alert_worker``.

Apprise speaks to 140 services in code that is not ours, and what they answer is read as a
whole. So a message is sent by a process of its own, which may use so much memory and no
more, and which the server ends when it is late. It is told what to send in a line, since a
URL holds passwords and everybody on a machine can read what a process was started with.

When it is told to keep to the public internet, it can connect to no other address, whatever
a name resolves to and wherever a reply redirects to.
"""

import ipaddress
import json
import logging
import os
import re
import resource
import socket
import sys
from typing import Any, Final, Protocol

from callingcard.backends.addresses import forbidden

_MOST_MEMORY_BYTES: Final = 512 * 1024**2
_MOST_FILE_BYTES: Final = 1024**2
_HTTP_STATUS: Final = re.compile(r"error[=:]\s*(\d{3})\b")
_NOT_PUBLIC: Final = (
    "it leads to an address that is not public; if that is meant, write the channel"
    " into the settings file"
)


class Notifier(Protocol):
    """What we use of one of Apprise's plugins."""

    def notify(self, body: str, title: str) -> bool:
        """Send; say whether it arrived."""
        ...


def notifier_of(url: str) -> Notifier | None:
    """Return Apprise's plugin for *url*; None when it cannot read it.

    See https://github.com/caronc/apprise/wiki for the URLs.
    """
    import apprise  # 0.1 s, and most servers never send an alert

    # Apprise quotes URLs in its log lines: ours must not hold them.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    library: Any = apprise.Apprise
    return library.instantiate(url, suppress_exceptions=True) or None


class _Said(logging.Handler):
    """Looks through what Apprise logs for the status that it was answered."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._status = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the number, and nothing else."""
        found = _HTTP_STATUS.search(record.getMessage())
        self._status = found[1] if found else self._status

    def problem(self) -> str:
        """Return why a message did not arrive."""
        if self._status:
            return f"the service answered {self._status}"
        return "the service could not be reached, or did not take the message"


class _Fence:
    """An audit hook that lets this process connect to public addresses only.

    It sees the address that is connected to and not the name that was asked for: what a
    name resolves to may change in between, and replies redirect.
    https://docs.python.org/3/library/sys.html#sys.addaudithook
    """

    def __init__(self) -> None:
        self.refused = ""

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse a connection to an address that is not public."""
        if event not in {"socket.connect", "socket.sendto"}:
            return
        sock, address = arguments
        if sock.family not in {socket.AF_INET, socket.AF_INET6}:
            self._refuse("it leads to a socket of this machine")
        elif sock.type != socket.SOCK_DGRAM:  # which is how a name is looked up
            told = ipaddress.ip_address(str(address[0]).partition("%")[0])
            if forbidden(told, private=False):
                self._refuse(_NOT_PUBLIC)

    def _refuse(self, reason: str) -> None:
        self.refused = reason
        raise PermissionError(reason)


def send(url: str, subject: str, body: str, *, guard: bool) -> str | None:
    """Send a message; return what is wrong, or None when it arrived."""
    notifier = notifier_of(url)
    if notifier is None:
        return "Apprise cannot read this channel's URL"
    said, fence = _Said(), _Fence()
    logging.getLogger("apprise").addHandler(said)
    if guard:
        sys.addaudithook(fence)
    try:
        arrived = notifier.notify(body=body, title=subject)
    except MemoryError:
        return "the service answered without an end"
    except Exception as error:  # noqa: BLE001  (140 services' code, of which some raises)
        return f"Apprise stopped with {type(error).__name__}"
    return None if arrived else fence.refused or said.problem()


def main() -> None:
    """Limit this process, and send what it is told to."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_FILE_BYTES, _MOST_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    told.write(b"{}\n")
    told.flush()
    asked = json.loads(sys.stdin.buffer.readline())
    problem = send(asked["url"], asked["subject"], asked["body"], guard=asked["guard"])
    told.write(json.dumps({"problem": problem}).encode() + b"\n")
    told.flush()


if __name__ == "__main__":
    main()
