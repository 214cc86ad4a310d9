"""A condition says yes, no or nothing, and only yes matches."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.errors import Invalid
from callingcard.kit.conditions import Facts, evaluate, parse_condition
from callingcard.kit.conditions.comparisons import Operator, Value

RULE = {
    "all": [
        {"property": "contact.lifecyclestage", "operator": "eq", "value": "customer"},
        {
            "any": [
                {"property": "deal.amount", "operator": "gte", "value": 50_000},
                {"property": "contact.tags", "operator": "contains", "value": "vip"},
            ]
        },
        {"property": "page.path", "operator": "starts_with", "value": "/"},
    ]
}


def holds(operator: str, value: object, found: Value) -> bool | None:
    """Return what one comparison says about *found*."""
    leaf: dict[str, object] = {"property": "contact.x", "operator": operator}
    if value is not None:
        leaf["value"] = value
    return evaluate(parse_condition(leaf), {"contact.x": found}).trace[0].holds


@pytest.mark.parametrize(
    ("operator", "value", "found", "expected"),
    [
        ("eq", "Customer", "cUSTOMER", True),
        ("eq", "STRASSE", "straße", True),
        ("eq", 5, "5.0", True),
        ("eq", "5", 5, True),
        ("eq", True, "true", True),
        ("eq", "false", False, True),
        ("eq", 1, True, None),
        ("eq", "five", 5, None),
        ("neq", "a", "b", True),
        ("neq", "a", None, None),
        ("neq", 5, "five", None),
        ("lt", 10, 9.5, True),
        ("lt", 10, "9", True),
        ("gte", "2026-03-01", date(2026, 3, 1), True),
        ("gt", "2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, 1, tzinfo=UTC), True),
        ("lte", "2026-03-01", datetime(2026, 3, 1, 1, tzinfo=UTC), False),
        ("between", [1, 3], 3, True),
        ("between", [1, 3], 3.1, False),
        ("between", ["2026-01-01", "2026-12-31"], date(2026, 6, 1), True),
        ("between", [1, 3], "?", None),
        ("in", ["gold", "silver"], "Gold", True),
        ("in", ["gold", "silver"], "tin", False),
        ("in", ["gold"], ["Tin", "GOLD"], True),
        ("not_in", ["gold"], "tin", True),
        ("not_in", ["gold"], "Gold", False),
        ("not_in", ["gold"], "", None),
        ("contains", "VIP", ["vip"], True),
        ("contains", "vip", ["vips"], False),
        ("contains", "ada", "x-ADA-x", True),
        ("contains", "ada", 7, None),
        ("starts_with", "/DOCS", "/docs/a", True),
        ("ends_with", ".pdf", "/a.PDF", True),
        ("starts_with", "a", ["a"], None),
        ("is_known", None, 0, True),
        ("is_known", None, "  ", False),
        ("is_unknown", None, [], True),
        ("is_unknown", None, "x", False),
    ],
)
def test_a_comparison(operator: str, value: object, found: Value, expected: object):
    """Types decide: numbers with numbers, dates with dates, text without regard to case."""
    assert holds(operator, value, found) is expected


def test_the_references_rule_matches_a_vip():
    """The rule of the reference tells in its trace which leaf made it true."""
    facts: Facts = {
        "contact.lifecyclestage": "customer",
        "deal.amount": 3,
        "contact.tags": ["VIP"],
        "page.path": "/pricing",
    }
    verdict = evaluate(parse_condition(RULE), facts)
    assert verdict.matched
    assert [(one.leaf.path, one.holds) for one in verdict.trace] == [
        ("when.all.0", True),
        ("when.all.1.any.0", False),
        ("when.all.1.any.1", True),
        ("when.all.2", True),
    ]


def test_a_trace_tells_no_values_unless_asked():
    """What is stored with a decision holds nothing of the person."""
    leaf = {"property": "contact.city", "operator": "eq", "value": "Rome"}
    said = evaluate(parse_condition(leaf), {"contact.city": "Zaragoza"}).trace[0]
    assert "Zaragoza" not in repr(said) + repr(said.as_json())
    assert said.as_json(with_found=True)["found"] == "Zaragoza"


def _nested(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"property": "contact.x", "operator": "is_known"}
    for _ in range(depth - 1):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "when"),
        ({}, "when"),
        ({"all": []}, "when.all"),
        ({"all": "x"}, "when.all"),
        ({"all": [], "any": []}, "when"),
        ({"any": [{"not": 3}]}, "when.any.0.not"),
        ({"property": "plan", "operator": "eq", "value": 1}, "when.property"),
        ({"property": "contact.x", "operator": "matches", "value": 1}, "when.operator"),
        ({"property": "contact.x", "operator": "eq", "value": None}, "when.value"),
        ({"property": "contact.x", "operator": "eq", "value": ""}, "when.value"),
        ({"property": "contact.x", "operator": "eq", "value": "x" * 501}, "when.value"),
        ({"property": "contact.x", "operator": "eq", "value": float("nan")}, "when.value"),
        ({"property": "contact.x", "operator": "eq", "value": 10**400}, "when.value"),
        ({"property": "contact.x", "operator": "contains", "value": 3}, "when.value"),
        ({"property": "contact.x", "operator": "lt", "value": True}, "when.value"),
        ({"property": "contact.x", "operator": "in", "value": []}, "when.value"),
        ({"property": "contact.x", "operator": "in", "value": ["a"] * 101}, "when.value"),
        ({"property": "contact.x", "operator": "between", "value": [3, 1]}, "when.value"),
        ({"property": "contact.x", "operator": "between", "value": [1, "b"]}, "when.value"),
        ({"property": "contact.x", "operator": "is_known", "value": 1}, "when.value"),
        (_nested(9), "when" + ".not" * 8),
        ({"all": [_nested(1)] * 201}, "when.all"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_path(document: object, path: str):
    """The author is told where the fault is."""
    with pytest.raises(Invalid) as refused:
        parse_condition(document)
    assert path in refused.value.fields


def test_a_condition_may_be_as_deep_and_wide_as_its_caps():
    """The caps themselves are allowed; one leaf more is not."""
    assert evaluate(parse_condition(_nested(8)), {"contact.x": 1}).matched is False
    half = {"any": [_nested(1)] * 100}
    assert len(parse_condition({"all": [half, half]}).leaves) == 200
    with pytest.raises(Invalid, match="not a condition"):
        parse_condition({"all": [half, half, _nested(1)]})


SCALARS = st.one_of(
    st.booleans(), st.integers(-5, 5), st.sampled_from(["a", "b", "5", "true"])
)
FOUND = st.one_of(st.none(), SCALARS, st.lists(st.sampled_from(["a", "b"]), max_size=2))
NAMES = st.sampled_from(["contact.a", "contact.b", "page.query.c"])


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, object]:
    """Make one comparison that may be written."""
    operator = draw(st.sampled_from(sorted(Operator)))
    leaf: dict[str, object] = {"property": draw(NAMES), "operator": operator}
    if operator in {"in", "not_in"}:
        leaf["value"] = draw(st.lists(SCALARS, min_size=1, max_size=3))
    elif operator == "between":
        leaf["value"] = sorted(draw(st.tuples(st.integers(-5, 5), st.integers(-5, 5))))
    elif operator in {"contains", "starts_with", "ends_with"}:
        leaf["value"] = draw(st.sampled_from(["a", "b"]))
    elif operator in {"lt", "lte", "gt", "gte"}:
        leaf["value"] = draw(st.integers(-5, 5))
    elif operator in {"eq", "neq"}:
        leaf["value"] = draw(SCALARS)
    return leaf


TREES = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


def naive(tree: dict[str, Any], facts: Facts) -> bool | None:
    """Say what a tree says, by Kleene's tables and without stopping early."""
    if "not" in tree:
        inner = naive(tree["not"], facts)
        return None if inner is None else not inner
    if "all" in tree:
        said = [naive(part, facts) for part in tree["all"]]
        return False if False in said else (None if None in said else True)
    if "any" in tree:
        said = [naive(part, facts) for part in tree["any"]]
        return True if True in said else (None if None in said else False)
    return evaluate(parse_condition(tree), facts).trace[0].holds


@given(TREES, st.dictionaries(NAMES, FOUND))
def test_only_true_matches(tree: dict[str, Any], facts: dict[str, Any]):
    """Stopping early changes nothing, and a tree never matches together with its opposite."""
    try:
        matched = evaluate(parse_condition(tree), facts).matched
        opposite = evaluate(parse_condition({"not": tree}), facts).matched
    except Invalid as error:
        assert all(reason.startswith("nested") for reason in error.fields.values())  # noqa: PT017
        return
    assert matched is (naive(tree, facts) is True)
    assert not (matched and opposite)


@given(leaves())
def test_the_unknown_never_matches(leaf: dict[str, Any]):
    """Whatever is compared with what we do not know, nothing matches but asking for that."""
    wanted = leaf["operator"] == "is_unknown"
    for unknown in (None, "", " ", []):
        facts: Facts = {leaf["property"]: unknown}
        assert evaluate(parse_condition(leaf), facts).matched is wanted
        negated = evaluate(parse_condition({"not": leaf}), facts).matched
        assert negated is (leaf["operator"] == "is_known")


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["all", "any", "not", "property", "operator", "value"]), inner
            ),
        ),
        max_leaves=10,
    )
)
def test_reading_never_fails_in_another_way(document: object):
    """Whatever is sent is a condition or is refused as none."""
    try:
        condition = parse_condition(document)
    except Invalid as error:
        assert error.fields  # noqa: PT017
    else:
        assert condition.leaves
