"""What a run and its broker say to each other: frames of JSON with their length in front.

Each frame is four bytes of length, most significant first, and as much UTF-8. We send one
task and then an answer to each ask; a run sends asks, numbered from 1 without a gap, and one
end: ``done`` or ``failed``. The run's end of it is ``callingcard_guest.wire``.

Invariant: what a run sends is an attack until it is proven to be a frame. Whatever bytes
come, the answer is a value of this module or Violation.
"""

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeAlias, cast

from callingcard.functions.model.runs import Failure, Frame, RunState
from callingcard.functions.model.values import Json
from callingcard.functions.ports.sandbox import Ask

HEAD: Final = struct.Struct(">I")
"""The length of a frame, in bytes."""

MOST_ASKED_BYTES: Final = 1 << 20
"""How large one ask may be."""

MOST_ANSWERED_BYTES: Final = 4 << 20
"""How large one answer to a run may be."""

DEEPEST: Final = 72
"""How deep objects and lists may be inside each other; a little more than the run's own
limit, since the frame is around it."""

_MORE_THAN_VALUE: Final = 64 * 1024
_BRACKETS_WORTH_COUNTING: Final = DEEPEST
_TEXT_LIMIT: Final = 2048
_FRAMES_LIMIT: Final = 30
_ASK_MEMBERS: Final = dict.fromkeys(
    ("kind", "id", "subject", "name", "operation", "arguments")
).keys()
_DONE_MEMBERS: Final = dict.fromkeys(("kind", "value")).keys()
_FAILED_MEMBERS: Final = dict.fromkeys(("kind", "state", "type", "message", "frames")).keys()
_LINE_MEMBERS: Final = dict.fromkeys(("function", "line", "text", "module")).keys()
_ENDS: Final = {
    "raised": RunState.RAISED,
    "out_of_memory": RunState.OUT_OF_MEMORY,
    "too_large": RunState.TOO_LARGE,
}


class Violation(Exception):
    """A run said what no run says; the message tells its author, without what it said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A run asks for something."""

    number: int
    ask: Ask


@dataclass(frozen=True, slots=True)
class Done:
    """A run returned this."""

    value: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """A run says that it failed."""

    state: RunState
    failure: Failure


Said: TypeAlias = Asked | Done | Failed


def encode(frame: Mapping[str, Json]) -> bytes:
    """Return *frame* with its length in front; raises ValueError when it is not JSON."""
    text = json.dumps(frame, ensure_ascii=False, allow_nan=False).encode()
    return HEAD.pack(len(text)) + text


def longest(output_bytes: int) -> int:
    """Return how long a frame may be, of a run that may return *output_bytes*."""
    return max(output_bytes, MOST_ASKED_BYTES) + _MORE_THAN_VALUE


def read(text: bytes, *, output_bytes: int) -> Said:
    """Return what a run said with *text*, one frame without its length; raises Violation."""
    frame = _object(_parse(text))
    kind = frame.get("kind")
    if kind == "ask":
        if len(text) > MOST_ASKED_BYTES + _MORE_THAN_VALUE:
            _refuse("an ask that is too large")
        return _asked(frame)
    if kind == "done" and frame.keys() == _DONE_MEMBERS:
        if len(text) > output_bytes + _MORE_THAN_VALUE:
            _refuse("a result that is larger than it may be")
        return Done(cast("Json", frame["value"]))
    if kind != "failed":
        _refuse("a frame of no known kind")
    return _failed(frame)


def clean(text: str) -> str:
    """Return *text* without NUL and lone surrogates, which databases and UTF-8 refuse."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _parse(text: bytes) -> object:
    try:
        value = json.loads(
            text.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite
        )
        if b"\\u" in text:
            # Half a surrogate pair is JSON, but nothing that could ever be written down.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Violation("the run wrote what is not JSON on its line to the broker") from None
    if text.count(b"[") + text.count(b"{") > _BRACKETS_WORTH_COUNTING and _too_deep(value):
        _refuse("a value that is nested too deep")
    return value


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _too_deep(value: object) -> bool:
    """Say whether *value* is nested deeper than DEEPEST, without recursion."""
    level: list[object] = [value]
    for _ in range(DEEPEST):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(cast("dict[str, object]", item).values())
            elif isinstance(item, list):
                inner.extend(cast("list[object]", item))
        if not inner:
            return False
        level = inner
    return True


def _asked(frame: Mapping[str, object]) -> Asked:
    if frame.keys() != _ASK_MEMBERS:
        _refuse("an ask with other members than it has")
    number = frame["id"]
    if type(number) is not int or not 0 < number < 2**31:
        _refuse("an ask without a number")
    subject = frame["subject"]
    if subject not in ("connector", "storage"):
        _refuse("an ask of no known subject")
    return Asked(
        number,
        Ask(
            subject,
            _text(frame["name"], 100),
            _text(frame["operation"], 200),
            cast("Mapping[str, Json]", _object(frame["arguments"])),
        ),
    )


def _failed(frame: Mapping[str, object]) -> Failed:
    if frame.keys() != _FAILED_MEMBERS:
        _refuse("an end with other members than it has")
    state = frame["state"]
    frames = frame["frames"]
    if not isinstance(state, str) or state not in _ENDS:
        _refuse("an end of no known state")
    if not isinstance(frames, list) or len(cast("Sequence[object]", frames)) > _FRAMES_LIMIT:
        _refuse("an end without a traceback")
    told = tuple(_line(_object(line)) for line in cast("list[object]", frames))
    kind, message = _text(frame["type"], 200), _text(frame["message"], _TEXT_LIMIT)
    return Failed(_ENDS[state], Failure(kind, message, told))


def _line(frame: Mapping[str, object]) -> Frame:
    if frame.keys() != _LINE_MEMBERS:
        _refuse("a line of a traceback that is none")
    number = frame["line"]
    if type(number) is not int or not 0 <= number < 2**31:
        _refuse("a line of a traceback without a number")
    return Frame(
        function=_text(frame["function"], 200),
        line=number,
        text=_text(frame["text"], 400),
        module=_text(frame["module"], 200),
    )


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _refuse("something where an object belongs")
    return cast("Mapping[str, Any]", value)


def _text(value: object, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        _refuse("something where a short text belongs")
    return clean(value)


def _refuse(what: str) -> NoReturn:
    raise Violation(f"the run wrote {what} on its line to the broker")
