"""What HubSpot is asked; `callingcard functions test` runs this."""

import pytest


def test_a_stranger_becomes_a_contact(run_function):
    """Names come from the proof, the company from the page; what is empty is left out."""
    ada = run_function.as_visitor("ada@example.com", first_name="Ada")
    assert ada(company="Engines") == "101"
    assert [call.operation for call in ada.calls] == ["create_contact"]


def test_a_known_contact_is_brought_up_to_date(run_function):
    """HubSpot says that the address is known, so the contact with it is changed."""
    grace = run_function.as_visitor("grace@example.com", first_name="Grace")
    assert grace() == "102"
    assert [call.status for call in grace.calls] == [409, 200]


def test_any_other_refusal_is_a_failure(run_function):
    """Nothing else is tried."""
    with pytest.raises(AssertionError, match="HubSpot answered 403"):
        run_function.as_visitor("x@example.com")(company="Refused")
