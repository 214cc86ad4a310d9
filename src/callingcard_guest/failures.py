"""Tells why a run failed, to its author: the exception, and the lines it went through.

Nothing here trusts the exception: its text may be endless, or raise one of its own.
"""

import json
import linecache
from itertools import islice
from traceback import walk_tb
from types import FrameType
from typing import Any, Final

_MESSAGE_BYTES: Final = 2048
_LINE_BYTES: Final = 200
_FRAMES: Final = 30
_WALKED: Final = 10_000


def failed(error: BaseException, filename: str) -> bytes:
    """Return the frame for *error*, which came out of the function."""
    message = _text(error, _MESSAGE_BYTES)
    frames = _frames(error, filename)
    if isinstance(error, SyntaxError) and error.filename == filename:
        message = cut(error.msg, _MESSAGE_BYTES)
        frames.append(
            {
                "function": "<module>",
                "line": error.lineno or 1,
                "text": cut((error.text or "").strip(), _LINE_BYTES),
                "module": "main",
            }
        )
    return _frame("raised", type(error).__name__, message, frames)


def out_of_memory(error: MemoryError, filename: str) -> bytes:
    """Return the frame for a run that asked for more memory than it may have."""
    message = "the function needed more memory than it may use"
    return _frame("out_of_memory", "OutOfMemory", message, _frames(error, filename))


def refused_output(message: str) -> bytes:
    """Return the frame for a result that is not passed on."""
    return _frame("too_large", "OutputRefused", cut(message, _MESSAGE_BYTES), [])


def cut(text: str, most: int) -> str:
    """Return *text* with at most *most* bytes of UTF-8, without what is not Unicode."""
    # str.encode and not text.encode: it may be of a class of the function's own.
    return str.encode(str.__getitem__(text, slice(0, most)), "utf-8", "replace")[:most].decode(
        "utf-8", "ignore"
    )


def _frame(state: str, kind: str, message: str, frames: list[dict[str, Any]]) -> bytes:
    told = {"kind": "failed", "state": state, "type": cut(kind, 100), "message": message}
    return json.dumps({**told, "frames": frames}).encode()


def _text(error: BaseException, most: int) -> str:
    try:
        return cut(str(error), most)
    except BaseException:
        return "(its message cannot be read)"


def _frames(error: BaseException, filename: str) -> list[dict[str, Any]]:
    """Return the last lines of the traceback that are the author's: file and packages."""
    found: list[dict[str, Any]] = []
    for frame, line in islice(walk_tb(error.__traceback__), _WALKED):
        module = _module(frame, filename)
        if module:
            text = linecache.getline(filename, line) if module == "main" else ""
            found.append(
                {
                    "function": cut(frame.f_code.co_qualname, 100),
                    "line": line,
                    "text": cut(text.strip(), _LINE_BYTES),
                    "module": module,
                }
            )
    return found[-_FRAMES:]


def _module(frame: FrameType, filename: str) -> str:
    """Return the module of a frame: ``main``, a package's, or nothing for anybody else's."""
    if frame.f_code.co_filename == filename:
        return "main"
    is_package = "-packages/" in frame.f_code.co_filename
    name = frame.f_globals.get("__name__")
    return cut(name, 100) if is_package and isinstance(name, str) else ""
