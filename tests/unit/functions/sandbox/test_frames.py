"""What a run writes on its line is a frame of ours, or a violation; there is nothing else."""

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.functions.model.runs import Failure, Frame, RunState
from callingcard.functions.ports.sandbox import Ask
from callingcard.functions.sandbox.frames import (
    MOST_ASKED_BYTES,
    Asked,
    Done,
    Failed,
    Violation,
    clean,
    encode,
    longest,
    read,
)

ASK: dict[str, Any] = {
    "kind": "ask",
    "id": 1,
    "subject": "storage",
    "name": "tokens",
    "operation": "get",
    "arguments": {"key": ["a", 1], "default": None},
}
FAILED: dict[str, Any] = {
    "kind": "failed",
    "state": "raised",
    "type": "ValueError",
    "message": "no",
    "frames": [{"function": "main", "line": 3, "text": "x", "module": "main"}],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def said(frame: object, *, output_bytes: int = 1000) -> object:
    """Read *frame* as a run would have written it."""
    return read(json.dumps(frame).encode(), output_bytes=output_bytes)


def test_an_ask_is_read():
    """Its number, and what it is for."""
    expected = Ask("storage", "tokens", "get", {"key": ["a", 1], "default": None})
    assert said(ASK) == Asked(1, expected)


def test_a_result_is_read():
    """Any JSON is a result."""
    assert said({"kind": "done", "value": {"a": [1, 2.5, None, "x"]}}) == Done(
        {"a": [1, 2.5, None, "x"]}
    )


def test_a_failure_is_read():
    """Its type, message and lines, without what a database could not keep."""
    told = {**FAILED, "message": "a\0b"}
    line = Frame(function="main", line=3, text="x", module="main")
    expected = Failure("ValueError", "a\ufffdb", (line,))
    assert said(told) == Failed(RunState.RAISED, expected)


@pytest.mark.parametrize("member", sorted(ASK))
@pytest.mark.parametrize("value", [None, True, 0, -1, 1.5, 2**40, [], {}, "", "x" * 999, "\0"])
def test_a_wrong_member_is_a_violation_or_a_text(member: str, value: object):
    """No other value of any member gives anything but an ask or a violation."""
    try:
        found = said({**ASK, member: value})
    except Violation:
        return
    assert isinstance(found, Asked)
    assert member in {"name", "operation", "arguments"}


@pytest.mark.parametrize("member", sorted(FAILED))
@pytest.mark.parametrize("value", [None, True, 7, [], {}, [1], [{}], "succeeded", "x" * 9999])
def test_a_wrong_end_is_a_violation_or_a_text(member: str, value: object):
    """An end has its members and no other, of their kinds and sizes."""
    try:
        found = said({**FAILED, member: value})
    except Violation:
        return
    assert isinstance(found, Failed)
    assert member in {"type", "message", "frames"}


@given(st.binary(max_size=400))
def test_any_bytes_are_a_frame_or_a_violation(text: bytes):
    """Nothing else comes out of whatever is sent, and nothing else is raised."""
    try:
        found = read(text, output_bytes=1000)
    except Violation:
        return
    assert isinstance(found, (Asked, Done, Failed))


@given(json_values, st.sampled_from(["ask", "done", "failed", "task"]))
def test_any_json_is_a_frame_or_a_violation(value: object, kind: str):
    """Well-formed JSON gets no further than its members allow; what passes can be written."""
    frames = ({"kind": kind, "value": value}, {**ASK, "arguments": value}, value)
    for frame in frames:
        try:
            found = said(frame)
        except Violation:
            continue
        if isinstance(found, Done):
            json.dumps(found.value, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize("depth", [10, 60])
def test_a_value_may_be_nested(depth: int):
    """As deep as the run's own side allows."""
    text = b'{"kind":"done","value":' + b"[" * depth + b"]" * depth + b"}"
    assert isinstance(read(text, output_bytes=1000), Done)


@pytest.mark.parametrize("depth", [80, 900, 100_000])
def test_a_value_may_not_be_nested_without_end(depth: int):
    """Neither where the parser gives up, nor before."""
    text = b'{"kind":"done","value":' + b"[" * depth + b"]" * depth + b"}"
    with pytest.raises(Violation):
        read(text, output_bytes=10**6)


@pytest.mark.parametrize(
    "value",
    [b"[" * 200 + b"]" * 200, b'[["a"],' + b'[{"a\\"]":' * 40 + b"1" + b"}]" * 40 + b"]"],
)
def test_depth_is_counted_outside_of_strings(value: bytes):
    """Brackets in a string neither add to it nor take from it."""
    with pytest.raises(Violation, match="deep"):
        read(b'{"kind":"done","value":' + value + b"}", output_bytes=10_000)


@pytest.mark.parametrize("junk", [b'"' + b'\\"' * 100_000, b'"' * 200_001, b"\\" * 200_000])
def test_strings_without_end_are_refused_at_once(junk: bytes):
    """No text makes the reader look at its bytes again and again."""
    with pytest.raises(Violation):
        read(b'{"kind":"done","value":' + junk, output_bytes=10**6)


@pytest.mark.parametrize(
    "number", ["9" * 309 + ".0", "9" * 300 + "e9", "1000e306", "0.1e310", "-1E+400"]
)
def test_an_infinite_number_is_found_however_it_is_written(number: str):
    """With an exponent, or with digits alone."""
    assert math.isinf(float(number))
    with pytest.raises(Violation):
        read(f'{{"kind":"done","value":[{number}]}}'.encode(), output_bytes=10_000)


def test_many_brackets_are_not_depth():
    """A wide value is read, and so is text full of brackets."""
    value = [[], {}] * 500 + ["[{" * 500]
    assert said({"kind": "done", "value": value}, output_bytes=10_000) == Done(value)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000]
)
def test_what_is_no_number_is_a_violation(number: str):
    """Python's parser would take these; JSON has no such numbers."""
    with pytest.raises(Violation):
        read(f'{{"kind":"done","value":{number}}}'.encode(), output_bytes=10_000)


def test_a_result_has_a_size():
    """What is larger than the run may return is a violation, whatever it says of itself."""
    assert longest(0) > MOST_ASKED_BYTES
    with pytest.raises(Violation, match="larger"):
        said({"kind": "done", "value": "x" * 70_000}, output_bytes=1)


def test_a_violation_does_not_repeat_what_was_said():
    """Its message goes to people, and must not carry what the run made up."""
    with pytest.raises(Violation) as raised:
        said({"kind": "secret-of-somebody"})
    assert "secret" not in str(raised.value)


def test_a_frame_has_its_length_in_front():
    """Four bytes, most significant first, then UTF-8."""
    frame = encode({"kind": "answer", "value": "é"})
    assert struct.unpack(">I", frame[:4]) == (len(frame) - 4,)
    assert json.loads(frame[4:]) == {"kind": "answer", "value": "é"}


@given(st.text(st.characters()))
def test_clean_text_can_be_stored(text: str):
    """It is UTF-8 and has no NUL, and clean text stays as it is."""
    once = clean(text)
    assert "\0" not in once
    assert clean(once.encode().decode()) == once
