"""What HubSpot is asked, and how often; `callingcard functions test` runs this."""

import pytest


def test_a_token_is_made_once(run_function):
    """The second answer comes out of storage."""
    ada = run_function.as_visitor("ada@example.com", first_name="Ada")
    assert ada() == "made-for-ada"
    assert [call.operation for call in ada.calls] == ["lease", "create_token", "lease_put"]
    assert ada() == "made-for-ada"
    assert [call.operation for call in ada.calls] == ["lease"]


def test_nobody_gets_the_token_of_another(run_function):
    """Each address has an entry of its own."""
    assert run_function.as_visitor("ada@example.com", first_name="Ada")() == "made-for-ada"
    grace = run_function.as_visitor("grace@example.com", first_name="Grace")
    assert grace() == "made-for-grace"


def test_a_failure_is_not_remembered(run_function):
    """The right to make the token is free again, and the next call uses it."""
    ada = run_function.as_visitor("ada@example.com")
    with pytest.raises(AssertionError, match="ConnectorError: HubSpot answered 503"):
        ada(first_name="Down")
    assert ada(first_name="Ada") == "made-for-ada"


def test_nobody_is_asked_for_a_visitor_without_an_address(run_function):
    """A number alone is no address to vouch for."""
    nobody = run_function.as_visitor("", user_id="7")
    assert nobody() is None
    assert nobody.calls == ()
