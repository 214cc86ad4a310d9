"""HubSpot's filters are read within HubSpot's limits, and words are found as words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from callingcard.desk.errors import BadSearch
from callingcard.desk.search import (
    Filter,
    Kind,
    Operator,
    Query,
    Sort,
    fold,
    parse_filter_groups,
    parse_moment,
    parse_search,
    token_pattern,
    tokens,
)

KINDS = {"email": Kind.TEXT, "createdate": Kind.MOMENT, "hs_object_id": Kind.NUMBER}


def parsed(**raw: Any) -> Filter:
    """Return the one filter that *raw* is."""
    return parse_filter_groups([{"filters": [raw]}], KINDS)[0][0]


def known(number: int) -> list[dict[str, Any]]:
    """Return so many filters."""
    return [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * number


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        ({"operator": "EQ", "value": "Ada@x.co"}, ("Ada@x.co",)),
        ({"operator": "NEQ", "value": 7}, ("7",)),
        ({"operator": "EQ", "value": True}, ("true",)),
        ({"operator": "BETWEEN", "value": "a", "highValue": "b"}, ("a", "b")),
        ({"operator": "IN", "values": ["a", "b"]}, ("a", "b")),
        ({"operator": "NOT_IN", "values": ["a"]}, ("a",)),
        ({"operator": "HAS_PROPERTY", "value": "ignored"}, ()),
        ({"operator": "NOT_HAS_PROPERTY"}, ()),
        ({"operator": "CONTAINS_TOKEN", "value": "*@x.co"}, ("*@x.co",)),
    ],
)
def test_each_operator_takes_its_values(raw: dict[str, Any], values: tuple[str, ...]):
    """The values are found where HubSpot's clients put them."""
    found = parsed(propertyName="Email", **raw)
    assert found == Filter("email", Operator(raw["operator"]), values)


@pytest.mark.parametrize("operator", list(Operator))
def test_an_operator_without_its_values_is_refused(operator: Operator):
    """Only the two questions whether a property is known need none."""
    if operator in {Operator.HAS_PROPERTY, Operator.NOT_HAS_PROPERTY}:
        assert parsed(propertyName="email", operator=operator).values == ()
    else:
        with pytest.raises(BadSearch):
            parsed(propertyName="email", operator=operator)


@pytest.mark.parametrize(
    "raw",
    [
        {"propertyName": "shoe_size", "operator": "HAS_PROPERTY"},
        {"propertyName": None, "operator": "HAS_PROPERTY"},
        {"propertyName": "email", "operator": "LIKE", "value": "x"},
        {"propertyName": "email", "operator": ["EQ"], "value": "x"},
        {"propertyName": "email", "operator": "EQ", "value": {"a": 1}},
        {"propertyName": "email", "operator": "IN", "values": "a"},
        {"propertyName": "email", "operator": "BETWEEN", "value": "a"},
        {"propertyName": "hs_object_id", "operator": "EQ", "value": "1.5"},
        {"propertyName": "hs_object_id", "operator": "EQ", "value": "9" * 30},
        {"propertyName": "hs_object_id", "operator": "CONTAINS_TOKEN", "value": "1"},
        {"propertyName": "createdate", "operator": "GT", "value": "yesterday"},
        {"propertyName": "createdate", "operator": "GT", "value": "2030-01-01T00:00:00"},
        {"propertyName": "createdate", "operator": "GT", "value": "9" * 5000},
        "email",
    ],
)
def test_a_filter_that_means_nothing_is_refused(raw: Any):
    """It is the caller's mistake, and never an error of ours."""
    with pytest.raises(BadSearch):
        parse_filter_groups([{"filters": [raw]}], KINDS)


@pytest.mark.parametrize(
    ("sizes", "fits"),
    [
        ([], True),
        ([6, 6, 6], True),
        ([4, 4, 4, 3, 3], True),
        ([1, 1, 1, 1, 1, 1], False),
        ([7], False),
        ([6, 6, 6, 1], False),
        ([0], False),
    ],
)
def test_groups_and_filters_are_limited_as_by_hubspot(sizes: list[int], *, fits: bool):
    """Five groups, six filters in each, eighteen in all."""
    groups = [{"filters": known(size)} for size in sizes]
    if fits:
        assert [len(group) for group in parse_filter_groups(groups, KINDS)] == sizes
    else:
        with pytest.raises(BadSearch):
            parse_filter_groups(groups, KINDS)


def test_a_search_has_hubspots_defaults():
    """Ten results from the start, in no particular order."""
    assert parse_search({}, KINDS) == Query(limit=10, offset=0)


def test_a_search_is_read_whole():
    """Text, order and page, whether numbers are text or not."""
    body = {
        "query": "ada",
        "limit": "200",
        "after": 20,
        "sorts": [{"propertyName": "createdate", "direction": "DESCENDING"}],
    }
    expected = Query(
        text="ada",
        limit=200,
        offset=20,
        sorts=(Sort("createdate", descending=True, kind=Kind.MOMENT),),
    )
    assert parse_search(body, KINDS) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": -1},
        {"limit": "many"},
        {"after": "x"},
        {"after": 10_000},
        {"limit": 1, "after": 10_000},
        {"query": 7},
        {"filterGroups": {}},
        {"filterGroups": ["x"]},
        {"sorts": ["email", "createdate"]},
        {"sorts": ["nothing"]},
        {"sorts": [{"propertyName": "email", "direction": "UP"}]},
        {"sorts": [7]},
    ],
)
def test_a_search_beyond_the_limits_is_refused(body: dict[str, Any]):
    """A page that HubSpot would not give is not given here."""
    with pytest.raises(BadSearch):
        parse_search(body, KINDS)


@pytest.mark.parametrize(
    "text",
    ["1893456000000", "2030-01-01", "2030-01-01T00:00:00Z", "2030-01-01T01:00:00+01:00"],
)
def test_a_time_may_be_written_in_each_of_hubspots_ways(text: str):
    """Milliseconds, a date, or a time with an offset: one moment."""
    assert parse_moment(text) == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["Ada", "ADA", "ada"])
def test_folding_makes_the_case_of_letters_one(text: str):
    """Also for letters whose lower case is two letters."""
    assert fold(text) == "ada"
    assert fold("STRASSE") == fold("stra\N{LATIN SMALL LETTER SHARP S}e")


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("ada", "% ada %"),
        ("Ada Lovelace", "% ada lovelace %"),
        ("ada*", "% ada%%"),
        ("*ace", "%%ace %"),
        ("*@example.com", "%% example com %"),
        ("ada.*", "% ada %%"),
        ("100%_", "% 100 %"),
        ("*", None),
        ("--", None),
        ("", None),
    ],
)
def test_words_are_looked_for_as_words(value: str, pattern: str | None):
    """A star is anything; whoever types a LIKE wildcard finds it is none."""
    assert token_pattern(value) == pattern


def test_words_are_what_letters_and_digits_make():
    """Everything else parts them."""
    assert tokens("A-1 (b) c_d") == " a 1 b c d "
