"""What HubSpot is asked, and what a page gets; `callingcard functions test` runs this."""

import pytest


def test_a_visitor_gets_the_token_that_hubspot_made(run_function):
    """The names of the page are passed on where the proof has none."""
    ada = run_function.as_visitor("ada@example.com")
    assert ada(first_name="Ada", last_name="L.") == "made-for-ada"


def test_names_of_the_proof_count_more_than_those_of_the_page(run_function):
    """A page cannot rename somebody whose name was proved."""
    grace = run_function.as_visitor("grace@example.com", first_name="Grace")
    assert grace(first_name="Mallory") == "made-for-grace"


def test_nobody_is_asked_for_a_visitor_without_an_address(run_function):
    """A number alone is no address to vouch for."""
    nobody = run_function.as_visitor("", user_id="7")
    assert nobody() is None
    assert nobody.calls == ()


def test_a_refusal_of_hubspot_is_a_failure(run_function):
    """It is in the history and in alerts, while the page gets null."""
    with pytest.raises(AssertionError, match="ConnectorError: HubSpot answered 401"):
        run_function.as_visitor("ada@example.com")(first_name="Refused")
