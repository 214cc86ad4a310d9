"""A visitor is canonical, within limits, and never shown."""

import math
from typing import Any

import pytest

from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import IdentityToken, Visitor


def test_a_visitor_is_written_in_one_way():
    """Address, names and id are trimmed and composed."""
    seen = Visitor(" Ada@EXAMPLE.com", first_name=" Ade\u0301le ", user_id=" 7 ")
    assert (
        seen.email,
        seen.first_name,
        seen.user_id,
    ) == ("ada@example.com", "Ad\u00e9le", "7")


def test_empty_parts_are_absent_parts():
    """An app that passes an empty address has none."""
    seen = Visitor("", user_id="")
    assert (seen.email, seen.user_id) == (None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("user_id", "x" * 201),
        ("first_name", "x" * 201),
        ("last_name", "a\x00b"),
        ("first_name", "\ud800"),
        ("properties", {"a": "x" * 4096}),
        ("properties", {"a": math.nan}),
        ("properties", {"a": object()}),
        ("properties", {"a": "\ud800"}),
    ],
)
def test_what_cannot_be_used_is_named(field: str, value: Any):
    """The field is named, its content is not quoted."""
    with pytest.raises(InvalidVisitor) as caught:
        Visitor(**{field: value})
    assert [field] == list(caught.value.fields)


def test_no_repr_shows_a_person_or_a_credential():
    """Neither in a log nor in a traceback."""
    visitor = Visitor(
        "ada@example.com", user_id="u-7", first_name="Ada", properties={"plan": "pro"}
    )
    token = IdentityToken("sekret", settings={"identificationToken": "sekret"})
    shown = repr(visitor) + repr(token)
    assert [s for s in ("ada", "u-7", "Ada", "pro", "sekret") if s in shown] == []


def test_properties_cannot_be_changed_behind_our_back():
    """The mapping is copied, and the copy is read only."""
    given: dict[str, str | int | float | bool | None] = {"plan": "pro"}
    visitor = Visitor("ada@example.com", properties=given)
    given["plan"] = "vip"
    with pytest.raises(TypeError):
        visitor.properties["plan"] = "vip"  # type: ignore[index]
    assert dict(visitor.properties) == {"plan": "pro"}
