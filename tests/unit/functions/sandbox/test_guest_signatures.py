"""Type hints of main become JSON Schema, and JSON becomes what the hints say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest
from jsonschema import Draft202012Validator

from callingcard_guest.shapes import ArgumentError, NoShape
from callingcard_guest.signatures import read_signature


class Colour(Enum):
    """An enum."""

    RED = "red"


@dataclass
class Address:
    """A dataclass with a default."""

    street: str
    floors: int = 1


class Order(TypedDict):
    """A typed dict with an optional member."""

    id: int
    note: NotRequired[str]


@dataclass
class Tree:
    """A class that refers to itself."""

    children: list["Tree"]


def a_main(hint: Any) -> Callable[..., Any]:
    """Return a main with one parameter ``p`` of type *hint*."""

    def main(p):  # noqa: ANN001
        return p

    main.__annotations__["p"] = hint
    return main


FITS = [
    (str, "x", "x"),
    (int, 3, 3),
    (int, 3.0, 3),
    (float, 3, 3.0),
    (bool, True, True),
    (Any, {"a": [1]}, {"a": [1]}),
    (str | None, None, None),
    (list[int], [1, 2], [1, 2]),
    (tuple[int, ...], [1, 2], (1, 2)),
    (set[str], ["a"], {"a"}),
    (list, [1, "a"], [1, "a"]),
    (dict, {"a": 1}, {"a": 1}),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (Literal["a", 1], 1, 1),
    (Colour, "red", Colour.RED),
    (Address, {"street": "x"}, Address("x", 1)),
    (Order, {"id": 1, "note": "n"}, {"id": 1, "note": "n"}),
    (list[Address | None], [None, {"street": "x", "floors": 2}], [None, Address("x", 2)]),
    (
        datetime,
        "2030-01-31T12:00:00+01:00",
        datetime.fromisoformat("2030-01-31T12:00:00+01:00"),
    ),
    (date, "2030-01-31", date(2030, 1, 31)),
    (Annotated[int, "how many"], 1, 1),
]

FITS_NOT = [
    (str, 1),
    (int, True),
    (int, 1.5),
    (float, "1"),
    (bool, 1),
    (str | None, 1),
    (list[int], [1, "a"]),
    (list[int], "ab"),
    (dict[str, int], {"a": "b"}),
    (Literal["a", 1], True),
    (Colour, "blue"),
    (Address, {}),
    (Address, {"street": "x", "other": 1}),
    (Order, {"note": "x"}),
    (date, 5),
    (datetime, "yesterday"),
]


@pytest.mark.parametrize(("hint", "given", "expected"), FITS)
def test_what_fits_is_turned(hint: object, given: object, expected: object):
    """The schema allows it, and main gets the Python value."""
    signature = read_signature(a_main(hint))
    Draft202012Validator.check_schema(signature.schema)
    assert Draft202012Validator(signature.schema).is_valid({"p": given})
    found = signature.arguments({"p": given})["p"]
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(("hint", "given"), FITS_NOT)
def test_what_does_not_fit_is_refused(hint: object, given: object):
    """With an error that names the parameter."""
    with pytest.raises(ArgumentError, match="p"):
        read_signature(a_main(hint)).arguments({"p": given})


@pytest.mark.parametrize(
    "hint", [bytes, Callable[[], None], dict[int, str], Tree, tuple[int, str], complex, "nope"]
)
def test_what_json_cannot_say_is_named(hint: object):
    """A parameter that no schema can tell is a mistake of the author's, told by name."""
    with pytest.raises(NoShape, match=r"^p(\.children\[\])?: |nope"):
        read_signature(a_main(hint))


def test_parameters_without_a_name_are_refused():
    """Arguments come as the members of an object."""

    def positional(a: int, /):
        return a

    def many(*rest: int):
        return rest

    for main, name in ((positional, "a"), (many, "rest")):
        with pytest.raises(NoShape, match=f"^{name}: "):
            read_signature(main)


def test_the_schema_tells_all_there_is_to_know():
    """Required, defaults, the docstring's words, and whether more is allowed."""

    def main(a: int, b: str = "x", **rest: bool) -> list[Address]:
        """Do.

        :param a: how many
        """
        return [Address(b, a)] * len(rest)

    signature = read_signature(main)
    assert signature.schema == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "description": "how many"},
            "b": {"type": "string", "default": "x"},
        },
        "required": ["a"],
        "additionalProperties": {"type": "boolean"},
    }
    assert signature.returns["items"]["required"] == ["street"]
    assert signature.arguments({"a": 1, "c": True}) == {"a": 1, "c": True}
    with pytest.raises(ArgumentError, match="a is missing"):
        signature.arguments({})


def test_a_result_without_a_schema_is_allowed():
    """A function may return what it got from a connector."""

    def main() -> complex:
        return 1j

    assert read_signature(main).returns == {}
