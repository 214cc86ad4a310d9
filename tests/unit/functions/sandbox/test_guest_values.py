"""What a function returns becomes JSON, and what it is given has its members as attributes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard_guest.offered import seconds, until_exp
from callingcard_guest.records import Record, wrap
from callingcard_guest.results import NotJson, encode, to_json

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class Level(IntEnum):
    """An enum of numbers."""

    LOW = 1


@dataclass
class Point:
    """A dataclass."""

    x: int
    at: datetime


@given(json_values)
def test_json_stays_what_it_is(value: object):
    """Also after it was an answer, with attributes."""
    assert to_json(value) == value
    assert to_json(wrap(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            Point(1, datetime(2030, 1, 1, tzinfo=UTC)),
            {"x": 1, "at": "2030-01-01T00:00:00+00:00"},
        ),
        ((1, {2}), [1, [2]]),
        (Level.LOW, 1),
        (Decimal("1.50"), "1.50"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_what_plainly_stands_for_json_is_turned(value: object, expected: object):
    """Dataclasses, dates, tuples, sets, enums, decimals and UUIDs."""
    assert to_json(value) == expected


@pytest.mark.parametrize(
    "value", [object(), b"x", {1: 2}, float("inf"), [float("nan")], print]
)
def test_everything_else_is_refused(value: object):
    """With a message that says where it is."""
    with pytest.raises(NotJson, match="the result"):
        to_json(value)


@pytest.mark.parametrize("value", ["\ud800", 10**5000], ids=["half", "endless"])
def test_what_cannot_be_written_is_refused(value: object):
    """Half a character and numbers without end are JSON to Python only."""
    with pytest.raises(NotJson):
        encode(value)


def test_a_record_keeps_every_name_free():
    """Members that are called like methods of a dict are members."""
    made = Record({"items": [{"id": 1}], "get": "g", "keys": None, "class": 2})
    assert (made.items[0].id, made.get, made.keys, made["class"]) == (1, "g", None, 2)
    assert ("get" in made, len(made), list(made)) == (
        True,
        4,
        ["items", "get", "keys", "class"],
    )
    assert made == {"items": [{"id": 1}], "get": "g", "keys": None, "class": 2}
    assert dir(made) == ["get", "items", "keys", "to_dict"]


def test_a_record_says_what_there_is():
    """A misspelt member is an AttributeError that lists the right ones; none can be set."""
    made = Record({"token": "t"})
    with pytest.raises(AttributeError, match="there is token"):
        _ = made.tokens
    with pytest.raises(AttributeError, match="to_dict"):
        made.token = "x"


def test_a_token_says_how_long_to_keep_it():
    """From its exp, less some time to spare; what is no token is refused."""
    far = "e30.eyJleHAiOiA5OTk5OTk5OTk5fQ.x"
    assert until_exp(far, skew=300) - until_exp(far, skew=500) == pytest.approx(200, abs=1)
    assert until_exp("e30.eyJleHAiOiAxfQ.x") == 0
    for bad in ("", "a.b.c", "e30.e30.x", "e30.W10.x"):
        with pytest.raises(ValueError, match="no JWT"):
            until_exp(bad)


def test_a_time_to_live_is_text_or_seconds():
    """Only a timedelta is turned; the rest is read on the other side of the wall."""
    from datetime import timedelta

    assert [seconds(ttl) for ttl in (timedelta(minutes=1), "11h", 5, None)] == [
        60,
        "11h",
        5,
        None,
    ]
