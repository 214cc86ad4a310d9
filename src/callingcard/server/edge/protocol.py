"""How requests are read from a socket: as uvicorn does, and with two things more.

* What is at hand is answered while its request is read. To make a task of a request and
  messages of its answer costs more than finding a token in memory does.
* A head has to be there in time and in bounds; uvicorn waits for one without end, and
  takes one of any size.

This stands on the inside of uvicorn's own class, which may change with any version. The
tests of this file send real bytes through it; without it (``http="httptools"``) everything
is answered as before, only slower.

Invariant: what is answered here is what the application would have answered.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

HEAD_SECONDS: Final = 10.0
MAX_HEAD_BYTES: Final = 16 * 1024

_OK: Final = b"HTTP/1.1 200 OK\r\n"
_HEAD_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_LENGTHS: Final = (b"0", b"2")
_JSON: Final = b"application/json"


class AtOnce(Protocol):
    """An application that knows some answers without waiting; ``FastPath`` does."""

    def at_once(self, path: str, given: Mapping[bytes, bytes]) -> bytes | None:
        """Return what follows the status line of a 200, or None."""
        ...


class TokenProtocol(HttpToolsProtocol):
    """One connection; ``uvicorn.Config`` takes this class as its *http*."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        knows = hasattr(config.app, "at_once") and not config.root_path
        self._knowing = cast("AtOnce", config.app) if knows else None
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = False
        self._chunk = self._more_of_head = 0
        self._refused = False
        self._held: dict[bytes, bytes] | None = None
        self._small_body = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give whoever connects a time to ask."""
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._end_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head is not there in time or grows without end."""
        if self._refused:
            return
        # A chunk may begin with the end of another request, so only later ones count here;
        # how long a head was is looked at once more when it is complete.
        self._chunk = len(data)
        self._more_of_head = self._more_of_head + len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head:
            if self._more_of_head > MAX_HEAD_BYTES:
                self._refuse()
            elif self._deadline is None:
                self._set_deadline()

    def on_message_begin(self) -> None:
        """Begin with the head."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Hold the request back if its answer may be at hand; else pass it on."""
        if self._is_too_large():
            self._refuse()
            return
        self._held = self._worth_a_look()
        if self._held is None:
            self._end_head()
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep the little there is of a request held back."""
        if self._held is not None:
            self._small_body += body
        elif not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer a request held back, or pass it on after all."""
        given, self._held = self._held, None
        if given is None:
            if not self._refused:
                super().on_message_complete()
            return
        self._end_head()
        body, self._small_body = self._small_body, b""
        if _says_nothing(body, given) and self._answered(given):
            return
        super().on_headers_complete()
        if body:
            super().on_body(body)
        super().on_message_complete()

    def _worth_a_look(self) -> dict[bytes, bytes] | None:
        """Return the headers of a request whose answer may be at hand.

        It has to be the only one under way here, on a connection that stays open.
        """
        if self._knowing is None or not self.url.endswith(b"/token") or b"%" in self.url:
            return None
        given, parser = dict(self.headers), self.parser
        plain = (
            parser is not None
            and len(given) == len(self.headers)
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and b"transfer-encoding" not in given
            and given.get(b"content-length", b"0") in _LENGTHS
        )
        ready = self._is_idle() and not self.flow.write_paused and not self.limit_concurrency
        return given if plain and ready else None

    def _is_idle(self) -> bool:
        """Say whether every request so far is answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def _answered(self, given: dict[bytes, bytes]) -> bool:
        """Write the answer if it is at hand; say whether it was."""
        said = cast("AtOnce", self._knowing).at_once(self.url.decode("latin-1"), given)
        if said is None or self.transport.is_closing():
            return False
        usual = [b"%b: %b\r\n" % line for line in self.server_state.default_headers]
        self.transport.write(b"".join((_OK, *usual, said)))
        self.on_response_complete()
        return True

    def _is_too_large(self) -> bool:
        """Say whether the head that is complete now is larger than it may be."""
        if not self._more_of_head and self._chunk <= MAX_HEAD_BYTES:
            return False
        lines = sum(len(name) + len(value) + 4 for name, value in self.headers)
        return len(self.url) + lines > MAX_HEAD_BYTES

    def _refuse(self) -> None:
        """Say that the head is too large, and hear no more."""
        self._refused = True
        if self._is_idle() and not self.transport.is_closing():
            self.transport.write(_HEAD_TOO_LARGE)
        self.transport.close()

    def _end_head(self) -> None:
        """Note that what had to be there in time is there."""
        self._in_head = False
        self._end_deadline()

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        """Close the connection: a head that drips in keeps nobody else waiting."""
        self._deadline = None
        self.transport.close()


def _says_nothing(body: bytes, given: Mapping[bytes, bytes]) -> bool:
    """Say whether *body* is empty, or an empty object that calls itself JSON."""
    return not body or (body == b"{}" and given.get(b"content-type") == _JSON)
