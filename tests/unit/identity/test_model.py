"""A visitor is canonical, within limits, and never shown."""

import math
from typing import Any

import pytest

from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import IdentityToken, Visitor


def test_a_visitor_is_written_in_one_way():
    """Address and names are trimmed and composed; an id is what it was."""
    seen = Visitor(" Ada@EXAMPLE.com", first_name=" Ade\u0301le ", user_id="A d\u00e9 7")
    assert (
        seen.email,
        seen.first_name,
        seen.user_id,
    ) == ("ada@example.com", "Ad\u00e9le", "A d\u00e9 7")


@pytest.mark.parametrize(
    ("user_id", "reason"),
    [
        (" 7", "space"),
        ("7\t", "space"),
        ("\u00a07", "space"),
        (" ", "space"),
        ("ade\u0301le", "NFC"),
        ("\u212a7", "NFC"),
        ("7\u200b", "seen"),
        ("\ufeff7", "seen"),
        ("a\u202e7", "seen"),
        ("a\x007", "seen"),
        ("a\u20287", "seen"),
        ("\ud800", "seen"),
    ],
)
def test_an_id_is_refused_rather_than_mended(user_id: str, reason: str):
    """Mended, it could be the id of somebody else."""
    with pytest.raises(InvalidVisitor) as caught:
        Visitor(user_id=user_id)
    assert list(caught.value.fields) == ["user_id"]
    assert reason in caught.value.fields["user_id"]


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
        ("properties", {"a": {"b": "c"}}),
        ("properties", {"a": ["b"]}),
        ("properties", {"a": ("b",)}),
        ("properties", {1: "a"}),
        ("properties", {None: "a"}),
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


def test_true_is_not_one_in_properties():
    """To Python they are equal; in a token they are not, so they are two visitors."""
    one, true = (Visitor("a@example.com", properties={"vip": vip}) for vip in (1, True))
    assert one != true
    assert len({one, true, Visitor("a@example.com", properties={"vip": True})}) == 2
