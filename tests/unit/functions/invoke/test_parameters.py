"""Arguments are checked before anything runs, and the reasons are plain."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from tests.support.run_house import version

from callingcard.errors import Invalid
from callingcard.functions.service.deploying.schemas import is_readable
from callingcard.functions.service.running.parameters import check_arguments, from_query
from callingcard.kit.clock import stopwatch
from callingcard_guest.signatures import read_signature

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["n"],
    "properties": {
        "n": {"type": "integer"},
        "name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "size": {"enum": ["s", "m"]},
        "item": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}},
        },
        "tags": {"type": "array", "items": {"type": "number"}},
        "rest": {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        },
        "either": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": {"type": "object", "properties": {"id": {"type": "string"}}},
                },
            ]
        },
        "loud": {"type": "boolean"},
    },
}


def reasons(arguments: dict[str, Any], schema: dict[str, Any] = SCHEMA) -> dict[str, str]:
    """Return why *arguments* are refused, by field."""
    try:
        check_arguments(version(schema=schema), arguments)
    except Invalid as refused:
        return refused.fields
    return {}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"n": 1}, {}),
        ({"n": 1, "name": None, "size": "s", "item": {"id": "1"}, "tags": [1, 2.5]}, {}),
        ({}, {"n": "is missing"}),
        ({"n": 2.0}, {}),
        ({"n": 2.5}, {"n": "must be a whole number"}),
        ({"n": "7"}, {"n": "must be a whole number"}),
        ({"n": True}, {"n": "must be a whole number"}),
        ({"n": 1, "name": 5}, {"name": "must be text or null"}),
        ({"n": 1, "size": "x"}, {"size": "must be one of s, m"}),
        ({"n": 1, "item": {}}, {"item.id": "is missing"}),
        ({"n": 1, "tags": [1, "a"]}, {"tags.1": "must be a number"}),
        ({"n": 1, "rest": {"a": 1}}, {}),
        ({"n": 1, "rest": {"a": "1"}}, {"rest.a": "must be a number or null"}),
        ({"n": 1, "item": []}, {"item": "must be an object"}),
        ({"n": 1, "either": [{"id": 5}]}, {"either.0.id": "must be text"}),
        ({"n": 1, "more": 1}, {"more": "is not a parameter"}),
    ],
)
def test_a_wrong_argument_is_named_with_a_reason(
    arguments: dict[str, Any], expected: dict[str, str]
):
    """Each field that is wrong has a reason that needs no knowledge of JSON Schema."""
    assert reasons(arguments) == expected


def test_no_reason_quotes_what_was_sent():
    """A password in the wrong field does not come back in a reply or a log."""
    told = reasons(
        {"n": "hunter2-canary", "size": "hunter2-canary", "name": ["hunter2-canary"]}
    )
    assert set(told) == {"n", "size", "name"}
    assert "hunter2" not in str(told)


@pytest.mark.parametrize(
    "schema",
    [
        {"items": {"type": "integer"}},
        {"items": {"anyOf": [{"type": "integer"}] * 9 + [{"type": "string"}]}},
        {"items": {"enum": [*range(500), "a"]}},
    ],
)
def test_no_arguments_are_looked_at_for_long(schema: dict[str, Any]):
    """A mebibyte of arguments is checked or refused within a moment, whatever the hints."""
    began = stopwatch()
    assert "a" not in reasons({"list": ["a"] * 250_000}, {"properties": {"list": schema}})
    assert stopwatch() - began < 2


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "bogus"},
        {"type": ["string"]},
        {"properties": {"x": {"type": "string", "pattern": "^(a+)+$"}}},
        {"$ref": "http://127.0.0.1:1/x"},
        {"allOf": [{}, {}]},
        {"anyOf": []},
        {"anyOf": {"type": "string"}},
        {"properties": {"x": 5}},
        {"properties": []},
        {"items": True},
        {"required": 5},
        {"required": [5]},
        {"enum": "abc"},
        {"additionalProperties": {"minimum": 1}},
        {"default": float("nan")},
        {"default": "\ud800"},
        {"description": "\0"},
        {"description": 5},
        {"default": json.loads("[" * 40 + "]" * 40)},
    ],
)
def test_a_schema_that_the_guest_would_not_make_is_not_read(schema: dict[str, Any]):
    """A package can say anything in the guest's name; what costs or breaks is refused."""
    assert not is_readable(schema)
    assert not is_readable({"properties": {"x": {"items": schema}}})


def test_what_the_guest_makes_is_read():
    """Every hint that the guest knows comes to a schema that we read."""

    def main(
        a: Annotated[int, "how many"],
        b: datetime | None = None,
        c: Sequence[Literal["x", 1]] = (),
        **more: dict[str, list[float]],
    ) -> dict[str, Any]: ...

    signature = read_signature(main)
    assert is_readable(signature.schema)
    assert is_readable(signature.returns)
    assert is_readable(SCHEMA)


def test_a_query_is_read_as_the_schema_says():
    """Text becomes what the parameter is; what cannot be read is refused by its type."""
    pairs = [("n", "7"), ("loud", "true"), ("tags", "1"), ("tags", "2.5"), ("name", "7")]
    read = from_query(SCHEMA, pairs)
    assert read == {"n": 7, "loud": True, "tags": [1, 2.5], "name": "7"}
    assert reasons(from_query(SCHEMA, [("n", "seven")])) == {"n": "must be a whole number"}


@pytest.mark.parametrize(
    "text", ["1e999", "NaN", "Infinity", "0x10", "1_000", "٣", "-", "9" * 5000]
)
def test_strange_numbers_stay_text(text: str):
    """What is no plain number is not made into one."""
    assert from_query(SCHEMA, [("n", text)]) == {"n": text}


def test_a_parameter_given_twice_is_refused():
    """Two readers of one query must not see two different values."""
    with pytest.raises(Invalid) as refused:
        from_query(SCHEMA, [("n", "1"), ("n", "2")])
    assert refused.value.fields == {"n": "is there twice"}
