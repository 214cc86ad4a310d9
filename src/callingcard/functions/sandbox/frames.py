"""What a run and its broker say to each other: frames of JSON with their length in front.

Each frame is four bytes of length, most significant first, and as much UTF-8. We send one
task and then an answer to each ask; a run sends asks, numbered from 1 without a gap, and one
end: ``done`` or ``failed``. The run's end of it is ``callingcard_guest.wire``.

Invariant: what a run sends is an attack until it is proven to be a frame. Whatever bytes
come, the answer is a value of this module or Violation.
"""

import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, NoReturn, TypeAlias, cast

from callingcard.functions.model.runs import Failure, Frame, RunState
from callingcard.functions.model.values import Json
from callingcard.functions.ports.sandbox import Ask

HEAD: Final = struct.Struct(">I")
"""The length of a frame, in bytes."""

MOST_ASKED_BYTES: Final = 256 << 10
"""How large one ask may be."""

MOST_ANSWERED_BYTES: Final = 4 << 20
"""How large one answer to a run may be."""

DEEPEST: Final = 72
"""How deep objects and lists may be inside each other; a little more than the run's own
limit, since the frame is around it."""

_MORE_THAN_VALUE: Final = 64 * 1024
_STRINGS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""Each string, or what begins as one; written so that it never looks at a byte twice."""
_MAYBE_INFINITE: Final = re.compile(rb"[eE]\+?\d{3}|\d{200}")
_MAYBE_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""One down for each that opens, one up for each that closes."""
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[{]}"))
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
        if len(text) > MOST_ASKED_BYTES:
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
    """Return the value of *text*, at little cost whatever it is: the server waits for it."""
    bare = _STRINGS.sub(b"", text)
    if _is_too_deep(bare):
        _refuse("a value that is nested too deep")
    decode = _WITH_CARE if _MAYBE_INFINITE.search(bare) else _PLAINLY
    try:
        value: object = decode(text.decode("utf-8"))
        if _MAYBE_SURROGATE.search(text):
            # Half a surrogate pair is JSON, but nothing that could ever be written down.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Violation("the run wrote what is not JSON on its line to the broker") from None
    return value


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


_PLAINLY: Final = json.JSONDecoder(parse_constant=_no_constant).decode
_WITH_CARE: Final = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite).decode


def _is_too_deep(bare: bytes) -> bool:
    """Say whether JSON is nested deeper than DEEPEST; *bare* is its text without strings."""
    if bare.count(b"[") + bare.count(b"{") <= DEEPEST:
        return False
    return (
        max(accumulate(memoryview(bare.translate(_STEPS, _NO_BRACKETS)).cast("b"))) > DEEPEST
    )


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
