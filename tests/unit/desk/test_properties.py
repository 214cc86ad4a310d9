"""A contact's properties are checked in HubSpot's words before they are kept."""

import pytest

from callingcard.desk.errors import InvalidProperties
from callingcard.desk.model.objects import ObjectType
from callingcard.desk.service.crm.built_in import BUILT_IN, GROUPS
from callingcard.desk.service.crm.properties import (
    MAX_VALUE_LENGTH,
    checked,
    kinds_of,
    merged,
    require_a_name,
)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("shoe_size", "43", "PROPERTY_DOESNT_EXIST"),
        ("email", "marked-address", "INVALID_EMAIL"),
        ("createdate", "2030-01-01", "READ_ONLY_VALUE"),
        ("lifecyclestage", "marked-stage", "INVALID_OPTION"),
        ("hs_lead_status", "new", "INVALID_OPTION"),
        ("company", "x" * (MAX_VALUE_LENGTH + 1), "INVALID_LENGTH"),
        ("company", "a\0b", "INVALID_STRING"),
        ("company", "a\ud800b", "INVALID_STRING"),
    ],
)
def test_a_bad_property_is_named_and_not_quoted(name: str, value: str, code: str):
    """The error says which and why; the value is personal and stays out of it."""
    with pytest.raises(InvalidProperties) as caught:
        checked({name: value})
    problem = caught.value.problems[0]
    assert (problem.name, problem.code) == (name, code)
    assert "marked" not in f"{caught.value} {caught.value.fields} {problem}"


def test_every_problem_is_told_at_once():
    """Whoever mends one does not run into the next."""
    with pytest.raises(InvalidProperties) as caught:
        checked({"email": "no", "shoe_size": "43", "firstname": "Ada"})
    assert {"email", "shoe_size"} == set(caught.value.fields)


def test_good_properties_are_kept_in_one_way():
    """Names in lower case, the address canonical, the rest as it was."""
    kept = checked({"Email": "ADA@Example.com", "lifecyclestage": "lead", "city": "Bath "})
    assert kept == {"email": "ada@example.com", "lifecyclestage": "lead", "city": "Bath "}


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_text_clears_a_property(empty: str):
    """What is cleared is unknown, not known to be empty."""
    assert merged({"city": "Bath", "plan": "pro"}, {"city": empty}) == {"plan": "pro"}


@pytest.mark.parametrize("name", ["email", "firstname", "lastname"])
def test_one_name_is_enough(name: str):
    """An address or either name says who a contact is, and nothing else does."""
    require_a_name({name: "x"})
    with pytest.raises(InvalidProperties):
        require_a_name({"company": "Ink"})


def test_what_a_visitor_may_be_quoted_is_chosen_one_by_one():
    """What agents note about a contact is not among it, and neither is any amount."""
    seen = {
        f"{kind}.{name}"
        for kind, known in BUILT_IN.items()
        for name, one in known.items()
        if one.visible_to_visitor
    }
    assert {"contacts.firstname", "contacts.plan", "companies.name"} <= seen
    assert seen.isdisjoint(
        {
            "contacts.hs_lead_status",
            "contacts.lifecyclestage",
            "contacts.hubspot_owner_id",
            "contacts.hs_additional_emails",
            "companies.annualrevenue",
            "deals.amount",
        }
    )


@pytest.mark.parametrize("kind", list(ObjectType))
def test_every_built_in_property_can_be_kept_and_searched(kind: ObjectType):
    """Each is known by its own name, in its kind's group, and compares in some way."""
    known = BUILT_IN[kind]
    assert set(kinds_of(known)) == set(known)
    assert {one.group for one in known.values()} == {GROUPS[kind][0]}
    assert all(name == one.name and one.built_in for name, one in known.items())
    assert [name for name, one in known.items() if one.read_only][-3:] == [
        "hs_object_id",
        "createdate",
        "lastmodifieddate" if kind is ObjectType.CONTACTS else "hs_lastmodifieddate",
    ]
