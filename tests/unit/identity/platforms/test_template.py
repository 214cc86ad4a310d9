"""Templates say constants and fields, and nothing else."""

from typing import Any

import pytest

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.platforms import template

ADA = Visitor(
    "ada@example.com",
    email_verified=True,
    user_id="u-7",
    first_name="Ada",
    properties={"plan": "pro", "odd.name": 0},
)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("user", "user"),
        (7, 7),
        (True, True),
        ("{user_id}", "u-7"),
        ("{email}", "ada@example.com"),
        ("{email_verified}", True),
        ("{name}", "Ada"),
        ("{properties.plan}", "pro"),
        ("{properties.odd.name}", 0),
        ({"deep": {"er": "{first_name}"}}, {"deep": {"er": "Ada"}}),
    ],
)
def test_a_member_is_a_constant_or_a_field(given: Any, said: Any):
    """Of the type that it has in the visitor."""
    made = template.checked({"x": given}, "here")
    assert template.filled(made, ADA, email=ADA.email) == {"x": said}


def test_what_may_be_missing_is_left_out():
    """And what may not is named."""
    made = template.checked({"a": "{last_name?}", "b": "{properties.none?}"}, "here")
    assert template.filled(made, ADA, email=None) == {}
    needy = template.checked({"deep": {"x": "{last_name}"}}, "here")
    with pytest.raises(InvalidVisitor) as caught:
        template.filled(needy, ADA, email=None)
    assert caught.value.fields == {"last_name": "is needed for this platform"}


@pytest.mark.parametrize(
    "given",
    ["{secret}", "{user_id", "a {user_id}", "{}", "{user_id}\n", "{properties.}", None],
)
def test_anything_else_stops_the_start(given: Any):
    """A typing error must not end up in a token as text."""
    with pytest.raises(ConfigError, match=r"here\.deep\.x"):
        template.checked({"deep": {"x": given}}, "here")


def test_a_checked_template_stays_as_it_is():
    """Neither it nor what it was made of can change it."""
    given: dict[str, Any] = {"deep": {"x": "1"}}
    made = template.checked(given, "here")
    given["deep"]["x"] = "2"
    assert template.plain(made) == {"deep": {"x": "1"}}
    with pytest.raises(TypeError):
        made["deep"]["x"] = "3"  # type: ignore[index]
