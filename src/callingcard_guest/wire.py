"""The run's end of its line to the broker: frames of JSON with their length in front.

The server's end is ``callingcard.functions.sandbox.frames``; the shapes are told there.

Invariant: it is safe to ask from several threads at once.
"""

import json
import os
import struct
import threading
from typing import Any

_HEAD = struct.Struct(">I")
_AT_ONCE = 32
"""How many asks are under way at once; the server takes more for an attack."""
_LONGEST = 256 << 10
"""How many bytes an ask may have; the server takes more for an attack, too."""


class Refused(Exception):
    """The broker did not do what it was asked for."""

    def __init__(self, kind: str, message: str, status: int | None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status


class Wire:
    """One line to the broker, on the descriptor that it was given."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._sending = threading.Lock()
        self._change = threading.Condition()
        self._somebody_reads = False
        self._asked = 0
        self._answers: dict[int, dict[str, Any]] = {}

    def read(self) -> dict[str, Any]:
        """Wait for the next frame; raises EOFError when the server is gone."""
        (size,) = _HEAD.unpack(self._exactly(_HEAD.size))
        return json.loads(self._exactly(size))

    def send(self, frame: dict[str, Any]) -> None:
        """Send one frame; what is not JSON must have been refused before."""
        self.send_text(json.dumps(frame, ensure_ascii=False, allow_nan=False).encode())

    def send_text(self, text: bytes) -> None:
        """Send one frame that is JSON already."""
        with self._sending:
            self._write(_HEAD.pack(len(text)) + text)

    def ask(self, subject: str, name: str, operation: str, arguments: dict[str, Any]) -> Any:
        """Ask the broker and wait for its answer; raises Refused."""
        ask = {"kind": "ask", "subject": subject, "name": name, "operation": operation}
        with self._places:
            with self._sending:
                number = self._asked + 1
                frame = {**ask, "id": number, "arguments": arguments}
                text = json.dumps(frame, ensure_ascii=False, allow_nan=False).encode()
                if len(text) > _LONGEST:
                    most = f"at most {_LONGEST} are allowed"
                    raise Refused("limit", f"this would be {len(text)} bytes; {most}", None)
                self._asked = number
                self._write(_HEAD.pack(len(text)) + text)
            answer = self._wait_for(number)
        if answer["kind"] == "answer":
            return answer["value"]
        raise Refused(answer["error"], answer["message"], answer["status"])

    def _wait_for(self, number: int) -> dict[str, Any]:
        """Read until the answer is there; one thread reads for all that wait."""
        with self._change:
            while number not in self._answers:
                if self._somebody_reads:
                    self._change.wait()
                    continue
                self._somebody_reads = True
                self._change.release()
                frame: dict[str, Any] | None = None
                try:
                    frame = self.read()
                finally:
                    self._change.acquire()
                    self._somebody_reads = False
                    if frame is not None:
                        self._answers[frame["id"]] = frame
                    self._change.notify_all()
            return self._answers.pop(number)

    def _exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = os.read(self._descriptor, min(size, 1 << 20))
            if not part:
                raise EOFError("the broker is gone")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
