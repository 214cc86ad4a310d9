"""The log of a run: what it writes, up to a limit, told as it comes."""

import asyncio
import codecs
import os
from collections.abc import Callable

from callingcard.functions.sandbox.frames import clean

_AT_ONCE = 1 << 16
_LAST_READS = 64


class LogTap:
    """Reads the pipe that is a run's standard output and error.

    Invariant: the run is never held up by its log. What goes past the limit is read as well
    and thrown away, after one line that says so.
    """

    def __init__(self, limit: int, on_log: Callable[[str], None] | None) -> None:
        self._end, self.write_end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._end, False)
        self._left = limit
        self._limit = limit
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._on_log = on_log
        self._pieces: list[str] = []
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._end, self._read)

    @property
    def text(self) -> str:
        """What was kept so far."""
        return "".join(self._pieces)

    def passed_on(self) -> None:
        """Let go of the end that the run has now."""
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1

    def close(self) -> None:
        """Take what is still in the pipe, and close it."""
        self.passed_on()
        self._loop.remove_reader(self._end)
        for _ in range(_LAST_READS):
            if not self._read():
                break
        os.close(self._end)
        self._keep(self._decode(b"", final=True))

    def _read(self) -> bool:
        """Read once; says whether there may be more."""
        try:
            part = os.read(self._end, _AT_ONCE)
        except BlockingIOError:
            return False
        if not part:
            self._loop.remove_reader(self._end)
            return False
        kept = part[: max(self._left, 0)]
        if kept:
            self._left -= len(kept)
            self._keep(self._decode(kept))
        if len(kept) < len(part) and self._left >= 0:
            self._left = -1
            self._keep(f"\n[the log ends here: {self._limit} bytes are kept]\n")
        return True

    def _keep(self, text: str) -> None:
        if not text:
            return
        piece = clean(text)
        self._pieces.append(piece)
        if self._on_log is not None:
            self._on_log(piece)
